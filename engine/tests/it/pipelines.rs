//! The deterministic core by itself: the same inputs give the same trace, and a crash after any step loses nothing.

use crate::simulation::payments::{outcome, process, receipt, run, three_payments};
use crate::simulation::{Crash, START_MS, Simulation, TABLE, append, template};
use pipe_engine::core::{Input, Service};
use pipe_engine::store::Store as _;
use serde_json::{Value, json};

#[test]
fn the_same_inputs_give_the_same_trace() {
    let trace = || {
        let mut simulation = Simulation::new(&template(), 0.0);
        three_payments(&mut simulation);
        run(&mut simulation, None, &mut process());
        assert_eq!(simulation.facts(), outcome());
        (
            simulation.trace.clone(),
            simulation.store.load().expect("memory"),
        )
    };
    let (first, second) = (trace(), trace());
    assert!(first.0.len() > 10);
    assert_eq!(first, second);
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_repeats_nothing() {
    let mut whole = Simulation::new(&template(), 0.0);
    three_payments(&mut whole);
    run(&mut whole, None, &mut process());
    let steps = whole.steps;
    for at in 0..steps {
        for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
            let mut simulation = Simulation::new(&template(), 0.0);
            let mut functions = process();
            three_payments(&mut simulation);
            assert!(
                run(&mut simulation, Some((at, crash)), &mut functions),
                "the crash at step {at} happens"
            );
            simulation.restart();
            // The provider sends again what it got no answer to.
            for (call, id) in [(1, "pay-1"), (2, "declined-1"), (3, "flaky-1")] {
                if !simulation.answers.contains_key(&call) {
                    simulation.post(call, id);
                }
            }
            run(&mut simulation, None, &mut functions);
            assert_eq!(
                simulation.facts(),
                outcome(),
                "{crash:?} at step {at} of {steps}"
            );
            let executions = simulation.executions();
            assert_eq!(
                executions.len(),
                3,
                "{crash:?} at step {at}: {executions:#?}"
            );
            assert!((1..=3).all(|call| {
                simulation
                    .answers
                    .get(&call)
                    .is_some_and(|answer| answer.status == 200)
            }));
        }
    }
}

#[test]
fn a_pipe_that_cannot_deliver_tries_again_and_gives_up_into_its_queue() {
    let mut template = template();
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
        .filter(|it| it["Type"] == "AWS::Pipes::Pipe")
    {
        let stream = &mut resource["Properties"]["SourceParameters"]["DynamoDBStreamParameters"];
        stream["MaximumRetryAttempts"] = json!(2);
        if resource["Properties"]["TargetParameters"]
            .get("StepFunctionStateMachineParameters")
            .is_some()
        {
            resource["Properties"]["Target"] =
                json!("arn:aws:states:us-east-1:123456789012:stateMachine:gone");
        }
    }
    let mut simulation = Simulation::new(&template, 1.0);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.aws(Service::DynamoDb, "TransactWriteItems", append("pay-dead"));
    assert_eq!(simulation.core.next_timer_ms(), Some(START_MS + 1_000));
    simulation.restart();
    run(&mut simulation, None, &mut |_| receipt());
    for wait_ms in [1_000, 2_000] {
        simulation.now_ms += wait_ms;
        simulation.give(Input::Tick);
        run(&mut simulation, None, &mut |_| receipt());
    }
    assert_eq!(simulation.core.next_timer_ms(), None, "it gave up");
    let (_, queues) = simulation.aws(Service::Sqs, "ListQueues", json!({}));
    let urls: Vec<String> = queues["QueueUrls"]
        .as_array()
        .expect("queues")
        .iter()
        .map(|it| it.as_str().expect("text").to_owned())
        .collect();
    let mut found = Vec::new();
    for url in urls {
        let (_, received) = simulation.aws(
            Service::Sqs,
            "ReceiveMessage",
            json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 }),
        );
        found.extend(received["Messages"].as_array().cloned().unwrap_or_default());
    }
    assert_eq!(found.len(), 1, "{found:#?}");
    let body: Value = serde_json::from_str(found[0]["Body"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        (
            &body["context"]["condition"],
            &body["context"]["approximateInvokeCount"]
        ),
        (&json!("RetryAttemptsExhausted"), &json!(3))
    );
    assert_eq!(body["DDBStreamBatchInfo"]["batchSize"], 1);
}

#[test]
fn a_change_of_a_recorded_fact_is_written_to_the_log() {
    let mut simulation = Simulation::new(&template(), 0.0);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.aws(Service::DynamoDb, "TransactWriteItems", append("pay-log"));
    run(&mut simulation, None, &mut |_| receipt());
    let key = json!({ "paymentId": { "S": "pay-log" }, "timestamp": { "S": "2026-11-20T19:23:00.123Z#PaymentReceived#pending" } });
    simulation.aws(
        Service::DynamoDb,
        "DeleteItem",
        json!({ "TableName": TABLE, "Key": key }),
    );
    assert!(
        simulation.trace.last().expect("a step").contains("REMOVE"),
        "{:?}",
        simulation.trace.last()
    );
}

#[test]
fn a_route_that_is_called_too_often_says_so() {
    let mut template = template();
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
        .filter(|it| it["Type"] == "AWS::ApiGateway::Stage")
    {
        for setting in resource["Properties"]["MethodSettings"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            setting["ThrottlingRateLimit"] = json!(1);
            setting["ThrottlingBurstLimit"] = json!(2);
        }
    }
    let mut simulation = Simulation::new(&template, 0.0);
    for call in 1..=3 {
        simulation.post(call, "pay-fast");
    }
    simulation.now_ms += 0;
    run(&mut simulation, None, &mut |_| receipt());
    assert_eq!(simulation.answers[&3].status, 429);
    simulation.now_ms += 1_000;
    simulation.post(4, "pay-fast");
    run(&mut simulation, None, &mut |_| receipt());
    assert_eq!(simulation.answers[&4].status, 200);
}

#[test]
fn a_secret_is_kept_out_of_the_state_and_of_what_is_told() {
    let mut simulation = Simulation::new(&template(), 0.0);
    while simulation.step(None) {}
    assert_eq!(
        simulation.core.missing_secrets(),
        ["/payments/local/webhook-key"]
    );
    let put = json!({ "Name": "/payments/local/webhook-key", "Type": "SecureString", "Value": "CANARY-4711" });
    simulation.aws(Service::Ssm, "PutParameter", put.clone());
    assert!(simulation.core.missing_secrets().is_empty());
    let (_, again) = simulation.aws(Service::Ssm, "PutParameter", put);
    assert_eq!(again["__type"], "ParameterAlreadyExists");
    let (_, hidden) = simulation.aws(
        Service::Ssm,
        "GetParameter",
        json!({ "Name": "/payments/local/webhook-key" }),
    );
    assert!(!hidden.to_string().contains("CANARY"), "{hidden}");
    let (_, shown) = simulation.aws(
        Service::Ssm,
        "GetParameter",
        json!({ "Name": "/payments/local/webhook-key", "WithDecryption": true }),
    );
    assert_eq!(shown["Parameter"]["Value"], "CANARY-4711");
    assert!(!format!("{:?}", simulation.core).contains("CANARY"));
    for (key, value) in simulation.store.load().expect("memory") {
        let secret = key.starts_with(pipe_engine::store::SECRET_PREFIX);
        assert_eq!(
            secret,
            String::from_utf8_lossy(&value).contains("CANARY"),
            "{}",
            String::from_utf8_lossy(&key)
        );
    }
}

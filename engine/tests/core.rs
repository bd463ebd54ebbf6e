//! The deterministic core by itself: the same inputs give the same trace, and a crash after any step loses nothing.

mod simulation;

use std::collections::BTreeMap;

use pipe_engine::core::{Input, Invocation, Outcome, Service};
use pipe_engine::store::Store as _;
use serde_json::{Value, json};
use simulation::{
    Crash, MACHINE, START_MS, Simulation, TABLE, append, deployment, payment_id, template,
};

fn success(body: &Value) -> Outcome {
    Outcome::Success(body.to_string().into_bytes())
}

fn receipt() -> Outcome {
    success(&json!({ "id": "rcpt_1" }))
}

/// Runs all that is to do; `validate` appends through the core as a handler does over the wire, `process` answers `process`.
fn run(
    simulation: &mut Simulation,
    crash_at: Option<(usize, Crash)>,
    process: &mut dyn FnMut(&Invocation) -> Outcome,
) -> bool {
    let mut appending: BTreeMap<u64, (Invocation, u64)> = BTreeMap::new();
    loop {
        let crash = crash_at
            .filter(|(at, _)| *at == simulation.steps)
            .map(|(_, crash)| crash);
        let before = simulation.steps;
        if !simulation.step(crash) {
            if let Some(invocation) =
                (!simulation.invocations.is_empty()).then(|| simulation.invocations.remove(0))
            {
                if invocation.function == "validate-local" {
                    let call = 10_000 + invocation.id;
                    let request = pipe_engine::core::ApiRequest {
                        service: Service::DynamoDb,
                        operation: "TransactWriteItems".into(),
                        body: append(&payment_id(&invocation)),
                        payload: Vec::new(),
                    };
                    let caller = pipe_engine::core::Caller::Function {
                        name: invocation.function.clone(),
                        invocation: Some(invocation.id),
                    };
                    simulation.give(Input::Call {
                        call,
                        caller,
                        request,
                    });
                    appending.insert(call, (invocation, call));
                } else {
                    let outcome = process(&invocation);
                    simulation.give(Input::Invoked {
                        invocation: invocation.id,
                        outcome,
                    });
                }
                continue;
            }
            let answered = appending
                .keys()
                .copied()
                .find(|call| simulation.answers.contains_key(call));
            if let Some(call) = answered {
                let (invocation, _) = appending.remove(&call).expect("just found");
                let answer = simulation.answers.remove(&call).expect("just found");
                let kind = String::from_utf8_lossy(&answer.body).contains("TransactionCanceled");
                let outcome = if answer.status == 200 {
                    "recorded"
                } else {
                    assert!(kind);
                    "duplicate"
                };
                let body = json!({ "outcome": outcome }).to_string();
                simulation.give(Input::Invoked {
                    invocation: invocation.id,
                    outcome: success(&json!({ "statusCode": 200, "body": body })),
                });
                continue;
            }
            if simulation
                .core
                .next_timer_ms()
                .is_some_and(|at_ms| at_ms <= simulation.now_ms)
            {
                simulation.give(Input::Tick);
                continue;
            }
            return false;
        }
        if crash.is_some() && simulation.steps > before {
            return true;
        }
    }
}

/// Three payments: one settles, one is declined, one is settled at the third attempt.
fn three_payments(simulation: &mut Simulation) {
    for (call, id) in [(1, "pay-1"), (2, "declined-1"), (3, "flaky-1")] {
        simulation.post(call, id);
    }
}

fn process() -> impl FnMut(&Invocation) -> Outcome {
    let mut attempts = 0;
    move |invocation| {
        let event: Value = serde_json::from_slice(&invocation.payload).expect("JSON");
        match event["input"]["paymentId"].as_str().expect("an id") {
            "declined-1" => Outcome::Failure(
                br#"{"errorType":"Declined","errorMessage":"{\"reason\":\"card expired\"}"}"#
                    .to_vec(),
            ),
            "flaky-1" if attempts < 2 => {
                attempts += 1;
                Outcome::Throttled
            }
            _ => receipt(),
        }
    }
}

const OUTCOME: [(&str, &str); 6] = [
    ("declined-1", "PaymentFailed"),
    ("declined-1", "PaymentReceived"),
    ("flaky-1", "PaymentReceived"),
    ("flaky-1", "PaymentSettled"),
    ("pay-1", "PaymentReceived"),
    ("pay-1", "PaymentSettled"),
];

fn outcome() -> Vec<(String, String)> {
    OUTCOME
        .iter()
        .map(|(id, event)| ((*id).to_owned(), (*event).to_owned()))
        .collect()
}

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
fn an_execution_name_means_one_execution() {
    let mut simulation = Simulation::new(&wait_template(60), 1.0);
    run(&mut simulation, None, &mut |_| receipt());
    let start = |input: &str| json!({ "stateMachineArn": MACHINE, "name": "one", "input": input });
    let (status, first) = simulation.states("StartExecution", start(r#"{"a": 1}"#));
    assert_eq!(status, 200, "{first}");
    let (status, again) = simulation.states("StartExecution", start(r#"{ "a":1 }"#));
    assert_eq!(
        (status, &again["executionArn"]),
        (200, &first["executionArn"]),
        "running, same name and input"
    );
    let (_, other) = simulation.states("StartExecution", start(r#"{"a": 2}"#));
    assert_eq!(
        other["__type"], "ExecutionAlreadyExists",
        "running, same name, another input"
    );
    let (status, _) = simulation.states(
        "StopExecution",
        json!({ "executionArn": first["executionArn"], "cause": "enough" }),
    );
    assert_eq!(status, 200);
    let (_, closed) = simulation.states("StartExecution", start(r#"{"a": 1}"#));
    assert_eq!(
        closed["__type"], "ExecutionAlreadyExists",
        "closed, same name and input"
    );
    let (_, described) = simulation.states(
        "DescribeExecution",
        json!({ "executionArn": first["executionArn"] }),
    );
    assert_eq!(
        (&described["status"], &described["cause"]),
        (&json!("ABORTED"), &json!("enough"))
    );
    simulation.now_ms += 90 * 24 * 60 * 60 * 1000;
    let (status, late) = simulation.states("StartExecution", start(r#"{"a": 1}"#));
    assert_eq!(status, 200, "90 days later the name is free: {late}");
    let (_, invalid) = simulation.states(
        "StartExecution",
        json!({ "stateMachineArn": MACHINE, "name": "no good" }),
    );
    assert_eq!(invalid["__type"], "InvalidName");
    let (_, missing) = simulation.states(
        "StartExecution",
        json!({ "stateMachineArn": format!("{MACHINE}x") }),
    );
    assert_eq!(missing["__type"], "StateMachineDoesNotExist");
}

/// The payments template with a machine that only waits.
fn wait_template(seconds: u64) -> Value {
    with_definition(
        json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": seconds, "Next": "D" }, "D": { "Type": "Succeed" } } }),
    )
}

fn with_definition(definition: Value) -> Value {
    let mut template = template();
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
        .filter(|it| it["Type"] == "AWS::StepFunctions::StateMachine")
    {
        resource["Properties"]["Definition"] = definition.clone();
    }
    template
}

fn status_of(simulation: &mut Simulation) -> String {
    simulation.executions()[0]["status"]
        .as_str()
        .expect("a status")
        .to_owned()
}

#[test]
fn timers_survive_a_restart_and_a_clock_that_jumps() {
    let mut simulation = Simulation::new(&wait_template(60), 1.0);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.states("StartExecution", json!({ "stateMachineArn": MACHINE }));
    assert_eq!(simulation.core.next_timer_ms(), Some(START_MS + 60_000));
    simulation.restart();
    simulation.now_ms -= 3_600_000;
    run(&mut simulation, None, &mut |_| receipt());
    assert_eq!(status_of(&mut simulation), "RUNNING", "the clock went back");
    simulation.now_ms = START_MS + 59_999;
    run(&mut simulation, None, &mut |_| receipt());
    assert_eq!(status_of(&mut simulation), "RUNNING");
    simulation.now_ms = START_MS + 10_000_000;
    run(&mut simulation, None, &mut |_| receipt());
    assert_eq!(
        status_of(&mut simulation),
        "SUCCEEDED",
        "the clock went on, the timer fired"
    );
    assert_eq!(simulation.core.next_timer_ms(), None, "and it fires once");
}

#[test]
fn waits_are_scaled_and_timeouts_are_not() {
    let mut simulation = Simulation::new(&wait_template(60), 0.5);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.states("StartExecution", json!({ "stateMachineArn": MACHINE }));
    assert_eq!(simulation.core.next_timer_ms(), Some(START_MS + 30_000));
    let task = json!({ "StartAt": "T", "TimeoutSeconds": 70, "States": { "T": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "process-local", "Payload": {} }, "TimeoutSeconds": 40, "End": true,
        "Retry": [{ "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 10, "MaxAttempts": 1 }],
    } } });
    let mut simulation = Simulation::new(&with_definition(task), 0.0);
    while simulation.step(None) {}
    simulation.states("StartExecution", json!({ "stateMachineArn": MACHINE }));
    assert_eq!(
        simulation.core.next_timer_ms(),
        Some(START_MS + 40_000),
        "a task's limit is real time"
    );
    simulation.now_ms += 40_000;
    simulation.give(Input::Tick);
    while simulation.step(None) {}
    assert_eq!(
        simulation.invocations.len(),
        2,
        "timed out and tried again without a wait"
    );
    simulation.now_ms += 30_000;
    simulation.give(Input::Tick);
    while simulation.step(None) {}
    assert_eq!(
        status_of(&mut simulation),
        "TIMED_OUT",
        "the execution's own limit is real time too"
    );
}

#[test]
fn a_new_definition_does_not_reach_what_already_runs() {
    let mut simulation = Simulation::new(&wait_template(60), 1.0);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.states(
        "StartExecution",
        json!({ "stateMachineArn": MACHINE, "name": "old" }),
    );
    let fails = json!({ "StartAt": "F", "States": { "F": { "Type": "Fail", "Error": "New" } } });
    let mut simulation = Simulation::on(
        deployment(&with_definition(fails)),
        simulation.store.clone(),
        1.0,
    );
    run(&mut simulation, None, &mut |_| receipt());
    simulation.states(
        "StartExecution",
        json!({ "stateMachineArn": MACHINE, "name": "new" }),
    );
    simulation.now_ms += 60_000;
    run(&mut simulation, None, &mut |_| receipt());
    let statuses: BTreeMap<String, String> = simulation
        .executions()
        .iter()
        .map(|it| (it["name"].to_string(), it["status"].to_string()))
        .collect();
    assert_eq!(statuses["\"old\""], "\"SUCCEEDED\"");
    assert_eq!(statuses["\"new\""], "\"FAILED\"");
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

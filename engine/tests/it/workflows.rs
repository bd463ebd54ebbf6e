//! Executions in the core: names, timers, time scale and pinned definitions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

use std::collections::BTreeMap;

use crate::simulation::payments::{process, receipt, run, three_payments};
use crate::simulation::{MACHINE, START_MS, Simulation, deployment, template};
use pipe_engine::core::{Input, Invocation, Outcome};
use serde_json::{Value, json};

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

/// Without it a burst that meets the reserved concurrency would use up its retries at once, and payments would fail with
/// `--time-scale 0` that do not fail without it.
#[test]
fn what_a_function_had_no_room_for_is_tried_again_in_real_time() {
    let task = json!({ "StartAt": "T", "States": {
        "T": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "process-local", "Payload": {} }, "Next": "W",
            "Retry": [{ "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException"], "IntervalSeconds": 10, "MaxAttempts": 2, "BackoffRate": 2 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "W" }],
        },
        "W": { "Type": "Wait", "Seconds": 60, "Next": "D" },
        "D": { "Type": "Succeed" },
    } });
    let mut simulation = Simulation::new(&with_definition(task), 0.0);
    run(&mut simulation, None, &mut |_| receipt());
    simulation.states("StartExecution", json!({ "stateMachineArn": MACHINE }));
    let mut calls = 0;
    let mut refuse = |_: &Invocation| {
        calls += 1;
        match calls {
            2 => Outcome::Unavailable("no process can be made".to_owned()),
            _ => Outcome::Throttled,
        }
    };
    run(&mut simulation, None, &mut refuse);
    assert_eq!(simulation.core.next_timer_ms(), Some(START_MS + 10_000));
    simulation.restart();
    run(&mut simulation, None, &mut refuse);
    assert_eq!(
        simulation.core.next_timer_ms(),
        Some(START_MS + 10_000),
        "also after a restart"
    );
    simulation.now_ms += 10_000;
    run(&mut simulation, None, &mut refuse);
    assert_eq!(simulation.core.next_timer_ms(), Some(START_MS + 30_000));
    simulation.now_ms += 20_000;
    run(&mut simulation, None, &mut refuse);
    assert_eq!(
        status_of(&mut simulation),
        "SUCCEEDED",
        "the wait after the last attempt is one of the workflow's, and scaled"
    );
    assert_eq!(calls, 3);
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
fn a_history_is_the_same_after_a_restart() {
    let mut simulation = Simulation::new(&template(), 0.0);
    three_payments(&mut simulation);
    run(&mut simulation, None, &mut process());
    let histories = |simulation: &mut Simulation| -> Vec<Value> {
        let arns: Vec<Value> = simulation
            .executions()
            .iter()
            .map(|it| it["executionArn"].clone())
            .collect();
        arns.iter()
            .map(|arn| {
                simulation
                    .states("GetExecutionHistory", json!({ "executionArn": arn }))
                    .1
            })
            .collect()
    };
    let before = histories(&mut simulation);
    simulation.restart();
    assert_eq!(histories(&mut simulation), before);
    for history in &before {
        let events = history["events"].as_array().expect("events");
        let ids: Vec<u64> = events
            .iter()
            .filter_map(|event| event["id"].as_u64())
            .collect();
        assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
        assert!(events.last().is_some_and(|event| {
            event["type"]
                .as_str()
                .is_some_and(|it| it.starts_with("Execution"))
        }));
    }
    let arn = simulation.executions()[0]["executionArn"].clone();
    let body = json!({ "executionArn": arn, "reverseOrder": true, "maxResults": 2 });
    let (_, page) = simulation.states("GetExecutionHistory", body);
    assert_eq!(page["events"].as_array().map(Vec::len), Some(2));
    assert!(
        page["nextToken"].is_string()
            && page["events"][0]["id"].as_u64() > page["events"][1]["id"].as_u64()
    );
}

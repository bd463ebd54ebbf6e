//! Asynchronous invocations: attempts, waits, age, destination.

use pipe_engine::core::{Input, Outcome, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::{self, Simulation};

fn invoke_event(simulation: &mut Simulation, payload: &Value) -> u16 {
    let request = pipe_engine::core::ApiRequest {
        service: Service::Lambda,
        operation: "Invoke".into(),
        body: json!({ "FunctionName": "notifier-local", "InvocationType": "Event" }),
        payload: payload.to_string().into_bytes(),
    };
    simulation.give(Input::Call {
        call: 77,
        caller: pipe_engine::core::Caller::Outside,
        request,
    });
    simulation.step(None);
    simulation.answers.remove(&77).unwrap().status
}

#[test]
fn a_payload_that_is_no_json_is_refused_before_anything_runs() {
    let mut it = started(1.0);
    for kind in ["RequestResponse", "Event", "DryRun"] {
        let request = pipe_engine::core::ApiRequest {
            service: Service::Lambda,
            operation: "Invoke".into(),
            body: json!({ "FunctionName": "notifier-local", "InvocationType": kind }),
            payload: b"{".to_vec(),
        };
        it.give(Input::Call {
            call: 78,
            caller: pipe_engine::core::Caller::Outside,
            request,
        });
        it.step(None);
        let answer = it.answers.remove(&78).expect("an answer at once");
        let said = String::from_utf8_lossy(&answer.body);
        assert!(answer.status == 400 && said.contains("into json"), "{said}");
    }
}

#[test]
fn an_event_is_tried_three_times_and_then_recorded_at_the_destination() {
    let mut it = started(1.0);
    assert_eq!(invoke_event(&mut it, &json!({ "n": 1 })), 202);
    let (mut times, mut ids) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        let now_ms = it.now_ms;
        it.run(&mut |_, invocation, _| {
            times.push(now_ms - simulation::START_MS);
            ids.push(invocation.request_id.clone());
            failure()
        });
        match it.core.next_timer_ms() {
            Some(at_ms) => it.now_ms = at_ms,
            None => break,
        }
    }
    assert_eq!(times, [0, 60_000, 180_000]);
    ids.dedup();
    assert_eq!(ids.len(), 1, "all attempts have one request id");
    let [record] = &bodies_in(&mut it, UNDELIVERED)[..] else {
        panic!("one record")
    };
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!(record["requestPayload"], json!({ "n": 1 }));
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["responsePayload"]["errorType"], "Fault");
}

#[test]
fn an_event_survives_a_restart_and_is_done_once_when_it_is_done() {
    let mut it = started(1.0);
    invoke_event(&mut it, &json!({ "n": 1 }));
    it.restart();
    it.step(None);
    assert_eq!(it.invocations.len(), 1);
    it.run(&mut |_, _, _| success("null"));
    it.restart();
    it.run(&mut |_, _, _| panic!("done already"));
    assert_eq!(bodies_in(&mut it, UNDELIVERED), Vec::<String>::new());
}

#[test]
fn a_throttled_event_waits_until_it_is_too_old() {
    let mut it = started(1.0);
    for number in 0..3 {
        invoke_event(&mut it, &json!({ "n": number }));
    }
    assert_eq!(
        it.invocations.len(),
        2,
        "the function's reserved concurrency"
    );
    let mut attempts = 0;
    for _ in 0..200 {
        it.run(&mut |_, _, _| {
            attempts += 1;
            Outcome::Throttled
        });
        match it.core.next_timer_ms() {
            Some(at_ms) => it.now_ms = at_ms,
            None => break,
        }
    }
    assert!(attempts > 10, "throttling costs no attempt: {attempts}");
    assert!(it.now_ms - simulation::START_MS > 3_600_000);
    let conditions: Vec<Value> = bodies_in(&mut it, UNDELIVERED)
        .iter()
        .map(|it| serde_json::from_str::<Value>(it).unwrap()["requestContext"]["condition"].clone())
        .collect();
    assert_eq!(
        conditions,
        ["EventAgeExceeded", "EventAgeExceeded", "EventAgeExceeded"]
    );
}

/// However short `--time-scale` makes the waits.
#[test]
fn a_function_without_room_is_asked_ten_times_a_second_at_most() {
    let mut it = started(0.0);
    invoke_event(&mut it, &json!({ "n": 1 }));
    let refusals = [
        Outcome::Throttled,
        Outcome::Unavailable("no process can be made".to_owned()),
    ];
    for refusal in &refusals {
        let before_ms = it.now_ms;
        let mut calls = 0;
        it.run(&mut |_, _, _| {
            calls += 1;
            assert_eq!(calls, 1, "asked again at once");
            refusal.clone()
        });
        assert_eq!(it.core.next_timer_ms(), Some(before_ms + 100));
        it.now_ms += 100;
    }
    let mut calls = 0;
    it.run(&mut |_, _, _| {
        calls += 1;
        success("null")
    });
    assert_eq!((calls, it.core.next_timer_ms()), (1, None));
}

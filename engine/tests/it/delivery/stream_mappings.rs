//! Mappings of streams: checkpoint, bisection, attempts, age, destination, filter.

use pipe_engine::core::{Input, Invocation, Outcome, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::Simulation;

fn put_fact(simulation: &mut Simulation, id: &str) {
    let item = json!({ "paymentId": { "S": id }, "_event": { "S": "PaymentReceived" } });
    let (status, answer) = simulation.aws(
        Service::DynamoDb,
        "PutItem",
        json!({ "TableName": "events-local", "Item": item }),
    );
    assert_eq!(status, 200, "{answer}");
}

fn stream_ids(invocation: &Invocation) -> Vec<String> {
    let records = records(invocation);
    records
        .iter()
        .map(|it| {
            it["dynamodb"]["Keys"]["paymentId"]["S"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Runs for a while, letting all waits pass.
fn run_long(simulation: &mut Simulation, function: &mut dyn FnMut(&Invocation) -> Outcome) {
    for _ in 0..200 {
        simulation.run(&mut |_, invocation, _| function(invocation));
        match simulation.core.next_timer_ms() {
            Some(at_ms) => simulation.now_ms = simulation.now_ms.max(at_ms),
            None => return,
        }
    }
}

/// A batch of 100 with the first one held by the function, so that the others gather behind it.
fn gathered() -> (Simulation, Invocation) {
    let mut it = started(1.0);
    put_fact(&mut it, "first");
    for number in 0..100 {
        put_fact(&mut it, &format!("p{number:02}"));
    }
    assert_eq!(
        it.invocations.len(),
        1,
        "one batch of a stream is at work at a time"
    );
    let first = it.invocations.remove(0);
    assert_eq!(stream_ids(&first), ["first"]);
    (it, first)
}

#[test]
fn the_checkpoint_of_a_stream_is_the_lowest_record_that_failed() {
    let (mut it, first) = gathered();
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: success("null"),
    });
    let mut seen: Vec<Vec<String>> = Vec::new();
    run_long(&mut it, &mut |invocation| {
        seen.push(stream_ids(invocation));
        if seen.len() > 1 {
            return success("null");
        }
        // Two are reported, and the order of the report does not matter.
        let records = records(invocation);
        let failed = [70, 40].map(
            |at: usize| json!({ "itemIdentifier": records[at]["dynamodb"]["SequenceNumber"] }),
        );
        success(&json!({ "batchItemFailures": failed }).to_string())
    });
    let after: Vec<String> = seen[1..].iter().flatten().cloned().collect();
    let expected: Vec<String> = (40..100).map(|number| format!("p{number:02}")).collect();
    assert_eq!(seen[0].len(), 100);
    assert_eq!(
        after, expected,
        "what is before the checkpoint never runs again, what is after it does"
    );
    assert_eq!(bodies_in(&mut it, UNDELIVERED), Vec::<String>::new());
}

#[test]
fn one_poison_record_in_a_hundred_ends_alone_and_in_few_calls() {
    let (mut it, first) = gathered();
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: success("null"),
    });
    let (mut calls, mut handled) = (0, Vec::new());
    run_long(&mut it, &mut |invocation| {
        calls += 1;
        let ids = stream_ids(invocation);
        if ids.iter().any(|id| id == "p37") {
            return failure();
        }
        handled.extend(ids);
        success("null")
    });
    let expected: Vec<String> = (0..100)
        .filter(|number| *number != 37)
        .map(|number| format!("p{number:02}"))
        .collect();
    assert_eq!(handled, expected, "in order, each once");
    // Seven halvings of 100, a call for each half beside them, and four attempts for the record itself.
    assert!(calls <= 20, "{calls}");
    let undelivered = bodies_in(&mut it, UNDELIVERED);
    let [record] = undelivered.as_slice() else {
        panic!("{undelivered:?}")
    };
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!(
        (
            &record["requestContext"]["condition"],
            &record["requestContext"]["approximateInvokeCount"]
        ),
        (&json!("RetryAttemptsExhausted"), &json!(4))
    );
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    let info = &record["DDBStreamBatchInfo"];
    assert_eq!(
        (&info["batchSize"], &info["startSequenceNumber"]),
        (&json!(1), &info["endSequenceNumber"])
    );
    assert!(
        info["streamArn"]
            .as_str()
            .unwrap()
            .contains(":table/events-local/stream/")
    );
}

#[test]
fn records_that_are_too_old_are_not_tried_again() {
    let (mut it, first) = gathered();
    it.now_ms += 3_600_001;
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: failure(),
    });
    run_long(&mut it, &mut |invocation| {
        panic!("too old: {:?}", stream_ids(invocation))
    });
    let conditions: Vec<Value> = bodies_in(&mut it, UNDELIVERED)
        .iter()
        .map(|it| serde_json::from_str::<Value>(it).unwrap()["requestContext"]["condition"].clone())
        .collect();
    assert_eq!(
        conditions,
        ["RecordAgeExceeded", "RecordAgeExceeded"],
        "the one that failed, and those behind it: 101 in batches of 100"
    );
}

#[test]
fn a_stream_goes_on_where_it_was_after_a_restart() {
    let (mut it, _) = gathered();
    it.restart();
    let mut handled = Vec::new();
    run_long(&mut it, &mut |invocation| {
        handled.extend(stream_ids(invocation));
        success("null")
    });
    assert_eq!((handled.len(), handled[0].as_str()), (101, "first"));
    it.restart();
    run_long(&mut it, &mut |invocation| {
        panic!("handled already: {:?}", stream_ids(invocation))
    });
}

#[test]
fn what_the_filter_of_a_stream_does_not_let_through_is_passed_over() {
    let mut it = started(1.0);
    let item = json!({ "paymentId": { "S": "claim#x" }, "_claim": { "S": "PaymentReceived" } });
    it.aws(
        Service::DynamoDb,
        "PutItem",
        json!({ "TableName": "events-local", "Item": item }),
    );
    assert!(it.invocations.is_empty());
    put_fact(&mut it, "p");
    assert_eq!(stream_ids(&it.invocations[0]), ["p"]);
}

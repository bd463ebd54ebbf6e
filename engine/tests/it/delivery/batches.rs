//! Under whose id the steps of a call are shown that works on several messages or records.

use std::path::Path;

use pipe_engine::StepKind;
use pipe_engine::core::{ApiRequest, Caller, Input, Invocation, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::Simulation;

/// `webhook_processing.pipe` as it was compiled.
fn compiled() -> Simulation {
    let path = "../infra-out/webhook_processing/template.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let template = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    it
}

/// A function calls AWS, at work on what it was invoked with.
fn call(it: &mut Simulation, by: &Invocation, service: Service, operation: &str, body: Value) {
    let caller = Caller::Function {
        name: by.function.clone(),
        invocation: Some(by.id),
    };
    let request = ApiRequest {
        service,
        operation: operation.into(),
        body,
        payload: Vec::new(),
    };
    it.give(Input::Call {
        call: 7,
        caller,
        request,
    });
    it.step(None);
    let answer = it.answers.remove(&7).unwrap();
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{body}");
}

/// What a person is told of a bus, and of the function behind its rules: each step with the id that it is shown under.
fn told(it: &Simulation) -> Vec<(&'static str, Option<&str>)> {
    let steps = it.observed.iter().filter_map(|step| {
        let what = match &step.kind {
            StepKind::EventPut { .. } => "put",
            StepKind::RuleMatched { .. } => "matched",
            StepKind::Delivered { function, .. } if function == "status-updates-local" => "handled",
            _ => return None,
        };
        Some((what, step.subject.as_deref()))
    });
    steps.collect()
}

/// As `process` does it: appended, then put on the bus.
fn process(it: &mut Simulation, by: &Invocation, ids: &[&str], detail: &dyn Fn(&str) -> Value) {
    for id in ids {
        let item = json!({ "webhook_id": { "S": id }, "_event": { "S": "PaymentProcessed" } });
        let put = json!({ "TableName": "webhooks-local", "Item": item });
        call(it, by, Service::DynamoDb, "PutItem", put);
    }
    for id in ids {
        let entry = json!({
            "EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "PaymentProcessed",
            "Detail": detail(id).to_string(),
        });
        let put = json!({ "Entries": [entry] });
        call(it, by, Service::Events, "PutEvents", put);
    }
}

/// One call of `process` with these messages, which come in one batch.
fn batch_of(it: &mut Simulation, ids: &[&str]) -> Invocation {
    let entries = ids.iter().map(|id| {
        let body = json!({ "webhook_id": id }).to_string();
        json!({ "Id": id, "MessageBody": body, "MessageGroupId": "p" })
    });
    let entries: Vec<Value> = entries.collect();
    let request = json!({ "QueueUrl": "lane-stripe-local.fifo", "Entries": entries });
    let (status, answer) = it.aws(Service::Sqs, "SendMessageBatch", request);
    assert_eq!(status, 200, "{answer}");
    let invocation = it.invocations.remove(0);
    assert_eq!(records(&invocation).len(), ids.len());
    invocation
}

fn with_id(id: &str) -> Value {
    json!({ "webhook_id": id, "amount": 20 })
}

#[test]
fn what_is_done_for_a_message_is_shown_under_its_own_id() {
    let mut it = compiled();
    let batch = batch_of(&mut it, &["w1", "w2"]);
    process(&mut it, &batch, &["w1", "w2"], &with_id);
    while let Some(invocation) = it.invocations.pop() {
        it.give(Input::Invoked {
            invocation: invocation.id,
            outcome: success("null"),
        });
        it.step(None);
    }
    let of = |id| [("put", Some(id)), ("matched", Some(id))];
    let handled = ["w2", "w1"].map(|id| ("handled", Some(id)));
    assert_eq!(told(&it), [&of("w1")[..], &of("w2"), &handled].concat());
}

#[test]
fn what_does_not_say_whose_it_is_is_shown_under_no_id_of_a_batch() {
    let mut it = compiled();
    let without = |_: &str| json!({ "amount": 20 });
    let batch = batch_of(&mut it, &["w1", "w2"]);
    process(&mut it, &batch, &["w1", "w2"], &without);
    assert_eq!(told(&it), [("put", None), ("matched", None)].repeat(2));
    // A call with one message is about that one.
    let mut it = compiled();
    let one = batch_of(&mut it, &["w1"]);
    process(&mut it, &one, &["w1"], &without);
    assert_eq!(told(&it), [("put", Some("w1")), ("matched", Some("w1"))]);
}

//! The stack of these tests, `templates/messaging.json`: running it, taking something out of it, and looking at what came of it.

use pipe_engine::core::{ApiRequest, Caller, Input, Service};
use serde_json::{Value, json};

use crate::simulation::Simulation;

pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:payments-local";
pub(crate) const OPS: &str = "arn:aws:sns:us-east-1:123456789012:ops-local";
pub(crate) const GROUP: &str = "/aws/events/standard-payments-local";

pub(crate) fn template() -> Value {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/messaging.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn started(template: &Value) -> Simulation {
    started_at(template, 1.0)
}

pub(crate) fn started_at(template: &Value, time_scale: f64) -> Simulation {
    let mut simulation = Simulation::new(template, time_scale);
    while simulation.step(None) {}
    simulation
}

/// The template without the statement with this id in the policy of this resource.
pub(crate) fn without(resource: &str, sid: &str) -> Value {
    let mut template = template();
    let properties = &mut template["Resources"][resource]["Properties"];
    let policy = ["PolicyDocument", "KeyPolicy"]
        .into_iter()
        .find(|it| properties[it].is_object())
        .unwrap();
    let statements = properties[policy]["Statement"].as_array_mut().unwrap();
    let before = statements.len();
    statements.retain(|it| it["Sid"] != sid);
    assert_eq!(statements.len() + 1, before, "{resource} has {sid}");
    template
}

/// The template without a resource.
pub(crate) fn lacking(resource: &str) -> Value {
    let mut template = template();
    let resources = template["Resources"].as_object_mut().unwrap();
    assert!(resources.remove(resource).is_some());
    template
}

/// The messages in a queue: bodies, and attributes.
pub(crate) fn messages(simulation: &mut Simulation, queue: &str) -> Vec<Value> {
    let url = format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}-local");
    let body = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "VisibilityTimeout": 0 });
    let (status, body) = simulation.aws(Service::Sqs, "ReceiveMessage", body);
    assert_eq!(status, 200, "{body}");
    body["Messages"].as_array().cloned().unwrap_or_default()
}

pub(crate) fn bodies(simulation: &mut Simulation, queue: &str) -> Vec<String> {
    let text = |it: &Value| it["Body"].as_str().unwrap().to_owned();
    messages(simulation, queue).iter().map(text).collect()
}

pub(crate) fn publish(simulation: &mut Simulation, event: &str, body: &Value) {
    let attributes = json!({ "event": { "DataType": "String", "StringValue": event } });
    let request =
        json!({ "TopicArn": TOPIC, "Message": body.to_string(), "MessageAttributes": attributes });
    let (status, answer) = simulation.aws(Service::Sns, "Publish", request);
    assert_eq!(status, 200, "{answer}");
}

pub(crate) fn put_event(simulation: &mut Simulation, detail: &str) -> Value {
    let entry = json!({ "EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "Payment Processed", "Detail": detail });
    let (status, answer) =
        simulation.aws(Service::Events, "PutEvents", json!({ "Entries": [entry] }));
    assert_eq!(status, 200, "{answer}");
    answer
}

pub(crate) fn told(simulation: &Simulation, part: &str) -> bool {
    simulation.trace.iter().any(|it| it.contains(part))
}

/// An operation by the function `sender`.
pub(crate) fn as_sender(
    simulation: &mut Simulation,
    service: Service,
    operation: &str,
    body: Value,
) -> (u16, Value) {
    let caller = Caller::Function {
        name: "sender-local".into(),
        invocation: None,
    };
    let request = ApiRequest {
        service,
        operation: operation.into(),
        body,
        payload: Vec::new(),
    };
    simulation.give(Input::Call {
        call: 7,
        caller,
        request,
    });
    while simulation.step(None) {}
    let answer = simulation.answers.remove(&7).unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

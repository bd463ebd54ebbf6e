//! What the tests of mappings share: messages sent, and what a function sees and answers.

use pipe_engine::core::{Invocation, Outcome, Service};
use serde_json::{Value, json};

use crate::simulation::{Simulation, delivery};

pub(crate) const DLQ: &str = "inbox-dlq-local";

pub(crate) const UNDELIVERED: &str = "undelivered-local";

pub(crate) fn success(body: &str) -> Outcome {
    Outcome::Success(body.as_bytes().to_vec())
}

pub(crate) fn failure() -> Outcome {
    Outcome::Failure(br#"{"errorType":"Fault","errorMessage":"a bug"}"#.to_vec())
}

pub(crate) fn send(simulation: &mut Simulation, queue: &str, body: &str) {
    let mut request = json!({ "QueueUrl": queue, "MessageBody": body });
    if queue.ends_with(".fifo") {
        request["MessageGroupId"] = json!(body.split('-').next().unwrap());
    }
    let (status, answer) = simulation.aws(Service::Sqs, "SendMessage", request);
    assert_eq!(status, 200, "{answer}");
}

/// Visible and hidden messages of a queue.
pub(crate) fn depth(simulation: &mut Simulation, queue: &str) -> (u64, u64) {
    let request = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
    let (_, answer) = simulation.aws(Service::Sqs, "GetQueueAttributes", request);
    let one = |key: &str| answer["Attributes"][key].as_str().unwrap().parse().unwrap();
    (
        one("ApproximateNumberOfMessages"),
        one("ApproximateNumberOfMessagesNotVisible"),
    )
}

pub(crate) fn bodies_in(simulation: &mut Simulation, queue: &str) -> Vec<String> {
    let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0 });
    let (_, answer) = simulation.aws(Service::Sqs, "ReceiveMessage", request);
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages
        .iter()
        .map(|it| it["Body"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn records(invocation: &Invocation) -> Vec<Value> {
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
    event["Records"].as_array().unwrap().clone()
}

pub(crate) fn bodies(invocation: &Invocation) -> Vec<String> {
    let records = records(invocation);
    records
        .iter()
        .map(|it| it["body"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn started(time_scale: f64) -> Simulation {
    let mut simulation = Simulation::new(&delivery(), time_scale);
    simulation.step(None);
    simulation
}

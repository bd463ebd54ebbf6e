//! What the tests of queues share: the calls of a client.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use crate::simulation::{Simulation, delivery};

pub(crate) const PLAIN: &str = "plain-local";

pub(crate) const FIFO: &str = "plain-local.fifo";

/// A run whose mapped queues are left alone: the tests use the plain ones.
pub(crate) fn simulation() -> Simulation {
    let mut simulation = Simulation::new(&delivery(), 1.0);
    simulation.step(None);
    simulation
}

pub(crate) fn url(queue: &str) -> String {
    format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}")
}

pub(crate) fn call(
    simulation: &mut Simulation,
    operation: &str,
    queue: &str,
    mut body: Value,
) -> (u16, Value) {
    body["QueueUrl"] = json!(url(queue));
    simulation.aws(Service::Sqs, operation, body)
}

pub(crate) fn send(simulation: &mut Simulation, queue: &str, body: &str) -> Value {
    let mut request = json!({ "MessageBody": body });
    if queue.ends_with(".fifo") {
        request["MessageGroupId"] = json!(body.split('-').next().unwrap());
        request["MessageDeduplicationId"] = json!(body);
    }
    let (status, sent) = call(simulation, "SendMessage", queue, request);
    assert_eq!(status, 200, "{sent}");
    sent
}

pub(crate) fn receive(simulation: &mut Simulation, queue: &str) -> Vec<Value> {
    let request = json!({ "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"] });
    let (status, received) = call(simulation, "ReceiveMessage", queue, request);
    assert_eq!(status, 200, "{received}");
    received["Messages"].as_array().cloned().unwrap_or_default()
}

pub(crate) fn bodies(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|it| it["Body"].as_str().unwrap())
        .collect()
}

pub(crate) fn delete(simulation: &mut Simulation, queue: &str, message: &Value) -> (u16, Value) {
    call(
        simulation,
        "DeleteMessage",
        queue,
        json!({ "ReceiptHandle": message["ReceiptHandle"] }),
    )
}

pub(crate) fn depth(simulation: &mut Simulation, queue: &str) -> (String, String, String) {
    let (_, answer) = call(
        simulation,
        "GetQueueAttributes",
        queue,
        json!({ "AttributeNames": ["All"] }),
    );
    let one = |key: &str| answer["Attributes"][key].as_str().unwrap().to_owned();
    (
        one("ApproximateNumberOfMessages"),
        one("ApproximateNumberOfMessagesNotVisible"),
        one("ApproximateNumberOfMessagesDelayed"),
    )
}

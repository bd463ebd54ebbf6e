//! Redrive: what is in a dead-letter queue goes back to where it came from, or to another queue.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::sqs::{FIFO, PLAIN, bodies, call, receive, send};
use crate::simulation::{Simulation, delivery};

const PLAIN_DLQ: &str = "plain-dlq-local";
const FIFO_DLQ: &str = "plain-dlq-local.fifo";

/// The plain queues with dead-letter queues of their own, which take what was received once.
fn template() -> Value {
    let mut template = delivery();
    let resources = template["Resources"].as_object_mut().unwrap();
    for (queue, lost, name, fifo) in [
        ("PlainQueue", "PlainDlqQueue", PLAIN_DLQ, false),
        ("PlainFifoQueue", "PlainDlqFifoQueue", FIFO_DLQ, true),
    ] {
        let policy =
            json!({ "deadLetterTargetArn": { "Fn::GetAtt": [lost, "Arn"] }, "maxReceiveCount": 1 });
        resources[queue]["Properties"]["RedrivePolicy"] = policy;
        let mut properties = json!({ "QueueName": name });
        if fifo {
            properties["FifoQueue"] = json!(true);
        }
        let made = json!({ "Type": "AWS::SQS::Queue", "Properties": properties });
        resources.insert(lost.into(), made);
    }
    template
}

fn simulation() -> Simulation {
    let mut it = Simulation::new(&template(), 1.0);
    it.step(None);
    it
}

fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:us-east-1:123456789012:{queue}")
}

fn start(it: &mut Simulation, source: &str, more: Value) -> (u16, Value) {
    let mut body = json!({ "SourceArn": arn(source) });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    it.aws(Service::Sqs, "StartMessageMoveTask", body)
}

fn tasks(it: &mut Simulation, source: &str) -> Vec<Value> {
    let body = json!({ "SourceArn": arn(source), "MaxResults": 10 });
    let (status, told) = it.aws(Service::Sqs, "ListMessageMoveTasks", body);
    assert_eq!(status, 200, "{told}");
    told["Results"].as_array().unwrap().clone()
}

fn code(answer: &(u16, Value)) -> &str {
    answer.1["__type"]
        .as_str()
        .unwrap_or_default()
        .rsplit('#')
        .next()
        .unwrap()
}

/// Sends messages and receives them until they are in the dead-letter queue.
fn lose(it: &mut Simulation, queue: &str, texts: &[&str]) {
    for text in texts {
        send(it, queue, text);
    }
    for _ in 0..10 {
        receive(it, queue);
        it.now_ms += 60_000;
    }
}

#[test]
fn messages_go_back_to_where_they_came_from_as_new_ones() {
    let mut it = simulation();
    lose(&mut it, PLAIN, &["a", "b"]);
    let there = receive(&mut it, PLAIN_DLQ);
    assert_eq!(bodies(&there), ["a", "b"]);
    it.now_ms += 60_000;
    let (status, started) = start(&mut it, PLAIN_DLQ, json!({}));
    assert_eq!(status, 200, "{started}");
    let told = tasks(&mut it, PLAIN_DLQ);
    assert_eq!(
        (
            &told[0]["Status"],
            &told[0]["ApproximateNumberOfMessagesMoved"],
            &told[0]["ApproximateNumberOfMessagesToMove"]
        ),
        (&json!("COMPLETED"), &json!(2), &json!(2))
    );
    assert!(
        told[0].get("TaskHandle").is_none(),
        "there is nothing to cancel"
    );
    assert!(receive(&mut it, PLAIN_DLQ).is_empty());
    let back = receive(&mut it, PLAIN);
    assert_eq!(bodies(&back), ["a", "b"]);
    let attributes = &back[0]["Attributes"];
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    assert!(attributes.get("DeadLetterQueueSourceArn").is_none());
    assert_eq!(attributes["SentTimestamp"], it.now_ms.to_string());
    assert_ne!(back[0]["MessageId"], there[0]["MessageId"]);
    it.restart();
    it.step(None);
    assert_eq!(tasks(&mut it, PLAIN_DLQ), told, "a task is remembered");
}

#[test]
fn a_rate_is_kept_over_a_restart_and_a_task_can_be_cancelled() {
    let mut it = simulation();
    lose(&mut it, PLAIN, &["a", "b", "c", "d"]);
    let rate = json!({ "MaxNumberOfMessagesPerSecond": 1 });
    let (_, started) = start(&mut it, PLAIN_DLQ, rate.clone());
    assert_eq!(tasks(&mut it, PLAIN_DLQ)[0]["Status"], "RUNNING");
    assert_eq!(
        tasks(&mut it, PLAIN_DLQ)[0]["ApproximateNumberOfMessagesMoved"],
        1
    );
    assert_eq!(
        code(&start(&mut it, PLAIN_DLQ, json!({}))),
        "UnsupportedOperation"
    );
    it.now_ms += 1_000;
    it.restart();
    it.step(None);
    assert_eq!(
        tasks(&mut it, PLAIN_DLQ)[0]["ApproximateNumberOfMessagesMoved"],
        2
    );
    let handle = json!({ "TaskHandle": started["TaskHandle"] });
    assert_eq!(
        tasks(&mut it, PLAIN_DLQ)[0]["TaskHandle"],
        started["TaskHandle"]
    );
    let cancelled = it.aws(Service::Sqs, "CancelMessageMoveTask", handle.clone());
    assert_eq!(
        cancelled,
        (200, json!({ "ApproximateNumberOfMessagesMoved": 2 }))
    );
    it.now_ms += 10_000;
    assert_eq!(tasks(&mut it, PLAIN_DLQ)[0]["Status"], "CANCELLED");
    assert_eq!(bodies(&receive(&mut it, PLAIN_DLQ)), ["c", "d"]);
    let again = it.aws(Service::Sqs, "CancelMessageMoveTask", handle);
    assert_eq!(code(&again), "UnsupportedOperation");
    let none = it.aws(
        Service::Sqs,
        "CancelMessageMoveTask",
        json!({ "TaskHandle": "none" }),
    );
    assert_eq!(code(&none), "ResourceNotFoundException");
}

#[test]
fn a_fifo_queue_gets_its_messages_back_in_order_also_those_of_one_deduplication_id() {
    let mut it = simulation();
    lose(&mut it, FIFO, &["g-1", "g-2", "h-1"]);
    // The same id once more, after the five minutes in which it is a duplicate.
    it.now_ms += 6 * 60_000;
    lose(&mut it, FIFO, &["g-1"]);
    let (status, started) = start(&mut it, FIFO_DLQ, json!({}));
    assert_eq!(status, 200, "{started}");
    assert_eq!(
        tasks(&mut it, FIFO_DLQ)[0]["ApproximateNumberOfMessagesMoved"],
        4
    );
    let back = receive(&mut it, FIFO);
    assert_eq!(bodies(&back), ["g-1", "g-2", "h-1", "g-1"]);
}

#[test]
fn what_cannot_be_moved_stays_and_is_told() {
    let mut it = simulation();
    // Nobody knows where a message came from that was sent there by hand.
    send(&mut it, PLAIN_DLQ, "a");
    start(&mut it, PLAIN_DLQ, json!({}));
    let told = tasks(&mut it, PLAIN_DLQ);
    assert_eq!(
        (&told[0]["Status"], &told[0]["FailureReason"]),
        (&json!("FAILED"), &json!("CouldNotDetermineMessageSource"))
    );
    // To a queue that is named it can go.
    let to = json!({ "DestinationArn": arn(PLAIN) });
    start(&mut it, PLAIN_DLQ, to);
    assert_eq!(tasks(&mut it, PLAIN_DLQ)[0]["DestinationArn"], arn(PLAIN));
    assert_eq!(tasks(&mut it, PLAIN_DLQ).len(), 2);
    assert_eq!(bodies(&receive(&mut it, PLAIN)), ["a"]);
    for (source, more, expected) in [
        ("none", json!({}), "ResourceNotFoundException"),
        (PLAIN, json!({}), "InvalidParameterValue"),
        (
            PLAIN_DLQ,
            json!({ "DestinationArn": arn("none") }),
            "ResourceNotFoundException",
        ),
        (
            PLAIN_DLQ,
            json!({ "DestinationArn": arn(PLAIN_DLQ) }),
            "InvalidParameterValue",
        ),
        (
            PLAIN_DLQ,
            json!({ "DestinationArn": arn(FIFO) }),
            "InvalidParameterValue",
        ),
        (
            PLAIN_DLQ,
            json!({ "MaxNumberOfMessagesPerSecond": 501 }),
            "InvalidParameterValue",
        ),
    ] {
        let answer = start(&mut it, source, more.clone());
        assert_eq!(
            (answer.0 / 100, code(&answer)),
            (4, expected),
            "{source} {more}"
        );
    }
}

#[test]
fn a_queue_tells_whose_dead_letters_it_takes_and_its_policies() {
    let mut it = simulation();
    let sources = call(&mut it, "ListDeadLetterSourceQueues", PLAIN_DLQ, json!({}));
    assert_eq!(
        sources,
        (200, json!({ "queueUrls": [super::sqs::url(PLAIN)] }))
    );
    let none = call(&mut it, "ListDeadLetterSourceQueues", PLAIN, json!({}));
    assert_eq!(none, (200, json!({ "queueUrls": [] })));
    let mut template = template();
    let allowed = json!({ "redrivePermission": "byQueue", "sourceQueueArns": [arn(PLAIN)] });
    let statement = json!({ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
        "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let resources = template["Resources"].as_object_mut().unwrap();
    let id = "PlainDlqQueue";
    resources[id]["Properties"]["RedriveAllowPolicy"] = allowed.clone();
    resources.insert(
        "ThePolicy".into(),
        json!({ "Type": "AWS::SQS::QueuePolicy", "Properties": { "Queues": [{ "Ref": id }], "PolicyDocument": policy } }),
    );
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let asked = json!({ "AttributeNames": ["Policy", "RedriveAllowPolicy"] });
    let (_, told) = call(&mut it, "GetQueueAttributes", PLAIN_DLQ, asked);
    let parsed = |name: &str| -> Value {
        serde_json::from_str(told["Attributes"][name].as_str().unwrap()).unwrap()
    };
    assert_eq!(
        (parsed("Policy"), parsed("RedriveAllowPolicy")),
        (policy, allowed)
    );
}

#[test]
fn a_caller_is_told_who_he_is() {
    let mut it = simulation();
    assert_eq!(
        it.aws(Service::Sts, "GetCallerIdentity", json!({})),
        (
            200,
            json!({ "UserId": "123456789012", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root" })
        )
    );
    let (status, _) = it.aws(Service::Sts, "AssumeRole", json!({}));
    assert_eq!(status, 400);
}

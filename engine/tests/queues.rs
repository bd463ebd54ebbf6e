//! SQS through its operations: visibility, receive counts, redrive, retention, delay, order, deduplication, batches.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod simulation;

use pipe_engine::core::{ApiRequest, Caller, Input, Service};
use serde_json::{Value, json};
use simulation::{Simulation, delivery};

const PLAIN: &str = "plain-local";
const FIFO: &str = "plain-local.fifo";

/// A run whose mapped queues are left alone: the tests use the plain ones.
fn simulation() -> Simulation {
    let mut simulation = Simulation::new(&delivery(), 1.0);
    simulation.step(None);
    simulation
}

fn url(queue: &str) -> String {
    format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}")
}

fn call(
    simulation: &mut Simulation,
    operation: &str,
    queue: &str,
    mut body: Value,
) -> (u16, Value) {
    body["QueueUrl"] = json!(url(queue));
    simulation.aws(Service::Sqs, operation, body)
}

fn send(simulation: &mut Simulation, queue: &str, body: &str) -> Value {
    let mut request = json!({ "MessageBody": body });
    if queue.ends_with(".fifo") {
        request["MessageGroupId"] = json!(body.split('-').next().unwrap());
        request["MessageDeduplicationId"] = json!(body);
    }
    let (status, sent) = call(simulation, "SendMessage", queue, request);
    assert_eq!(status, 200, "{sent}");
    sent
}

fn receive(simulation: &mut Simulation, queue: &str) -> Vec<Value> {
    let request = json!({ "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"] });
    let (status, received) = call(simulation, "ReceiveMessage", queue, request);
    assert_eq!(status, 200, "{received}");
    received["Messages"].as_array().cloned().unwrap_or_default()
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|it| it["Body"].as_str().unwrap())
        .collect()
}

fn delete(simulation: &mut Simulation, queue: &str, message: &Value) -> (u16, Value) {
    call(
        simulation,
        "DeleteMessage",
        queue,
        json!({ "ReceiptHandle": message["ReceiptHandle"] }),
    )
}

fn depth(simulation: &mut Simulation, queue: &str) -> (String, String, String) {
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

#[test]
fn a_received_message_is_hidden_until_its_visibility_timeout_and_counted() {
    let mut it = simulation();
    send(&mut it, PLAIN, "a");
    let first = receive(&mut it, PLAIN);
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(receive(&mut it, PLAIN), Vec::<Value>::new());
    assert_eq!(depth(&mut it, PLAIN), ("0".into(), "1".into(), "0".into()));
    it.now_ms += 29_999;
    assert_eq!(receive(&mut it, PLAIN), Vec::<Value>::new());
    it.now_ms += 1;
    let second = receive(&mut it, PLAIN);
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(
        second[0]["Attributes"]["ApproximateFirstReceiveTimestamp"],
        first[0]["Attributes"]["ApproximateFirstReceiveTimestamp"]
    );
    // The older receipt deletes nothing and says so to nobody; the newest one deletes.
    assert_eq!(delete(&mut it, PLAIN, &first[0]).0, 200);
    assert_eq!(depth(&mut it, PLAIN).1, "1");
    assert_eq!(delete(&mut it, PLAIN, &second[0]).0, 200);
    assert_eq!(depth(&mut it, PLAIN), ("0".into(), "0".into(), "0".into()));
}

#[test]
fn visibility_is_changed_by_the_newest_receipt_of_a_message_in_flight() {
    let mut it = simulation();
    send(&mut it, PLAIN, "a");
    let message = receive(&mut it, PLAIN).remove(0);
    let change = |it: &mut Simulation, seconds: u64| {
        call(
            it,
            "ChangeMessageVisibility",
            PLAIN,
            json!({ "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds }),
        )
    };
    assert_eq!(change(&mut it, 100).0, 200);
    it.now_ms += 99_000;
    assert!(receive(&mut it, PLAIN).is_empty());
    assert_eq!(change(&mut it, 0).0, 200);
    let (status, refused) = change(&mut it, 10);
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("com.amazonaws.sqs#MessageNotInflight"))
    );
    assert_eq!(receive(&mut it, PLAIN).len(), 1);
    assert_eq!(change(&mut it, 43_201).0, 400, "twelve hours is the most");
}

#[test]
fn what_was_received_too_often_moves_to_the_dead_letter_queue_with_its_history() {
    // The mapping's role may not read the queue here, so only this test receives.
    let mut template = delivery();
    template["Resources"]["WorkerRole"]["Properties"]["Policies"] = json!([]);
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let sent = send(&mut it, "inbox-local", "poison");
    for _ in 0..3 {
        assert_eq!(receive(&mut it, "inbox-local").len(), 1);
        it.now_ms += 60_000;
    }
    it.restart();
    it.step(None);
    assert!(receive(&mut it, "inbox-local").is_empty());
    let dead = receive(&mut it, "inbox-dlq-local");
    assert_eq!(bodies(&dead), ["poison"]);
    assert_eq!(dead[0]["MessageId"], sent["MessageId"]);
    let attributes = &dead[0]["Attributes"];
    assert_eq!(
        attributes["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:us-east-1:123456789012:inbox-local"
    );
    assert_eq!(
        attributes["SentTimestamp"],
        simulation::START_MS.to_string(),
        "its age counts from the first sending"
    );
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
}

#[test]
fn messages_are_kept_as_long_as_the_queue_says_and_no_longer() {
    let mut it = simulation();
    send(&mut it, PLAIN, "a");
    it.now_ms += 345_600_000 - 1;
    assert_eq!(depth(&mut it, PLAIN).0, "1");
    it.now_ms += 1;
    assert_eq!(depth(&mut it, PLAIN).0, "0");
    it.restart();
    it.step(None);
    assert!(receive(&mut it, PLAIN).is_empty());
}

#[test]
fn a_delayed_message_comes_later() {
    let mut it = simulation();
    call(
        &mut it,
        "SendMessage",
        PLAIN,
        json!({ "MessageBody": "late", "DelaySeconds": 20 }),
    );
    assert_eq!(depth(&mut it, PLAIN), ("0".into(), "0".into(), "1".into()));
    assert!(receive(&mut it, PLAIN).is_empty());
    it.now_ms += 20_000;
    assert_eq!(bodies(&receive(&mut it, PLAIN)), ["late"]);
    assert_eq!(
        call(
            &mut it,
            "SendMessage",
            PLAIN,
            json!({ "MessageBody": "x", "DelaySeconds": 901 })
        )
        .0,
        400
    );
}

#[test]
fn a_fifo_group_is_in_order_and_locked_while_one_of_its_messages_is_in_flight() {
    let mut it = simulation();
    for body in ["a-1", "b-1", "a-2", "b-2"] {
        send(&mut it, FIFO, body);
    }
    let one = |it: &mut Simulation| {
        call(
            it,
            "ReceiveMessage",
            FIFO,
            json!({ "MaxNumberOfMessages": 1 }),
        )
        .1["Messages"][0]
            .clone()
    };
    let first = one(&mut it);
    assert_eq!(first["Body"], "a-1");
    // The other group is free, and gives all it has.
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["b-1", "b-2"]);
    assert!(receive(&mut it, FIFO).is_empty());
    it.restart();
    it.step(None);
    assert!(
        receive(&mut it, FIFO).is_empty(),
        "the lock survives a restart"
    );
    delete(&mut it, FIFO, &first);
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["a-2"]);
    it.now_ms += 30_000;
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["b-1", "a-2", "b-2"]);
    let (status, refused) = delete(&mut it, FIFO, &first);
    assert_eq!((status, refused), (200, json!({})), "it is gone already");
}

#[test]
fn an_expired_receipt_of_a_fifo_queue_deletes_nothing() {
    let mut it = simulation();
    send(&mut it, FIFO, "a-1");
    let message = receive(&mut it, FIFO).remove(0);
    it.now_ms += 30_000;
    assert_eq!(delete(&mut it, FIFO, &message).0, 400);
    assert_eq!(receive(&mut it, FIFO).len(), 1);
}

#[test]
fn the_same_deduplication_id_is_taken_once_in_five_minutes_also_after_a_restart() {
    let mut it = simulation();
    let first = send(&mut it, FIFO, "a-1");
    let message = receive(&mut it, FIFO).remove(0);
    delete(&mut it, FIFO, &message);
    it.now_ms += 299_999;
    it.restart();
    it.step(None);
    assert_eq!(
        send(&mut it, FIFO, "a-1"),
        first,
        "same id and sequence number, even after it was deleted"
    );
    assert!(receive(&mut it, FIFO).is_empty());
    it.now_ms += 1;
    let second = send(&mut it, FIFO, "a-1");
    assert_ne!(second["MessageId"], first["MessageId"]);
    assert!(second["SequenceNumber"].as_str() > first["SequenceNumber"].as_str());
    assert_eq!(receive(&mut it, FIFO).len(), 1);
}

#[test]
fn content_is_the_deduplication_id_only_where_the_queue_says_so() {
    let mut it = simulation();
    let body = json!({ "MessageBody": "same", "MessageGroupId": "g" });
    let (status, refused) = call(&mut it, "SendMessage", FIFO, body.clone());
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("com.amazonaws.sqs#InvalidParameterValue"))
    );
    let first = call(
        &mut it,
        "SendMessage",
        "lane-dlq-local.fifo",
        json!({ "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "1" }),
    );
    assert_eq!(first.0, 200);
    let mut template = delivery();
    template["Resources"]["LaneWorkerRole"]["Properties"]["Policies"] = json!([]);
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let first = call(&mut it, "SendMessage", "lane-local.fifo", body.clone()).1;
    assert_eq!(
        call(&mut it, "SendMessage", "lane-local.fifo", body).1,
        first
    );
    let received = receive(&mut it, "lane-local.fifo");
    // sha256("same")
    assert_eq!(
        received[0]["Attributes"]["MessageDeduplicationId"],
        "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    );
}

#[test]
fn what_a_queue_cannot_take_is_refused_in_its_own_words() {
    let cases = [
        (PLAIN, json!({}), "MissingParameter"),
        (PLAIN, json!({ "MessageBody": "" }), "MissingParameter"),
        (
            PLAIN,
            json!({ "MessageBody": "x".repeat(1_048_577) }),
            "InvalidParameterValue",
        ),
        (
            PLAIN,
            json!({ "MessageBody": "a\u{0}b" }),
            "InvalidMessageContents",
        ),
        (
            PLAIN,
            json!({ "MessageBody": "a", "MessageDeduplicationId": "1" }),
            "InvalidParameterValue",
        ),
        (
            FIFO,
            json!({ "MessageBody": "a", "MessageDeduplicationId": "1" }),
            "MissingParameter",
        ),
        (
            FIFO,
            json!({ "MessageBody": "a", "MessageGroupId": "g g", "MessageDeduplicationId": "1" }),
            "InvalidParameterValue",
        ),
        (
            FIFO,
            json!({ "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1", "DelaySeconds": 1 }),
            "InvalidParameterValue",
        ),
        (
            PLAIN,
            json!({ "MessageBody": "a", "MessageAttributes": { "n": { "DataType": "Number", "StringValue": "x" } } }),
            "InvalidParameterValue",
        ),
        (
            PLAIN,
            json!({ "MessageBody": "a", "MessageAttributes": { "n": { "DataType": "Nope", "StringValue": "x" } } }),
            "InvalidParameterValue",
        ),
        (
            "no-such-queue",
            json!({ "MessageBody": "a" }),
            "QueueDoesNotExist",
        ),
    ];
    let mut it = simulation();
    for (queue, body, expected) in cases {
        let (status, refused) = call(&mut it, "SendMessage", queue, body.clone());
        let kind = refused["__type"]
            .as_str()
            .unwrap_or_default()
            .rsplit('#')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(
            (status, kind.as_str()),
            (400, expected),
            "{}",
            body.to_string().chars().take(100).collect::<String>()
        );
    }
    assert_eq!(depth(&mut it, PLAIN).0, "0");
    let (status, refused) = call(
        &mut it,
        "DeleteMessage",
        PLAIN,
        json!({ "ReceiptHandle": "nonsense" }),
    );
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("com.amazonaws.sqs#ReceiptHandleIsInvalid"))
    );
}

#[test]
fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let mut it = simulation();
    let entries = json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "2", "MessageBody": "" }, { "Id": "3", "MessageBody": "c" }]);
    let (status, answer) = call(
        &mut it,
        "SendMessageBatch",
        PLAIN,
        json!({ "Entries": entries }),
    );
    assert_eq!(status, 200);
    assert_eq!(
        answer["Successful"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["Id"])
            .collect::<Vec<_>>(),
        [&json!("1"), &json!("3")]
    );
    assert_eq!(
        (&answer["Failed"][0]["Id"], &answer["Failed"][0]["Code"]),
        (&json!("2"), &json!("MissingParameter"))
    );
    let received = receive(&mut it, PLAIN);
    assert_eq!(bodies(&received), ["a", "c"]);
    let entries: Vec<Value> = received.iter().enumerate().map(|(number, it)| json!({ "Id": number.to_string(), "ReceiptHandle": it["ReceiptHandle"] })).collect();
    let (_, answer) = call(
        &mut it,
        "DeleteMessageBatch",
        PLAIN,
        json!({ "Entries": entries }),
    );
    assert_eq!(
        (
            answer["Successful"].as_array().unwrap().len(),
            answer["Failed"].as_array().unwrap().len()
        ),
        (2, 0)
    );
    let many: Vec<Value> = (0..11)
        .map(|number| json!({ "Id": number.to_string(), "MessageBody": "x" }))
        .collect();
    let cases = [
        (json!([]), "EmptyBatchRequest"),
        (json!(many), "TooManyEntriesInBatchRequest"),
        (
            json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "1", "MessageBody": "b" }]),
            "BatchEntryIdsNotDistinct",
        ),
        (
            json!([{ "Id": "a b", "MessageBody": "a" }]),
            "InvalidBatchEntryId",
        ),
        (
            json!([{ "Id": "1", "MessageBody": "x".repeat(600_000) }, { "Id": "2", "MessageBody": "x".repeat(600_000) }]),
            "BatchRequestTooLong",
        ),
    ];
    for (entries, expected) in cases {
        let (status, refused) = call(
            &mut it,
            "SendMessageBatch",
            PLAIN,
            json!({ "Entries": entries }),
        );
        assert_eq!(
            (status, refused["__type"].as_str().unwrap_or_default()),
            (400, format!("com.amazonaws.sqs#{expected}").as_str())
        );
    }
}

#[test]
fn checksums_and_attributes_are_those_that_sdks_compare() {
    let mut it = simulation();
    let attributes = json!({ "event": { "DataType": "String", "StringValue": "PaymentReceived" }, "n": { "DataType": "Number", "StringValue": "1.50" }, "b": { "DataType": "Binary", "BinaryValue": "AAE=" } });
    let trace = json!({ "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" } });
    let (_, sent) = call(
        &mut it,
        "SendMessage",
        PLAIN,
        json!({ "MessageBody": "hello", "MessageAttributes": attributes, "MessageSystemAttributes": trace }),
    );
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let received = receive(&mut it, PLAIN).remove(0);
    assert_eq!(received["MD5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(received["MessageAttributes"], attributes);
    assert_eq!(
        received["MD5OfMessageAttributes"],
        sent["MD5OfMessageAttributes"]
    );
    assert_eq!(
        received["Attributes"]["AWSTraceHeader"],
        trace["AWSTraceHeader"]["StringValue"]
    );
    assert!(sent["MD5OfMessageSystemAttributes"].is_string());
    it.now_ms += 30_000;
    let (_, bare) = call(
        &mut it,
        "ReceiveMessage",
        PLAIN,
        json!({ "MessageAttributeNames": ["ex.*", "n"] }),
    );
    assert_eq!(
        bare["Messages"][0].get("Attributes"),
        None,
        "what is not asked for is not told"
    );
    assert_eq!(
        bare["Messages"][0]["MessageAttributes"],
        json!({ "n": attributes["n"] })
    );
}

#[test]
fn a_receiver_waits_for_a_message_or_for_its_time() {
    let mut it = simulation();
    let wait = |call: u64| Input::Call {
        call,
        caller: Caller::Outside,
        request: ApiRequest {
            service: Service::Sqs,
            operation: "ReceiveMessage".into(),
            body: json!({ "QueueUrl": url(PLAIN), "WaitTimeSeconds": 20 }),
            payload: Vec::new(),
        },
    };
    for call in [1, 2] {
        it.give(wait(call));
        it.step(None);
    }
    assert!(it.answers.is_empty());
    assert_eq!(it.core.next_timer_ms(), Some(it.now_ms + 20_000));
    it.now_ms += 5_000;
    send(&mut it, PLAIN, "a");
    let first = it.answers.remove(&1).expect("the first receiver has it");
    assert!(String::from_utf8_lossy(&first.body).contains("\"Body\":\"a\""));
    assert!(it.answers.is_empty(), "the other waits on");
    it.now_ms += 15_000;
    it.give(Input::Tick);
    it.step(None);
    let second = it.answers.remove(&2).expect("its time is over");
    assert_eq!(
        (second.status, second.body.as_slice()),
        (200, b"{}".as_slice())
    );
    // A message that comes back from another receiver ends a wait as well.
    it.give(wait(3));
    it.step(None);
    it.now_ms += 15_000;
    it.give(Input::Tick);
    it.step(None);
    assert!(it.answers.remove(&3).is_some());
}

#[test]
fn queues_are_listed_and_purged() {
    let mut it = simulation();
    let (_, listed) = it.aws(
        Service::Sqs,
        "ListQueues",
        json!({ "QueueNamePrefix": "plain" }),
    );
    assert_eq!(listed["QueueUrls"], json!([url(PLAIN), url(FIFO)]));
    let (_, found) = it.aws(Service::Sqs, "GetQueueUrl", json!({ "QueueName": PLAIN }));
    assert_eq!(found["QueueUrl"], url(PLAIN));
    send(&mut it, PLAIN, "a");
    assert_eq!(call(&mut it, "PurgeQueue", PLAIN, json!({})).0, 200);
    it.restart();
    it.step(None);
    assert_eq!(depth(&mut it, PLAIN).0, "0");
    let (status, refused) = call(&mut it, "CreateQueue", PLAIN, json!({}));
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("UnknownOperationException"))
    );
}

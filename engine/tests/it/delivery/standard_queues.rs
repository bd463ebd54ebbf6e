//! Standard queues: visibility, receive counts, redrive, retention, delay, long polling.

use pipe_engine::core::{ApiRequest, Caller, Input, Service};
use serde_json::{Value, json};

use super::sqs::*;
use crate::simulation::{self, Simulation, delivery};

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

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["__type"].as_str().unwrap_or_default())
}

#[test]
fn queues_are_listed_page_by_page() {
    let mut it = simulation();
    let mut list = |body: Value| it.aws(Service::Sqs, "ListQueues", body);
    let all = list(json!({})).1;
    assert!(all.get("NextToken").is_none(), "{all}");
    let (mut seen, mut request) = (Vec::new(), json!({ "MaxResults": 2 }));
    loop {
        let (status, page) = list(request.clone());
        assert_eq!(status, 200, "{page}");
        let urls = page["QueueUrls"].as_array().unwrap();
        assert!((1..=2).contains(&urls.len()), "{page}");
        seen.extend(urls.clone());
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert!(seen.len() > 2);
    assert_eq!(json!(seen), all["QueueUrls"]);
    for wrong in [
        json!({ "MaxResults": 0 }),
        json!({ "MaxResults": 1001 }),
        json!({ "MaxResults": 1, "NextToken": "zz" }),
    ] {
        let answer = list(wrong);
        assert_eq!(
            code(&answer),
            (400, "com.amazonaws.sqs#InvalidParameterValue")
        );
    }
}

#[test]
fn what_is_wrong_with_a_call_is_said_as_sqs_says_it() {
    let mut it = simulation();
    let unknown = it.aws(Service::Sqs, "AddPermission", json!({ "SourceArn": "a" }));
    assert_eq!(code(&unknown), (400, "UnknownOperationException"));
    let asked = json!({ "AttributeNames": ["QueueArn", "Bogus"] });
    let attributes = call(&mut it, "GetQueueAttributes", PLAIN, asked);
    assert_eq!(
        code(&attributes),
        (400, "com.amazonaws.sqs#InvalidAttributeName")
    );
    let both = [0, 11].map(|count| json!({ "MaxNumberOfMessages": count }));
    for request in both {
        let (_, answer) = call(&mut it, "ReceiveMessage", PLAIN, request);
        let said = answer["message"].as_str().unwrap();
        assert!(
            said.ends_with("Must be between 1 and 10, if provided."),
            "{said}"
        );
    }
    for name in ["AWS.trace", "amazon.x", ".a", "a.", "a..b", "a b", ""] {
        let attributes = json!({ name: { "DataType": "String", "StringValue": "x" } });
        let request = json!({ "MessageBody": "a", "MessageAttributes": attributes });
        let answer = call(&mut it, "SendMessage", PLAIN, request);
        assert_eq!(
            code(&answer),
            (400, "com.amazonaws.sqs#InvalidParameterValue"),
            "{name}"
        );
    }
}

#[test]
fn a_deleted_message_is_no_longer_to_be_hidden() {
    let mut it = simulation();
    send(&mut it, PLAIN, "a");
    let message = receive(&mut it, PLAIN).remove(0);
    assert_eq!(delete(&mut it, PLAIN, &message).0, 200);
    let request = json!({ "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 5 });
    let hidden = call(&mut it, "ChangeMessageVisibility", PLAIN, request);
    assert_eq!(
        code(&hidden),
        (400, "com.amazonaws.sqs#InvalidParameterValue")
    );
    assert_eq!(
        delete(&mut it, PLAIN, &message).0,
        200,
        "deleting again is fine"
    );
}

#[test]
fn a_queue_is_emptied_once_a_minute() {
    let mut it = simulation();
    assert_eq!(call(&mut it, "PurgeQueue", PLAIN, json!({})).0, 200);
    send(&mut it, PLAIN, "a");
    it.now_ms += 59_000;
    let again = call(&mut it, "PurgeQueue", PLAIN, json!({}));
    assert_eq!(
        code(&again),
        (400, "com.amazonaws.sqs#PurgeQueueInProgress")
    );
    it.now_ms += 2_000;
    assert_eq!(call(&mut it, "PurgeQueue", PLAIN, json!({})).0, 200);
    assert!(receive(&mut it, PLAIN).is_empty());
}

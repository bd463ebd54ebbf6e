//! Topics: what is published gets to each subscriber in its form, through its filter, and else to a dead-letter queue.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::stack::*;

#[test]
fn a_message_reaches_each_subscriber_in_its_form() {
    let mut simulation = started(&template());
    publish(&mut simulation, "PaymentReceived", &json!({ "amount": 5 }));
    assert_eq!(bodies(&mut simulation, "raw"), [r#"{"amount":5}"#]);
    let wrapped: Value = serde_json::from_str(&bodies(&mut simulation, "wrapped")[0]).unwrap();
    assert_eq!(wrapped["Type"], "Notification");
    assert_eq!(wrapped["Message"], r#"{"amount":5}"#);
    assert_eq!(
        wrapped["MessageAttributes"]["event"],
        json!({ "Type": "String", "Value": "PaymentReceived" })
    );
    assert_eq!(wrapped["TopicArn"], TOPIC);
    assert!(
        bodies(&mut simulation, "large").is_empty(),
        "5 is not above 1000"
    );
    let event: Value = serde_json::from_slice(&simulation.invocations[0].payload).unwrap();
    assert_eq!(simulation.invocations[0].function, "listener-local");
    let record = &event["Records"][0];
    assert_eq!(
        (
            record["EventSource"].as_str(),
            record["Sns"]["Message"].as_str()
        ),
        (Some("aws:sns"), Some(r#"{"amount":5}"#))
    );
    assert!(bodies(&mut simulation, "undelivered").is_empty());
}

#[test]
fn filters_look_at_attributes_or_at_the_body() {
    let mut simulation = started(&template());
    publish(
        &mut simulation,
        "PaymentSettled",
        &json!({ "amount": 1000.5 }),
    );
    assert!(bodies(&mut simulation, "raw").is_empty(), "another event");
    assert_eq!(bodies(&mut simulation, "large"), [r#"{"amount":1000.5}"#]);
    let request = json!({ "TopicArn": TOPIC, "Message": "no JSON" });
    assert_eq!(simulation.aws(Service::Sns, "Publish", request).0, 200);
    assert_eq!(
        bodies(&mut simulation, "large").len(),
        1,
        "a body that is no JSON does not match"
    );
    assert_eq!(
        bodies(&mut simulation, "wrapped").len(),
        2,
        "no filter, so everything"
    );
}

#[test]
fn an_email_is_told_with_its_subject() {
    let mut simulation = started(&template());
    let request =
        json!({ "TopicArn": OPS, "Subject": "Payment failed", "Message": "card expired" });
    assert_eq!(simulation.aws(Service::Sns, "Publish", request).0, 200);
    assert!(told(
        &simulation,
        r#"Emailed { topic: "ops-local", address: "ops@example.com", subject: Some("Payment failed"), text: "card expired" }"#
    ));
}

#[test]
fn what_a_topic_may_not_deliver_goes_to_the_dead_letter_queue() {
    for (template, because) in [
        (
            without("WrappedQueuePolicy", "FromPayments"),
            "sqs:SendMessage",
        ),
        (
            without("PipelineKey", "DeliverFromTopics"),
            "kms:GenerateDataKey",
        ),
        (
            lacking("ListenerPaymentsPermission"),
            "lambda:InvokeFunction",
        ),
    ] {
        let mut simulation = started(&template);
        publish(&mut simulation, "PaymentReceived", &json!({ "amount": 5 }));
        assert!(
            told(&simulation, "Undelivered {") && told(&simulation, because),
            "{because}: {:#?}",
            simulation.trace
        );
        let kept = bodies(&mut simulation, "undelivered");
        if because.starts_with("kms") {
            assert!(
                kept.is_empty(),
                "the dead-letter queue is under the same key"
            );
            assert!(told(&simulation, "is lost"));
        } else {
            let kept: Value = serde_json::from_str(&kept[0]).unwrap();
            assert_eq!(kept["Message"], r#"{"amount":5}"#);
        }
    }
}

#[test]
fn a_publisher_needs_the_topic_and_its_key() {
    let request = json!({ "TopicArn": TOPIC, "Message": "m" });
    let mut simulation = started(&template());
    assert_eq!(
        as_sender(&mut simulation, Service::Sns, "Publish", request.clone()).0,
        200
    );
    let (status, body) = as_sender(
        &mut simulation,
        Service::Sns,
        "Publish",
        json!({ "TopicArn": OPS, "Message": "m" }),
    );
    assert_eq!(
        (status, body["__type"].as_str()),
        (403, Some("AuthorizationError"))
    );
    let mut template = template();
    let statements = &mut template["Resources"]["SenderRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        ["Statement"];
    statements
        .as_array_mut()
        .unwrap()
        .retain(|it| it["Sid"] != "EncryptMessages");
    let mut simulation = started(&template);
    let (status, body) = as_sender(&mut simulation, Service::Sns, "Publish", request);
    assert_eq!(status, 403);
    assert!(
        body["Message"]
            .as_str()
            .unwrap()
            .contains("kms:GenerateDataKey"),
        "{body}"
    );
}

#[test]
fn a_standard_topic_tells_no_messages_apart() {
    let mut simulation = started(&template());
    let request = json!({ "TopicArn": TOPIC, "Message": "m", "MessageDeduplicationId": "d" });
    let (status, answer) = simulation.aws(Service::Sns, "Publish", request);
    assert_eq!(
        (status, &answer["__type"]),
        (400, &json!("InvalidParameter"))
    );
}

#[test]
fn publishing_refuses_what_sns_refuses() {
    let mut simulation = started(&template());
    let long = "x".repeat(262_145);
    for (body, kind) in [
        (
            json!({ "TopicArn": TOPIC, "Message": "" }),
            "InvalidParameter",
        ),
        (
            json!({ "TopicArn": TOPIC, "Message": long }),
            "InvalidParameter",
        ),
        (
            json!({ "TopicArn": TOPIC, "Message": "m", "Subject": "two\nlines" }),
            "InvalidParameter",
        ),
        (
            json!({ "TopicArn": TOPIC, "Message": "m", "MessageStructure": "json" }),
            "InvalidParameter",
        ),
        (
            json!({ "TopicArn": TOPIC, "Message": "m", "MessageAttributes": { "a": { "DataType": "Number", "StringValue": "x" } } }),
            "ParameterValueInvalid",
        ),
        (
            json!({ "TopicArn": "arn:aws:sns:us-east-1:123456789012:none", "Message": "m" }),
            "NotFound",
        ),
    ] {
        let (status, answer) = simulation.aws(Service::Sns, "Publish", body);
        assert!(status >= 400);
        assert_eq!(answer["__type"], kind, "{answer}");
    }
    let entry = |id: &str, message: &str| json!({ "Id": id, "Message": message });
    let batch =
        |entries: Vec<Value>| json!({ "TopicArn": TOPIC, "PublishBatchRequestEntries": entries });
    let (status, answer) = simulation.aws(
        Service::Sns,
        "PublishBatch",
        batch(vec![entry("a", "1"), entry("b", "")]),
    );
    assert_eq!(status, 200);
    assert_eq!(
        (
            answer["Successful"][0]["Id"].as_str(),
            answer["Failed"][0]["Id"].as_str()
        ),
        (Some("a"), Some("b"))
    );
    for (entries, kind) in [
        (vec![], "EmptyBatchRequest"),
        (
            (0..11).map(|it| entry(&it.to_string(), "m")).collect(),
            "TooManyEntriesInBatchRequest",
        ),
        (
            vec![entry("a", "1"), entry("a", "2")],
            "BatchEntryIdsNotDistinct",
        ),
        (vec![entry("a b", "1")], "InvalidBatchEntryId"),
    ] {
        assert_eq!(
            simulation
                .aws(Service::Sns, "PublishBatch", batch(entries))
                .1["__type"],
            kind
        );
    }
}

//! What SQS takes and gives: refusals in its own words, batches, attributes and checksums.

use serde_json::{Value, json};

use super::sqs::*;

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

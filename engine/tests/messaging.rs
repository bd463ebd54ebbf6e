//! Topics and buses: what is published gets where the template says, in the form that AWS gives it, and else to a dead-letter queue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod simulation;

use pipe_engine::core::{ApiRequest, Caller, Input, Service};
use serde_json::{Value, json};
use simulation::Simulation;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:payments-local";
const OPS: &str = "arn:aws:sns:us-east-1:123456789012:ops-local";
const GROUP: &str = "/aws/events/standard-payments-local";

fn template() -> Value {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/messaging.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn started(template: &Value) -> Simulation {
    let mut simulation = Simulation::new(template, 1.0);
    while simulation.step(None) {}
    simulation
}

/// The template without the statement with this id in the policy of this resource.
fn without(resource: &str, sid: &str) -> Value {
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
fn lacking(resource: &str) -> Value {
    let mut template = template();
    let resources = template["Resources"].as_object_mut().unwrap();
    assert!(resources.remove(resource).is_some());
    template
}

/// The messages in a queue: bodies, and attributes.
fn messages(simulation: &mut Simulation, queue: &str) -> Vec<Value> {
    let url = format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}-local");
    let body = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "VisibilityTimeout": 0 });
    let (status, body) = simulation.aws(Service::Sqs, "ReceiveMessage", body);
    assert_eq!(status, 200, "{body}");
    body["Messages"].as_array().cloned().unwrap_or_default()
}

fn bodies(simulation: &mut Simulation, queue: &str) -> Vec<String> {
    let text = |it: &Value| it["Body"].as_str().unwrap().to_owned();
    messages(simulation, queue).iter().map(text).collect()
}

fn publish(simulation: &mut Simulation, event: &str, body: &Value) {
    let attributes = json!({ "event": { "DataType": "String", "StringValue": event } });
    let request =
        json!({ "TopicArn": TOPIC, "Message": body.to_string(), "MessageAttributes": attributes });
    let (status, answer) = simulation.aws(Service::Sns, "Publish", request);
    assert_eq!(status, 200, "{answer}");
}

fn put_event(simulation: &mut Simulation, detail: &str) -> Value {
    let entry = json!({ "EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "Payment Processed", "Detail": detail });
    let (status, answer) =
        simulation.aws(Service::Events, "PutEvents", json!({ "Entries": [entry] }));
    assert_eq!(status, 200, "{answer}");
    answer
}

fn told(simulation: &Simulation, part: &str) -> bool {
    simulation.trace.iter().any(|it| it.contains(part))
}

/// An operation by the function `sender`.
fn as_sender(
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

#[test]
fn rules_send_events_with_their_digits() {
    let mut simulation = started(&template());
    let answer = put_event(
        &mut simulation,
        r#"{"amount":10000.10,"status":"processed"}"#,
    );
    assert_eq!(answer["FailedEntryCount"], 0);
    assert_eq!(
        bodies(&mut simulation, "large"),
        [r#"{"amount":10000.10,"status":"processed"}"#]
    );
    let id = answer["Entries"][0]["EventId"].as_str().unwrap();
    assert!(
        told(&simulation, "Emailed") && told(&simulation, &format!("\\\"id\\\":\\\"{id}\\\"")),
        "the topic got the whole event"
    );
    put_event(&mut simulation, r#"{"amount":10000,"status":"failed"}"#);
    assert_eq!(
        bodies(&mut simulation, "large").len(),
        1,
        "10000 is not above 10000"
    );
    let payload = String::from_utf8(simulation.invocations[0].payload.clone()).unwrap();
    assert!(
        payload.starts_with(r#"{"detail": {"amount":10000,"status":"failed"}, "id": ""#)
            && payload.ends_with(r#""rule": "failed", "case": "failed"}"#),
        "{payload}"
    );
    let (_, found) = simulation.aws(
        Service::Logs,
        "FilterLogEvents",
        json!({ "logGroupName": GROUP, "filterPattern": "{ $.detail.status = failed }" }),
    );
    assert_eq!(found["events"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn a_delivered_log_line_survives_a_restart() {
    let mut simulation = started(&template());
    put_event(&mut simulation, r#"{"amount":1}"#);
    simulation.restart();
    while simulation.step(None) {}
    let (_, found) = simulation.aws(
        Service::Logs,
        "FilterLogEvents",
        json!({ "logGroupName": GROUP }),
    );
    assert_eq!(found["events"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn what_a_rule_may_not_deliver_goes_to_the_dead_letter_queue_with_its_reason() {
    for (template, detail, target) in [
        (
            without("OpsTopicPolicy", "FromRules"),
            r#"{"amount":20000}"#,
            OPS,
        ),
        (
            without("LargeQueuePolicy", "FromRule"),
            r#"{"amount":20000}"#,
            "arn:aws:sqs:us-east-1:123456789012:large-local",
        ),
        (
            lacking("ListenerRulePermission"),
            r#"{"status":"failed"}"#,
            "arn:aws:lambda:us-east-1:123456789012:function:listener-local",
        ),
        (
            lacking("StandardPaymentsLogPolicy"),
            r#"{"amount":1}"#,
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/standard-payments-local",
        ),
    ] {
        let mut simulation = started(&template);
        put_event(&mut simulation, detail);
        let kept = messages(&mut simulation, "undelivered");
        assert_eq!(kept.len(), 1, "{target}: {:#?}", simulation.trace);
        let event: Value = serde_json::from_str(kept[0]["Body"].as_str().unwrap()).unwrap();
        assert_eq!(event["detail"].to_string(), detail);
        assert!(told(&simulation, "NO_PERMISSIONS") && told(&simulation, target));
    }
}

#[test]
fn an_encrypted_target_without_its_key_is_not_delivered() {
    let mut simulation = started(&without("PipelineKey", "DeliverFromRules"));
    put_event(&mut simulation, r#"{"amount":20000}"#);
    assert!(bodies(&mut simulation, "large").is_empty());
    assert!(told(
        &simulation,
        "User: events.amazonaws.com is not authorized to perform: kms:GenerateDataKey"
    ));
    assert!(
        told(&simulation, "is lost"),
        "the dead-letter queue is under the same key"
    );
}

#[test]
fn entries_are_taken_or_refused_one_by_one() {
    let mut simulation = started(&template());
    let good = json!({ "Source": "s", "DetailType": "d", "Detail": "{}" });
    let with = |key: &str, value: Value| {
        let mut entry = good.clone();
        entry[key] = value;
        entry
    };
    let entries = json!([
        good,
        with("Source", json!("")),
        with("Detail", json!("[1]")),
        with("Detail", json!("{")),
        with("Source", json!("aws.ec2")),
        with("EventBusName", json!("none"))
    ]);
    let (status, answer) =
        simulation.aws(Service::Events, "PutEvents", json!({ "Entries": entries }));
    assert_eq!(
        (status, answer["FailedEntryCount"].as_u64()),
        (200, Some(5))
    );
    let codes: Vec<_> = answer["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["ErrorCode"].as_str())
        .collect();
    assert_eq!(
        codes,
        [
            None,
            Some("InvalidArgument"),
            Some("MalformedDetail"),
            Some("MalformedDetail"),
            Some("NotAuthorizedForSourceException"),
            Some("InvalidArgument")
        ]
    );
    let large = with(
        "Detail",
        json!(format!("{{\"a\":\"{}\"}}", "x".repeat(262_144))),
    );
    for entries in [json!([]), json!(vec![good.clone(); 11]), json!([large])] {
        let (status, answer) =
            simulation.aws(Service::Events, "PutEvents", json!({ "Entries": entries }));
        assert_eq!(
            (status, answer["__type"].as_str()),
            (400, Some("ValidationException"))
        );
    }
}

#[test]
fn putting_events_is_limited_to_the_granted_source() {
    let mut simulation = started(&template());
    let entry = |source: &str| json!({ "Entries": [{ "EventBusName": "payment-events", "Source": source, "DetailType": "d", "Detail": "{}" }] });
    assert_eq!(
        as_sender(
            &mut simulation,
            Service::Events,
            "PutEvents",
            entry("payment.processor")
        )
        .0,
        200
    );
    let (status, body) = as_sender(
        &mut simulation,
        Service::Events,
        "PutEvents",
        entry("other"),
    );
    assert_eq!(
        (status, body["__type"].as_str()),
        (400, Some("AccessDeniedException"))
    );
    let other = json!({ "Entries": [{ "Source": "payment.processor", "DetailType": "d", "Detail": "{}" }] });
    assert_eq!(
        as_sender(&mut simulation, Service::Events, "PutEvents", other).0,
        400,
        "the default bus was not granted"
    );
}

#[test]
fn the_template_shows_through_the_api() {
    let mut simulation = started(&template());
    let (_, topics) = simulation.aws(Service::Sns, "ListTopics", json!({}));
    assert_eq!(topics["Topics"].as_array().unwrap().len(), 2);
    let (_, shown) = simulation.aws(
        Service::Sns,
        "ListSubscriptionsByTopic",
        json!({ "TopicArn": TOPIC }),
    );
    assert_eq!(shown["Subscriptions"].as_array().unwrap().len(), 4);
    let (_, rules) = simulation.aws(
        Service::Events,
        "ListRules",
        json!({ "EventBusName": "payment-events" }),
    );
    assert_eq!(rules["Rules"].as_array().unwrap().len(), 3);
    let (_, rule) = simulation.aws(
        Service::Events,
        "DescribeRule",
        json!({ "EventBusName": "payment-events", "Name": "failed-local" }),
    );
    assert_eq!(
        rule["Arn"],
        "arn:aws:events:us-east-1:123456789012:rule/payment-events/failed-local"
    );
    let (_, buses) = simulation.aws(Service::Events, "ListEventBuses", json!({}));
    assert_eq!(buses["EventBuses"].as_array().unwrap().len(), 2);
    let event = json!({ "id": "1", "account": "1", "source": "s", "time": "t", "region": "r", "resources": [], "detail-type": "d", "detail": { "a": 5 } });
    let tested = json!({ "EventPattern": r#"{"detail":{"a":[{"numeric":[">",4]}]}}"#, "Event": event.to_string() });
    assert_eq!(
        simulation
            .aws(Service::Events, "TestEventPattern", tested)
            .1,
        json!({ "Result": true })
    );
}

#[test]
fn what_is_not_offered_is_refused_at_start() {
    use pipe_engine::artifacts::{Place, read};
    let change = |resource: &str, key: &str, value: Value| {
        let mut template = template();
        template["Resources"][resource]["Properties"][key] = value;
        read(&template, "messaging", &Place::default())
            .expect_err("refused")
            .to_string()
    };
    for (resource, key, value, said) in [
        (
            "OpsEmailSubscription",
            "Protocol",
            json!("https"),
            "delivered locally",
        ),
        (
            "RawSubscription",
            "FilterPolicy",
            json!({ "a": [] }),
            "FilterPolicy",
        ),
        ("OpsTopic", "FifoTopic", json!(true), "FIFO topics"),
        (
            "HighRule",
            "ScheduleExpression",
            json!("rate(1 day)"),
            "schedules",
        ),
        (
            "HighRule",
            "EventPattern",
            json!({ "detail": { "a": [{ "like": 1 }] } }),
            "EventPattern",
        ),
        (
            "HighRule",
            "Targets",
            json!([{ "Id": "x", "Arn": "arn:aws:batch:us-east-1:1:job" }]),
            "no such target",
        ),
        (
            "SenderRole",
            "ManagedPolicyArns",
            json!(["arn:aws:iam::aws:policy/AdministratorAccess"]),
            "managed policy",
        ),
        (
            "SenderRole",
            "PermissionsBoundary",
            json!("arn:aws:iam::aws:policy/X"),
            "managed policy",
        ),
    ] {
        let error = change(resource, key, value);
        assert!(error.contains(said), "{error}");
    }
}

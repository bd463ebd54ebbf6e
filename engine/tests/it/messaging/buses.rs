//! Buses: what is put there goes where the rules say, and else to a dead-letter queue with its reason.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::stack::*;

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

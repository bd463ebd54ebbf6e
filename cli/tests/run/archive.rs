//! `archive.pipe` with its real handlers: samples to table, bucket, bus, log group, topic and alarms; a poison message; a record removed by
//! hand.

use crate::messages::{POISON, Redriven, field, rows};
use crate::pipeline::{Pipeline, command_of, folder, root};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The visibility timeout of 180 s lasts 90 ms.
const TIME_SCALE: &str = "0.0005";
const TABLE: &str = "payment-events-local";
const PROCESSING: Redriven = Redriven {
    queue: "processing-queue-local",
    dead: "processing-dlq-local",
};
const SAMPLES: [&str; 3] = ["large", "small", "failed"];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root().join(format!("specs/archive/samples/{name}.json"))).unwrap()
}

#[test]
fn an_archived_payment_is_in_every_place_that_the_spec_names() {
    let state = folder("archive");
    let arguments = ["--format", "json", "--time-scale", TIME_SCALE];
    let pipeline = Pipeline::up(&state, command_of("archive", &state, &arguments));
    check_refused(&pipeline);
    deliver(&pipeline);
    check_recorded(&pipeline);
    check_objects(&pipeline);
    check_bus(&pipeline);
    check_alerts(&pipeline);
    check_poison(&pipeline);
    check_alarms(&pipeline);
    pipeline.get("", "/_url/webhook-receiver-local/health");
}

/// Genuine, and with a key that the table's index does not take, or one that no object can have: told so, and nothing of it is kept.
fn check_refused(pipeline: &Pipeline) {
    let arguments = [("header", "X-Webhook-Signature"), ("encoding", "hex")];
    let long = "x".repeat(1_020);
    for (payment_id, provider) in [("pay_0", ""), (long.as_str(), "stripe")] {
        let body = json!({ "paymentId": payment_id, "provider": provider, "amount": 1, "status": "succeeded" });
        let body = body.to_string().into_bytes();
        let secret = "/archive/local/webhook-key";
        let signed = pipeline.sign_as("hmac_sha256", &arguments, secret, &body);
        let answer = pipeline.post_to("/webhook", &signed.headers, &signed.body);
        let (status, answer) = answer.unwrap();
        assert_eq!((status, &answer["outcome"]), (400, &json!("invalid")));
    }
    assert!(pipeline.items_of(TABLE).is_empty());
}

/// Each sample, genuine and twice, and tampered with.
fn deliver(pipeline: &Pipeline) {
    let arguments = [("header", "X-Webhook-Signature"), ("encoding", "hex")];
    for name in SAMPLES {
        let body = sample(name);
        let secret = "/archive/local/webhook-key";
        let signed = pipeline.sign_as("hmac_sha256", &arguments, secret, &body);
        let mut changed = body.clone();
        *changed.iter_mut().find(|it| it.is_ascii_digit()).unwrap() ^= 1;
        for (headers, body) in [(&signed.headers, &changed), (&Vec::new(), &body)] {
            let (status, answer) = pipeline.post_to("/webhook", headers, body).unwrap();
            assert_eq!(status, 401, "{answer}");
        }
        for outcome in ["recorded", "duplicate"] {
            let answer = pipeline.post_to("/webhook", &signed.headers, &signed.body);
            assert_eq!(answer.unwrap(), (200, json!({ "outcome": outcome })));
        }
    }
}

/// Received and processed once each, with exact amounts.
fn check_recorded(pipeline: &Pipeline) {
    let expected = [
        "pay_9001 PaymentProcessed 25000.5 processed",
        "pay_9001 PaymentReceived 25000.5 succeeded",
        "pay_9002 PaymentProcessed 12.34 processed",
        "pay_9002 PaymentReceived 12.34 succeeded",
        "pay_9003 PaymentProcessed 80 failed",
        "pay_9003 PaymentReceived 80 failed",
    ];
    let seen = || {
        let fields = ["paymentId", "_event", "amount", "status"];
        rows(&pipeline.facts(TABLE), &fields)
    };
    pipeline.until("every sample is processed", || seen().len() >= 6);
    for queue in [PROCESSING.queue, "notification-queue-local"] {
        pipeline.until_empty(queue);
    }
    assert_eq!(seen(), expected);
}

/// One object a payment, with the raw body; a duplicate has written the same bytes again.
fn check_objects(pipeline: &Pipeline) {
    pipeline.until("every delivery is written", || {
        pipeline.steps("object_written").len() >= 2 * SAMPLES.len()
    });
    let written = pipeline.steps("object_written");
    let mut keys = BTreeSet::new();
    for step in &written {
        let (bucket, key) = (
            step["bucket"].as_str().unwrap(),
            step["key"].as_str().unwrap(),
        );
        let kept: Value = serde_json::from_str(&pipeline.object(bucket, key)).unwrap();
        let id = kept["paymentId"].as_str().unwrap();
        assert!(
            key.starts_with("webhooks/") && key.ends_with(&format!("/{id}.json")),
            "{key}"
        );
        let raw = kept["_body"].as_str().unwrap().as_bytes();
        assert!(SAMPLES.iter().any(|name| sample(name) == raw), "{kept}");
        assert_eq!(kept["_event"], "PaymentReceived");
        keys.insert(key.to_owned());
    }
    assert_eq!(keys.len(), SAMPLES.len(), "{written:?}");
}

/// Large payments go to the topic, the others to the log group.
fn check_bus(pipeline: &Pipeline) {
    let logged = || {
        let input = json!({ "logGroupName": "/aws/events/standard-payments-local" });
        let answer = pipeline.call("Logs_20140328.FilterLogEvents", &input);
        let answer = answer.unwrap();
        let ids = answer["events"].as_array().unwrap().iter().map(|it| {
            let event: Value = serde_json::from_str(it["message"].as_str().unwrap()).unwrap();
            assert_eq!(event["detail-type"], "Payment Processed");
            event["detail"]["paymentId"].as_str().unwrap().to_owned()
        });
        ids.collect::<BTreeSet<String>>()
    };
    let standard: BTreeSet<String> = ["pay_9002", "pay_9003"].map(str::to_owned).into();
    pipeline.until("the standard payments are logged", || logged() == standard);
    let by_rule = |it: &Value| {
        let text = it["text"].as_str().unwrap();
        let told: Value = serde_json::from_str(text).unwrap_or_default();
        told["rule"] == "value" && told["detail"]["paymentId"] == "pay_9001"
    };
    pipeline.until("the large payment is told by its rule", || {
        pipeline.steps("emailed").iter().any(by_rule)
    });
}

/// What a large and a failed payment make the handler say; the small one is nobody's business.
fn check_alerts(pipeline: &Pipeline) {
    let subjects = || -> BTreeSet<String> {
        let emailed = pipeline.steps("emailed");
        let subjects = emailed.iter().filter_map(|it| it["subject"].as_str());
        let alerts = subjects.filter(|it| it.contains("ayment") && it.contains(": pay_"));
        alerts.map(str::to_owned).collect()
    };
    let expected = ["High-value payment: pay_9001", "Payment failed: pay_9003"];
    let expected: BTreeSet<String> = expected.map(str::to_owned).into();
    pipeline.until("both alerts", || subjects() == expected);
}

/// A message that nobody can read among others of one batch. The others were never received by the route, so the alert of the large one
/// has nothing to tell of and is skipped.
fn check_poison(pipeline: &Pipeline) {
    let message = |id: &str, amount: &str| {
        format!(
            r#"{{"paymentId":"{id}","timestamp":1795202580000,"provider":"stripe","amount":{amount},"currency":"USD","status":"succeeded"}}"#
        )
    };
    let (small, large) = (message("pay_a", "5"), message("pay_b", "10000.01"));
    let batch = [(None, &*small), (None, POISON), (None, &*large)];
    let ids = pipeline.send_batch(PROCESSING.queue, &batch);
    assert_eq!(pipeline.dead_letters(PROCESSING, 1, 0, None), [POISON]);
    pipeline.until("the others are done", || {
        pipeline.deliveries(&ids) == [1, 0, 1]
    });
    let facts = pipeline.facts(TABLE);
    for id in ["pay_a", "pay_b"] {
        let own = facts.iter().filter(|it| field(it, "paymentId") == id);
        let events: Vec<&str> = own.map(|it| field(it, "_event")).collect();
        assert_eq!(events, ["PaymentProcessed"], "{id}");
    }
    let said = "the payment pay_b is not in the table; skipped";
    let skipped = |it: &Value| it["line"].to_string().contains(said);
    pipeline.until("the alert without a payment is skipped", || {
        pipeline.steps("log").iter().any(skipped)
    });
}

fn check_alarms(pipeline: &Pipeline) {
    pipeline.until_alarm("receiver-errors-local", || {
        let failure = pipeline.invoke("webhook-receiver-local", r#"{"no":"request"}"#);
        assert!(failure.is_some(), "the function cannot take this");
    });
    // Nothing that runs can remove a record; a person with all rights can, and it is seen.
    let key = json!({ "paymentId": { "S": "by_hand" }, "timestamp": { "N": "1" } });
    pipeline.until_alarm("payment-events-changes-local", || {
        for (target, what) in [("PutItem", "Item"), ("DeleteItem", "Key")] {
            let input = json!({ "TableName": TABLE, what: key });
            let target = format!("DynamoDB_20120810.{target}");
            pipeline.call(&target, &input).unwrap();
        }
    });
}

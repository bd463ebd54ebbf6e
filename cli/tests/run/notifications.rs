//! `notifications.pipe` with its real handlers: signed transactions through the inbox to table, topic and alarms; a poison message.

use crate::messages::{POISON, Redriven, rows};
use crate::pipeline::{Pipeline, command_of, folder, root};
use serde_json::{Value, json};

/// The visibility timeout of six minutes lasts 180 ms.
const TIME_SCALE: &str = "0.0005";
const TABLE: &str = "payment-transactions-local";
const INBOX: Redriven = Redriven {
    queue: "webhook-inbox-local",
    dead: "webhook-dlq-local",
};
const CHARGE: &str = "evt_1001 TransactionReceived txn_2001 49.9 EUR charge";
const REFUND: &str = "evt_1002 TransactionReceived txn_2001 9.9 EUR refund";

#[test]
fn a_transaction_reaches_the_table_and_the_topic_once() {
    let state = folder("notifications");
    let arguments = [
        "--format",
        "json",
        "--time-scale",
        TIME_SCALE,
        "--param",
        "downstream=ledger",
    ];
    let pipeline = Pipeline::up(&state, command_of("notifications", &state, &arguments));
    let notices = pipeline.notices.to_string();
    assert!(!notices.contains("nobody has set"), "{notices}");
    deliver(&pipeline);
    pipeline.until("both samples and their duplicates are done", || {
        pipeline.steps_from(INBOX.queue, "delivered") == 4
    });
    assert_eq!(recorded(&pipeline), [CHARGE, REFUND]);
    check_published(&state.join("state"));
    check_poison(&pipeline);
    check_alarms(&pipeline);
}

/// Each sample, genuine and twice, tampered with, and by another sender; and one that is signed and makes no sense.
fn deliver(pipeline: &Pipeline) {
    let sign = |body: &[u8]| {
        pipeline.sign_as(
            "standard_webhooks",
            &[],
            "/notifications/local/api-key",
            body,
        )
    };
    let post = |headers: &[(String, String)], body: &[u8]| {
        pipeline.post_to("/webhooks", headers, body).unwrap()
    };
    for name in ["charge", "refund"] {
        let path = root().join(format!("specs/notifications/samples/{name}.json"));
        let body = std::fs::read(path).unwrap();
        let signed = sign(&body);
        let blank = [&body[..], b" "].concat();
        for (headers, body) in [(&signed.headers, &blank), (&Vec::new(), &body)] {
            let (status, answer) = post(headers, body);
            assert_eq!(status, 401, "{answer}");
        }
        for _ in 0..2 {
            let (status, answer) = post(&signed.headers, &signed.body);
            assert_eq!(status, 200, "{answer}");
        }
    }
    let signed = sign(message("evt_0", "0").as_bytes());
    let (status, answer) = post(&signed.headers, &signed.body);
    assert_eq!((status, &answer["error"]), (422, &json!("Rejected")));
}

/// Nobody subscribes in the spec; what the services downstream would get can be read.
fn check_published(state: &std::path::Path) {
    let text = std::fs::read_to_string(state.join("published.jsonl")).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str(it).unwrap());
    let published: Vec<Value> = lines.collect();
    for (id, amount) in [("evt_1001", 49.9), ("evt_1002", 9.9)] {
        let said = published.iter().find_map(|it| {
            let message: Value = serde_json::from_str(it["message"].as_str()?).ok()?;
            (message["eventId"] == id).then_some((it, message))
        });
        assert!(said.is_some(), "{id} in {text}");
        let (line, message) = said.unwrap();
        assert_eq!(message["amount"], amount);
        assert_eq!(line["topic"], "payment-events-local");
    }
}

fn message(id: &str, amount: &str) -> String {
    format!(
        r#"{{"eventId":"{id}","transactionId":"txn_3001","timestamp":"2026-11-20T19:23:00Z","amount":{amount},"currency":"EUR","kind":"charge"}}"#
    )
}

fn recorded(pipeline: &Pipeline) -> Vec<String> {
    let fields = [
        "eventId",
        "_event",
        "transactionId",
        "amount",
        "currency",
        "kind",
    ];
    rows(&pipeline.facts(TABLE), &fields)
}

fn published(pipeline: &Pipeline) -> usize {
    let published = pipeline.steps("published");
    let own = |it: &&Value| it["topic"] == "payment-events-local";
    published.iter().filter(own).count()
}

/// A message that nobody can read among others of one batch, which are done at the first delivery and never again.
fn check_poison(pipeline: &Pipeline) {
    let before = published(pipeline);
    assert!(before >= 2, "each sample is published");
    let (first, last) = (message("evt_a", "1.10"), message("evt_b", "2.20"));
    let batch = [(None, &*first), (None, POISON), (None, &*last)];
    let ids = pipeline.send_batch(INBOX.queue, &batch);
    let letters = pipeline.dead_letters(INBOX, 1, 0, Some("dead-letters-local"));
    assert_eq!(letters, [POISON]);
    pipeline.until("the others are done", || {
        pipeline.deliveries(&ids) == [1, 0, 1]
    });
    let expected = [
        CHARGE,
        REFUND,
        "evt_a TransactionReceived txn_3001 1.1 EUR charge",
        "evt_b TransactionReceived txn_3001 2.2 EUR charge",
    ];
    assert_eq!(recorded(pipeline), expected);
    assert_eq!(published(pipeline), before + 2);
}

fn check_alarms(pipeline: &Pipeline) {
    pipeline.until_alarm("processor-fails-local", || {
        let failure = pipeline.invoke("webhook-processor-local", r#"{"no":"batch"}"#);
        assert!(failure.is_some(), "the function cannot take this");
    });
}

//! `webhook_processing.pipe` with its real handlers: Stripe's and Square's signed requests through lane, table, bus and rules to the
//! operators; what must not get in; a poison message in the middle of a group. PayPal, whose key nobody else has, is played by `./verify`.

use crate::messages::{POISON, Redriven, field, rows};
use crate::pipeline::{Pipeline, command_of, folder, root};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The visibility timeout of half an hour lasts 180 ms.
const TIME_SCALE: &str = "0.0001";
const TABLE: &str = "webhooks-local";
const UNREAD: &str = "unread-local";
const LANE: Redriven = Redriven {
    queue: "lane-stripe-local.fifo",
    dead: "lane-dlq-stripe-local.fifo",
};

/// A sample and what must come of it.
struct Case {
    provider: &'static str,
    sample: &'static str,
    row: &'static str,
    /// Its size's rule and then the rules that tell the operators.
    rules: &'static [&'static str],
}

const CASES: [Case; 5] = [
    Case {
        provider: "square",
        sample: "completed",
        row: "square:6a8f5f28-54a1-4eb0-a98a-3111513fd4fc PaymentProcessed sq_4001 square 12500 USD succeeded notified",
        rules: &["size-critical"],
    },
    Case {
        provider: "square",
        sample: "refunded",
        row: "square:bc316346-6691-4243-88ed-6d651a0d0c47 PaymentProcessed sq_4001 square 12.34 USD refunded notified",
        rules: &["size-standard", "refunds"],
    },
    Case {
        provider: "stripe",
        sample: "succeeded",
        row: "stripe:evt_3001 PaymentProcessed pi_3001 stripe 42 USD succeeded notified",
        rules: &["size-standard"],
    },
    Case {
        provider: "stripe",
        sample: "failed",
        row: "stripe:evt_3002 PaymentProcessed pi_3002 stripe 1500 EUR failed notified",
        rules: &["size-large", "failures", "failed-large"],
    },
    Case {
        provider: "stripe",
        sample: "refunded",
        row: "stripe:evt_3003 PaymentProcessed pi_3001 stripe 5 USD refunded notified",
        rules: &["size-micro", "refunds"],
    },
];

/// What the operators are told: the rule and the webhook.
const TOLD: [(&str, &str); 5] = [
    ("failed_large", "stripe:evt_3002"),
    ("failures", "stripe:evt_3002"),
    ("refunds", "square:bc316346-6691-4243-88ed-6d651a0d0c47"),
    ("refunds", "stripe:evt_3003"),
    ("size", "square:6a8f5f28-54a1-4eb0-a98a-3111513fd4fc"),
];

#[test]
fn each_providers_webhooks_are_processed_once_and_told_by_rule() {
    let state = folder("webhook_processing");
    let arguments = [
        "--format",
        "json",
        "--time-scale",
        TIME_SCALE,
        "--param",
        "paypal_webhook_id=8PT597110X687430LKGECATA",
    ];
    let command = command_of("webhook_processing", &state, &arguments);
    let pipeline = Pipeline::up(&state, command);
    let key = api_key(&pipeline);
    check_refusals(&pipeline, &key);
    for case in &CASES {
        let body = sample(case.provider, case.sample);
        deliver(&pipeline, &key, case.provider, &body);
    }
    check_recorded(&pipeline);
    check_rules(&pipeline);
    check_unread(&pipeline, &key);
    check_made_up(&pipeline);
    check_poison(&pipeline);
    check_alarms(&pipeline);
}

/// Genuine, and none of the events that the route accepts, by its type or by its shape: kept byte for byte, told to the operators, and
/// nothing comes of it.
fn check_unread(pipeline: &Pipeline, key: &Header) {
    let other = String::from_utf8(sample("stripe", "other")).unwrap();
    let broken = String::from_utf8(sample("stripe", "succeeded")).unwrap();
    let broken = broken.replace("\"amount\": 4200", "\"amount\" :\t\"4200\"");
    for body in [&other, &broken] {
        deliver(pipeline, key, "stripe", body.as_bytes());
    }
    let fields = ["provider", "event_type", "reason", "problem", "_body"];
    let seen = rows(&pipeline.facts(UNREAD), &fields);
    let unknown = format!("stripe customer.created unknown_type  {other}");
    let shape = "stripe payment_intent.succeeded unreadable `data.object.amount` is not a number";
    assert_eq!(seen, [unknown, format!("{shape} {broken}")]);
    let mut more = 0;
    pipeline.until_alarm("unread-webhooks-local", || {
        more += 1;
        let body = other.replace("evt_3004", &format!("evt_3004_{more}"));
        deliver(pipeline, key, "stripe", body.as_bytes());
    });
}

/// `pipec send` makes up a body of any event that the route accepts, with what it is told to say.
fn check_made_up(pipeline: &Pipeline) {
    let port = pipeline.port().to_string();
    let unread = pipeline.facts(UNREAD).len();
    for (provider, argument, event, set) in [
        (
            "stripe",
            "tolerance=5m",
            "stripe.charge.refunded",
            "data.object.payment_intent=pi_made",
        ),
        (
            "square",
            "url=local",
            "square.payment.updated",
            "data.object.payment.status=COMPLETED",
        ),
    ] {
        let mut send = std::process::Command::new(env!("CARGO_BIN_EXE_pipec"));
        send.args(["send", "specs/webhook_processing.pipe", "--port", &port])
            .args(["--provider", provider, "--argument", argument])
            .args(["--event", event, "--set", set]);
        let sent = send.current_dir(root()).env("NO_COLOR", "1").output();
        let sent = sent.unwrap();
        let said = String::from_utf8_lossy(&sent.stdout);
        let taken = said.starts_with(r#"200  {"outcome":"succeeded"}"#);
        assert!(taken, "{said}{sent:?}");
    }
    pipeline.until("the made-up webhooks are processed", || {
        let facts = pipeline.facts(TABLE);
        let has = |provider: &str| {
            let mut own = facts.iter().filter(|it| field(it, "provider") == provider);
            own.any(|it| field(it, "amount") == "99.99")
        };
        has("stripe") && has("square")
    });
    assert_eq!(pipeline.facts(UNREAD).len(), unread);
}

type Header = (String, String);

fn api_key(pipeline: &Pipeline) -> Header {
    let answer = pipeline.get("apigateway", "/apikeys?includeValues=true");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let value = answer["item"][0]["value"].as_str().unwrap();
    ("x-api-key".to_owned(), value.to_owned())
}

fn sample(provider: &str, name: &str) -> Vec<u8> {
    let path = format!("specs/webhook_processing/samples/{provider}/{name}.json");
    std::fs::read(root().join(path)).unwrap()
}

fn sign(pipeline: &Pipeline, provider: &str, body: &[u8]) -> Vec<Header> {
    // A parameter that is set at deploy is `local` in a local run: the URL that Square signs.
    let arguments: &[(&str, &str)] = match provider {
        "square" => &[("url", "local")],
        _ => &[("tolerance", "300s")],
    };
    let secret = format!("/webhook-processing/local/{provider}-key");
    pipeline.sign_as(provider, arguments, &secret, body).headers
}

fn post(pipeline: &Pipeline, provider: &str, headers: &[&[Header]], body: &[u8]) -> (u16, Value) {
    let path = format!("/webhooks/{provider}");
    pipeline.post_to(&path, &headers.concat(), body).unwrap()
}

/// No key, a wrong one, no such provider, no signature, no id; nothing of it is recorded or queued.
fn check_refusals(pipeline: &Pipeline, key: &Header) {
    let key = std::slice::from_ref(key);
    let wrong = [("x-api-key".to_owned(), "nobody".to_owned())];
    let status = |provider: &str, headers: &[&[Header]]| post(pipeline, provider, headers, b"{}").0;
    let signed = sign(pipeline, "stripe", b"{}");
    assert_eq!(status("stripe", &[&signed]), 403);
    assert_eq!(status("stripe", &[&wrong, &signed]), 403);
    assert_eq!(status("nobody", &[key, &signed]), 404);
    for provider in ["stripe", "paypal", "square"] {
        assert_eq!(status(provider, &[key]), 401, "{provider}");
    }
    // Genuine for another provider.
    assert_eq!(status("square", &[key, &signed]), 401);
    // Genuine, and without the id that it would be known by.
    let nameless = String::from_utf8(sample("stripe", "succeeded")).unwrap();
    let nameless = nameless.replace("evt_3001", "");
    let signed = sign(pipeline, "stripe", nameless.as_bytes());
    let (status, answer) = post(pipeline, "stripe", &[key, &signed], nameless.as_bytes());
    assert_eq!((status, &answer["error"]), (422, &json!("Malformed")));
    assert!(pipeline.items_of(TABLE).is_empty());
}

/// Tampered with, and genuine and twice.
fn deliver(pipeline: &Pipeline, key: &Header, provider: &str, body: &[u8]) {
    let key = std::slice::from_ref(key);
    let signed = sign(pipeline, provider, body);
    let blank = [body, b" "].concat();
    let (status, answer) = post(pipeline, provider, &[key, &signed], &blank);
    assert_eq!(status, 401, "{answer}");
    for _ in 0..2 {
        let (status, answer) = post(pipeline, provider, &[key, &signed], body);
        assert_eq!(status, 200, "{answer}");
    }
}

fn recorded(pipeline: &Pipeline) -> Vec<String> {
    let fields = [
        "webhook_id",
        "_event",
        "payment_id",
        "provider",
        "amount",
        "currency",
        "status",
        "stage",
    ];
    rows(&pipeline.facts(TABLE), &fields)
}

/// One fact a webhook, moved on to its second stage by the function that the size's rule calls.
fn check_recorded(pipeline: &Pipeline) {
    let expected = CASES.map(|it| it.row);
    pipeline.until("every webhook is processed and notified", || {
        let seen = recorded(pipeline);
        seen.len() >= CASES.len() && seen.iter().all(|it| it.ends_with(" notified"))
    });
    for provider in ["stripe", "square"] {
        pipeline.until_empty(&format!("lane-{provider}-local.fifo"));
    }
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(recorded(pipeline), expected);
}

/// Each event was put once, matched the rules that it must and no other, and the operators were told of those that they asked for.
fn check_rules(pipeline: &Pipeline) {
    let told = || -> Vec<(String, String)> {
        let emailed = pipeline.steps("emailed");
        let texts = emailed.iter().filter_map(|it| it["text"].as_str());
        let events = texts.filter_map(|it| serde_json::from_str::<Value>(it).ok());
        let mut told: Vec<_> = events.filter_map(|it| pair(&it)).collect();
        told.sort();
        told
    };
    let expected = TOLD.map(|(rule, id)| (rule.to_owned(), id.to_owned()));
    pipeline.until("the operators are told", || told().len() >= TOLD.len());
    assert_eq!(told(), expected);
    let mut matched: Vec<String> = pipeline
        .steps("rule_matched")
        .iter()
        .map(|it| it["rule"].as_str().unwrap().to_owned())
        .collect();
    matched.sort();
    let rules = CASES.iter().flat_map(|it| it.rules);
    let mut expected: Vec<String> = rules.map(|it| format!("{it}-local")).collect();
    expected.sort();
    assert_eq!(matched, expected);
}

fn pair(told: &Value) -> Option<(String, String)> {
    let rule = told["rule"].as_str()?.to_owned();
    let id = told["detail"]["webhook_id"].as_str()?.to_owned();
    Some((rule, id))
}

/// A message that nobody can read in the middle of a group. What is before it and what is of another group is done at the first delivery
/// and never again. What is behind it in the batch waits for it, since the order is kept, until the poison was received for the last
/// time: then it is done, once, and the poison alone is a dead letter. The group goes on.
fn check_poison(pipeline: &Pipeline) {
    let message = |id: &str, payment: &str| {
        format!(
            r#"{{"webhook_id":"stripe:{id}","payment_id":"{payment}","provider":"stripe","amount":7,"currency":"USD","status":"succeeded"}}"#
        )
    };
    let (before, behind) = (message("evt_a1", "pi_a"), message("evt_a2", "pi_a"));
    let (other, later) = (message("evt_b1", "pi_b"), message("evt_a3", "pi_a"));
    let (group, another) = (Some("pi_a"), Some("pi_b"));
    let batch = [
        (group, &*before),
        (group, POISON),
        (group, &*behind),
        (another, &*other),
    ];
    let mut ids = pipeline.send_batch(LANE.queue, &batch);
    let letters = pipeline.dead_letters(LANE, 1, 1, Some("dead-letters-stripe-local"));
    assert_eq!(letters, [POISON]);
    ids.extend(pipeline.send_batch(LANE.queue, &[(group, &*later)]));
    pipeline.until("all but the letter are done", || {
        pipeline.deliveries(&ids) == [1, 0, 1, 1, 1]
    });
    let steps = pipeline.steps("recorded");
    let order = steps.iter().filter_map(|it| it["partition"].as_str());
    let own: Vec<&str> = order.filter(|it| it.contains("stripe:evt_a")).collect();
    let own: Vec<&str> = own
        .into_iter()
        .filter(|it| !it.starts_with("claim#"))
        .collect();
    assert_eq!(own, ["stripe:evt_a1", "stripe:evt_a2", "stripe:evt_a3"]);
    let facts = pipeline.facts(TABLE);
    for id in ["evt_a1", "evt_a2", "evt_a3", "evt_b1"] {
        let id = format!("stripe:{id}");
        let own = facts.iter().filter(|it| field(it, "webhook_id") == id);
        assert_eq!(own.count(), 1, "{id}");
    }
}

/// An event that says too little, and one of a webhook that was never recorded, put on the bus by somebody else: the function fails until
/// each is a dead letter.
fn check_alarms(pipeline: &Pipeline) {
    let put = |detail: &str| {
        let entry = json!({ "EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "PaymentProcessed",
            "Detail": detail });
        let answer = pipeline.call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }));
        assert_eq!(answer.unwrap()["FailedEntryCount"], 0);
    };
    pipeline.until_alarm("function-errors-status-updates-local", || {
        put(r#"{"amount":1,"status":"succeeded"}"#);
    });
    let unknown = json!({ "webhook_id": "stripe:evt_unknown", "payment_id": "pi_1", "provider": "stripe", "amount": 1,
        "currency": "USD", "status": "succeeded", "processed_at": "2026-11-20T19:23:00Z", "stage": "processed" });
    pipeline.until_alarm("messages-fail-status-updates-local", || {
        put(&unknown.to_string());
    });
    pipeline.until_alarm("status-updates-undelivered-local", || {});
    let quiet: BTreeSet<String> = pipeline.alarms_set_off();
    assert!(!quiet.contains("queue-depth-stripe-local"), "{quiet:?}");
}

//! `refunds.pipe` with its real handlers: every way that its workflow can go, to its end in table, bucket, topics and bus.

use crate::pipeline::{Pipeline, command_of, folder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A day of `wait 1d` lasts less than a second.
const TIME_SCALE: &str = "0.00001";

/// A refund and how it should end: the workflow's error or nothing, the events recorded, and the stage of the request.
struct Case {
    id: &'static str,
    amount: &'static str,
    /// More fields of the body.
    more: &'static str,
    error: Option<&'static str>,
    events: &'static [&'static str],
    stage: &'static str,
}

const COMPLETED: &[&str] = &["RefundCompleted", "RefundRequested"];
const FAILED: &[&str] = &["RefundFailed", "RefundRequested"];

const CASES: [Case; 10] = [
    Case {
        id: "re_small",
        amount: "20.00",
        more: "",
        error: None,
        events: COMPLETED,
        stage: "refunded",
    },
    Case {
        id: "re_refused",
        amount: "20.02",
        more: "",
        error: Some("Unrefunded"),
        events: FAILED,
        stage: "requested",
    },
    Case {
        id: "re_unbooked",
        amount: "20.03",
        more: "",
        error: Some("Unrefunded"),
        events: FAILED,
        stage: "requested",
    },
    // More than the books say was paid.
    Case {
        id: "re_too_much",
        amount: "20.04",
        more: "",
        error: Some("Unrefunded"),
        events: FAILED,
        stage: "requested",
    },
    // Paid in another currency.
    Case {
        id: "re_foreign",
        amount: "20.05",
        more: "",
        error: Some("Unrefunded"),
        events: FAILED,
        stage: "requested",
    },
    Case {
        id: "re_rejected",
        amount: "900.10",
        more: "",
        error: None,
        events: &["RefundRequested"],
        stage: "rejected",
    },
    Case {
        id: "re_later",
        amount: "900.11",
        more: "",
        error: None,
        events: COMPLETED,
        stage: "refunded",
    },
    // Asked a second time, and still nobody has approved it: it is not paid.
    Case {
        id: "re_unapproved",
        amount: "900.12",
        more: "",
        error: None,
        events: &["RefundRequested"],
        stage: "rejected",
    },
    Case {
        id: "re_approved",
        amount: "900.00",
        more: "",
        error: None,
        events: COMPLETED,
        stage: "refunded",
    },
    // What a person has written is asked about at any amount.
    Case {
        id: "re_noted",
        amount: "20.10",
        more: r#","note":"please""#,
        error: None,
        events: &["RefundRequested"],
        stage: "rejected",
    },
];

fn body(case: &Case) -> String {
    format!(
        r#"{{"refundId":"{}","email":"ann@example.com","amount":{},"lines":[{{"sku":"tea","quantity":2}},{{"sku":"pot","quantity":1}}],"dueAt":"2026-11-20T19:30:00Z"{}}}"#,
        case.id, case.amount, case.more
    )
}

/// The steps of a run that took every case, each body twice.
fn steps(state: &std::path::Path) -> Vec<Value> {
    let samples = state.join("samples");
    std::fs::create_dir_all(&samples).unwrap();
    for case in &CASES {
        for turn in 1..=2 {
            let path = samples.join(format!("{}-{turn}.json", case.id));
            std::fs::write(path, body(case)).unwrap();
        }
    }
    let arguments = ["--format", "json", "--time-scale", TIME_SCALE, "--once"];
    let mut command = command_of("refunds", state, &arguments);
    let output = command.arg("--send").arg(samples).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines.collect()
}

fn of<'a>(steps: &'a [Value], step: &str) -> Vec<&'a Value> {
    steps.iter().filter(|it| it["step"] == step).collect()
}

#[test]
fn every_way_of_a_refund_ends_as_the_spec_says() {
    let state = folder("refunds");
    let steps = steps(&state);
    let mut ended: BTreeMap<String, Option<String>> = BTreeMap::new();
    for step in of(&steps, "execution_succeeded") {
        if step["machine"] == "refund-payment-local" {
            let subject = step["subject"].as_str().unwrap();
            assert_eq!(
                ended.insert(subject.to_owned(), None),
                None,
                "{subject} twice"
            );
        }
    }
    for step in of(&steps, "execution_failed") {
        let subject = step["subject"].as_str().unwrap();
        let error = step["error"].as_str().unwrap().to_owned();
        assert_eq!(
            ended.insert(subject.to_owned(), Some(error)),
            None,
            "{subject} twice"
        );
    }
    let expected = CASES
        .iter()
        .map(|it| (it.id.to_owned(), it.error.map(str::to_owned)));
    assert_eq!(ended, expected.collect());
    check_messages(&steps);
    let again = Pipeline::up(
        &state,
        command_of(
            "refunds",
            &state,
            &["--format", "json", "--time-scale", TIME_SCALE],
        ),
    );
    check_table(&again);
    check_objects_and_events(&again, &steps);
    deliver_after_the_end(&again);
}

/// A provider sends once more what the workflow has moved on since: it is the same start of the same workflow, and no dead letter.
fn deliver_after_the_end(pipeline: &Pipeline) {
    let ended = CASES.iter().filter(|it| it.stage != "requested");
    for case in ended.clone() {
        let body = body(case);
        let secret = "/refunds/local/shop-key";
        let signed = pipeline.sign_as("standard_webhooks", &[], secret, body.as_bytes());
        let (status, answer) = pipeline
            .post_to("/refunds", &signed.headers, body.as_bytes())
            .unwrap();
        assert_eq!(
            (status, &answer["outcome"]),
            (200, &json!("duplicate")),
            "{}: {answer}",
            case.id
        );
    }
    let begun = || pipeline.steps_from("intake-local", "delivered");
    pipeline.until("the messages of the duplicates are done", || {
        begun() == ended.clone().count()
            || pipeline.steps_from("intake-local", "delivery_failed") > 0
    });
    assert_eq!(begun(), ended.count(), "a start was refused");
}

/// The ids of the refunds that were paid back in full.
fn completed() -> BTreeSet<&'static str> {
    let cases = CASES.iter().filter(|it| it.events == COMPLETED);
    cases.map(|it| it.id).collect()
}

fn check_messages(steps: &[Value]) {
    // Alarms write to the same people, in their own words.
    let emailed = of(steps, "emailed").into_iter();
    let emailed = emailed.filter(|it| is_of_workflow(it));
    let emailed = emailed.map(|it| {
        (
            it["subject"].as_str().unwrap(),
            it["text"].as_str().unwrap(),
        )
    });
    let expected = [
        (
            "Refund re_later waits",
            "900.11 USD have nobody's approval.",
        ),
        (
            "Refund re_unapproved waits",
            "900.12 USD have nobody's approval.",
        ),
    ];
    assert_eq!(emailed.collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    let published = of(steps, "published").into_iter();
    let results = published.filter(|it| it["topic"] == "results-local");
    assert_eq!(results.count(), 3, "of the refused ones alone");
    let follow_ups = of(steps, "execution_succeeded");
    let follow_ups = follow_ups
        .iter()
        .filter(|it| it["machine"] == "follow-up-local");
    let told: BTreeSet<_> = follow_ups
        .map(|it| it["subject"].as_str().unwrap())
        .collect();
    assert_eq!(told, completed());
}

fn is_of_workflow(mail: &Value) -> bool {
    let subject = mail["subject"].as_str().unwrap_or_default();
    subject.starts_with("Refund ") || subject.starts_with("Stock ")
}

fn check_table(pipeline: &Pipeline) {
    let input = json!({ "TableName": "refunds-local", "ConsistentRead": true });
    let scanned = pipeline.call("DynamoDB_20120810.Scan", &input).unwrap();
    let items = scanned["Items"].as_array().unwrap();
    for case in &CASES {
        let own = items.iter().filter(|it| it["refundId"]["S"] == case.id);
        let mut events: Vec<_> = own
            .clone()
            .filter_map(|it| it["_event"]["S"].as_str())
            .collect();
        events.sort_unstable();
        assert_eq!(events, case.events, "{}", case.id);
        for item in own {
            match item["_event"]["S"].as_str().unwrap() {
                "RefundRequested" => assert_eq!(item["stage"]["S"], case.stage, "{}", case.id),
                "RefundCompleted" => {
                    assert_eq!(item["booking"]["S"], format!("bk_{}", case.id));
                }
                _ => {
                    let reason = item["reason"]["S"].as_str().unwrap();
                    let expected = match case.id {
                        "re_refused" => "the account is closed",
                        "re_too_much" | "re_foreign" => "not what was paid",
                        _ => "not booked",
                    };
                    assert_eq!(reason, expected, "{}", case.id);
                }
            }
        }
    }
}

fn check_objects_and_events(pipeline: &Pipeline, steps: &[Value]) {
    let written = of(steps, "object_written");
    let mut ids = BTreeSet::new();
    for step in &written {
        let (bucket, key) = (
            step["bucket"].as_str().unwrap(),
            step["key"].as_str().unwrap(),
        );
        let text = pipeline.object(bucket, key);
        let paper: Value = serde_json::from_str(&text).unwrap();
        let id = paper["refundId"].as_str().unwrap();
        let day = paper["timestamp"]
            .as_str()
            .unwrap()
            .split('T')
            .next()
            .unwrap();
        assert_eq!(key, format!("refunds/{day}/{id}.json"));
        let case = CASES.iter().find(|it| it.id == id).unwrap();
        let amount = format!(
            r#""amount":{},"#,
            case.amount.trim_end_matches('0').trim_end_matches('.')
        );
        assert!(
            text.contains(&amount) || text.contains(&format!(r#""amount":{},"#, case.amount)),
            "{text}"
        );
        ids.insert(case.id);
    }
    assert_eq!((written.len(), ids), (completed().len(), completed()));
    let logged: BTreeSet<String> = of(steps, "logged")
        .iter()
        .map(|step| {
            let event: Value = serde_json::from_str(step["message"].as_str().unwrap()).unwrap();
            assert_eq!(event["source"], "shop.refunds");
            assert_eq!(event["detail-type"], "RefundCompleted");
            event["detail"]["refundId"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(
        logged.iter().map(String::as_str).eq(completed()),
        "{logged:?}"
    );
}

//! A route's answers, without network.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::process::{BODY, Down, KEY, Process, ROUTE, event, run};
use super::*;
use crate::Timestamp;
use crate::condition::{Relation, Where};
use crate::entry::tests::{Indexed, Paid, Payments};
use crate::secret::Secret;
use crate::sign;

fn answered(status: u64, answer: Value) -> (u64, String) {
    (status, answer.to_string())
}

/// SIG-23
#[test]
fn a_delivery_is_recorded_once_and_other_content_is_a_mismatch() {
    let process = Process::new(Some(KEY));
    assert_eq!(
        process.post(BODY),
        answered(200, json!({ "outcome": "recorded" }))
    );
    assert_eq!(
        process.post(BODY),
        answered(200, json!({ "outcome": "duplicate" }))
    );
    assert_eq!(process.line()["event_id"], "Paid#pay_1#pending");
    let other = BODY.replace("99.99", "99.98");
    assert_eq!(
        process.post(&other),
        answered(409, json!({ "outcome": "mismatch" }))
    );
    assert_eq!(
        process.post(BODY),
        answered(200, json!({ "outcome": "duplicate" }))
    );
}

/// SIG-17, SEC-05
#[test]
fn every_bad_signature_gets_the_same_answer_and_the_log_knows_why() {
    let process = Process::new(Some(KEY));
    let mut missing = event(BODY, KEY);
    missing["headers"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name == "content-type");
    let mut tampered = event(BODY, KEY);
    tampered["body"] = json!(BODY.replace("99.99", "99.98"));
    let mut spaced = event(BODY, KEY);
    spaced["body"] = json!(BODY.replace(':', ": "));
    let mut reasons = Vec::new();
    for event in [
        missing,
        tampered,
        spaced,
        event(BODY, "another key 0123456789"),
    ] {
        let called = Cell::new(false);
        let (status, answer, line) = process.send(&event, async |input, _| {
            called.set(true);
            Ok(input)
        });
        assert_eq!(
            (status, answer, called.get()),
            (401, json!({ "outcome": "refused" }), false)
        );
        reasons.push(line["reason"].as_str().unwrap().to_owned());
        assert!(!line.to_string().contains(KEY));
    }
    assert_eq!(reasons[0], "missing_header");
    assert_ne!(reasons[0], reasons[1]);
    assert_eq!(
        process.store.fetches.get(),
        1,
        "four forgeries in one window cost no fetch"
    );
}

/// SIG-05, SEC-07
#[test]
fn without_a_usable_secret_nothing_is_accepted_and_the_log_says_which_one_it_is() {
    for (key, reason) in [
        (None, "secret_missing: "),
        (
            Some(""),
            "verifier_unusable: the secret `key` (parameter /p/dev/key) is empty; put the key there that the provider gave out, it is read without a deploy",
        ),
        (
            Some("changeme"),
            "verifier_unusable: the secret `key` (parameter /p/dev/key) is a placeholder; put the key there that the provider gave out, it is read without a deploy",
        ),
        (
            Some("0fd1c3b2a59687-key\n"),
            "verifier_unusable: the secret `key` (parameter /p/dev/key) begins or ends with white space; put it there again without the white space",
        ),
        (
            Some(
                r#"{"current":"0fd1c3b2a59687-key","previous":"whsec_xxx","previous_until":"2999-01-01T00:00:00Z"}"#,
            ),
            "verifier_unusable: `previous` of the secret `key` (parameter /p/dev/key) is a placeholder; put the key there that the provider gave out, it is read without a deploy",
        ),
    ] {
        let process = Process::new(key);
        let sent = event(BODY, KEY);
        let (status, answer, line) = process.send(&sent, async |input, _| Ok(input));
        assert_eq!(
            (status, answer),
            (503, json!({ "outcome": "unavailable" })),
            "{key:?}"
        );
        assert_eq!(line["reason"], reason);
    }
}

/// SEC-05, SEC-07: a secret that cannot be used is no lever for whoever can post. The window is in `parameter`, which passes the time.
#[test]
fn a_storm_of_unsigned_requests_without_a_usable_secret_costs_at_most_a_few_fetches() {
    let unsigned = json!({ "httpMethod": "POST", "path": "/webhooks", "headers": { "content-type": "application/json" }, "body": BODY });
    for key in [
        None,
        Some(""),
        Some("changeme"),
        Some(r#"{"current":"0fd1c3b2a59687-key"}"#),
    ] {
        let mut process = Process::new(key);
        for second in 0..60 {
            process.at = Some(Timestamp::from_millis(second * 1_000).unwrap());
            for _ in 0..17 {
                let (status, ..) = process.send(&unsigned, async |input, _| Ok(input));
                assert_eq!(status, 503, "{key:?}");
            }
        }
        let fetches = process.store.fetches.get();
        assert!(fetches <= 3, "{key:?}: {fetches}");
        *process.store.value.borrow_mut() = Some(KEY);
        process.at = Some(Timestamp::from_millis(90_000).unwrap());
        let (status, ..) = process.send(&event(BODY, KEY), async |input, _| Ok(input));
        assert_eq!(status, 200, "{key:?}: put right, and seen within 30 s");
    }
}

/// ING-03, ING-04, ING-06
#[test]
fn what_is_not_for_us_is_turned_away_before_any_secret_is_read() {
    let process = Process::new(Some(KEY));
    for (name, value, status) in [
        ("path", json!("/other"), 404),
        ("httpMethod", json!("PUT"), 405),
        ("headers", json!({ "content-type": "text/plain" }), 415),
        (
            "headers",
            json!({ "content-type": "application/json", "content-encoding": "gzip" }),
            415,
        ),
        ("body", json!("x".repeat(1_001)), 413),
    ] {
        let mut sent = event(BODY, KEY);
        sent[name] = value;
        let (answered, answer, _) = process.send(&sent, async |input, _| Ok(input));
        assert_eq!((answered, &answer["outcome"]), (status, &json!("refused")));
    }
    assert_eq!(process.store.fetches.get(), 0);
}

/// SIG-02: bytes that are no text are signed like any others; that they are no JSON is said only of a genuine body.
#[test]
fn a_signature_over_bytes_that_are_no_text_is_a_signature() {
    let process = Process::new(Some(KEY));
    let body = b"\xff\xfe";
    let delivery = sign::Delivery {
        body,
        id: "1",
        now_s: 0,
    };
    let scheme = sign::scheme("hmac_sha256").unwrap();
    let signed = sign::sign(scheme, &[("header", "X-Sig")], Secret::new(KEY), &delivery).unwrap();
    let mut headers: BTreeMap<String, String> = signed.headers.into_iter().collect();
    headers.insert("content-type".into(), "application/json".into());
    let mut sent = json!({ "httpMethod": "POST", "path": "/webhooks", "headers": headers, "body": "//4=", "isBase64Encoded": true });
    let (status, answer, _) = process.send(&sent, async |input, _| Ok(input));
    assert_eq!((status, &answer["outcome"]), (400, &json!("invalid")));
    sent["body"] = json!("//8=");
    let (status, answer, line) = process.send(&sent, async |input, _| Ok(input));
    assert_eq!((status, &answer["outcome"]), (401, &json!("refused")));
    assert_eq!(line["reason"], "no_matching_signature");
}

/// ING-10: kinds and fields that the spec does not know are no reason to have a delivery sent again and again.
#[test]
fn a_body_of_an_unknown_kind_is_recorded() {
    let process = Process::new(Some(KEY));
    let body = BODY.replacen(
        '{',
        r#"{"type":"a.kind.of.tomorrow","more":{"deep":[1]},"#,
        1,
    );
    assert_eq!(
        process.post(&body),
        answered(200, json!({ "outcome": "recorded" }))
    );
}

/// ING-05, ING-09
#[test]
fn a_signed_body_that_is_not_what_the_spec_says_is_told_what_is_wrong() {
    let process = Process::new(Some(KEY));
    for (body, detail) in [
        ("{", "the body is no JSON at line 1, column 1"),
        (
            r#"{"id":"a","id":"b","amount":1}"#,
            "an object of the body names a field twice",
        ),
        (
            r#"{"id":"a","amount":"1x"}"#,
            "`amount` is not a decimal number of up to 28 digits",
        ),
        (r#"{"id":"","amount":1}"#, "`id` is empty"),
        ("[]", "the value is not an object"),
    ] {
        assert_eq!(
            process.post(body),
            answered(400, json!({ "outcome": "invalid", "detail": detail })),
            "{body}"
        );
    }
}

/// DynamoDB refuses the item each time: with 503 the provider would send it again until it gave up, and nobody had been told.
#[test]
fn a_key_that_no_index_takes_is_told_to_the_sender_and_counted() {
    const WIDE: Route = Route {
        body_bytes_max: 10_000,
        ..ROUTE
    };
    let process = Process::new(Some(KEY));
    let sinks = [sink::append::<Indexed, Paid>()];
    let long = "x".repeat(1_025);
    for (field, id, status) in [("status", "pay_1", ""), ("id", &long, "pending")] {
        let body = json!({ "id": id, "amount": 1, "status": status }).to_string();
        let event = event(&body, KEY);
        let (status, answer, line) =
            process.send_to(&WIDE, &event, async |input, _| Ok(input), &sinks);
        assert_eq!((status, &answer["outcome"]), (400, &json!("invalid")));
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("`{field}` is ")), "{detail}");
        assert_eq!(line["outcome"], "invalid");
        let is_counted = |it: &Value| it["Invalid"] == 1;
        assert!(process.lines().iter().any(is_counted));
    }
    let (status, ..) = process.send_on(&event(BODY, KEY), async |input, _| Ok(input), &sinks);
    assert_eq!(status, 200);
}

/// What is genuine may still be worth a dollar where two thousand were asked for.
#[test]
fn an_output_that_is_not_as_expected_is_422_and_nothing_of_it_is_recorded() {
    const LARGE: Where = Where::Number("amount", Relation::GreaterOrEqual, "2000");
    let sinks = [sink::expect(LARGE), sink::append::<Payments, Paid>()];
    let process = Process::new(Some(KEY));
    let sent = event(BODY, KEY);
    let (status, answer, line) = process.send_on(&sent, async |it, _| Ok(it), &sinks);
    assert_eq!((status, answer), (422, json!({ "outcome": "unexpected" })));
    assert_eq!(line["outcome"], "unexpected");
    assert_eq!(line["reason"], "amount >= 2000");
    assert_eq!(line["event_id"], "Paid#pay_1#pending");
    assert_eq!(line["body_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(line["level"], "WARN");
    let counted = process.lines();
    assert!(
        counted.iter().any(|it| it["Unexpected"] == 1),
        "{counted:?}"
    );
    let raised = async |it: Paid, _| {
        let amount = "2000.00".parse().unwrap();
        Ok(Paid { amount, ..it })
    };
    let (status, answer, _) = process.send_on(&sent, raised, &sinks);
    assert_eq!(
        (status, answer),
        (200, json!({ "outcome": "recorded" })),
        "so nothing had been recorded before"
    );
}

/// ING-09
#[test]
fn a_declared_error_is_422_and_a_fault_or_a_panic_is_503() {
    let process = Process::new(Some(KEY));
    let sent = event(BODY, KEY);
    let rejected = async |_, _| {
        Err(Failure::declared(
            "Rejected",
            &json!({ "reason": "too much" }),
        ))
    };
    let (status, answer, line) = process.send(&sent, rejected);
    assert_eq!(
        (status, answer["error"].as_str(), &answer["fields"]),
        (422, Some("Rejected"), &json!({ "reason": "too much" }))
    );
    assert_eq!(line["outcome"], "rejected");
    let (status, answer, line) = process.send(&sent, async |_, _| {
        Err(crate::Fault::new("inner detail").into())
    });
    assert_eq!((status, answer), (503, json!({ "outcome": "failed" })));
    assert_eq!(line["reason"], "inner detail");
    let (status, answer, _) = process.send(&sent, async |_, _| panic!("with {BODY}"));
    assert_eq!((status, answer), (503, json!({ "outcome": "failed" })));
    assert_eq!(
        process.post(BODY).0,
        200,
        "the process serves on, and nothing was recorded before"
    );
    assert_eq!(process.line()["outcome"], "recorded");
}

/// ING-07, ING-09, ING-11: no 2xx without a durable append, and an answer before the gateway hangs up.
#[test]
fn a_log_that_is_down_or_a_handler_that_hangs_is_503_in_time() {
    let mut process = Process::new(Some(KEY));
    process.services.log = Rc::new(Down);
    assert_eq!(
        process.post(BODY),
        answered(503, json!({ "outcome": "unavailable" }))
    );
    assert_eq!(process.line()["reason"], "throttled: slow down");
    process.given = Duration::from_millis(50);
    let hang = async |_, _| std::future::pending().await;
    let (status, _, line) = process.send(&event(BODY, KEY), hang);
    assert_eq!((status, &line["reason"]), (503, &json!("deadline")));
}

/// SEC-01
#[test]
fn a_body_never_reaches_the_log() {
    let process = Process::new(Some(KEY));
    for body in [
        r#"{"id":"CANARY","amount":"CANARY"}"#,
        r#"{"id":5,"amount":"CANARY"}"#,
        "CANARY",
        r#"{"CANARY":1,"CANARY":1}"#,
    ] {
        process.post(body);
        let log = String::from_utf8(process.output.borrow().clone()).unwrap();
        assert!(!log.contains("CANARY"), "{log}");
    }
}

#[test]
fn a_rotated_secret_is_noticed_within_the_window() {
    let process = Process::new(Some(KEY));
    let now_ms = 1_000_000;
    let admitted = |key: &str| {
        let sent = event(BODY, key);
        let headers = sent["headers"].as_object().unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        Admitted {
            path: "/webhooks".into(),
            headers,
            body: BODY.into(),
            provider: None,
            verify: ROUTE.verify,
        }
    };
    let verified = |key: &str, at_ms| {
        run(verification::verify(
            &ROUTE.verify,
            &admitted(key),
            &process.services,
            at_ms,
        ))
        .is_ok()
    };
    assert!(verified(KEY, now_ms));
    *process.store.value.borrow_mut() = Some("the new key 0123456789");
    assert!(!verified("the new key 0123456789", now_ms + 1));
    assert!(verified(
        "the new key 0123456789",
        now_ms + crate::parameter::FORCED_MS
    ));
    assert!(!verified(KEY, now_ms + crate::parameter::FORCED_MS + 1));
}

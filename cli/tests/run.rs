//! `pipec run` with the real handlers: the main job as the README shows it, a storm of duplicates, forged requests, and a process killed at random.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "run/archive.rs"]
mod archive;
#[path = "run/boundary.rs"]
mod boundary;
#[path = "run/counted.rs"]
mod counted;
#[path = "run/fetch_back.rs"]
mod fetch_back;
#[path = "run/messages.rs"]
mod messages;
#[path = "run/notifications.rs"]
mod notifications;
#[path = "run/paypal.rs"]
mod paypal;
#[path = "run/pipeline.rs"]
mod pipeline;
#[path = "run/project.rs"]
mod project;
#[path = "run/refunds.rs"]
mod refunds;
#[path = "run/schemes.rs"]
mod schemes;
#[path = "run/webhook_processing.rs"]
mod webhook_processing;

use pipeline::{Pipeline, command, folder, root};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Deliveries of the storm; DESIGN asks for this many.
const STORM: usize = 1000;
/// Threads that deliver them.
const THREADS: usize = 32;
/// Moments at which the process is killed; `PIPEC_KILLS` asks for another number.
const KILLS: usize = 12;

fn body(payment: &str) -> Vec<u8> {
    let digits = format!(
        r#"{{"paymentId":"{payment}","amount":99.99,"currency":"USD","status":"pending","provider":"stripe"}}"#
    );
    digits.into_bytes()
}

/// How often each event is recorded for each payment.
fn counts(events: &[Value]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        let text = |name: &str| event[name]["S"].as_str().unwrap_or_default().to_owned();
        *counts
            .entry((text("paymentId"), text("_event")))
            .or_default() += 1;
    }
    counts
}

#[test]
fn the_main_job_settles_declines_and_retries() {
    let state = folder("main_job");
    let samples = root().join("specs/payments/samples");
    let mut run = command(
        &state,
        &["--send", samples.to_str().unwrap(), "--time-scale", "0.1"],
    );
    let output = run.arg("--once").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for expected in [
        "verified and recorded",
        "PaymentSettled",
        "PaymentFailed",
        "Declined",
        "GatewayDown",
        "again in",
        "succeeded in",
    ] {
        assert!(
            said.contains(expected),
            "`{expected}` is missing from:\n{said}"
        );
    }
    // What was recorded is still there the next time.
    let again = Pipeline::start(&state);
    assert!(
        again
            .events()
            .iter()
            .any(|event| event["_event"]["S"] == "PaymentSettled")
    );
}

#[test]
fn a_thousand_deliveries_of_one_webhook_are_one_event() {
    let pipeline = Pipeline::start(&folder("storm"));
    let signed = pipeline.sign(&body("pay_storm"));
    let (recorded, duplicate, next) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < STORM {
                    // A provider sends again on 429 and 5xx.
                    let (status, answer) = loop {
                        let (status, answer) =
                            pipeline.post(&signed.headers, &signed.body).unwrap();
                        if status != 429 && status < 500 {
                            break (status, answer);
                        }
                        std::thread::sleep(Duration::from_millis(20));
                    };
                    assert_eq!(status, 200, "{answer}");
                    match answer["outcome"].as_str() {
                        Some("recorded") => recorded.fetch_add(1, Ordering::Relaxed),
                        Some("duplicate") => duplicate.fetch_add(1, Ordering::Relaxed),
                        _ => panic!("{answer}"),
                    };
                }
            });
        }
    });
    assert_eq!(
        (recorded.into_inner(), duplicate.into_inner()),
        (1, STORM - 1)
    );
    pipeline.until_settled(1);
    let counts = counts(&pipeline.events());
    assert_eq!(
        counts.values().copied().collect::<Vec<_>>(),
        [1, 1],
        "{counts:?}"
    );
    assert_eq!(pipeline.executions().len(), 1);
}

#[test]
fn nothing_forged_is_recorded_and_every_refusal_looks_the_same() {
    let pipeline = Pipeline::start(&folder("forged"));
    let good = pipeline.sign(&body("pay_forged"));
    let header = |value: &str| vec![("x-webhook-signature".to_owned(), value.to_owned())];
    let signature = good
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-webhook-signature"))
        .unwrap()
        .1
        .clone();
    let mut changed = good.body.clone();
    changed[20] ^= 1;
    let other = pipeline::sign_with("another secret of the right length", &good.body);
    let answers = [
        pipeline.post(&good.headers, &changed).unwrap(),
        pipeline
            .post(&header(&signature.replace('0', "1")), &good.body)
            .unwrap(),
        pipeline.post(&other.headers, &good.body).unwrap(),
        pipeline.post(&[], &good.body).unwrap(),
        pipeline.post(&header(""), &good.body).unwrap(),
        pipeline
            .post(&header(&signature[..32]), &good.body)
            .unwrap(),
    ];
    for answer in &answers {
        assert_eq!(answer.0, 401, "{answer:?}");
        assert_eq!(answer, &answers[0]);
    }
    assert!(pipeline.items().is_empty(), "nothing may be stored");
    assert_eq!(pipeline.post(&good.headers, &good.body).unwrap().0, 200);
}

/// SIG-05: a process that starts with it accepts nothing, and says which secret it is.
#[test]
fn a_secret_that_cannot_be_a_key_accepts_nothing() {
    for (name, value) in [
        ("blank", " "),
        ("placeholder", "changeme"),
        (
            "half_a_rotation",
            r#"{"current":"another secret of the right length"}"#,
        ),
    ] {
        let pipeline = Pipeline::start(&folder(name));
        let signed = pipeline.sign(&body("pay_blank"));
        pipeline.put_secret("/payments/local/webhook-key", value);
        let own = pipeline::hmac_hex(value.as_bytes(), &signed.body);
        let own = vec![("x-webhook-signature".to_owned(), own)];
        for headers in [&signed.headers, &own, &Vec::new()] {
            let (status, _) = pipeline.post(headers, &signed.body).unwrap();
            assert_eq!(status, 503, "{name}");
        }
        assert!(pipeline.items().is_empty(), "{name}");
        pipeline.until("the reason is in the log", || {
            let lines = pipeline.steps("log");
            let reasons = lines.iter().filter_map(|it| it["line"]["reason"].as_str());
            let told = reasons.filter(|it| it.contains("/payments/local/webhook-key"));
            told.count() == 3
        });
    }
}

#[test]
fn a_port_in_use_and_a_state_in_use_are_said() {
    let state = folder("in_use");
    let pipeline = Pipeline::start(&state);
    let port = pipeline.port().to_string();
    let output = command(&folder("in_use_other"), &["--port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("--port"),
        "{output:?}"
    );
    let output = command(&state, &["--port", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("--state"),
        "{output:?}"
    );
}

#[test]
fn an_interrupt_drains_and_ends_well() {
    let mut pipeline = Pipeline::start(&folder("interrupt"));
    let signed = pipeline.sign(&body("pay_interrupt"));
    assert_eq!(pipeline.post(&signed.headers, &signed.body).unwrap().0, 200);
    let start = Instant::now();
    assert_eq!(pipeline.interrupt().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// Killed at random moments under load and started again each time: every webhook answered with 200 is in the table once, and its workflow
/// ends once.
#[test]
fn a_killed_process_loses_nothing_and_repeats_nothing() {
    let kills = std::env::var("PIPEC_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(KILLS);
    let state = folder("killed");
    let mut accepted = Vec::new();
    let mut round = 0;
    // A slow machine takes in little between two kills; more kills make up for it.
    while round < kills || (accepted.len() <= kills && round < 10 * kills) {
        let mut pipeline = Pipeline::start(&state);
        // The moment differs from round to round, and is the same in every run.
        let wait_ms = 30 + (round as u64 * 7919) % 400;
        let killer = pipeline.kill_after(Duration::from_millis(wait_ms));
        for index in 0.. {
            let payment = format!("pay_{round}_{index}");
            let Ok(signed) = pipeline.try_sign(&body(&payment)) else {
                break;
            };
            match pipeline.post(&signed.headers, &signed.body) {
                Ok((200, _)) => accepted.push(payment),
                Ok((status, answer)) => {
                    assert!(status == 429 || status >= 500, "{status} {answer}")
                }
                Err(_) => break,
            }
        }
        killer.join().unwrap();
        pipeline.reap();
        round += 1;
    }
    assert!(
        accepted.len() > kills,
        "too few webhooks got through to prove anything: {}",
        accepted.len()
    );
    let pipeline = Pipeline::start(&state);
    pipeline.until_settled(accepted.len());
    let counts = counts(&pipeline.events());
    for payment in &accepted {
        for event in ["PaymentReceived", "PaymentSettled"] {
            let count = counts
                .get(&(payment.clone(), event.to_owned()))
                .copied()
                .unwrap_or(0);
            assert_eq!(count, 1, "{payment} {event}");
        }
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    eprintln!(
        "{round} kills, {} webhooks accepted, each recorded and settled once",
        accepted.len()
    );
}

/// As the README begins another project. Its crates name nothing of this repository but the runtime.
#[test]
fn a_new_project_settles_its_first_payment() {
    let folder = folder("new_project");
    let run = [
        "run",
        "specs/shop.pipe",
        "--port",
        "0",
        "--time-scale",
        "0.1",
        "--send",
        "specs/shop/samples",
        "--once",
    ];
    let shop = project::new(&folder, "shop");
    let ran = project::pipec(&shop, &run).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        said.contains("succeeded in `append PaymentSettled`"),
        "{said}"
    );
    let again = project::pipec(&folder, &["new", "shop"]).output().unwrap();
    assert_eq!(
        again.status.code(),
        Some(2),
        "a folder that is there is not overwritten"
    );
}

//! A handler's own appends: recorded once and read back, and another body told of.

use super::*;
use crate::entry::tests::{Paid, Payments, paid};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::task::Poll;

/// As the route's own append counts it: the alarm on it watches the function, whoever of it appends.
#[test]
fn another_body_is_counted_and_told_by_its_identity() {
    let memory = Memory::default();
    let mut context = Context::in_memory(&memory, "f", "k", Timestamp::UNIX_EPOCH);
    let lines = Rc::new(RefCell::new(Vec::new()));
    context.call.telemetry = Telemetry::to(lines.clone());
    context.call.speaker.lambda = "f-prod".to_owned();
    for (body, amount, appended) in [
        ("one", "99.90", Appended::Recorded),
        ("one", "99.90", Appended::Duplicate),
        ("sent again", "99.90", Appended::Duplicate),
        ("other", "99.91", Appended::Mismatch),
    ] {
        context.call.body_sha256 = body.to_owned();
        let event = Paid {
            amount: amount.parse().unwrap(),
            ..paid("a")
        };
        let mut appending = Box::pin(context.append(Payments, &event));
        let noop = &mut std::task::Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Ok(done)) = appending.as_mut().poll(noop) else {
            panic!("memory answers at once");
        };
        assert_eq!(done, appended);
    }
    let lines = String::from_utf8(lines.take()).unwrap();
    let lines: Vec<Json> = lines
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let [said, counted] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(said["level"], "WARN");
    assert_eq!(said["event_id"], "Paid#a#pending");
    assert_eq!(said["body_sha256"], "other");
    assert!(said.get("outcome").is_none(), "{said}");
    assert_eq!(counted["PayloadMismatch"], 1);
    assert_eq!(counted["FunctionName"], "f-prod");
}

#[test]
fn an_event_is_recorded_once_and_read_back() {
    let context = Context::in_memory(
        &Memory::default(),
        "f",
        "k",
        Timestamp::from_millis(0).unwrap(),
    );
    let mut story = Box::pin(async {
        assert_eq!(
            context.append(Payments, &paid("a")).await.unwrap(),
            Appended::Recorded
        );
        assert_eq!(
            context.append(Payments, &paid("a")).await.unwrap(),
            Appended::Duplicate
        );
        let mut other = context.clone();
        other.call.body_sha256 = "other".into();
        assert_eq!(
            other.append(Payments, &paid("a")).await.unwrap(),
            Appended::Duplicate
        );
        let mut dearer = paid("a");
        dearer.amount = "99.91".parse().unwrap();
        assert_eq!(
            other.append(Payments, &dearer).await.unwrap(),
            Appended::Mismatch
        );
        assert_eq!(
            context.append(Payments, &paid("b")).await.unwrap(),
            Appended::Recorded
        );
        assert_eq!(context.read(Payments, "a").await.unwrap(), [paid("a")]);
        assert_eq!(
            context
                .append(Payments, &paid(""))
                .await
                .unwrap_err()
                .message(),
            "`id` is empty"
        );
    });
    let done = story
        .as_mut()
        .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(done.is_ready());
}

//! The bodies of the conformance data, which come from the providers: each is read as what it says.

use std::path::{Path, PathBuf};

use pipe_runtime::memory::Memory;
use serde_json::Value;

use super::{RECORDED, bodies, deliver, kept, recorded};
use crate::types::UnreadReason;

/// The conformance data, where it is there.
fn conformance() -> Option<PathBuf> {
    let given = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = root.join(given).join("payloads");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no conformance data at {} (set PIPEC_CONFORMANCE)",
        folder.display()
    );
    None
}

/// The provider of a payload and its event: what the body says, and of GitHub, whose bodies do not, what the file's name begins with.
fn said(name: &str, body: &str) -> (String, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    let (provider, rest) = name.split_once('.').unwrap();
    let (provider, event) = match provider {
        "adyen" if body["notificationItems"].is_null() => ("adyen_platform", &body["type"]),
        "adyen" => {
            let item = &body["notificationItems"][0]["NotificationRequestItem"];
            (provider, &item["eventCode"])
        }
        "paypal" => (provider, &body["event_type"]),
        "github" => (provider, &Value::Null),
        _ => (provider, &body["type"]),
    };
    let of_name = rest.split('.').next().unwrap();
    let event = event.as_str().unwrap_or(of_name);
    (provider.to_owned(), event.to_owned())
}

/// An event that is not described is recorded as of an unknown type.
#[test]
fn every_payload_of_the_providers_is_read_as_what_it_says() {
    let Some(folder) = conformance() else { return };
    let described = bodies();
    let (mut read, mut faults) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "MANIFEST" {
            continue;
        }
        let body = std::fs::read_to_string(&path).unwrap();
        let (provider, event) = said(&name, &body);
        let (provider, event) = (provider.as_str(), event.as_str());
        let memory = Memory::default();
        let answered = deliver(&memory, provider, Some(event), &body);
        let kept = kept(&memory, &body);
        let expected = if described.contains_key(&format!("{provider}.{event}")) {
            None
        } else {
            Some(UnreadReason::UnknownType)
        };
        let is_right =
            answered == (200, RECORDED.to_owned()) && kept.iter().map(|it| it.reason).eq(expected);
        if !is_right {
            let problems = kept.iter().filter_map(|it| it.problem.as_deref());
            let problems: Vec<&str> = problems.collect();
            faults.push(format!("{name}: {answered:?} {problems:?}"));
        }
        read += 1;
    }
    assert!(read > 0, "payloads");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    amounts_of_the_providers();
}

/// What some of them say, digit for digit.
fn amounts_of_the_providers() {
    let folder = conformance().unwrap();
    for (name, provider, about, amount, currency) in [
        (
            "stripe.payment_intent.succeeded",
            "stripe",
            "pi_1PgafyB7WZ01zgkWSjxsAJo3",
            "10.99",
            "USD",
        ),
        (
            "stripe.charge.refunded",
            "stripe",
            "ch_1PgafuB7WZ01zgkWXYmPNZs8",
            "1.00",
            "USD",
        ),
        (
            "square.refund.updated",
            "square",
            "KkAkhdMsgzn59SM8A89WgKwekxLZY_ptNBVqHYxt5gAdfcobBe4u1AZsXhoz06KTtuq9Ls24P",
            "10.00",
            "USD",
        ),
        (
            "paypal.real.node-sdk-2016-10-05",
            "paypal",
            "8RS6210148826604N",
            "6.01",
            "USD",
        ),
        (
            "adyen.CAPTURE_FAILED",
            "adyen",
            "QFQTPCQ8HXSKGK82",
            "10.00",
            "EUR",
        ),
    ] {
        let memory = Memory::default();
        let Ok(body) = std::fs::read_to_string(folder.join(format!("{name}.json"))) else {
            continue;
        };
        deliver(&memory, provider, None, &body);
        let [it] = recorded(&memory, about).try_into().unwrap();
        assert_eq!(it.amount, Some(amount.parse().unwrap()), "{name}");
        assert_eq!(it.currency.as_deref(), Some(currency), "{name}");
    }
}

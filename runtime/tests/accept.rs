//! Real bodies through a route that accepts every event that is described, over services in memory: what is accepted reaches the handler
//! typed, and everything else is recorded with its reason and answered 200.
//!
//! The types are those that the compiler generates for `compiler/tests/accept/deliveries.pipe`. The bodies are ours, with nothing but what a
//! description requires, and those of the conformance data, which come from the providers.

#![cfg(feature = "lambda")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, its helper functions too"
)]
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::too_many_lines,
    reason = "generated code is used in part, and one arm or line for every event is long and simple"
)]

#[path = "../../compiler/tests/accept/accepted.rs"]
#[rustfmt::skip]
mod accepted;
#[path = "../../compiler/tests/accept/capabilities.rs"]
#[rustfmt::skip]
mod capabilities;
#[path = "../../compiler/tests/accept/functions.rs"]
#[rustfmt::skip]
mod functions;
#[path = "../../compiler/tests/accept/types.rs"]
#[rustfmt::skip]
mod types;

#[path = "accept/payloads.rs"]
mod payloads;
#[path = "accept/told.rs"]
mod told;

use std::collections::BTreeMap;

use accepted::TakeInput;
use capabilities::{TakeContext, seen, unread};
use functions::Take;
use pipe_runtime::accept::OneOf;
use pipe_runtime::lambda::Invocation;
use pipe_runtime::memory::{Memory, at_once};
use pipe_runtime::route::{Answer, Route, Verify, Via};
use pipe_runtime::{Fault, Receipt, Timestamp, sink};
use serde_json::{Value, json};
use told::told;
use types::{Provider, Seen, SeenFact, Unread, UnreadFact, UnreadReason};

/// The route of the spec without its signatures, which other tests are about.
const ROUTE: Route = Route {
    method: "POST",
    path: "/webhooks/{provider}",
    via: Via::Api,
    verify: Verify::PerProvider(&[
        ("adyen", Verify::Off),
        ("adyen_platform", Verify::Off),
        ("github", Verify::Off),
        ("paypal", Verify::Off),
        ("square", Verify::Off),
        ("stripe", Verify::Off),
    ]),
    answer: Answer::Handler,
    body_bytes_max: 1_048_576,
};

struct Deliveries;

impl Take for Deliveries {
    async fn take(&self, input: TakeInput, context: &TakeContext) -> Result<Seen, Fault> {
        let (about, ty, money) = told(input);
        let (amount, currency) = money.unzip();
        let at = context.received_at();
        Ok(Seen {
            about,
            r#type: ty.to_owned(),
            at,
            amount,
            currency,
        })
    }
}

/// Status and answer of one delivery.
fn deliver(memory: &Memory, provider: &str, event: Option<&str>, body: &str) -> (u64, String) {
    let mut headers = BTreeMap::from([("content-type", "application/json")]);
    headers.extend(event.map(|it| ("X-GitHub-Event", it)));
    headers.insert("X-GitHub-Delivery", "guid-1");
    let path = format!("/webhooks/{provider}");
    let event = json!({ "httpMethod": "POST", "path": path, "headers": headers, "body": body });
    let invocation = Invocation::over(memory, "take", &event.to_string()).unwrap();
    let invocation = invocation.accepting(&accepted::POST_WEBHOOKS__PROVIDER);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(invocation.route(
        &ROUTE,
        async |OneOf(input), context| Deliveries.take(input, &TakeContext::new(context)?).await,
        &[sink::append::<seen, Seen>()],
    ));
    let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
    (
        answer["statusCode"].as_u64().unwrap(),
        answer["body"].as_str().unwrap().to_owned(),
    )
}

/// The same context that the handler has, to read back what was recorded.
fn context(memory: &Memory) -> TakeContext {
    TakeContext::in_memory(memory, Provider::Stripe, "key", Timestamp::UNIX_EPOCH)
}

fn recorded(memory: &Memory, about: &str) -> Vec<Seen> {
    let facts = at_once(context(memory).read(seen, about)).unwrap();
    facts.into_iter().map(|SeenFact::Seen(it)| it).collect()
}

fn kept(memory: &Memory, body: &str) -> Vec<Unread> {
    let sha = Receipt::new(body.as_bytes(), Timestamp::UNIX_EPOCH).body_sha256();
    let facts = at_once(context(memory).read(unread, &sha)).unwrap();
    facts.into_iter().map(|UnreadFact::Unread(it)| it).collect()
}

const RECORDED: &str = r#"{"outcome":"recorded"}"#;
const DUPLICATE: &str = r#"{"outcome":"duplicate"}"#;

/// Our bodies by the name of their event.
fn bodies() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("accept_bodies/all.json")).unwrap()
}

/// Provider and type of `github.ping`.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap()
}

/// Name, what it is about, and how much.
type Expected = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

#[test]
fn every_event_that_is_described_reaches_the_handler_with_no_more_than_what_it_must_have() {
    let expected: &[Expected] = &[
        (
            "stripe.payment_intent.succeeded",
            "pi_1",
            Some(("10.99", "USD")),
        ),
        ("stripe.charge.refunded", "ch_1", Some(("1000", "JPY"))),
        ("stripe.checkout.session.completed", "cs_1", None),
        ("square.payment.updated", "p1", Some(("1", "USD"))),
        (
            "paypal.PAYMENT.SALE.COMPLETED",
            "SALE1",
            Some(("6.01", "USD")),
        ),
        // As PayPal's simulator writes it.
        (
            "paypal.PAYMENT.SALE.REFUNDED",
            "REF1",
            Some(("-6.01", "USD")),
        ),
        ("adyen.CHARGEBACK", "PSP1", Some(("12.345", "KWD"))),
        ("github.ping", "5", None),
    ];
    let bodies = bodies();
    assert_eq!(bodies.len(), 34);
    for (name, body) in &bodies {
        let memory = Memory::default();
        let (provider, event) = parts(name);
        let body = body.to_string();
        assert_eq!(
            deliver(&memory, provider, Some(event), &body),
            (200, RECORDED.to_owned()),
            "{name}"
        );
        assert_eq!(
            deliver(&memory, provider, Some(event), &body),
            (200, DUPLICATE.to_owned()),
            "{name}"
        );
        assert_eq!(kept(&memory, &body), [], "{name}");
        let Some((_, about, money)) = expected.iter().find(|it| it.0 == name) else {
            continue;
        };
        let [only] = recorded(&memory, about).try_into().unwrap();
        let read = only.amount.zip(only.currency);
        let money = money.map(|(amount, currency)| (amount.parse().unwrap(), currency.to_owned()));
        assert_eq!(read, money, "{name}");
    }
}

/// Each leaf of a body is broken in turn: a body that its description still fits reaches the handler, and any other is kept.
#[test]
fn a_body_of_another_shape_is_recorded_as_unreadable_and_never_lost() {
    for (name, body) in bodies() {
        let (provider, event) = parts(&name);
        let mut unreadable = 0;
        for pointer in leaves(&body) {
            let memory = Memory::default();
            let mut broken = body.clone();
            *broken.pointer_mut(&pointer).unwrap() = json!([{}]);
            let text = broken.to_string();
            let answered = deliver(&memory, provider, Some(event), &text);
            assert_eq!(answered, (200, RECORDED.to_owned()), "{name} {pointer}");
            let Some(it) = kept(&memory, &text).pop() else {
                continue;
            };
            unreadable += 1;
            assert_eq!(
                (it.reason, it.provider.as_str()),
                (UnreadReason::Unreadable, provider)
            );
            assert!(it.problem.is_some_and(|it| it.contains(" is ")), "{name}");
        }
        assert!(unreadable >= 2, "{name}: {unreadable}");
    }
}

/// The pointer of every leaf of a body.
fn leaves(body: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match body {
        Value::Object(map) => map.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, it)| (at.to_string(), it))
            .collect(),
        _ => return vec![String::new()],
    };
    let below = |(key, it): (String, &Value)| {
        let below = leaves(it).into_iter();
        let below = below.map(move |rest| format!("/{key}{rest}"));
        below.collect::<Vec<_>>()
    };
    children.into_iter().flat_map(below).collect()
}

/// Provider and body; then what is recorded: reason, type, the provider's id, problem.
type Unaccepted = (
    &'static str,
    &'static str,
    UnreadReason,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

/// ING-10
#[test]
fn what_is_not_accepted_is_recorded_with_its_reason_and_answered_200() {
    let cases: &[Unaccepted] = &[
        (
            "stripe",
            r#"{"id":"evt_1","type":"customer.created","data":{}}"#,
            UnreadReason::UnknownType,
            Some("customer.created"),
            Some("evt_1"),
            None,
        ),
        (
            "square",
            r#"{"event_id":"e1","type":"customer.created"}"#,
            UnreadReason::UnknownType,
            Some("customer.created"),
            Some("e1"),
            None,
        ),
        // Of another provider's spelling.
        (
            "paypal",
            r#"{"id":"WH-1","event_type":"payment_intent.succeeded"}"#,
            UnreadReason::UnknownType,
            Some("payment_intent.succeeded"),
            Some("WH-1"),
            None,
        ),
        (
            "stripe",
            r#"{"id":"evt_1","type":"charge.failed","data":{"object":{"id":"ch_1"}}}"#,
            UnreadReason::Unreadable,
            Some("charge.failed"),
            Some("evt_1"),
            Some("`created` is missing"),
        ),
        (
            "stripe",
            r#"{"id":"evt_1"}"#,
            UnreadReason::Unreadable,
            None,
            Some("evt_1"),
            Some("it does not say its type"),
        ),
        (
            "stripe",
            r#"{"type":5}"#,
            UnreadReason::Unreadable,
            None,
            None,
            Some("`type` is not a string"),
        ),
        (
            "stripe",
            "[]",
            UnreadReason::Unreadable,
            None,
            None,
            Some("the value is not an object"),
        ),
        (
            "stripe",
            "{",
            UnreadReason::Unreadable,
            None,
            None,
            Some("the body is no JSON at line 1, column 1"),
        ),
        (
            "stripe",
            r#"{"type":"a","type":"b"}"#,
            UnreadReason::Unreadable,
            None,
            None,
            Some("an object of the body names a field twice"),
        ),
        (
            "github",
            r#"{"zen":"z"}"#,
            UnreadReason::Unreadable,
            None,
            Some("guid-1"),
            Some("it does not say its type"),
        ),
        (
            "adyen",
            r#"{"live":"true","notificationItems":[]}"#,
            UnreadReason::Unreadable,
            None,
            None,
            Some("`notificationItems` does not have one item"),
        ),
    ];
    for (provider, body, reason, event_type, event_id, problem) in cases {
        let memory = Memory::default();
        assert_eq!(
            deliver(&memory, provider, None, body),
            (200, RECORDED.to_owned()),
            "{body}"
        );
        assert_eq!(
            deliver(&memory, provider, None, body),
            (200, DUPLICATE.to_owned()),
            "{body}"
        );
        let [it] = kept(&memory, body).try_into().unwrap();
        assert_eq!(
            (it.provider.as_str(), it.reason),
            (*provider, *reason),
            "{body}"
        );
        let said = (
            it.event_type.as_deref(),
            it.event_id.as_deref(),
            it.problem.as_deref(),
        );
        assert_eq!(said, (*event_type, *event_id, *problem), "{body}");
    }
}

#[test]
fn a_header_that_is_not_signed_cannot_make_one_event_pass_for_another() {
    let memory = Memory::default();
    let ping = bodies()["github.ping"].to_string();
    assert_eq!(deliver(&memory, "github", Some("push"), &ping).0, 200);
    assert_eq!(
        kept(&memory, &ping)[0].problem.as_deref(),
        Some("`ref` is missing")
    );
}

//! `accept:`: what is generated for every event that is described is what `runtime/tests/accept.rs` reads real bodies with, and every
//! way in which a route's `accept` does not fit is an error where it stands. `BLESS=1` accepts what is generated.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::bless;
use pipe_compiler::emit::rust::artifacts;
use pipe_compiler::providers::{self, PROVIDERS};
use pipe_compiler::{check, compile};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accept")
}

fn spec() -> String {
    fs::read_to_string(folder().join("deliveries.pipe")).unwrap()
}

fn said(text: &str) -> String {
    let checked = check("deliveries.pipe", text);
    pipe_compiler::diag::render_short(&checked.diagnostics, "deliveries.pipe", text)
}

#[test]
fn what_is_generated_for_all_events_is_what_the_runtime_tests_read_with() {
    let text = spec();
    let pipeline = check("deliveries.pipe", &text).pipeline;
    let pipeline = pipeline.unwrap_or_else(|| panic!("{}", said(&text)));
    for artifact in artifacts(&pipeline) {
        let Some(file) = artifact.path.strip_prefix("handlers/src/") else {
            continue;
        };
        let path = folder().join(file);
        if bless::is_asked() {
            bless::write(&path, &artifact.contents);
        }
        let committed = fs::read(&path).unwrap_or_default();
        assert!(
            committed == artifact.contents,
            "{file} differs; BLESS=1 accepts"
        );
    }
}

#[test]
fn the_spec_accepts_every_event_that_is_described() {
    let text = spec();
    for provider in PROVIDERS {
        for event in provider.events {
            let name = format!("{}.{}", provider.name, event.name);
            let named = |it: &str| it.split([',', ' ']).any(|it| *it == name);
            assert!(text.lines().any(named), "{name}");
        }
    }
}

#[test]
fn the_template_notes_the_table_and_the_role_may_append_to_it() {
    let pipeline = check("deliveries.pipe", &spec()).pipeline.unwrap();
    let artifacts = compile(&pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    let template: serde_json::Value = serde_json::from_slice(&template.contents).unwrap();
    let note = &template["Metadata"]["pipec"]["routes"][0]["append"];
    assert_eq!(note, &serde_json::json!(["SeenTable", "UnreadTable"]));
    let role = template["Resources"]["TakeRole"].to_string();
    assert!(
        role.contains("UnreadTable") && role.contains("dynamodb:PutItem"),
        "{role}"
    );
}

#[test]
fn a_description_is_printed_with_its_source_its_paths_and_its_objects() {
    let text = providers::explain("stripe.payment_intent.succeeded").unwrap();
    for line in [
        "stripe.payment_intent.succeeded: A payment is complete.",
        "API version 2024-06-20, from github.com/stripe/openapi at f6c2a48fbac2819d1feba8143d942ffc65e1c0d2",
        "  created: timestamp (in seconds)",
        "  payment_intent: PaymentIntent  at data.object",
        "  amount: decimal (in minor units of currency)",
        "  customer: string?",
        "PaymentError: Why an attempt to pay has failed.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let all = providers::explain("square").unwrap();
    assert!(
        all.contains("square.refund.created  A refund has begun."),
        "{all}"
    );
    assert_eq!(providers::explain("stripe.nothing"), None);
    assert_eq!(providers::explain("P0101"), None);
}

/// One edit of the spec, and what is said of it.
const FAULTS: &[(&str, &str, &str)] = &[
    ("stripe.charge.failed,", "stripe.charge.faild,", "P0222"),
    ("stripe.charge.failed,", "strip.charge.failed,", "P0222"),
    ("stripe.charge.failed,", "stripe,", "P0222"),
    ("stripe.charge.failed,", "stripe.charge.refunded,", "P0105"),
    (
        "stripe.charge.failed,",
        "\"stripe.charge.failed\",",
        "P0213",
    ),
    (
        "{ verify: stripe(secret: stripe_key) }",
        "{ verify: github(secret: stripe_key) }",
        "P0223",
    ),
    ("  other:   unread\n", "", "P0319"),
    ("  other:   unread\n", "  other:   nowhere\n", "P0103"),
    ("  other:   unread\n", "  other:   seen\n", "P0224"),
    ("holds: Unread }", "holds: Unread, Seen }", "P0224"),
    ("take(Accepted)", "take(Request)", "P0319"),
    ("take(Accepted)", "take(Accept)", "P0103"),
    ("problem:     string?", "problem:     string", "P0224"),
    (
        "problem:     string?",
        "problem:     string?\n  place: string",
        "P0224",
    ),
    (
        "reason:      unknown_type | unreadable",
        "reason:      unknown_type | wrong",
        "P0224",
    ),
    ("provider:    string\n", "provider:    int\n", "P0224"),
    (
        "event Unread once body_sha256",
        "event Unread once provider",
        "P0224",
    ),
    ("append: seen, unread\n", "append: seen\n", "P0601"),
    ("amount:   decimal?", "amount:   Accepted?", "P0201"),
];

#[test]
fn every_way_not_to_fit_is_an_error_where_it_stands() {
    let text = spec();
    for (from, to, code) in FAULTS {
        assert!(text.contains(from), "{from}");
        let said = said(&text.replacen(from, to, 1));
        assert!(said.contains(&format!("error[{code}]")), "{to}\n{said}");
    }
    let nearest = said(&text.replacen("stripe.charge.failed,", "stripe.charge.faild,", 1));
    assert!(nearest.contains("charge.faild"), "{nearest}");
}

#[test]
fn a_route_says_what_it_accepts_or_takes_every_body_and_not_half_of_it() {
    let text = spec();
    let (before, accepted) = text.split_once("  accept:").unwrap();
    let (_, after) = accepted.split_once("  other:").unwrap();
    let said_of = said(&format!("{before}  other:{after}"));
    assert!(
        said_of.contains("P0317") && said_of.contains("P0319"),
        "{said_of}"
    );
}

#[test]
fn fields_that_nothing_is_known_of_need_a_default() {
    let text = spec();
    for line in [
        "place: string?",
        "place: string = \"here\"",
        "place: string = uuid",
    ] {
        let more = format!("problem:     string?\n  {line}");
        let changed = text.replacen("problem:     string?", &more, 1);
        assert!(
            check("deliveries.pipe", &changed).pipeline.is_some(),
            "{line}\n{}",
            said(&changed)
        );
    }
}

//! What the list of providers says makes two deliveries one event, held to the recorded requests: each says by what it is to be known
//! again. What a signed header says, the verifier tells.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helper functions too"
)]

#[path = "../../../runtime/tests/sdk_decisions/configuration.rs"]
mod configuration;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipe_compiler::providers::{Place, Provider, signed_by};
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Request, Verifier, scheme};
use serde_json::Value;

fn cases() -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let path = root.join(folder).join("signatures/cases.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: no conformance data at {} (set PIPEC_CONFORMANCE)",
            path.display()
        );
        return None;
    };
    let lines = text.lines().map(serde_json::from_str);
    Some(lines.collect::<Result<_, _>>().unwrap())
}

fn headers(case: &Value) -> Vec<(String, String)> {
    serde_json::from_value(case["headers"].clone()).unwrap()
}

fn body(case: &Value) -> Vec<u8> {
    STANDARD
        .decode(case["body_base64"].as_str().unwrap())
        .unwrap()
}

/// The values at all places; of a notification with several items those of each.
fn identity(provider: &Provider, case: &Value) -> Option<String> {
    let body: Value = serde_json::from_slice(&body(case)).unwrap_or_default();
    let headers = headers(case);
    let of_item = |index: usize| {
        let value = |place: &Place| match place {
            Place::Header(name) => {
                let mut named = headers.iter();
                named
                    .find(|(it, _)| it.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.clone())
            }
            Place::Body(path) => {
                let pointer = path.replace(".0.", &format!(".{index}.")).replace('.', "/");
                match body.pointer(&format!("/{pointer}"))? {
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                }
            }
        };
        let values = provider.identity.iter().map(value);
        let values: Option<Vec<String>> = values.collect();
        values.filter(|it| !it.is_empty()).map(|it| it.join(":"))
    };
    let items = body["notificationItems"].as_array().map_or(1, Vec::len);
    let items: Option<Vec<String>> = (0..items).map(of_item).collect();
    items.map(|it| it.join(","))
}

/// The id in a header, as the verifier of a scheme without a description of its own tells it; `None` for a request that it refuses.
fn delivery_id(case: &Value) -> Option<Option<String>> {
    let configured = configuration::configuration(case).unwrap();
    let arguments = configured.arguments[0].iter();
    let arguments: Vec<(&str, &str)> = arguments.map(|(name, it)| (&**name, &**it)).collect();
    let secrets: Vec<Secret> = configured
        .secrets
        .iter()
        .map(|it| Secret::new(&**it))
        .collect();
    let verifier = Verifier::new(scheme(configured.scheme)?, &arguments, &secrets).ok()?;
    let (headers, body) = (headers(case), body(case));
    let request = Request {
        headers: &headers,
        body: &body,
    };
    let verified = verifier.verify(&request, case["now"].as_i64()?).ok()?;
    Some(verified.delivery_id.map(|it| it.value.to_owned()))
}

#[test]
fn every_recorded_delivery_is_known_again_by_what_the_data_say() {
    let Some(cases) = cases() else { return };
    let (mut faults, mut held) = (Vec::new(), 0);
    for case in cases.iter().filter(|it| it["expect"] == "valid") {
        let Some(key) = case["dedupe_key"].as_str() else {
            continue;
        };
        let configured = configuration::configuration(case).unwrap();
        let described = signed_by(configured.scheme).filter(|it| !it.identity.is_empty());
        let found = match described {
            Some(provider) => identity(provider, case),
            // A scheme that the compiler is built without; `runtime/tests/sign_conformance.rs` compares its ids.
            None if scheme(configured.scheme).is_some_and(|it| it.feature.is_some()) => continue,
            // Nor does it know a request again that it refuses: that refusal is judged there too.
            None => match delivery_id(case) {
                Some(id) => id,
                None => continue,
            },
        };
        held += 1;
        if found.as_deref() != Some(key) {
            faults.push(format!("{}: {found:?}, recorded {key}", case["id"]));
        }
    }
    assert!(held > 0, "no case says what it is known by");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Each provider whose events say what they are known by has fields for it, which a spec can name after `once`.
#[test]
fn what_an_event_is_known_by_can_be_named_in_a_spec() {
    for provider in pipe_compiler::providers::PROVIDERS {
        for place in provider.identity {
            let Place::Body(path) = place else { continue };
            let is_field = provider.common.iter().any(|it| it.path == *path);
            assert!(
                is_field || Place::Body(path) == provider.event_type,
                "{}: {path}",
                provider.name
            );
        }
    }
}

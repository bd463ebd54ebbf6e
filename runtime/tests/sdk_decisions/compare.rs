//! Edge cases that were put to the providers' official SDKs, one file a provider. Its first line names the SDKs and holds a request that
//! all accept; each other line says what it changes of that and what each SDK decided (`accepted`). Where we refuse what one accepts it
//! names our code (`stricter`), where we accept what all refuse the reason (`wider`); `docs/signatures.md` lists both.
//! `./verify official-sdks` has those SDKs decide again that it installs.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{decide, listed};

/// The request of a line: the good one with what the line changes.
fn request(good: &Value, line: &Value) -> Value {
    let mut case = good.clone();
    for (name, value) in line.as_object().unwrap() {
        // The certificates of a line stand beside the other credentials; a key takes the place of a key.
        if name == "credentials" && good["scheme"] == "paypal-crc32-rsa" {
            let changed = value.as_object().unwrap().clone();
            case["credentials"].as_object_mut().unwrap().extend(changed);
        } else {
            case[name] = value.clone();
        }
    }
    if line["body_base64"].is_null() {
        let body = STANDARD.encode(case["body"].as_str().unwrap());
        case["body_base64"] = body.into();
    }
    case
}

/// What is wrong with our decision about one line.
fn fault(line: &Value, decision: &Result<Option<String>, &'static str>) -> Option<String> {
    let accepted = line["accepted"].as_array().unwrap();
    let (any, word) = (accepted.iter().any(|it| *it == true), |name: &str| {
        line[name].as_str().map(str::to_owned)
    });
    let (stricter, wider) = match decision {
        Err(code) if any => (Some((*code).to_owned()), None),
        Ok(_) if !any => (None, Some(word("wider").unwrap_or_default())),
        _ => (None, None),
    };
    (word("stricter") != stricter || word("wider") != wider)
        .then(|| format!("{}: {decision:?}, but {line}", line["id"]))
}

/// Every edge case: the provider, the whole request, and the line that says what was decided.
pub(crate) fn edge_cases() -> Vec<(String, Value, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk_decisions");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text
            .lines()
            .map(|it| serde_json::from_str::<Value>(it).unwrap());
        let head = lines.next().unwrap();
        let provider = path.file_stem().unwrap().to_string_lossy();
        cases.extend(lines.map(|it| (provider.to_string(), request(&head["good"], &it), it)));
    }
    cases
}

#[test]
fn every_edge_case_is_decided_as_the_sdks_decide_or_otherwise_by_a_listed_rule() {
    let (mut faults, mut decided, mut rules) = (Vec::new(), 0, BTreeSet::new());
    for (provider, case, line) in edge_cases() {
        faults.extend(fault(&line, &decide(&case)).map(|it| format!("{provider}/{it}")));
        for (kind, name) in [("Stricter", "stricter"), ("Wider", "wider")] {
            rules.extend(line[name].as_str().map(|it| (kind, it.to_owned())));
        }
        decided += 1;
    }
    assert!(decided > 1_000, "only {decided} cases");
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    for kind in ["Stricter", "Wider"] {
        let listed = listed(kind);
        for (_, rule) in rules.iter().filter(|(it, _)| *it == kind) {
            assert!(
                listed.contains(rule),
                "docs/signatures.md does not list `{rule}` under {kind}"
            );
        }
    }
}

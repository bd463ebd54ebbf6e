//! The evaluator against recorded decisions of AWS, of AWS sample templates and of other engines' tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use pipe_engine::iam::{Decision, Policy, Request, decide};
use serde_json::Value;
use std::path::PathBuf;

fn cases(file: &str) -> Option<Vec<Value>> {
    let given = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(given);
    let Ok(text) = std::fs::read_to_string(folder.join("iam").join(file)) else {
        eprintln!(
            "SKIPPED: {} has no iam/{file}; set PIPEC_CONFORMANCE to run these cases",
            folder.display()
        );
        return None;
    };
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn request(case: &Value) -> Request {
    let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let mut request = Request::new(text("action"), text("resource"));
    if let Some(context) = case["context"].as_object() {
        for (key, values) in context {
            let values = values
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![values.clone()]);
            for value in values {
                request = request.with(
                    key,
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                );
            }
        }
    }
    request
}

#[test]
fn every_recorded_request_is_decided_as_recorded() {
    let Some(cases) = cases("cases.jsonl") else {
        return;
    };
    let mut wrong = Vec::new();
    for case in &cases {
        let policies: Result<Vec<Policy>, _> = case["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(Policy::parse)
            .collect();
        let decided = match &policies {
            Ok(policies) => {
                match decide(&policies.iter().collect::<Vec<_>>(), None, &request(case)) {
                    Decision::Allow(_) => "allow".to_owned(),
                    Decision::ImplicitDeny => "implicit_deny".to_owned(),
                    Decision::ExplicitDeny(_) => "explicit_deny".to_owned(),
                }
            }
            Err(error) => format!("refused: {error}"),
        };
        if case["expect"] != decided.as_str() {
            wrong.push(format!(
                "{}: expected {}, decided {decided}",
                case["id"], case["expect"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// What IAM takes is read, unless it uses what the engine says it does not offer; what IAM refuses is refused in its words.
#[test]
fn documents_are_taken_or_refused_as_iam_does() {
    let Some(cases) = cases("policy_documents.jsonl") else {
        return;
    };
    let mut wrong = Vec::new();
    for case in &cases {
        // A text that is no JSON is a text to the reader too.
        let document = case.get("document").unwrap_or(&case["document_text"]);
        let said = match Policy::parse_identity(document) {
            Ok(_) => None,
            Err(error) if error.message.contains("not offered") => None,
            Err(error) => Some(error.message),
        };
        if said.as_deref() != case["message"].as_str() {
            wrong.push(format!("{}: {said:?} for {}", case["id"], case["message"]));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

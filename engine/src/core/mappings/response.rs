//! What a function's answer says about the messages of its batch.
//!
//! Success of all: no answer, `null`, `{}`, a missing, null or empty `batchItemFailures`. Failure of all: no JSON, another
//! JSON type, an entry without `itemIdentifier` or with a null, empty or unknown one.
//! Source: "Implementing partial batch responses" of the Lambda Developer Guide.

use serde_json::Value;

/// Which items of a batch failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Only these, by their identifiers; none of them when it is empty.
    Failed(Vec<String>),
    /// All of them, and why.
    AllFailed(String),
}

/// Reads the answer of a function that reports failures; `known` are the identifiers of its batch.
pub(super) fn verdict(payload: &[u8], known: &[String]) -> Verdict {
    let nothing = Verdict::Failed(Vec::new());
    if payload.iter().all(u8::is_ascii_whitespace) {
        return nothing;
    }
    let answer: Value = match serde_json::from_slice(payload) {
        Ok(answer) => answer,
        Err(error) => return Verdict::AllFailed(format!("the answer is no JSON: {error}")),
    };
    let failures = match &answer {
        Value::Null => return nothing,
        Value::Object(map) => map.get("batchItemFailures"),
        other => return Verdict::AllFailed(format!("the answer is no object: {other}")),
    };
    let entries = match failures {
        None | Some(Value::Null) => return nothing,
        Some(Value::Array(entries)) => entries,
        Some(other) => {
            return Verdict::AllFailed(format!("`batchItemFailures` is no list: {other}"));
        }
    };
    let mut failed = Vec::new();
    for entry in entries {
        match entry.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if known.iter().any(|it| it == id) => failed.push(id.to_owned()),
            Some("") | None => {
                return Verdict::AllFailed(format!("`{entry}` has no `itemIdentifier`"));
            }
            Some(id) => {
                return Verdict::AllFailed(format!("`{id}` is no identifier of this batch"));
            }
        }
    }
    Verdict::Failed(failed)
}

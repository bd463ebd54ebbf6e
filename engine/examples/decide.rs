//! Decides IAM requests as the engine does, for comparison with another evaluator: JSON lines in, one answer a line out.
//!
//! A line is `{"policies": [document, …], "action": "…", "resource": "…", "context": {"key": ["value", …]}}`; the answer is `allow`,
//! `implicit_deny`, `explicit_deny`, or `refused: …` where a document holds something that the engine does not offer.

use std::io::{BufRead, Write};

use pipe_engine::iam::{Decision, Policy, Request, decide};
use serde_json::Value;

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?).map_err(std::io::Error::other)?;
        writeln!(out, "{}", answer(&case))?;
    }
    out.flush()
}

fn answer(case: &Value) -> String {
    let documents = case.get("policies").and_then(Value::as_array);
    let policies: Result<Vec<Policy>, _> =
        documents.into_iter().flatten().map(Policy::parse).collect();
    let policies = match policies {
        Ok(policies) => policies,
        Err(error) => return format!("refused: {error}"),
    };
    match decide(&policies.iter().collect::<Vec<_>>(), None, &request(case)) {
        Decision::Allow(_) => "allow".to_owned(),
        Decision::ImplicitDeny => "implicit_deny".to_owned(),
        Decision::ExplicitDeny(_) => "explicit_deny".to_owned(),
    }
}

fn request(case: &Value) -> Request {
    let text = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut request = Request::new(text("action"), text("resource"));
    let context = case.get("context").and_then(Value::as_object);
    for (key, values) in context.into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            request = request.with(key, value.as_str().unwrap_or_default());
        }
    }
    request
}

//! Event patterns against the recorded verdicts of EventBridge, of DynamoDB stream filters and of AWS's event-ruler.

use std::path::PathBuf;

use pipe_engine::pattern::Pattern;
use serde_json::Value;

fn conformance() -> Option<PathBuf> {
    let given = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(given);
    folder.is_dir().then_some(folder)
}

#[test]
fn every_recorded_pattern_gets_the_recorded_verdict() {
    let Some(folder) = conformance() else {
        eprintln!("SKIPPED: no conformance data (set PIPEC_CONFORMANCE)");
        return;
    };
    let cases = std::fs::read_to_string(folder.join("patterns/cases.jsonl"))
        .expect("the cases are readable");
    let mut wrong = Vec::new();
    let mut total = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).expect("each line is JSON");
        total += 1;
        let pattern = match case.get("pattern_text").and_then(Value::as_str) {
            Some(text) => Pattern::parse(text),
            None => Pattern::from_value(&case["pattern"]),
        };
        let verdict = match (&pattern, case.get("event")) {
            (Err(_), _) => "invalid",
            (Ok(_), None) => "valid",
            (Ok(pattern), Some(event)) if pattern.matches(event) => "match",
            (Ok(_), Some(_)) => "no_match",
        };
        if case["expect"] != verdict {
            wrong.push(format!(
                "{}: expected {}, got {verdict}; {}",
                case["id"],
                case["expect"],
                line.get(line.find("\"pattern").unwrap_or(0)..)
                    .unwrap_or_default()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {total} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

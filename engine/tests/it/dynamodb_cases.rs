//! Runs every conversation in `dynamodb_cases/`: requests, and the answers that DynamoDB gives.
//!
//! A case is `{name, steps}`; a step is `{call, with}` and then `answers` (the whole response),
//! `fails` (`[name, message]`), and optionally `extra` (further fields of the error) and `records`
//! (the `dynamodb` part of the stream records with their event names).

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use pipe_engine::dynamodb::{TableSpec, Tables};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_700_000_000_500;

fn tables() -> Tables {
    let mut tables = Tables::new();
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let specs = [
        json!({
            "TableName": "events",
            "AttributeDefinitions": [
                attribute("id", "S"), attribute("at", "S"), attribute("provider", "S"),
                attribute("amount", "N"), attribute("stage", "S"),
            ],
            "KeySchema": [key("id", "HASH"), key("at", "RANGE")],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "SSESpecification": {"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "arn:key"},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true},
            "GlobalSecondaryIndexes": [
                {"IndexName": "by_provider", "KeySchema": [key("provider", "HASH"), key("amount", "RANGE")],
                 "Projection": {"ProjectionType": "ALL"}},
                {"IndexName": "by_stage", "KeySchema": [key("stage", "HASH")],
                 "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]}},
            ],
        }),
        json!({
            "TableName": "plain",
            "AttributeDefinitions": [attribute("id", "S")],
            "KeySchema": [key("id", "HASH")],
            "BillingMode": "PAY_PER_REQUEST",
        }),
        json!({
            "TableName": "numbered",
            "AttributeDefinitions": [attribute("id", "B"), attribute("n", "N")],
            "KeySchema": [key("id", "HASH"), key("n", "RANGE")],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        }),
    ];
    for properties in specs {
        let name = properties["TableName"].as_str().expect("name");
        let arn = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{name}");
        let spec = TableSpec::from_cloudformation(&properties, &arn).expect("spec");
        tables.create(spec, NOW_MS).expect("table");
    }
    tables
}

/// Plays one step; the error says what was different.
fn play(tables: &mut Tables, step: &Value) -> Result<(), String> {
    let now_ms = step["now_ms"].as_i64().unwrap_or(NOW_MS);
    let call = step["call"].as_str().ok_or("the step calls nothing")?;
    let outcome = tables.call(call, &step["with"], now_ms);
    let same = |what: &str, found: &Value, expected: &Value| {
        if found == expected {
            return Ok(());
        }
        Err(format!("{what}\n  expected {expected}\n  found    {found}"))
    };
    match &outcome.result {
        Ok(response) => same("the answer", response, &step["answers"])?,
        Err(failure) => {
            same(
                "the error",
                &json!([failure.name(), failure.message]),
                &step["fails"],
            )?;
            let extra = step.get("extra").cloned().unwrap_or(json!({}));
            same("the error's fields", &json!(failure.extra), &extra)?;
            if !outcome.changes.is_empty() || !outcome.records.is_empty() {
                return Err("a failure changed something".into());
            }
        }
    }
    if let Some(expected) = step.get("records") {
        let shown = outcome.records.iter().map(|record| &record.record);
        let shown: Vec<Value> = shown
            .map(|record| json!([record["eventName"], record["dynamodb"]]))
            .collect();
        same("the stream", &json!(shown), expected)?;
    }
    match step.get("changes") {
        Some(expected) => same(
            "the number of changes",
            &json!(outcome.changes.len()),
            expected,
        ),
        None => Ok(()),
    }
}

#[test]
fn every_conversation_goes_as_dynamodb_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dynamodb_cases");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("folder")
        .map(|file| file.expect("file").path())
        .collect();
    files.sort();
    let (mut steps, mut faults) = (0, Vec::new());
    for path in files {
        let file = path
            .file_name()
            .expect("name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).expect("text");
        let cases: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for case in cases.as_array().expect("a list of cases") {
            let mut tables = tables();
            for (at, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
                steps += 1;
                if let Err(fault) = play(&mut tables, step) {
                    faults.push(format!(
                        "{file}: {}, step {}: {fault}",
                        case["name"],
                        at + 1
                    ));
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {steps} steps differ\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(steps > 100, "only {steps} steps were found");
}

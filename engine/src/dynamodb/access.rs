//! Which permissions an operation needs, so that the caller can be checked against its policies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::action::{Action, Intent, Kind};
use super::expression::Update;
use super::request::{Fields, table_name};

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The IAM action, such as `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of the table or index, or `*` where the action knows no resource.
    pub resource: String,
    /// The top-level attributes that an update names as its targets, for `dynamodb:Attributes`.
    pub attributes: Vec<String>,
}

/// What the operation needs. `table_arn_prefix` is what the ARNs of all tables begin with
/// (`arn:aws:dynamodb:eu-west-1:123456789012:table/`). A transaction needs what its actions need.
/// A request that cannot be read needs what can be read of it; the operation itself will refuse it.
#[must_use]
pub fn accesses(operation: &str, body: &Value, table_arn_prefix: &str) -> Vec<Access> {
    let on = |action: &str, table: &str, attributes: Vec<String>| Access {
        action: format!("dynamodb:{action}"),
        resource: format!("{table_arn_prefix}{}", table_name(table).unwrap_or(table)),
        attributes,
    };
    let table = body.get("TableName").and_then(Value::as_str).unwrap_or("");
    match operation {
        "ListTables" => vec![Access {
            action: "dynamodb:ListTables".into(),
            resource: "*".into(),
            attributes: Vec::new(),
        }],
        "Query" | "Scan" => {
            let mut access = on(operation, table, Vec::new());
            if let Some(index) = body.get("IndexName").and_then(Value::as_str) {
                access.resource.push_str(&format!("/index/{index}"));
            }
            vec![access]
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object);
            tables
                .into_iter()
                .flatten()
                .map(|(name, _)| on(operation, name, Vec::new()))
                .collect()
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let items = body.get("TransactItems").and_then(Value::as_array);
            let parts = items
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .flatten();
            let mut all: Vec<Access> = Vec::new();
            for (kind, part) in parts {
                let action = match kind.as_str() {
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    "Get" => "GetItem",
                    _ => continue,
                };
                let name = part.get("TableName").and_then(Value::as_str).unwrap_or("");
                let access = on(action, name, targets(action, part));
                if !all.contains(&access) {
                    all.push(access);
                }
            }
            all
        }
        _ => vec![on(operation, table, targets(operation, body))],
    }
}

/// The attributes that an UpdateItem changes.
fn targets(action: &str, body: &Value) -> Vec<String> {
    if action != "UpdateItem" {
        return Vec::new();
    }
    let read = Fields::read(body).and_then(|fields| Action::read(&fields, Kind::Update));
    let Ok(Action {
        intent: Intent::Update(_, update),
        ..
    }) = read
    else {
        return Vec::new();
    };
    let paths = update.iter().flat_map(Update::targets);
    let names: BTreeSet<String> = paths.map(|path| path.attribute.clone()).collect();
    names.into_iter().collect()
}

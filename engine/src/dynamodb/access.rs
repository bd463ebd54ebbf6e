//! Which permissions an operation needs, so that the caller can be checked against its policies.
//!
//! Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::expression::{Comparator, Condition, Operand, Placeholders, Update};
use super::request::{Fields, table_name};

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The IAM action, such as `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of the table or index, or `*` where the action knows no resource.
    pub resource: String,
    /// Values of DynamoDB's condition keys: `dynamodb:Attributes`, `dynamodb:LeadingKeys`, `dynamodb:Select`, …
    pub context: BTreeMap<&'static str, BTreeSet<String>>,
}

/// The name of a table's partition key, by the table's name.
pub type PartitionOf<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What the operation needs. `table_arn_prefix` is what the ARNs of all tables begin with
/// (`arn:aws:dynamodb:eu-west-1:123456789012:table/`), and `partition` names a table's partition key. A transaction needs what its
/// actions need.
/// A request that cannot be read needs what can be read of it; the operation itself will refuse it.
/// Without `partition` the condition keys are left out: reading a request for its attributes takes time, and is of use only where a
/// policy asks.
#[must_use]
pub fn accesses(
    operation: &str,
    body: &Value,
    table_arn_prefix: &str,
    partition: Option<&PartitionOf<'_>>,
) -> Vec<Access> {
    let on = |action: &str, part: &Value, table: &str| {
        let table = table_name(table).unwrap_or(table);
        Access {
            action: format!("dynamodb:{action}"),
            resource: format!("{table_arn_prefix}{table}"),
            context: partition.map_or_else(BTreeMap::new, |of| context(action, part, of(table))),
        }
    };
    let table_of = |part: &Value| {
        let name = part.get("TableName").and_then(Value::as_str);
        name.unwrap_or("").to_owned()
    };
    match operation {
        "ListTables" => vec![Access {
            action: "dynamodb:ListTables".into(),
            resource: "*".into(),
            context: BTreeMap::new(),
        }],
        "Query" | "Scan" => {
            let mut access = on(operation, body, &table_of(body));
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
                .map(|(name, part)| on(operation, part, name))
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
                let mut access = on(action, part, &table_of(part));
                if partition.is_some() {
                    let enclosing = BTreeSet::from([operation.to_owned()]);
                    access
                        .context
                        .insert("dynamodb:EnclosingOperation", enclosing);
                }
                if !all.contains(&access) {
                    all.push(access);
                }
            }
            all
        }
        _ => vec![on(operation, body, &table_of(body))],
    }
}

/// The condition keys of one action.
fn context(
    action: &str,
    part: &Value,
    partition: Option<String>,
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut context: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut read = Read::default();
    read.part(action, part, partition.as_deref());
    let text = |key: &str| part.get(key).and_then(Value::as_str);
    let select = match (action, text("Select")) {
        (_, Some(given)) => Some(given),
        ("Query" | "Scan" | "GetItem" | "BatchGetItem", None) => {
            Some(match part.get("ProjectionExpression") {
                Some(_) => "SPECIFIC_ATTRIBUTES",
                None => "ALL_ATTRIBUTES",
            })
        }
        _ => None,
    };
    for (key, values) in [
        ("dynamodb:Attributes", read.attributes),
        ("dynamodb:LeadingKeys", read.leading),
        (
            "dynamodb:Select",
            select.into_iter().map(str::to_owned).collect(),
        ),
        (
            "dynamodb:ReturnValues",
            text("ReturnValues")
                .into_iter()
                .map(str::to_owned)
                .collect(),
        ),
    ] {
        if !values.is_empty() {
            context.insert(key, values);
        }
    }
    context
}

/// The attributes that a request names anywhere, and the values of the partition key.
#[derive(Default)]
struct Read {
    attributes: BTreeSet<String>,
    leading: BTreeSet<String>,
}

impl Read {
    fn part(&mut self, action: &str, part: &Value, partition: Option<&str>) {
        for field in ["Key", "Item"] {
            if let Some(item) = part.get(field) {
                self.item(item, partition);
            }
        }
        // Of a batch: the keys that are read, or the items that are put.
        let listed = part.get("Keys").unwrap_or(part).as_array();
        for entry in listed.into_iter().flatten() {
            let inner = [("/PutRequest/Item"), ("/DeleteRequest/Key")];
            let inner = inner.iter().find_map(|pointer| entry.pointer(pointer));
            self.item(inner.unwrap_or(entry), partition);
        }
        let Ok(fields) = Fields::read(part) else {
            return;
        };
        let expressions: &[&str] = match action {
            "UpdateItem" => &["UpdateExpression", "ConditionExpression"],
            "Query" => &[
                "FilterExpression",
                "KeyConditionExpression",
                "ProjectionExpression",
            ],
            "Scan" => &["FilterExpression", "ProjectionExpression"],
            "GetItem" | "BatchGetItem" => &["ProjectionExpression"],
            _ => &["ConditionExpression"],
        };
        let Ok(mut placeholders) = Placeholders::read(&fields, expressions) else {
            return;
        };
        for expression in expressions {
            match *expression {
                "UpdateExpression" => {
                    if let Ok(update) = fields.update(&mut placeholders) {
                        let targets = update.iter().flat_map(Update::targets);
                        self.attributes
                            .extend(targets.map(|path| path.attribute.clone()));
                    }
                }
                "ProjectionExpression" => {
                    if let Ok(Some(projection)) = fields.projection(&mut placeholders) {
                        self.attributes.extend(projection.names().cloned());
                    }
                }
                other => {
                    if let Ok(Some(condition)) = fields.condition(other, &mut placeholders) {
                        self.condition(&condition, other, partition);
                    }
                }
            }
        }
    }

    fn item(&mut self, item: &Value, partition: Option<&str>) {
        for (name, value) in item.as_object().into_iter().flatten() {
            self.attributes.insert(name.clone());
            if partition == Some(name) {
                let value = value.as_object().and_then(|typed| typed.values().next());
                self.leading
                    .extend(value.and_then(Value::as_str).map(str::to_owned));
            }
        }
    }

    fn condition(&mut self, condition: &Condition, field: &str, partition: Option<&str>) {
        let paths = condition.paths().into_iter();
        self.attributes
            .extend(paths.map(|path| path.attribute.clone()));
        if field != "KeyConditionExpression" {
            return;
        }
        let parts = match condition {
            Condition::And(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        for part in parts {
            let (Condition::Compare(Comparator::Equal, Operand::Path(path), Operand::Value(value))
            | Condition::Compare(Comparator::Equal, Operand::Value(value), Operand::Path(path))) =
                part
            else {
                continue;
            };
            if partition == Some(&path.attribute) {
                self.leading.extend(value.plain());
            }
        }
    }
}

//! BatchWriteItem: up to 25 puts and deletes, each on its own.

use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::batch_get_item::{refuse_too_few, request_items};
use crate::dynamodb::action::{Action, Intent};
use crate::dynamodb::capacity::Report;
use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::{Fields, table_name};
use crate::dynamodb::write::{Effects, Write};
use crate::dynamodb::{Done, Tables};

/// Most writes of one request.
const WRITES_MAX: usize = 25;

impl Tables {
    pub(crate) fn batch_write_item(
        &mut self,
        fields: &Fields<'_>,
        now_ms: i64,
    ) -> Result<Done, Failure> {
        let report = Report::read(fields)?;
        fields.choice("ReturnItemCollectionMetrics", &["SIZE", "NONE"], "NONE")?;
        let actions = read_actions(fields)?;
        if actions.len() > WRITES_MAX {
            return Err(Failure::validation(
                "Too many items requested for the BatchWriteItem call",
            ));
        }
        let mut seen = BTreeSet::new();
        let mut writes = Vec::new();
        for action in actions {
            let table = self.table(&action.table)?;
            let key = action.check(table)?;
            if !seen.insert((action.table.clone(), key.clone())) {
                return Err(Failure::validation(
                    "Provided list of item keys contains duplicates",
                ));
            }
            let item = action.result(table, None)?;
            writes.push(Write {
                table: action.table,
                key,
                item,
            });
        }
        let mut effects = Effects::default();
        for write in writes {
            self.write(write, now_ms, &mut effects)?;
        }
        let mut response = Map::new();
        response.insert("UnprocessedItems".into(), json!({}));
        effects.charges.report(&mut response, report, None);
        Ok(Done { response, effects })
    }
}

fn read_actions(fields: &Fields<'_>) -> Result<Vec<Action>, Failure> {
    let mut actions = Vec::new();
    for (given, requests) in request_items(fields)? {
        let name = table_name(given)?;
        let requests = requests.as_array().ok_or_else(|| {
            Failure::serialization("Start of structure or map found where not expected.")
        })?;
        refuse_too_few(requests.len(), &format!("requestItems.{given}.member"))?;
        for request in requests {
            let request = Fields::read(request)?;
            let intent = match (request.value("PutRequest"), request.value("DeleteRequest")) {
                (Some(put), None) => Intent::Put(Fields::read(put)?.item("Item")?),
                (None, Some(delete)) => Intent::Delete(Fields::read(delete)?.item("Key")?),
                // The wording is DynamoDB's, although no attribute value is concerned.
                (Some(_), Some(_)) => {
                    return Err(Failure::validation(
                        "Supplied AttributeValue has more than one datatypes set, must contain exactly \
                         one of the supported datatypes",
                    ));
                }
                (None, None) => {
                    return Err(Failure::validation(
                        "Supplied AttributeValue is empty, must contain exactly one of the supported \
                         datatypes",
                    ));
                }
            };
            actions.push(Action::unconditional(name, intent));
        }
    }
    Ok(actions)
}

//! BatchGetItem: up to 100 items of several tables.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::get_item::{find, read_projection, shown};
use crate::dynamodb::capacity::{Charge, Charges, Report, read_halves};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::request::{Fields, constraint, table_name};
use crate::dynamodb::value::item_from_json;
use crate::dynamodb::{Done, Tables};

/// Most keys of one request.
const KEYS_MAX: usize = 100;
/// Bytes of items after which the rest is left unprocessed.
const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

impl Tables {
    pub(crate) fn batch_get_item(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let report = Report::read(fields)?;
        let requests = request_items(fields)?;
        let keys_of = |request: &Fields<'_>| {
            let keys = request.list("Keys")?.map(Vec::as_slice).unwrap_or_default();
            Ok::<_, Failure>(keys.len())
        };
        let mut total = 0;
        for (_, request) in requests {
            total += keys_of(&Fields::read(request)?)?;
        }
        if total > KEYS_MAX {
            return Err(Failure::validation(
                "Too many items requested for the BatchGetItem call",
            ));
        }
        let mut charges = Charges::default();
        let (mut responses, mut unprocessed) = (Map::new(), Map::new());
        let mut bytes = 0;
        for (given, request) in requests {
            let fields = Fields::read(request)?;
            let table = self.table(table_name(given)?)?;
            let projection = read_projection(&fields)?;
            let consistent = fields.boolean("ConsistentRead")?;
            let keys = fields.list("Keys")?.map(Vec::as_slice).unwrap_or_default();
            refuse_too_few(keys.len(), &format!("requestItems.{given}.member.keys"))?;
            let (mut found, mut left, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
            for json in keys {
                let key = item_from_json(json)?;
                if !seen.insert(key::of_request(&table.spec.key, &key)?) {
                    return Err(Failure::validation(
                        "Provided list of item keys contains duplicates",
                    ));
                }
                if bytes > RESPONSE_BYTES_MAX {
                    left.push(json.clone());
                    continue;
                }
                let stored = find(table, &key, projection.as_ref())?;
                let size = stored.map_or(0, |stored| stored.size);
                bytes += size;
                charges.add(
                    &table.spec.name,
                    Charge::table(read_halves(size, consistent)),
                );
                found.extend(stored.map(|stored| shown(stored, projection.as_ref())));
            }
            responses.insert(given.clone(), Value::Array(found));
            if !left.is_empty() {
                let mut rest = request.clone();
                if let Some(keys) = rest.get_mut("Keys") {
                    *keys = Value::Array(left);
                }
                unprocessed.insert(given.clone(), rest);
            }
        }
        let mut response = Map::new();
        response.insert("Responses".into(), Value::Object(responses));
        response.insert("UnprocessedKeys".into(), json!(unprocessed));
        charges.report(&mut response, report, None);
        Ok(Done::reading(response))
    }
}

/// The `RequestItems` of a batch: what is asked of each table.
pub(super) fn request_items<'f>(fields: &Fields<'f>) -> Result<&'f Map<String, Value>, Failure> {
    let null = || constraint("null", "requestItems", "Member must not be null");
    let requests = fields.map("RequestItems")?.ok_or_else(null)?;
    refuse_too_few(requests.len(), "requestItems")?;
    Ok(requests)
}

pub(super) fn refuse_too_few(length: usize, field: &str) -> Result<(), Failure> {
    if length == 0 {
        let fault = "Member must have length greater than or equal to 1";
        return Err(constraint("'[]'", field, fault));
    }
    Ok(())
}

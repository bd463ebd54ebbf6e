//! TransactGetItems: up to 100 items as they were at one moment.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::get_item::{find, read_projection, shown};
use super::transact_write_items::{MULTIPLE_OPERATIONS, transact_items};
use crate::dynamodb::capacity::{Charge, Charges, Report, read_halves};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::request::Fields;
use crate::dynamodb::{Done, Tables};

impl Tables {
    pub(crate) fn transact_get_items(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let report = Report::read(fields)?;
        let mut charges = Charges::default();
        let mut seen = BTreeSet::new();
        let mut responses = Vec::new();
        for json in transact_items(fields)? {
            let Some(get) = Fields::read(json)?.value("Get") else {
                return Err(Failure::validation("TransactItems can only contain Get"));
            };
            let get = Fields::read(get)?;
            let name = get.table()?;
            let projection = read_projection(&get)?;
            let key = get.item("Key")?;
            let table = self.table(name)?;
            if !seen.insert((name, key::of_request(&table.spec.key, &key)?)) {
                return Err(Failure::validation(MULTIPLE_OPERATIONS));
            }
            let stored = find(table, &key, projection.as_ref())?;
            let mut response = Map::new();
            if let Some(stored) = stored {
                response.insert("Item".into(), shown(stored, projection.as_ref()));
            }
            responses.push(Value::Object(response));
            // A transactional read costs two consistent ones.
            let size = stored.map_or(0, |stored| stored.size);
            charges.add(name, Charge::table(2 * read_halves(size, true)));
        }
        let mut response = Map::new();
        response.insert("Responses".into(), Value::Array(responses));
        charges.report(&mut response, report, Some("ReadCapacityUnits"));
        Ok(Done::reading(response))
    }
}

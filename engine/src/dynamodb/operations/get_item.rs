//! GetItem, and the reading of one key that the other getting operations share.

use serde_json::{Map, Value};

use crate::dynamodb::capacity::{Charge, Report, read_halves};
use crate::dynamodb::expression::{Placeholders, Projection, View};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::request::Fields;
use crate::dynamodb::table::{Stored, Table};
use crate::dynamodb::value::{Item, item_to_json};
use crate::dynamodb::{Done, Tables};

impl Tables {
    pub(crate) fn get_item(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let name = fields.table()?;
        let report = Report::read(fields)?;
        let consistent = fields.boolean("ConsistentRead")?;
        let projection = read_projection(fields)?;
        let key = fields.item("Key")?;
        let table = self.table(name)?;
        let stored = find(table, &key, projection.as_ref())?;
        let mut response = Map::new();
        if let Some(stored) = stored {
            response.insert("Item".into(), shown(stored, projection.as_ref()));
        }
        let size = stored.map_or(0, |stored| stored.size);
        let charge = Charge::table(read_halves(size, consistent));
        if let Some(consumed) = charge.report(name, report, None) {
            response.insert("ConsumedCapacity".into(), consumed);
        }
        Ok(Done::reading(response))
    }
}

/// The `ProjectionExpression` of a request that has no other expression.
pub(super) fn read_projection(fields: &Fields<'_>) -> Result<Option<Projection>, Failure> {
    let mut placeholders = Placeholders::read(fields, &["ProjectionExpression"])?;
    let projection = fields.projection(&mut placeholders)?;
    placeholders.refuse_unused()?;
    Ok(projection)
}

/// The item under a key, if there is one and the projection fits the table.
pub(super) fn find<'t>(
    table: &'t Table,
    key: &Item,
    projection: Option<&Projection>,
) -> Result<Option<&'t Stored>, Failure> {
    let key = key::of_request(&table.spec.key, key)?;
    table.refuse_key_parts(
        projection
            .iter()
            .flat_map(|projection| projection.deep_attributes()),
    )?;
    Ok(table.get(&key))
}

/// The item as it is returned: whole, or the parts that were asked for.
pub(super) fn shown(stored: &Stored, projection: Option<&Projection>) -> Value {
    match projection {
        None => item_to_json(&stored.item),
        Some(projection) => item_to_json(&projection.apply(View::whole(Some(&stored.item)))),
    }
}

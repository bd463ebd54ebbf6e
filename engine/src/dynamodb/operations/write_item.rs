//! PutItem, UpdateItem and DeleteItem.

use serde_json::{Map, Value};

use crate::dynamodb::action::{Action, Intent, Kind};
use crate::dynamodb::capacity::Report;
use crate::dynamodb::expression::{Projection, View};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::Fields;
use crate::dynamodb::value::{Item, item_to_json};
use crate::dynamodb::write::{Effects, Write};
use crate::dynamodb::{Done, Tables};

const RETURN_VALUES: [&str; 5] = ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"];

impl Tables {
    pub(crate) fn put_item(&mut self, fields: &Fields<'_>, now_ms: i64) -> Result<Done, Failure> {
        self.write_item(fields, Kind::Put, now_ms)
    }

    pub(crate) fn update_item(
        &mut self,
        fields: &Fields<'_>,
        now_ms: i64,
    ) -> Result<Done, Failure> {
        self.write_item(fields, Kind::Update, now_ms)
    }

    pub(crate) fn delete_item(
        &mut self,
        fields: &Fields<'_>,
        now_ms: i64,
    ) -> Result<Done, Failure> {
        self.write_item(fields, Kind::Delete, now_ms)
    }

    fn write_item(
        &mut self,
        fields: &Fields<'_>,
        kind: Kind,
        now_ms: i64,
    ) -> Result<Done, Failure> {
        let report = Report::read(fields)?;
        let returned = fields.choice("ReturnValues", &RETURN_VALUES, "NONE")?;
        if kind != Kind::Update && !["ALL_OLD", "NONE"].contains(&returned) {
            return Err(Failure::validation(
                "ReturnValues can only be ALL_OLD or NONE",
            ));
        }
        fields.choice("ReturnItemCollectionMetrics", &["SIZE", "NONE"], "NONE")?;
        let action = Action::read(fields, kind)?;
        let table = self.table(&action.table)?;
        let key = action.check(table)?;
        let old = table.get(&key);
        if !action.holds(old) {
            return Err(Failure::condition(action.item_on_failure(old)));
        }
        let item = action.result(table, old)?;
        let new = match returned {
            "ALL_NEW" | "UPDATED_NEW" => item.clone(),
            _ => None,
        };
        let mut effects = Effects::default();
        let write = Write {
            table: action.table.clone(),
            key,
            item,
        };
        let old = self
            .write(write, now_ms, &mut effects)?
            .map(|stored| stored.item);
        let mut response = Map::new();
        if let Some(attributes) =
            returned_attributes(&action.intent, returned, old.as_ref(), new.as_ref())
        {
            response.insert("Attributes".into(), attributes);
        }
        report_one(&effects, &action.table, report, &mut response);
        Ok(Done { response, effects })
    }
}

fn returned_attributes(
    intent: &Intent,
    returned: &str,
    old: Option<&Item>,
    new: Option<&Item>,
) -> Option<Value> {
    let updated = |item: Option<&Item>| {
        let Intent::Update(_, Some(update)) = intent else {
            return None;
        };
        let parts = Projection::of(update.targets()).apply(View::whole(item));
        (!parts.is_empty()).then(|| item_to_json(&parts))
    };
    match returned {
        "ALL_OLD" => old.map(item_to_json),
        "ALL_NEW" => new.map(item_to_json),
        "UPDATED_OLD" => updated(old),
        "UPDATED_NEW" => updated(new),
        _ => None,
    }
}

fn report_one(effects: &Effects, table: &str, report: Report, response: &mut Map<String, Value>) {
    if let Some(consumed) = effects.charges.report_one(table, report) {
        response.insert("ConsumedCapacity".into(), consumed);
    }
}

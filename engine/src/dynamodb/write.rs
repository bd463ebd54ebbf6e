//! The one place where items change: it keeps the tables, the durable changes, the streams and the
//! charges in step.

use super::capacity::{Charge, Charges, write_halves};
use super::durable;
use super::failure::Failure;
use super::key;
use super::spec::TableSpec;
use super::stream::{self, StreamRecord};
use super::value::{Item, item_size};
use super::{Tables, table::Stored};
use crate::change::Change;

/// An item to be put (`Some`) or deleted (`None`), already checked.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) table: String,
    pub(crate) key: Vec<u8>,
    pub(crate) item: Option<Item>,
}

/// What came of some writes.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) changes: Vec<Change>,
    pub(crate) records: Vec<StreamRecord>,
    pub(crate) charges: Charges,
}

impl Tables {
    /// Carries out a write. A write that changes nothing leaves no change and no stream record.
    pub(crate) fn write(
        &mut self,
        write: Write,
        now_ms: i64,
        effects: &mut Effects,
    ) -> Result<Option<Stored>, Failure> {
        let Write {
            table: name,
            key,
            item,
        } = write;
        let table = self
            .tables
            .get_mut(&name)
            .ok_or_else(|| Failure::not_found("Requested resource not found"))?;
        let old = table.replace(key.clone(), item);
        let new = table.get(&key).map(|stored| &stored.item);
        let old_item = old.as_ref().map(|stored| &stored.item);
        effects
            .charges
            .add(&name, charge(&table.spec, old_item, new));
        if old_item == new {
            return Ok(old);
        }
        effects.changes.push(durable::item_change(&name, &key, new));
        if let Some(record) = stream::record(&table.spec, table.sequence + 1, old_item, new, now_ms)
        {
            table.sequence += 1;
            effects
                .changes
                .push(durable::sequence_change(&name, table.sequence));
            effects.records.push(record);
        }
        Ok(old)
    }
}

/// A write is charged for the larger of the two items, and for each index entry it touches: one
/// write if the entry stays or comes or goes, two if it moves.
fn charge(spec: &TableSpec, old: Option<&Item>, new: Option<&Item>) -> Charge {
    let (old_size, new_size) = (old.map_or(0, item_size), new.map_or(0, item_size));
    let mut charge = Charge::table(write_halves(old_size, new_size));
    if old == new {
        return charge;
    }
    for index in &spec.indexes {
        let before = old.and_then(|item| key::of_item(&index.key, item));
        let after = new.and_then(|item| key::of_item(&index.key, item));
        let halves = match (before, after) {
            (None, None) => continue,
            (Some(before), Some(after)) if before != after => {
                write_halves(old_size, 0) + write_halves(0, new_size)
            }
            (Some(_), Some(_)) => write_halves(old_size, new_size),
            (Some(_), None) => write_halves(old_size, 0),
            (None, Some(_)) => write_halves(0, new_size),
        };
        let charges = if index.global {
            &mut charge.global
        } else {
            &mut charge.local
        };
        charges.insert(index.name.clone(), halves);
    }
    charge
}

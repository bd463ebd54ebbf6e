//! ConsumedCapacity: what an operation would have cost, in DynamoDB's units.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::request::Fields;

const READ_BYTES: usize = 4096;
const WRITE_BYTES: usize = 1024;

/// How much of it the caller wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    None,
    Total,
    Indexes,
}

impl Report {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, Failure> {
        let words = ["INDEXES", "TOTAL", "NONE"];
        Ok(
            match fields.choice("ReturnConsumedCapacity", &words, "NONE")? {
                "INDEXES" => Self::Indexes,
                "TOTAL" => Self::Total,
                _ => Self::None,
            },
        )
    }
}

/// Half capacity units of reading so many bytes: an eventually consistent read costs half a unit.
pub(crate) fn read_halves(bytes: usize, consistent: bool) -> u64 {
    let units = bytes.div_ceil(READ_BYTES).max(1) as u64;
    if consistent { units * 2 } else { units }
}

/// Half capacity units of writing over `old` bytes with `new` bytes: the larger counts.
pub(crate) fn write_halves(old: usize, new: usize) -> u64 {
    old.max(new).div_ceil(WRITE_BYTES).max(1) as u64 * 2
}

/// What one table was charged, in half units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Charge {
    pub(crate) table: u64,
    /// By the name of the global index.
    pub(crate) global: BTreeMap<String, u64>,
    /// By the name of the local index.
    pub(crate) local: BTreeMap<String, u64>,
}

impl Charge {
    pub(crate) fn table(halves: u64) -> Self {
        Self {
            table: halves,
            ..Self::default()
        }
    }

    /// The `ConsumedCapacity` structure. `kind` names the further total that transactions show,
    /// such as `WriteCapacityUnits`.
    pub(crate) fn report(&self, table: &str, report: Report, kind: Option<&str>) -> Option<Value> {
        if report == Report::None {
            return None;
        }
        let indexes: u64 = self.global.values().chain(self.local.values()).sum();
        let total = units(self.table + indexes);
        let mut shown = Map::new();
        shown.insert("TableName".into(), json!(table));
        shown.insert("CapacityUnits".into(), total.clone());
        let part = |halves: u64| {
            let mut part = Map::new();
            part.insert("CapacityUnits".into(), units(halves));
            if let Some(kind) = kind {
                part.insert(kind.into(), units(halves));
            }
            Value::Object(part)
        };
        if let Some(kind) = kind {
            shown.insert(kind.into(), total);
        }
        if report == Report::Indexes {
            shown.insert("Table".into(), part(self.table));
            for (name, charges) in [
                ("GlobalSecondaryIndexes", &self.global),
                ("LocalSecondaryIndexes", &self.local),
            ] {
                if !charges.is_empty() {
                    let parts: Map<String, Value> = charges
                        .iter()
                        .map(|(index, halves)| (index.clone(), part(*halves)))
                        .collect();
                    shown.insert(name.into(), Value::Object(parts));
                }
            }
        }
        Some(Value::Object(shown))
    }
}

/// Capacity units are written with a decimal point, as half units exist.
fn units(halves: u64) -> Value {
    json!(halves as f64 / 2.0)
}

/// Charges of an operation by table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Charges(BTreeMap<String, Charge>);

impl Charges {
    pub(crate) fn add(&mut self, table: &str, charge: Charge) {
        let sum = self.0.entry(table.to_owned()).or_default();
        sum.table += charge.table;
        for (index, halves) in charge.global {
            *sum.global.entry(index).or_default() += halves;
        }
        for (index, halves) in charge.local {
            *sum.local.entry(index).or_default() += halves;
        }
    }

    /// What the one table of a single operation was charged.
    pub(crate) fn report_one(&self, table: &str, report: Report) -> Option<Value> {
        self.0.get(table)?.report(table, report, None)
    }

    /// Doubles every charge, as transactions do.
    pub(crate) fn double(&mut self) {
        for charge in self.0.values_mut() {
            charge.table *= 2;
            for halves in charge.global.values_mut().chain(charge.local.values_mut()) {
                *halves *= 2;
            }
        }
    }

    /// Puts the list of all tables' charges into the response, where it was asked for.
    pub(crate) fn report(
        &self,
        response: &mut Map<String, Value>,
        report: Report,
        kind: Option<&str>,
    ) {
        if report != Report::None {
            let all = self
                .0
                .iter()
                .filter_map(|(table, charge)| charge.report(table, report, kind));
            response.insert("ConsumedCapacity".into(), all.collect());
        }
    }
}

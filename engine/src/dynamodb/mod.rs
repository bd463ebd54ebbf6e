//! DynamoDB as the engine offers it: tables in memory, operations on their wire shapes, and for each
//! mutation the changes that make it durable. No clock, no randomness, no file, no network.
//!
//! The state in memory is authoritative. The caller commits the [`Change`]s of an [`Outcome`] before
//! it answers, and after a restart feeds every surviving key and value to [`Tables::load`].

mod access;
mod action;
mod capacity;
mod durable;
mod expression;
mod failure;
mod key;
mod number;
mod operations;
mod request;
mod spec;
mod stream;
mod table;
mod tokens;
mod value;
mod write;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use access::{Access, PartitionOf, accesses};
pub use durable::{LoadError, NAMESPACE};
pub use failure::Failure;
pub use spec::{
    IndexProjection, IndexSpec, KeyAttribute, KeySchema, KeyType, SpecError, StreamView, TableSpec,
};
pub use stream::StreamRecord;

use crate::change::Change;
use request::Fields;
use table::Table;
use tokens::Tokens;
use write::Effects;

/// All tables of one account and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    tables: BTreeMap<String, Table>,
    tokens: Tokens,
}

/// What an operation answers, and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The body of the answer, or the error.
    pub result: Result<Value, Failure>,
    /// What has to be durable before the answer is sent. Empty when nothing changed.
    pub changes: Vec<Change>,
    /// The stream records that the changes yield, in order, to be made durable with them.
    pub records: Vec<StreamRecord>,
}

/// A successful operation on its way to becoming an outcome.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) response: Map<String, Value>,
    pub(crate) effects: Effects,
}

impl Done {
    fn reading(response: Map<String, Value>) -> Self {
        Self {
            response,
            effects: Effects::default(),
        }
    }
}

impl Tables {
    /// No tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates the table at `now_ms`, milliseconds since 1970. A table that is there already keeps
    /// its items; what else its spec says is brought up to date.
    ///
    /// # Errors
    /// When a table of that name has another primary key, since only a replacement could change that.
    pub fn create(&mut self, spec: TableSpec, now_ms: i64) -> Result<Vec<Change>, SpecError> {
        request::table_name(&spec.name).map_err(|failure| spec::error(failure.message))?;
        let table = match self.tables.remove(&spec.name) {
            None => Table::new(spec, now_ms),
            Some(table) if table.spec == spec => {
                self.tables.insert(spec.name.clone(), table);
                return Ok(Vec::new());
            }
            Some(table) if table.spec.key != spec.key => {
                let fault = spec::error(format!(
                    "table {} exists with another primary key; its items would be lost",
                    spec.name
                ));
                self.tables.insert(spec.name.clone(), table);
                return Err(fault);
            }
            Some(table) => table.with_spec(spec),
        };
        let change = durable::table_change(&table);
        self.tables.insert(table.spec.name.clone(), table);
        Ok(vec![change])
    }

    /// The specs of all tables, by name.
    pub fn specs(&self) -> impl Iterator<Item = &TableSpec> {
        self.tables.values().map(|table| &table.spec)
    }

    /// Performs one operation of the DynamoDB API (`PutItem`, …) at `now_ms`, milliseconds since 1970.
    pub fn call(&mut self, operation: &str, body: &Value, now_ms: i64) -> Outcome {
        match self.perform(operation, body, now_ms) {
            Ok(done) => Outcome {
                result: Ok(Value::Object(done.response)),
                changes: done.effects.changes,
                records: done.effects.records,
            },
            Err(failure) => Outcome {
                result: Err(failure),
                changes: Vec::new(),
                records: Vec::new(),
            },
        }
    }

    fn perform(&mut self, operation: &str, body: &Value, now_ms: i64) -> Result<Done, Failure> {
        let fields = || Fields::read(body);
        match operation {
            "PutItem" => self.put_item(&fields()?, now_ms),
            "UpdateItem" => self.update_item(&fields()?, now_ms),
            "DeleteItem" => self.delete_item(&fields()?, now_ms),
            "BatchWriteItem" => self.batch_write_item(&fields()?, now_ms),
            "TransactWriteItems" => self.transact_write_items(&fields()?, now_ms),
            "GetItem" => self.get_item(&fields()?),
            "BatchGetItem" => self.batch_get_item(&fields()?),
            "TransactGetItems" => self.transact_get_items(&fields()?),
            "Query" => self.query(&fields()?),
            "Scan" => self.scan(&fields()?),
            "ListTables" => self.list_tables(&fields()?),
            "DescribeTable" => self.describe_table(&fields()?),
            "DescribeContinuousBackups" => self.describe_continuous_backups(&fields()?),
            "DescribeTimeToLive" => self.describe_time_to_live(&fields()?),
            other => Err(Failure::unknown_operation(other)),
        }
    }

    fn table(&self, name: &str) -> Result<&Table, Failure> {
        self.tables
            .get(name)
            .ok_or_else(|| Failure::not_found("Requested resource not found"))
    }
}

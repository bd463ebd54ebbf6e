//! The verbs of grants, as types. They are written in small letters because the compiler's messages then read as the spec does:
//! `append: payment_events`. What `update` may change is a trait of its own, since it names a field.

#![expect(
    non_camel_case_types,
    reason = "so that messages show a grant as the spec writes it"
)]

use crate::event::{Event, Table};
use crate::event_log::IndexKeys;
use crate::parameter::Parameter;
use crate::value::{Invalid, Record, Value, Wire};
use crate::{Decimal, json};

/// `read: …`, of a secret, a parameter, a table's events, a bucket's objects.
#[derive(Clone, Copy, Debug)]
pub struct read;

/// `append: …`, to a table.
#[derive(Clone, Copy, Debug)]
pub struct append;

/// `send: …`, to a queue, topic or bus.
#[derive(Clone, Copy, Debug)]
pub struct send;

/// `write: …`, into a bucket.
#[derive(Clone, Copy, Debug)]
pub struct write;

/// `start: …`, of a workflow.
#[derive(Clone, Copy, Debug)]
pub struct start;

/// A secret of the spec.
pub trait SecretName: Copy + 'static {
    /// Declared name: `webhook_key`.
    const NAME: &'static str;
}

/// A parameter of the spec.
pub trait ParameterName: Copy + 'static {
    /// Its declared name, and where its value comes from.
    const PARAMETER: Parameter;
    /// The type of its value.
    type Value: ParameterValue;
}

/// A type that a parameter may have.
pub trait ParameterValue: Sized {
    /// Reads the parameter's text: as it is, as a number, as `true` or `false`, or as the JSON of a record.
    fn read(text: &str) -> Result<Self, Invalid>;
}

impl ParameterValue for String {
    fn read(text: &str) -> Result<Self, Invalid> {
        Ok(text.to_owned())
    }
}

impl ParameterValue for i64 {
    fn read(text: &str) -> Result<Self, Invalid> {
        let number = text.trim().parse();
        number.map_err(|_| Invalid::new("is not a whole number of 64 bits"))
    }
}

impl ParameterValue for Decimal {
    fn read(text: &str) -> Result<Self, Invalid> {
        text.trim().parse()
    }
}

impl ParameterValue for bool {
    fn read(text: &str) -> Result<Self, Invalid> {
        let value = text.trim().parse();
        value.map_err(|_| Invalid::new("is neither true nor false"))
    }
}

impl<R: Record> ParameterValue for R {
    fn read(text: &str) -> Result<Self, Invalid> {
        let wire = json::parse(text.as_bytes()).map_err(|_| Invalid::new("is no JSON"))?;
        Value::read(Some(&wire), None)
    }
}

/// A field that `update` may change, in an event of a table.
pub trait FieldOf<E: Event>: Copy + 'static {
    /// Wire name.
    const NAME: &'static str;
    /// The type of its value.
    type Value: Value;
}

/// A second way to find the facts of a table: an `index` of the spec.
pub trait Index: Copy + 'static {
    /// The table that it belongs to, whose `read` allows it.
    type Table: Table;
    /// What its partition key is given as.
    type Partition: Key + ?Sized;
    /// Its keys.
    const KEYS: IndexKeys;
}

/// A value that a key may be.
pub trait Key {
    /// As an attribute.
    fn key(&self) -> Option<Wire>;
}

impl Key for str {
    fn key(&self) -> Option<Wire> {
        Some(Wire::text(self))
    }
}

impl<T: Value> Key for T {
    fn key(&self) -> Option<Wire> {
        self.write()
    }
}

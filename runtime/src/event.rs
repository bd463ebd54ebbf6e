//! Events and tables as types. Generated code implements these traits; everything that knows DynamoDB or JSON builds on them.

use crate::event_log::IndexKeys;
use crate::value::{Fields, Invalid, Record};

/// A fact that can be recorded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event, so it cannot be recorded",
    label = "not declared with `event` in the spec"
)]
pub trait Event: Record {
    /// Declared name: `PaymentReceived`.
    const NAME: &'static str;
    /// The fields of `once`: two deliveries equal in these are one fact.
    const ONCE: &'static [&'static str];
}

/// An append-only event log of the spec.
pub trait Table: Copy + 'static {
    /// Declared name: `payment_events`.
    const NAME: &'static str;
    /// Field that is the partition key.
    const PARTITION: &'static str;
    /// Field that is the sort key.
    const SORT: Option<&'static str>;
    /// Whether that key is a number, as of `epoch_millis`.
    const SORT_IS_NUMBER: bool = false;
    /// Fields that some grant lets `update` change: what they were at first is kept beside them.
    const UPDATED: &'static [&'static str] = &[];
    /// Its indexes: an item with a value that cannot be a key of one is refused whole by DynamoDB.
    const INDEXES: &'static [IndexKeys] = &[];
    /// Any event that the table holds.
    type Fact: Fact;
}

/// A table that may record `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold `{E}`",
    label = "this event is not recorded in `{Self}`",
    note = "the table's `holds:` in the spec lists the events that it takes"
)]
pub trait Holds<E: Event>: Table {}

/// One of the events that a table holds, read back.
pub trait Fact: Sized {
    /// Reads the event of that name.
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid>;
}

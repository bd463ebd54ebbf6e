//! Where events are recorded, and how they are found again.

use super::{Origin, Type};

/// An append-only event log.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Declared name.
    pub name: String,
    /// Field that is the partition key.
    pub partition: String,
    /// Field that is the sort key, and its type, which all held events share.
    pub sort: Option<(String, Type)>,
    /// Events that may be recorded, in the order written.
    pub holds: Vec<String>,
    /// `index NAME { partition: …, sort: … }`, in the order written.
    pub indexes: Vec<Index>,
    /// Survives the stack.
    pub retain: bool,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A second way to find the facts of a table: a global secondary index over all attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Name as written, which is its physical name: `ProviderTimestampIndex`.
    pub name: String,
    /// Field that is its partition key, and its type.
    pub partition: (String, Type),
    /// Field that is its sort key, and its type.
    pub sort: Option<(String, Type)>,
    /// Where it is declared.
    pub origin: Origin,
}

//! Grants: what a function or a workflow may do, and nothing besides.

use super::Origin;

/// The whole authority of one function or workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Function or workflow.
    pub to: String,
    /// What is granted, in the order written.
    pub permissions: Vec<Permission>,
    /// Where it is declared (the head's line is what diagnostics and reports cite).
    pub origin: Origin,
}

/// One verb on one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Permission {
    /// What may be done.
    pub verb: Verb,
    /// To what: the declared name, of a member its own.
    pub resource: String,
    /// `update: webhooks.stage`: the one field that may change. Only with `Update`.
    pub field: Option<String>,
    /// True when an edge of the spec (`verify`, `append:`, a call) uses it; false makes it a handler capability.
    pub used_by_edge: bool,
    /// Where the name stands in the grant.
    pub origin: Origin,
}

/// The verbs of grants, in the words of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Read a secret or parameter, the events of a table, the objects of a bucket.
    Read,
    /// Record events in a table.
    Append,
    /// Call a function from a workflow.
    Call,
    /// Take messages from a queue.
    Receive,
    /// Send to a queue, topic or bus.
    Send,
    /// Write objects into a bucket.
    Write,
    /// Change one field of a table's items.
    Update,
    /// Start a workflow.
    Start,
}

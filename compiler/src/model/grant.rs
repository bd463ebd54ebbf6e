//! Grants: what a function or a workflow may do, and nothing besides.

use std::collections::BTreeSet;

use super::{Origin, Pipeline};

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

impl Pipeline {
    /// The fields of a table that some grant lets `update` change, each once, by name.
    pub fn updated(&self, table: &str) -> BTreeSet<&str> {
        let permissions = self.grants.values().flat_map(|it| &it.permissions);
        let of_table = permissions.filter(|it| it.verb == Verb::Update && it.resource == table);
        of_table.filter_map(|it| it.field.as_deref()).collect()
    }
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

impl Verb {
    /// Every verb, in the order in which the language explains them.
    pub const ALL: [Verb; 8] = [
        Verb::Read,
        Verb::Append,
        Verb::Write,
        Verb::Send,
        Verb::Receive,
        Verb::Update,
        Verb::Call,
        Verb::Start,
    ];

    /// The word of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::Append => "append",
            Verb::Call => "call",
            Verb::Receive => "receive",
            Verb::Send => "send",
            Verb::Write => "write",
            Verb::Update => "update",
            Verb::Start => "start",
        }
    }
}

//! The checked pipeline: every name bound, every type known, every default filled. The back ends read this and nothing else.
//!
//! Maps are `BTreeMap`s by declared name, so that the order of declarations in the source cannot reach the output.

mod accept;
mod channel;
mod condition;
mod function;
mod grant;
mod places;
mod route;
mod surroundings;
mod table;
mod types;
mod workflow;

use std::collections::BTreeMap;

pub use accept::{Accept, AcceptedEvent};
pub use channel::{
    Bucket, Bus, Expectation, Member, Piece, Queue, Rule, Sink, SinkTo, Subscription, Target,
    Template, Topic,
};
pub use condition::{Condition, Operator};
pub use function::{Function, Trigger};
pub use grant::{Grant, Permission, Verb};
pub use route::{Answer, Argument, ExecutionLog, Route, Verify};
pub use surroundings::{
    Alarm, ApiKey, Dashboard, Graph, Metric, Network, Parameter, ParameterSource, Provider, Subject,
};
pub use table::{Index, Table};
pub use types::{Default, Event, Field, Literal, Record, Type};
pub use workflow::{
    Branch, Catch, Effect, Expression, ExpressionKind, Part, Retry, Statement, Test, Variant, Wait,
    Workflow,
};

/// Where in the source something was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Byte offsets of the declaration's head or of the statement.
    pub start: usize,
    /// End of the byte range, exclusive.
    pub end: usize,
    /// One-based line of `start`.
    pub line: usize,
}

/// A whole `.pipe` file that has passed every check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// Name as declared, which is also the file's name: `payments`.
    pub name: String,
    /// File name without its folder, `payments.pipe`; artifacts cite lines of it.
    pub file: String,
    /// The `//!` lines, joined.
    pub doc: String,
    /// The one customer-managed key of the pipeline.
    pub key: Key,
    /// Secrets by name; the stack never makes them.
    pub secrets: BTreeMap<String, Secret>,
    /// Typed parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Senders of webhooks by name; the variants of `Provider`.
    pub providers: BTreeMap<String, Provider>,
    /// Private networks by name.
    pub networks: BTreeMap<String, Network>,
    /// Keys of known callers by name.
    pub api_keys: BTreeMap<String, ApiKey>,
    /// Event types by name.
    pub events: BTreeMap<String, Event>,
    /// Record types by name.
    pub types: BTreeMap<String, Record>,
    /// Error types by name; the built-in ones are not listed.
    pub errors: BTreeMap<String, Record>,
    /// Event logs by name.
    pub tables: BTreeMap<String, Table>,
    /// Queues by name; families expanded.
    pub queues: BTreeMap<String, Queue>,
    /// Topics by name.
    pub topics: BTreeMap<String, Topic>,
    /// Buses by name.
    pub buses: BTreeMap<String, Bus>,
    /// Rules and cases by name.
    pub rules: BTreeMap<String, Rule>,
    /// Buckets by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// Routes in the order of their path and method.
    pub routes: Vec<Route>,
    /// Functions by name; families expanded.
    pub functions: BTreeMap<String, Function>,
    /// Retry policies by name.
    pub retries: BTreeMap<String, Retry>,
    /// Workflows by name.
    pub workflows: BTreeMap<String, Workflow>,
    /// Alarms by name; one for each member.
    pub alarms: BTreeMap<String, Alarm>,
    /// Dashboards by name.
    pub dashboards: BTreeMap<String, Dashboard>,
    /// Grants by the name of the function or workflow that they are for; those of families expanded.
    pub grants: BTreeMap<String, Grant>,
}

/// The pipeline's key in KMS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Key {
    /// `on_delete: retain` keeps the key when the stack goes.
    pub retain: bool,
    /// Where `key { … }` stands; the `pipeline` line when it is not written.
    pub origin: Origin,
}

/// A value only ever read, made outside the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// Declared name.
    pub name: String,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

//! The checked pipeline: every name bound, every type known, every default filled. The back ends read this and nothing else.
//!
//! Maps are `BTreeMap`s by declared name, so that the order of declarations in the source cannot reach the output.

mod accept;
mod channel;
mod condition;
mod function;
mod grant;
mod metric;
mod route;
mod types;
mod workflow;

pub use crate::kinds::{
    Alarm, ApiKey, Bucket, Bus, Dashboard, Graph, Index, Key, Network, Parameter, ParameterSource,
    Pipeline, Provider, Queue, Retry, Rule, Secret, Table, Topic,
};
pub use accept::{Accept, AcceptedEvent};
pub use channel::{Expectation, Member, Piece, Sink, SinkTo, Subscription, Target, Template};
pub use condition::{Condition, Operator};
pub use function::{Function, Trigger};
pub use grant::{Grant, Permission, Verb};
pub use metric::{Metric, Subject};
pub use route::{Answer, Argument, ExecutionLog, Route, Verify};
pub use types::{Default, Event, Field, Literal, Record, Type};
pub use workflow::{
    Branch, Catch, Effect, Expression, ExpressionKind, Part, Statement, Test, Variant, Wait,
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

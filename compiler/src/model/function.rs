//! Functions, and what calls them.

use super::{Condition, Expectation, Member, Origin, Sink, Subscription, Type};

/// Business logic that the user writes, one Lambda function each.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Declared name, of a member `process_stripe`.
    pub name: String,
    /// Which member of a family it is. All members share one Rust trait, named for the family.
    pub member: Option<Member>,
    /// What it takes.
    pub input: Type,
    /// What it gives back, if anything.
    pub output: Option<Type>,
    /// Declared errors that it may raise, in the order written.
    pub fails: Vec<String>,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Lambda timeout in seconds.
    pub timeout_s: u32,
    /// Reserved concurrent executions.
    pub concurrency: u32,
    /// How long its log group keeps lines, in days.
    pub retention_days: u32,
    /// The private network that it runs in.
    pub network: Option<String>,
    /// What its output must be before anything is done with it. Absent for a route's handler.
    pub expect: Option<Expectation>,
    /// What is done with its output, in order, after `Ok`; of a batch once for each message. Empty for a route's handler.
    pub sinks: Vec<Sink>,
    /// What calls it. Exactly one kind of caller (and perhaps a function URL that only replies, see [`Route::via`](super::Route::via)).
    pub trigger: Trigger,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// What invokes a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// The route with this index in `Pipeline::routes`.
    Route(usize),
    /// Calls in these workflows.
    Workflows(Vec<String>),
    /// `on: QUEUE batch N window 5s`
    Queue {
        /// The queue.
        queue: String,
        /// Most messages of one call.
        batch: u32,
        /// Longest wait for a full batch, in seconds.
        window_s: u32,
        /// Where it stands.
        origin: Origin,
    },
    /// `on: TABLE where … batch N`: newly recorded events, from the table's stream.
    Stream {
        /// The table.
        table: String,
        /// The event's type name, which is the function's input.
        event: String,
        /// Which of them.
        filter: Option<Condition>,
        /// Most records of one call.
        batch: u32,
        /// Where it stands.
        origin: Origin,
    },
    /// `on: TOPIC where …`
    Topic(Subscription),
    /// These rules and cases send to it.
    Rules(Vec<String>),
    /// Nothing does; the checker has warned.
    Nothing,
}

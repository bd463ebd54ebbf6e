//! The checked pipeline: every name bound, every type known, every default filled. The back ends read this and nothing else.
//!
//! Maps are `BTreeMap`s by declared name, so that the order of declarations in the source cannot reach the output.

mod accept;
mod channel;
mod surroundings;
mod workflow;

use std::collections::BTreeMap;

pub use accept::{Accept, AcceptedEvent};
pub use channel::{
    Bucket, Bus, Expectation, Member, Piece, Queue, Rule, Sink, SinkTo, Subscription, Target,
    Template, Topic,
};
pub use surroundings::{
    Alarm, ApiKey, Dashboard, Graph, Metric, Network, Parameter, ParameterSource, Provider, Subject,
};

pub use workflow::{
    Branch, Catch, Effect, Expression, ExpressionKind, Part, Statement, Test, Variant, Wait,
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

/// The type of a value on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    String,
    /// 64-bit signed whole number.
    Int,
    /// Exact decimal; a JSON number on the wire of webhooks, N in DynamoDB.
    Decimal,
    /// `true` or `false`.
    Bool,
    /// An instant to the millisecond, RFC 3339 on the wire, S in DynamoDB.
    Timestamp,
    /// An instant as whole milliseconds since 1970 on the wire, N in DynamoDB.
    EpochMillis,
    /// One of the named variants; S in DynamoDB.
    Enum(Vec<String>),
    /// A declared `type`.
    Record(String),
    /// A declared `event`.
    Event(String),
    /// `[T]`
    List(Box<Type>),
    /// `T?`
    Optional(Box<Type>),
    /// `Provider`: one of the declared providers; a string on the wire, S in DynamoDB.
    Provider,
    /// `Request`: the raw body, headers, path; only as the input of a route's handler.
    Request,
    /// `Accepted`: one of the events that the route accepts; only as the input of its handler.
    Accepted,
}

impl Type {
    /// The type without its `?`.
    pub fn base(&self) -> &Type {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }
}

/// What stands after `=` in a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Default {
    /// A literal of the field's type.
    Literal(Literal),
    /// `received_at`: when the webhook arrived.
    ReceivedAt,
    /// `uuid`: derived from the raw body, so that a second delivery gets the same one.
    Uuid,
}

/// A constant in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `"text"`
    String(String),
    /// `12` or `12.50`, digits as written.
    Number(String),
    /// `true`, `false`
    Bool(bool),
    /// A variant of an enum: `pending`.
    Variant(String),
}

/// One field of a record, event or error.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Wire name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What an absent field becomes.
    pub default: Option<Default>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared (of a spread field: where the spread's source declares it).
    pub origin: Origin,
}

/// A `type` or `error`: fields in order of declaration, spreads expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Declared name.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A fact that is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Declared name.
    pub name: String,
    /// Fields in order, spreads expanded.
    pub fields: Vec<Field>,
    /// The fields of `once …`: two deliveries equal in these are one fact.
    pub once: Vec<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

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

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// `POST`
    pub method: String,
    /// `/webhooks`
    pub path: String,
    /// API Gateway stage name; `v1` when not written.
    pub stage: String,
    /// How a request proves who sent it.
    pub verify: Verify,
    /// What makes the answer.
    pub answer: Answer,
    /// `accept:` with `other:`, where the handler takes described events of a provider.
    pub accept: Option<Accept>,
    /// What the handler's output must be before anything is done with it.
    pub expect: Option<Expectation>,
    /// What is done with the handler's output, in order.
    pub sinks: Vec<Sink>,
    /// `auth: NAME`: the API key that a caller must show.
    pub auth: Option<String>,
    /// `via: function_url NAME`: served by this function's URL and not by the API.
    pub via: Option<String>,
    /// Largest accepted body in bytes.
    pub body_bytes_max: u64,
    /// Steady requests per second of the stage, and the burst above it.
    pub rate_per_s: u32,
    /// Burst size of the throttle.
    pub burst: u32,
    /// How much the execution log says; never bodies.
    pub execution_log: ExecutionLog,
    /// Where it is declared.
    pub origin: Origin,
}

/// `log:` of a route: what API Gateway's execution log holds. Bodies are in it at no level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionLog {
    /// `error`: requests that failed.
    #[default]
    Error,
    /// `info`: every request, step by step.
    Info,
}

impl Route {
    /// The function that takes the request.
    #[must_use]
    pub fn handler(&self) -> Option<&str> {
        match &self.answer {
            Answer::Handler(name) => Some(name),
            Answer::Reply(_) => None,
        }
    }

    /// Tables that the handler's output is appended to, in order, and behind them that of `other:`.
    pub fn appends(&self) -> impl Iterator<Item = &str> {
        let sinks = self.sinks.iter().filter_map(|it| match &it.to {
            SinkTo::Append(table) => Some(table.as_str()),
            SinkTo::Write { .. } | SinkTo::Send(_) => None,
        });
        sinks.chain(self.accept.iter().map(|it| it.table.as_str()))
    }
}

/// What makes the answer of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `handler: NAME`
    Handler(String),
    /// `reply: 200`: this status, without a body, to everyone who passes `verify`.
    Reply(u16),
}

/// `verify:` of a route.
#[derive(Clone, Debug, PartialEq)]
pub enum Verify {
    /// A scheme of `pipe_runtime::sign::SCHEMES` with its arguments.
    Scheme {
        /// Name in the list: `hmac_sha256`.
        scheme: String,
        /// Arguments by parameter name, defaults filled.
        arguments: BTreeMap<String, Argument>,
        /// Where it is written.
        origin: Origin,
    },
    /// `provider.verify`: what the provider that the path names declares; an unknown one is answered 404.
    PerProvider {
        /// Where it is written.
        origin: Origin,
    },
    /// `off because "…"`, which is carried into template and reports.
    Off {
        /// The reason given.
        because: String,
        /// Where it is written.
        origin: Origin,
    },
}

impl Verify {
    /// The declared secret that a scheme is keyed by, where it is keyed by one.
    pub fn secret(&self) -> Option<&str> {
        let Self::Scheme { arguments, .. } = self else {
            return None;
        };
        arguments.values().find_map(|it| match it {
            Argument::Secret(declared) => Some(declared.as_str()),
            _ => None,
        })
    }
}

impl Pipeline {
    /// Every way in which what is verified so may be: of `provider.verify` that of each provider.
    pub fn ways<'a>(&'a self, verify: &'a Verify) -> impl Iterator<Item = &'a Verify> {
        let is_own = !matches!(verify, Verify::PerProvider { .. });
        let providers = self.providers.values().filter(move |_| !is_own);
        let own = is_own.then_some(verify);
        own.into_iter().chain(providers.map(|it| &it.verify))
    }
}

/// An argument of a signature scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Text or a choice, as written.
    Text(String),
    /// Whole seconds.
    DurationS(u64),
    /// A declared secret.
    Secret(String),
    /// A declared parameter, whose value is the argument's text at run time.
    Parameter(String),
}

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
    /// What calls it. Exactly one kind of caller (and perhaps a function URL that only replies, see [`Route::via`]).
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

/// A named retry policy. AWS: "Error handling in Step Functions workflows", fields of a retrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Declared name.
    pub name: String,
    /// Declared or built-in (`Throttled`, `Timeout`) errors that are worth a retry.
    pub errors: Vec<String>,
    /// Retries after the first attempt: `MaxAttempts`.
    pub retries: u32,
    /// First wait in seconds.
    pub interval_s: u32,
    /// Factor from one wait to the next, as written: `2.0`.
    pub backoff: String,
    /// Longest wait in seconds.
    pub max_delay_s: u32,
    /// `full` spreads the waits, `none` does not.
    pub jitter_full: bool,
    /// Where it is declared.
    pub origin: Origin,
}

/// A state machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Declared name.
    pub name: String,
    /// The name that the starting value is bound to.
    pub binding: String,
    /// The type name of the event that starts it.
    pub event: String,
    /// The table whose stream starts it; absent where only `start` does, of a function or a workflow.
    pub on: Option<String>,
    /// Condition on the event, from `where`.
    pub filter: Option<Condition>,
    /// Where `on:` stands.
    pub on_origin: Origin,
    /// Declared errors it may end with.
    pub fails: Vec<String>,
    /// Statements in order.
    pub body: Vec<Statement>,
    /// Longest run in seconds.
    pub timeout_s: u64,
    /// How long its log group keeps lines, in days.
    pub retention_days: u32,
    /// `watch: off because "…"`: why nobody is told of its failures.
    pub unwatched_because: Option<String>,
    /// `expect: off because "…"`: why it hands on amounts that nothing has compared.
    pub uncompared_because: Option<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

impl Workflow {
    /// The table whose stream starts it; empty where none does.
    #[must_use]
    pub fn table(&self) -> &str {
        self.on.as_deref().unwrap_or_default()
    }
}

/// A `where` condition over the fields of one event, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `field == literal` and its kin.
    Compare {
        /// Field of the edge's event.
        field: String,
        /// Its type.
        ty: Type,
        /// Operator.
        operator: Operator,
        /// Right-hand side.
        value: Literal,
    },
    /// `field starts_with "…"`, of a text. It does not hold where the field is absent.
    StartsWith {
        /// Field of the edge's event.
        field: String,
        /// True where it may be absent.
        optional: bool,
        /// What it begins with; never empty.
        prefix: String,
    },
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

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

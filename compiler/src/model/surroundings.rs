//! What stands around the flow of events: parameters, providers, networks, known callers, alarms and dashboards.

use super::{Operator, Origin, Pipeline, Template, Type, Verify};

/// A typed parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Declared name.
    pub name: String,
    /// Its type: `string`, `int`, `decimal`, `bool` or a declared `type` (JSON).
    pub ty: Type,
    /// Where its value comes from.
    pub source: ParameterSource,
    /// `name "…"`: the physical name as written; absent is `/<pipeline>/<suffix>/<name>`.
    pub physical: Option<Template>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where a parameter's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterSource {
    /// An SSM parameter of type String that is made outside the stack and read at run time.
    External,
    /// `= value`: an SSM parameter that the stack makes with this text (JSON for a record), read at run time.
    Value(String),
    /// `at deploy`: a parameter of the template. Functions get it as the environment variable `PIPE_PARAM_<NAME>`.
    AtDeploy,
}

/// A sender of webhooks with its own signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Declared name, which is also the path's: `stripe`.
    pub name: String,
    /// Always a scheme or `off because`, never `PerProvider`.
    pub verify: Verify,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A private network for functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Declared name.
    pub name: String,
    /// Availability zones.
    pub zones: u32,
    /// `egress: nat` (one NAT gateway) or `none`.
    pub nat: bool,
    /// Services that are reached through endpoints: `dynamodb`, `s3` by gateway, every other by interface. In the order written.
    pub endpoints: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A key with quota and rate for a known caller.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Declared name.
    pub name: String,
    /// `quota: 10000 per day`: count and `DAY`, `WEEK` or `MONTH`.
    pub quota: Option<(u32, &'static str)>,
    /// Steady requests per second.
    pub rate_per_s: u32,
    /// Burst above the rate.
    pub burst: u32,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a metric is of. Families and `functions` are expanded by the checker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A function by its model name.
    Function(String),
    /// A queue by its model name.
    Queue(String),
    /// A table.
    Table(String),
    /// A topic.
    Topic(String),
    /// A bus.
    Bus(String),
    /// A workflow.
    Workflow(String),
    /// All routes of the API: `route.latency`.
    Api,
    /// A secret.
    Secret(String),
}

/// `webhook_dlq.depth`, `functions.duration.p99`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What it is of.
    pub subject: Subject,
    /// Word in `metrics::METRICS`: `depth`.
    pub name: &'static str,
    /// CloudWatch's statistic: `Average`, `p99`. The metric's own when not written.
    pub statistic: &'static str,
}

/// A condition on a metric and whom it tells. One for each member of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Name; where the declaration covers several, `<declared>_<member>`.
    pub name: String,
    /// As declared.
    pub declared: String,
    /// What is watched.
    pub metric: Metric,
    /// `<`, `<=`, `>`, `>=`.
    pub operator: Operator,
    /// Digits as written; of a `%` the number before it.
    pub threshold: String,
    /// `for 5m`, in seconds.
    pub for_s: u32,
    /// Topics that are told, in order.
    pub send: Vec<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

impl Pipeline {
    /// True where an alarm tells of dead letters in the queue: how many there are, or how old.
    #[must_use]
    pub fn tells_of_dead_letters(&self, queue: &str) -> bool {
        self.tells_of(&Subject::Queue(queue.to_owned()), &["depth", "age"])
    }

    /// True where an alarm tells of the workflow's failures.
    #[must_use]
    pub fn tells_of_failures(&self, workflow: &str) -> bool {
        self.tells_of(&Subject::Workflow(workflow.to_owned()), &["failed"])
    }

    fn tells_of(&self, subject: &Subject, metrics: &[&str]) -> bool {
        let mut alarms = self.alarms.values().map(|it| &it.metric);
        alarms.any(|it| it.subject == *subject && metrics.contains(&it.name))
    }
}

/// Graphs of metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// Declared name.
    pub name: String,
    /// Graphs in order.
    pub graphs: Vec<Graph>,
    /// Where it is declared.
    pub origin: Origin,
}

/// `graph "Duration" { show: functions.duration.p99 }`
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Title.
    pub title: String,
    /// What it shows, in order, expanded.
    pub show: Vec<Metric>,
}

//! The metrics that alarms and dashboards can name, each with what CloudWatch calls it. One list entry adds one.

use crate::kinds::KindId;

/// Kinds of things that have metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// Functions; `functions` is all of them.
    Function,
    /// Queues.
    Queue,
    /// Tables.
    Table,
    /// Topics.
    Topic,
    /// Buses.
    Bus,
    /// Workflows.
    Workflow,
    /// The API, spelled `route`.
    Api,
}

impl SubjectKind {
    /// The kind of declaration that has them.
    #[must_use]
    pub fn kind(self) -> KindId {
        match self {
            SubjectKind::Function => KindId::Function,
            SubjectKind::Queue => KindId::Queue,
            SubjectKind::Table => KindId::Table,
            SubjectKind::Topic => KindId::Topic,
            SubjectKind::Bus => KindId::Bus,
            SubjectKind::Workflow => KindId::Workflow,
            SubjectKind::Api => KindId::Route,
        }
    }

    /// The word of that kind.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.kind().kind().keyword
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// What has it.
    pub of: SubjectKind,
    /// Its word: `depth`.
    pub word: &'static str,
    /// One sentence for a person.
    pub doc: &'static str,
    /// How CloudWatch gives it.
    pub value: Value,
    /// Statistic when none is written.
    pub statistic: &'static str,
    /// True when thresholds are written with `%`.
    pub percent: bool,
}

impl MetricSpec {
    /// Milliseconds that one of its numbers stands for, where it measures time.
    #[must_use]
    pub fn unit_ms(&self) -> Option<u64> {
        match (self.of, self.word) {
            (SubjectKind::Queue, "age") => Some(1_000),
            (_, "duration" | "latency") => Some(1),
            _ => None,
        }
    }

    /// True for what stands at some height at every moment, such as a queue's depth; false for what is counted or measured of
    /// things that happen, where a minute in which nothing happens has no value.
    #[must_use]
    pub fn is_level(&self) -> bool {
        self.of == SubjectKind::Queue && self.statistic == "Maximum"
    }
}

/// How CloudWatch gives a metric.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// One metric: namespace and name.
    One(&'static str, &'static str),
    /// The sum of several of one namespace, by metric math.
    Sum(&'static str, &'static [&'static str]),
    /// `100 * first / second` of one namespace, by metric math.
    Ratio(&'static str, &'static str, &'static str),
}

const fn one(
    of: SubjectKind,
    word: &'static str,
    namespace: &'static str,
    name: &'static str,
    statistic: &'static str,
    doc: &'static str,
) -> MetricSpec {
    MetricSpec {
        of,
        word,
        doc,
        value: Value::One(namespace, name),
        statistic,
        percent: false,
    }
}

/// Every metric. AWS: "Lambda function metrics", "Available CloudWatch metrics for Amazon SQS", "DynamoDB metrics and dimensions",
/// "Amazon SNS metrics", "Monitoring Amazon EventBridge", "Monitoring Step Functions metrics", "API Gateway dimensions and metrics".
pub const METRICS: &[MetricSpec] = &[
    one(
        SubjectKind::Function,
        "invocations",
        "AWS/Lambda",
        "Invocations",
        "Sum",
        "How often it ran.",
    ),
    one(
        SubjectKind::Function,
        "errors",
        "AWS/Lambda",
        "Errors",
        "Sum",
        "Runs that failed.",
    ),
    one(
        SubjectKind::Function,
        "throttles",
        "AWS/Lambda",
        "Throttles",
        "Sum",
        "Runs refused for want of concurrency.",
    ),
    one(
        SubjectKind::Function,
        "duration",
        "AWS/Lambda",
        "Duration",
        "Average",
        "Milliseconds of one run.",
    ),
    one(
        SubjectKind::Function,
        "concurrency",
        "AWS/Lambda",
        "ConcurrentExecutions",
        "Maximum",
        "Runs at one time.",
    ),
    MetricSpec {
        of: SubjectKind::Function,
        word: "error_rate",
        doc: "Runs that failed, of all runs.",
        value: Value::Ratio("AWS/Lambda", "Errors", "Invocations"),
        statistic: "Sum",
        percent: true,
    },
    one(
        SubjectKind::Queue,
        "depth",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Maximum",
        "Messages that wait.",
    ),
    one(
        SubjectKind::Queue,
        "age",
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "Maximum",
        "Seconds that the oldest message has waited.",
    ),
    one(
        SubjectKind::Queue,
        "sent",
        "AWS/SQS",
        "NumberOfMessagesSent",
        "Sum",
        "Messages that came in.",
    ),
    one(
        SubjectKind::Table,
        "read_units",
        "AWS/DynamoDB",
        "ConsumedReadCapacityUnits",
        "Sum",
        "Capacity that reads consumed.",
    ),
    one(
        SubjectKind::Table,
        "write_units",
        "AWS/DynamoDB",
        "ConsumedWriteCapacityUnits",
        "Sum",
        "Capacity that writes consumed.",
    ),
    MetricSpec {
        of: SubjectKind::Table,
        word: "throttles",
        doc: "Reads and writes refused for want of capacity.",
        value: Value::Sum(
            "AWS/DynamoDB",
            &["ReadThrottleEvents", "WriteThrottleEvents"],
        ),
        statistic: "Sum",
        percent: false,
    },
    one(
        SubjectKind::Topic,
        "published",
        "AWS/SNS",
        "NumberOfMessagesPublished",
        "Sum",
        "Messages that came in.",
    ),
    one(
        SubjectKind::Topic,
        "failed",
        "AWS/SNS",
        "NumberOfNotificationsFailed",
        "Sum",
        "Deliveries that failed.",
    ),
    one(
        SubjectKind::Bus,
        "failed",
        "AWS/Events",
        "FailedInvocations",
        "Sum",
        "Deliveries to targets that failed for good.",
    ),
    one(
        SubjectKind::Workflow,
        "started",
        "AWS/States",
        "ExecutionsStarted",
        "Sum",
        "Executions that began.",
    ),
    one(
        SubjectKind::Workflow,
        "succeeded",
        "AWS/States",
        "ExecutionsSucceeded",
        "Sum",
        "Executions that succeeded.",
    ),
    one(
        SubjectKind::Workflow,
        "failed",
        "AWS/States",
        "ExecutionsFailed",
        "Sum",
        "Executions that failed.",
    ),
    one(
        SubjectKind::Workflow,
        "timed_out",
        "AWS/States",
        "ExecutionsTimedOut",
        "Sum",
        "Executions that took too long.",
    ),
    one(
        SubjectKind::Workflow,
        "duration",
        "AWS/States",
        "ExecutionTime",
        "Average",
        "Milliseconds of one execution.",
    ),
    one(
        SubjectKind::Api,
        "requests",
        "AWS/ApiGateway",
        "Count",
        "Sum",
        "Requests.",
    ),
    one(
        SubjectKind::Api,
        "latency",
        "AWS/ApiGateway",
        "Latency",
        "Average",
        "Milliseconds until the answer.",
    ),
    one(
        SubjectKind::Api,
        "errors_4xx",
        "AWS/ApiGateway",
        "4XXError",
        "Sum",
        "Requests refused.",
    ),
    one(
        SubjectKind::Api,
        "errors_5xx",
        "AWS/ApiGateway",
        "5XXError",
        "Sum",
        "Requests that failed.",
    ),
];

/// Words for statistics, and what CloudWatch calls them.
pub const STATISTICS: &[(&str, &str)] = &[
    ("average", "Average"),
    ("sum", "Sum"),
    ("min", "Minimum"),
    ("max", "Maximum"),
    ("p50", "p50"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
];

/// The metric of that word.
#[must_use]
pub fn find(of: SubjectKind, word: &str) -> Option<&'static MetricSpec> {
    METRICS.iter().find(|it| it.of == of && it.word == word)
}

//! The metrics that alarms and dashboards can name, each with what CloudWatch calls it. One list entry adds one.

use pipe_runtime::metric;

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
    /// Secrets.
    Secret,
}

/// Which things of a kind have a metric. AWS counts for all of them; what the runtime counts, it counts where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    /// Every one.
    All,
    /// Functions that serve a route, at the API or at a URL of their own.
    Serving,
    /// Functions that serve a route, or are fed by a queue, table or topic, or sent to by rules.
    Receiving,
    /// Functions of which some output or delivery may be recorded once only.
    Recording,
    /// Functions whose output is held to an `expect:`.
    Expecting,
    /// Functions whose route has `accept:`.
    Accepting,
    /// Secrets with a key that deliveries are verified with.
    Verifying,
}

impl Holders {
    /// Who they are, as the subject of a sentence about one of them.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::All => "everything of its kind",
            Self::Serving => "a function that serves a route",
            Self::Receiving => {
                "a function that serves a route, has an `on:` or is sent to by rules"
            }
            Self::Recording => {
                "a function with an `append:`, its own or its route's, one whose code appends by a grant, or one that verifies a signature over a checksum"
            }
            Self::Expecting => "a function with an `expect:`, its own or its route's",
            Self::Accepting => "a function whose route has `accept:`",
            Self::Verifying => "a secret that deliveries are verified with",
        }
    }
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
            SubjectKind::Secret => KindId::Secret,
        }
    }

    /// One of them, in a sentence.
    #[must_use]
    pub fn with_article(self) -> String {
        match self {
            Self::Api => "`route`".to_owned(),
            other => other.kind().with_article(),
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
    /// Which of its kind have it.
    pub holders: Holders,
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

    /// True for what AWS knows nothing of and handlers count.
    #[must_use]
    pub fn is_of_runtime(&self) -> bool {
        match self.value {
            Value::One(namespace, _) | Value::Sum(namespace, _) | Value::Ratio(namespace, ..) => {
                namespace == metric::NAMESPACE
            }
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
        holders: Holders::All,
    }
}

/// What the runtime counts of a function.
const fn counted(
    word: &'static str,
    metric: metric::Metric,
    holders: Holders,
    doc: &'static str,
) -> MetricSpec {
    MetricSpec {
        holders,
        ..one(
            SubjectKind::Function,
            word,
            metric::NAMESPACE,
            metric.name,
            "Sum",
            doc,
        )
    }
}

/// Every metric; those of the runtime's namespace are `pipe_runtime::metric`. AWS: "Lambda function metrics", "Available CloudWatch metrics for Amazon SQS", "DynamoDB metrics and dimensions",
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
        "Runs that failed. A batch of which messages failed is none: `failed`, `invalid` and `unavailable` count these.",
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
        doc: "Runs that failed, as `errors` counts them, of all runs.",
        value: Value::Ratio("AWS/Lambda", "Errors", "Invocations"),
        statistic: "Sum",
        percent: true,
        holders: Holders::All,
    },
    counted(
        "refused",
        metric::REFUSED,
        Holders::Serving,
        "Requests that were not signed, or not for it: answered 401, 404, 405, 413, 415 or 431.",
    ),
    counted(
        "mismatched",
        metric::MISMATCHED,
        Holders::Recording,
        "Other contents under a known identity, of which nothing is stored: answered 409, a failed message, or told to the code that appends.",
    ),
    counted(
        "unexpected",
        metric::UNEXPECTED,
        Holders::Expecting,
        "Outputs that are not as its `expect:` says, or its route's, of which nothing is recorded or sent: answered 422, or a failed message.",
    ),
    counted(
        "invalid",
        metric::INVALID,
        Holders::Receiving,
        "Requests and messages that are not what the spec says: answered 400, or a failed message.",
    ),
    counted(
        "unavailable",
        metric::UNAVAILABLE,
        Holders::Receiving,
        "Requests and messages for which a service or key could not be had in time: answered 503, or a failed message.",
    ),
    counted(
        "failed",
        metric::FAILED,
        Holders::All,
        "Requests, messages and calls that ended with a fault, also where the run itself is no error.",
    ),
    counted(
        "unknown_types",
        metric::UNKNOWN_TYPE,
        Holders::Accepting,
        "Genuine deliveries of a type that `accept:` leaves out, recorded by `other:`.",
    ),
    counted(
        "unreadable",
        metric::UNREADABLE,
        Holders::Accepting,
        "Genuine deliveries that are not as their type is described, recorded by `other:`.",
    ),
    MetricSpec {
        percent: true,
        holders: Holders::Verifying,
        ..one(
            SubjectKind::Secret,
            "previous_key_share",
            metric::NAMESPACE,
            metric::PREVIOUS_KEY.name,
            "Average",
            "Deliveries with the old key, of all while two keys are valid.",
        )
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
        holders: Holders::All,
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

//! How much AWS takes of what a pipeline becomes: one table, with the page that says so.
//!
//! Here stand the limits that a spec can cross. Those that it cannot are left out: names have at most 40 letters and the environment's
//! suffix 16, which fits every name of AWS; a definition of Step Functions (1 MB) is a part of the template, which may have no more; the
//! size of what is sent at run time is held by the runtime.

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it is a limit of, as a diagnostic says it.
    pub of: &'static str,
    /// The most that is taken.
    pub most: usize,
    /// What is counted.
    pub unit: &'static str,
    /// Who refuses more.
    pub service: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// The page of AWS that says so.
    pub source: &'static str,
}

macro_rules! limits {
    ($($id:ident = $of:literal, $most:literal $unit:literal, $service:literal, $advice:literal, $source:literal;)*) => {
        $(
            #[doc = concat!("AWS: \"", $source, "\"")]
            pub const $id: Limit = Limit {
                of: $of,
                most: $most,
                unit: $unit,
                service: $service,
                advice: $advice,
                source: $source,
            };
        )*
        /// Every limit.
        pub const LIMITS: &[Limit] = &[$($id),*];
    };
}

limits! {
    // CloudFormation quotas
    RESOURCES = "the template", 500 "resources", "CloudFormation", "make two pipelines of it", "CloudFormation quotas";
    TEMPLATE = "the template", 1_000_000 "bytes", "CloudFormation", "make two pipelines of it", "CloudFormation quotas";
    PARAMETERS = "the template", 200 "parameters", "CloudFormation", "read some of them at run time instead of `at deploy`", "CloudFormation quotas";
    OUTPUTS = "the template", 200 "outputs", "CloudFormation", "make two pipelines of it", "CloudFormation quotas";
    // Identity
    ROLE_POLICIES = "the policy of its role", 10_240 "characters", "IAM", "grant it less, or let two functions share the work", "IAM and AWS STS quotas: role inline policies, blanks not counted";
    KEY_POLICY = "the policy of the pipeline's key", 32_768 "bytes", "KMS", "make two pipelines of it", "AWS KMS quotas: key policy document size";
    // Lambda
    ENVIRONMENT = "its environment", 4_096 "bytes", "Lambda", "grant it less, or let two functions share the work", "Lambda quotas: environment variables, measured as JSON";
    // Messages and events
    PATTERN = "its event pattern", 2_048 "characters", "EventBridge", "split the condition into several rules", "Amazon EventBridge quotas: event pattern size";
    RULES = "the bus", 300 "rules", "EventBridge", "let a function decide between some of them", "Amazon EventBridge quotas: rules per event bus";
    RULE_TARGETS = "a rule", 5 "targets", "EventBridge", "write a second rule", "Amazon EventBridge quotas: targets per rule";
    FILTER_FIELDS = "its filter", 5 "fields", "SNS", "compare less here and the rest in the function", "Filter policy constraints in Amazon SNS";
    FILTER_COMBINATIONS = "its filter", 150 "combinations of values", "SNS", "compare less here and the rest in the function", "Filter policy constraints in Amazon SNS";
    QUEUE_POLICY = "the policy of the queue", 8_192 "bytes", "SQS", "fewer rules may send to it; of what a bus could not deliver, that is all of its rules", "Amazon SQS policy quotas";
    TOPIC_POLICY = "the policy of the topic", 30_720 "bytes", "SNS", "let fewer rules and alarms tell it", "Amazon SNS endpoints and quotas";
    QUEUE_SOURCES = "a dead-letter queue", 10 "queues that name it", "SQS", "declare another one", "RedriveAllowPolicy of SetQueueAttributes";
    // Logs, metrics, parameters
    LOG_POLICY = "the policy of the log groups of rules", 5_120 "characters", "CloudWatch Logs", "let several rules write to one log", "AWS::Logs::ResourcePolicy: PolicyDocument";
    GRAPHS = "a dashboard", 500 "graphs", "CloudWatch", "write a second dashboard", "CloudWatch service quotas: widgets per dashboard";
    GRAPH_METRICS = "a graph", 100 "metrics", "CloudWatch", "write a second graph", "CloudWatch service quotas: metrics per graph of a dashboard";
    DASHBOARD_METRICS = "a dashboard", 2_500 "metrics", "CloudWatch", "write a second dashboard", "CloudWatch service quotas: metrics per dashboard";
    PARAMETER_VALUE = "a parameter", 4_096 "bytes", "Systems Manager", "keep it in a bucket", "AWS Systems Manager Parameter Store: standard parameters";
    // API Gateway
    PATH_PARTS = "the API", 300 "parts of paths", "API Gateway", "shorten the paths, or make two pipelines of it", "API Gateway quotas: resources per API";
    // What `///` says of a thing
    BUS_DESCRIPTION = "its description", 512 "characters", "EventBridge", "say less with `///`", "CreateEventBus: Description";
    ALARM_DESCRIPTION = "its description", 1_024 "characters", "CloudWatch", "name fewer things in it", "PutMetricAlarm: AlarmDescription";
    PARAMETER_DESCRIPTION = "its description", 1_024 "characters", "Systems Manager", "say less with `///`", "PutParameter: Description";
    DEPLOY_PARAMETER_DESCRIPTION = "its description", 4_000 "characters", "CloudFormation", "say less with `///`", "Parameters of a template: Description";
}

impl Limit {
    /// Why this much is too much; nothing where it fits.
    #[must_use]
    pub fn refused(&self, size: usize) -> Option<String> {
        (size > self.most).then(|| {
            format!(
                "{} has {size} {}, and {} takes {}: {}",
                self.of, self.unit, self.service, self.most, self.advice
            )
        })
    }
}

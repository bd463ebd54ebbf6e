//! AWS::Lambda: Function, Permission, EventSourceMapping, EventInvokeConfig.

use serde::Serialize;

use super::ec2::{Subnet, Tag};
use super::iam::Role;
use super::kms::Key;
use super::logs::LogGroup;
use super::pipes::FilterCriteria;
use super::size::{Document, Limits, Size, TEXT_FRAME, value_most};
use super::sqs::Queue;
use super::value::{Any, Arn, HasArn, Name, Naming, Resource, Text, Value};
use crate::emit::ordered::Ordered;
use crate::limits;

/// AWS::Lambda::Function
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// Physical name.
    pub function_name: Value<Text>,
    /// The execution role.
    pub role: Value<Arn<Role>>,
    /// The operating system that `bootstrap` runs on.
    pub runtime: &'static str,
    /// The processor.
    pub architectures: [&'static str; 1],
    /// What `_HANDLER` says, which is the declared name.
    pub handler: String,
    /// Where the package lies.
    pub code: Code,
    /// Megabytes.
    pub memory_size: u32,
    /// Seconds.
    pub timeout: u32,
    /// Concurrent executions kept for, and the most of, this function.
    pub reserved_concurrent_executions: u32,
    /// Names of what it was granted; never a secret's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Encrypts the environment.
    pub kms_key_arn: Value<Arn<Key>>,
    /// X-Ray.
    pub tracing_config: TracingConfig,
    /// Where log lines go.
    pub logging_config: LoggingConfig,
    /// The private network that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    /// What an inventory of the account is to find.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl Resource for Function {
    const TYPE: &'static str = "AWS::Lambda::Function";
    const NAME: Naming<Self> = Naming::Unique("function", |it| &it.function_name);
    const LIMITS: Limits<Self> = &[(&limits::ENVIRONMENT, |it| match &it.environment {
        Some(it) => Size::Document(it),
        None => Size::Count(0),
    })];
}
impl HasArn for Function {}

/// Bucket and key of the zip.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Code {
    /// Bucket.
    pub s3_bucket: Value<Text>,
    /// Key, which carries the content's hash, so that a new package is a new value here.
    pub s3_key: Value<Text>,
}

/// Environment variables.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    /// By name.
    pub variables: Ordered<Value<Any>>,
}

impl Document for Environment {
    fn bytes_most(&self) -> usize {
        let variables = self.variables.0.iter();
        let variables = variables.map(|(name, it)| name.len() + value_most(it) + TEXT_FRAME);
        TEXT_FRAME + variables.sum::<usize>()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::to_value(&self.variables).unwrap_or_default()
    }
}

/// X-Ray of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracingConfig {
    /// `Active` or `PassThrough`.
    pub mode: &'static str,
}

/// Logs of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig {
    /// `JSON` or `Text`, for the lines that Lambda itself writes.
    pub log_format: &'static str,
    /// The group.
    pub log_group: Value<Name<LogGroup>>,
}

/// Where a function has its network interfaces.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcConfig {
    /// What may come in and go out.
    pub security_group_ids: Vec<Value<Any>>,
    /// One in each zone.
    pub subnet_ids: Vec<Value<Name<Subnet>>>,
}

/// AWS::Lambda::Permission
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Permission {
    /// What may be done.
    pub action: &'static str,
    /// With which function.
    pub function_name: Value<Arn<Function>>,
    /// By which service.
    pub principal: &'static str,
    /// For which resource of that service.
    pub source_arn: Value<Any>,
    /// In which account.
    pub source_account: Value<Text>,
}

impl Resource for Permission {
    const TYPE: &'static str = "AWS::Lambda::Permission";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::Lambda::EventSourceMapping
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMapping {
    /// The queue or stream.
    pub event_source_arn: Value<Any>,
    /// Who takes its records.
    pub function_name: Value<Arn<Function>>,
    /// Most records of one call.
    pub batch_size: u32,
    /// Seconds to wait for a full batch; 0 is written as nothing, as FIFO queues want it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_batching_window_in_seconds: Option<u32>,
    /// `ReportBatchItemFailures`: only what failed comes again.
    pub function_response_types: [&'static str; 1],
    /// Limits the calls at once, queues only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling_config: Option<ScalingConfig>,
    /// How a stream is read.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamReading>,
}

impl Resource for EventSourceMapping {
    const TYPE: &'static str = "AWS::Lambda::EventSourceMapping";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// Limits the calls that a queue makes at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScalingConfig {
    /// 2 to 1,000; more than the function's reserved concurrency would end as dead letters.
    pub maximum_concurrency: u32,
}

/// How a stream is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamReading {
    /// `TRIM_HORIZON`
    pub starting_position: &'static str,
    /// Which records count.
    pub filter_criteria: FilterCriteria,
    /// A failing batch is halved, so that one bad record ends alone.
    pub bisect_batch_on_function_error: bool,
    /// Retries before a record is given up.
    pub maximum_retry_attempts: u32,
    /// Seconds after which a record is given up.
    pub maximum_record_age_in_seconds: u32,
    /// Where what was given up is reported.
    pub destination_config: DestinationConfig,
}

/// Where failures are reported.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationConfig {
    /// After the last retry.
    pub on_failure: OnFailure,
}

/// Where failures are reported.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnFailure {
    /// The queue.
    pub destination: Value<Arn<Queue>>,
}

/// AWS::Lambda::EventInvokeConfig: what becomes of asynchronous invocations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventInvokeConfig {
    /// The function.
    pub function_name: Value<Name<Function>>,
    /// `$LATEST`
    pub qualifier: &'static str,
    /// 0 to 2.
    pub maximum_retry_attempts: u32,
    /// Seconds, 60 to 21,600.
    pub maximum_event_age_in_seconds: u32,
    /// Where an event goes that the function could not take.
    pub destination_config: DestinationConfig,
}

impl Resource for EventInvokeConfig {
    const TYPE: &'static str = "AWS::Lambda::EventInvokeConfig";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

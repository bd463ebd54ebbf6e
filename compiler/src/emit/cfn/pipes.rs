//! AWS::Pipes::Pipe

use serde::Serialize;

use super::dynamodb::TableStream;
use super::iam::Role;
use super::logs::{LogGroup, LogStream};
use super::size::Limits;
use super::sqs::Queue;
use super::value::{Any, Arn, HasArn, Name, Naming, Resource, Text, Value};

/// AWS::Pipes::Pipe
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pipe {
    /// Physical name.
    pub name: Value<Text>,
    /// What the console shows.
    pub description: String,
    /// The role that reads the source and calls the target.
    pub role_arn: Value<Arn<Role>>,
    /// Where records come from.
    pub source: Value<Arn<TableStream>>,
    /// How they are read.
    pub source_parameters: SourceParameters,
    /// Where they go.
    pub target: Value<Any>,
    /// How.
    #[serde(skip_serializing_if = "TargetParameters::is_empty")]
    pub target_parameters: TargetParameters,
    /// Errors of the pipe itself.
    pub log_configuration: LogConfiguration,
}

impl Resource for Pipe {
    const TYPE: &'static str = "AWS::Pipes::Pipe";
    const NAME: Naming<Self> = Naming::Unique("pipe", |it| &it.name);
    const LIMITS: Limits<Self> = &[];
}
impl HasArn for Pipe {}

/// How a source is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceParameters {
    /// Which records count.
    #[serde(rename = "FilterCriteria")]
    pub filter_criteria: FilterCriteria,
    /// Reading a DynamoDB stream.
    #[serde(rename = "DynamoDBStreamParameters")]
    pub dynamodb_stream_parameters: StreamParameters,
}

/// A record counts when one of the filters matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteria {
    /// The filters.
    pub filters: Vec<Filter>,
}

/// An event pattern as JSON text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// The JSON text.
    pub pattern: String,
}

/// Reading a DynamoDB stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamParameters {
    /// `LATEST` or `TRIM_HORIZON`.
    pub starting_position: &'static str,
    /// Records in one delivery.
    pub batch_size: u32,
    /// Retries before a record goes to the dead-letter queue.
    pub maximum_retry_attempts: u32,
    /// Seconds after which a record goes there too.
    pub maximum_record_age_in_seconds: u32,
    /// Failing batches are halved, so that one bad record ends alone.
    pub on_partial_batch_item_failure: &'static str,
    /// The dead-letter queue.
    pub dead_letter_config: DeadLetterConfig,
}

/// Where undeliverable records go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeadLetterConfig {
    /// The queue.
    pub arn: Value<Arn<Queue>>,
}

/// How a target is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetParameters {
    /// A state machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_function_state_machine_parameters: Option<StateMachineParameters>,
    /// A log group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_parameters: Option<LogsParameters>,
}

impl TargetParameters {
    /// True without parameters.
    pub fn is_empty(&self) -> bool {
        self.step_function_state_machine_parameters.is_none()
            && self.cloud_watch_logs_parameters.is_none()
    }
}

/// How a state machine is started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachineParameters {
    /// `FIRE_AND_FORGET`
    pub invocation_type: &'static str,
}

/// How a log group is written to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogsParameters {
    /// The stream.
    pub log_stream_name: Value<Name<LogStream>>,
}

/// Logs of a pipe.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogConfiguration {
    /// `ERROR`
    pub level: &'static str,
    /// Where to.
    pub cloudwatch_logs_log_destination: LogDestination,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogDestination {
    /// Its ARN.
    pub log_group_arn: Value<Arn<LogGroup>>,
}

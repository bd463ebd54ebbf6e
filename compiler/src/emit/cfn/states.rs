//! AWS::StepFunctions::StateMachine

use serde::Serialize;

use super::iam::Role;
use super::kms::Key;
use super::logs::LogGroup;
use super::size::Limits;
use super::value::{Any, Arn, HasArn, Naming, Resource, Text, Value};
use crate::emit::asl::StateMachine as Definition;
use crate::emit::ordered::Ordered;

/// AWS::StepFunctions::StateMachine
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine {
    /// Physical name.
    pub state_machine_name: Value<Text>,
    /// `STANDARD`: each state runs exactly once, and history is kept 90 days.
    pub state_machine_type: &'static str,
    /// The role it acts with.
    pub role_arn: Value<Arn<Role>>,
    /// X-Ray.
    pub tracing_configuration: TracingConfiguration,
    /// Logs.
    pub logging_configuration: LoggingConfiguration,
    /// Encryption of definition and history.
    pub encryption_configuration: EncryptionConfiguration,
    /// What `${…}` in the definition stands for.
    pub definition_substitutions: Ordered<Value<Any>>,
    /// States Language, as an object so that linters and people can read it.
    pub definition: Definition,
}

impl Resource for StateMachine {
    const TYPE: &'static str = "AWS::StepFunctions::StateMachine";
    const NAME: Naming<Self> = Naming::Unique("state machine", |it| &it.state_machine_name);
    const LIMITS: Limits<Self> = &[];
}
impl HasArn for StateMachine {
    const ATTRIBUTE: Option<&'static str> = None;
}

/// X-Ray of a state machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracingConfiguration {
    /// On or off.
    pub enabled: bool,
}

/// Logs of a state machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfiguration {
    /// `ALL`: every event of an execution.
    pub level: &'static str,
    /// False: what the events carried stays in the encrypted history.
    pub include_execution_data: bool,
    /// Where to.
    pub destinations: Vec<LogDestination>,
}

/// Where logs go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogDestination {
    /// The group.
    pub cloud_watch_logs_log_group: LogGroupReference,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogGroupReference {
    /// Its ARN.
    pub log_group_arn: Value<Arn<LogGroup>>,
}

/// Encryption of definition and history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionConfiguration {
    /// `CUSTOMER_MANAGED_KMS_KEY`
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The key.
    pub kms_key_id: Value<Arn<Key>>,
    /// Seconds that a data key is used again, 60 to 900.
    pub kms_data_key_reuse_period_seconds: u32,
}

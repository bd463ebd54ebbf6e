//! AWS::Lambda::Function and AWS::Lambda::Permission

use serde::Serialize;

use super::iam::Role;
use super::kms::Key;
use super::logs::LogGroup;
use super::value::{Any, Arn, HasArn, Name, Resource, Text, Value};
use crate::emit::ordered::Ordered;

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
}

impl Resource for Function {
    const TYPE: &'static str = "AWS::Lambda::Function";
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
}

//! AWS::Logs: LogGroup, LogStream, ResourcePolicy.

use serde::Serialize;

use super::kms::Key;
use super::size::{Limits, Size};
use super::value::{Arn, HasArn, Name, Naming, Resource, Text, Value};
use crate::limits;

/// AWS::Logs::LogGroup
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogGroup {
    /// Its name, which the service that writes to it expects.
    pub log_group_name: Value<Text>,
    /// Days that a line is kept.
    pub retention_in_days: u32,
    /// Encrypts the lines.
    pub kms_key_id: Value<Arn<Key>>,
}

impl Resource for LogGroup {
    const TYPE: &'static str = "AWS::Logs::LogGroup";
    const NAME: Naming<Self> = Naming::Unique("log group", |it| &it.log_group_name);
    const LIMITS: Limits<Self> = &[];
}
/// The ARN ends in `:*`, which covers the group's streams.
impl HasArn for LogGroup {}

/// AWS::Logs::LogStream
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogStream {
    /// Its group.
    pub log_group_name: Value<Name<LogGroup>>,
    /// Its name.
    pub log_stream_name: Value<Text>,
}

impl Resource for LogStream {
    const TYPE: &'static str = "AWS::Logs::LogStream";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::Logs::ResourcePolicy: which services may write to which groups. An account has few of them, so a stack has one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourcePolicy {
    /// Unique in the account and region.
    pub policy_name: Value<Text>,
    /// The policy as JSON text, which is what CloudFormation wants here.
    pub policy_document: Value<Text>,
}

impl Resource for ResourcePolicy {
    const TYPE: &'static str = "AWS::Logs::ResourcePolicy";
    const NAME: Naming<Self> = Naming::Unique("log policy", |it| &it.policy_name);
    const LIMITS: Limits<Self> = &[(&limits::LOG_POLICY, |it| {
        Size::Deployed(&it.policy_document)
    })];
}

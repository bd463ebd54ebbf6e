//! AWS::Logs::LogGroup

use serde::Serialize;

use super::kms::Key;
use super::value::{Arn, HasArn, Resource, Text, Value};

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
}
/// The ARN ends in `:*`, which covers the group's streams.
impl HasArn for LogGroup {}

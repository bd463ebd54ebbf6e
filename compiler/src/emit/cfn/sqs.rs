//! AWS::SQS::Queue and AWS::SQS::QueuePolicy

use serde::Serialize;

use super::iam::Policy;
use super::kms::Key;
use super::value::{Arn, HasArn, Name, Resource, Text, Value};

/// AWS::SQS::Queue
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue {
    /// Physical name.
    pub queue_name: Value<Text>,
    /// Seconds that a message is kept.
    pub message_retention_period: u32,
    /// Encrypts messages.
    pub kms_master_key_id: Value<Arn<Key>>,
    /// Seconds that a data key is used again.
    pub kms_data_key_reuse_period_seconds: u32,
}

impl Resource for Queue {
    const TYPE: &'static str = "AWS::SQS::Queue";
}
impl HasArn for Queue {}

/// AWS::SQS::QueuePolicy
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueuePolicy {
    /// `Ref` of a queue is its URL, which is what this wants.
    pub queues: Vec<Value<Name<Queue>>>,
    /// The statements.
    pub policy_document: Policy,
}

impl Resource for QueuePolicy {
    const TYPE: &'static str = "AWS::SQS::QueuePolicy";
}

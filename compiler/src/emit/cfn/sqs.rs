//! AWS::SQS::Queue and AWS::SQS::QueuePolicy

use serde::{Serialize, Serializer};

use super::iam::Policy;
use super::kms::Key;
use super::size::{Limits, Size};
use super::value::{Any, Arn, HasArn, Name, Naming, Resource, Text, Value};
use crate::limits;

/// AWS::SQS::Queue
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue {
    /// Physical name; of a FIFO queue it ends in `.fifo`.
    pub queue_name: Value<Text>,
    /// Ordered by group and without duplicates for five minutes. SQS takes no `false` here.
    #[serde(skip_serializing_if = "is_false")]
    pub fifo_queue: bool,
    /// Equal bodies within five minutes are one message.
    #[serde(skip_serializing_if = "is_false")]
    pub content_based_deduplication: bool,
    /// Seconds for which a received message is hidden from other receivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_timeout: Option<u32>,
    /// Seconds that a message is kept.
    pub message_retention_period: u32,
    /// Where messages go that are received too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_policy: Option<RedrivePolicy>,
    /// Whose dead letters it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_allow_policy: Option<RedriveAllowPolicy>,
    /// Encrypts messages.
    pub kms_master_key_id: Value<Arn<Key>>,
    /// Seconds that a data key is used again.
    pub kms_data_key_reuse_period_seconds: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(it: &bool) -> bool {
    !it
}

impl Resource for Queue {
    const TYPE: &'static str = "AWS::SQS::Queue";
    const NAME: Naming<Self> = Naming::Unique("queue", |it| &it.queue_name);
    const LIMITS: Limits<Self> = &[];
}
impl HasArn for Queue {}

/// Where messages go that are received too often. SQS spells its members in camel case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedrivePolicy {
    /// The dead-letter queue.
    pub dead_letter_target_arn: Value<Arn<Queue>>,
    /// Receives after which a message goes there.
    pub max_receive_count: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq)]
pub enum RedriveAllowPolicy {
    /// These.
    ByQueue(Vec<Value<Any>>),
    /// None: what arrives here comes from services and not from a queue.
    DenyAll,
}

impl Serialize for RedriveAllowPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'a> {
            redrive_permission: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            source_queue_arns: Option<&'a [Value<Any>]>,
        }
        let members = match self {
            Self::ByQueue(queues) => Members {
                redrive_permission: "byQueue",
                source_queue_arns: Some(queues),
            },
            Self::DenyAll => Members {
                redrive_permission: "denyAll",
                source_queue_arns: None,
            },
        };
        members.serialize(serializer)
    }
}

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
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[(&limits::QUEUE_POLICY, |it| {
        Size::Document(&it.policy_document)
    })];
}

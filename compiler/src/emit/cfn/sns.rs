//! AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription

use serde::Serialize;

use super::iam::Policy;
use super::kms::Key;
use super::sqs::Queue;
use super::value::{Any, Arn, HasArn, Resource, Text, Value};
use crate::emit::pattern::Pattern;

/// AWS::SNS::Topic
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Topic {
    /// Physical name.
    pub topic_name: Value<Text>,
    /// What an e-mail's sender is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Encrypts messages.
    pub kms_master_key_id: Value<Arn<Key>>,
}

impl Resource for Topic {
    const TYPE: &'static str = "AWS::SNS::Topic";
}
/// `Ref` of a topic is its ARN.
impl HasArn for Topic {
    const ATTRIBUTE: Option<&'static str> = None;
}

/// AWS::SNS::TopicPolicy
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TopicPolicy {
    /// The topics.
    pub topics: Vec<Value<Arn<Topic>>>,
    /// The statements.
    pub policy_document: Policy,
}

impl Resource for TopicPolicy {
    const TYPE: &'static str = "AWS::SNS::TopicPolicy";
}

/// AWS::SNS::Subscription
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subscription {
    /// The topic.
    pub topic_arn: Value<Arn<Topic>>,
    /// `sqs`, `lambda` or `email`.
    pub protocol: &'static str,
    /// ARN or address.
    pub endpoint: Value<Any>,
    /// The message alone, without SNS's envelope around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_message_delivery: Option<bool>,
    /// Whether the filter looks at `MessageAttributes` or at the `MessageBody`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_policy_scope: Option<&'static str>,
    /// Which messages are delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_policy: Option<Pattern>,
    /// Where undeliverable messages go.
    pub redrive_policy: RedrivePolicy,
}

impl Resource for Subscription {
    const TYPE: &'static str = "AWS::SNS::Subscription";
}

/// Where undeliverable messages go. SNS spells its member in camel case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedrivePolicy {
    /// The queue.
    pub dead_letter_target_arn: Value<Arn<Queue>>,
}

//! AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription

use std::collections::BTreeSet;

use serde::Serialize;

use super::iam::Policy;
use super::kms::Key;
use super::size::{Limits, Size};
use super::sqs::Queue;
use super::value::{Any, Arn, HasArn, Naming, Resource, Text, Value};
use crate::emit::pattern::Pattern;
use crate::limits;

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
    const NAME: Naming<Self> = Naming::Unique("topic", |it| &it.topic_name);
    const LIMITS: Limits<Self> = &[];
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
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[(&limits::TOPIC_POLICY, |it| {
        Size::Document(&it.policy_document)
    })];
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
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[
        (&limits::FILTER_FIELDS, |it| {
            Size::Count(it.filter_policy.as_ref().map_or(0, |it| fields(it).len()))
        }),
        (&limits::FILTER_COMBINATIONS, |it| {
            Size::Count(it.filter_policy.as_ref().map_or(0, combinations))
        }),
    ];
}

/// Fields that a filter names.
fn fields(filter: &Pattern) -> BTreeSet<&str> {
    let own = filter.fields.0.iter().map(|it| &*it.0);
    own.chain(filter.or.iter().flat_map(fields)).collect()
}

/// The values of each field, multiplied; those of alternatives are added.
fn combinations(filter: &Pattern) -> usize {
    let own = filter.fields.0.iter().map(|it| it.1.len());
    let own = own.fold(1_usize, usize::saturating_mul);
    let alternatives = filter.or.iter().map(combinations);
    match alternatives.reduce(usize::saturating_add) {
        Some(sum) => own.saturating_mul(sum),
        None => own,
    }
}

/// Where undeliverable messages go. SNS spells its member in camel case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedrivePolicy {
    /// The queue.
    pub dead_letter_target_arn: Value<Arn<Queue>>,
}

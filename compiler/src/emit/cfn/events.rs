//! AWS::Events::EventBus and AWS::Events::Rule

use serde::Serialize;

use super::kms::Key;
use super::size::{Limits, Size};
use super::sqs::Queue;
use super::value::{Any, Arn, HasArn, Name, Naming, Resource, Text, Value};
use crate::emit::ordered::Ordered;
use crate::emit::pattern::Pattern;
use crate::limits;

/// AWS::Events::EventBus
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventBus {
    /// Physical name.
    pub name: Value<Text>,
    /// What the console shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Encrypts events, and the patterns and targets of its rules.
    pub kms_key_identifier: Value<Arn<Key>>,
    /// Where events go that cannot be encrypted or decrypted.
    pub dead_letter_config: DeadLetterConfig,
}

impl Resource for EventBus {
    const TYPE: &'static str = "AWS::Events::EventBus";
    const NAME: Naming<Self> = Naming::Unique("bus", |it| &it.name);
    const LIMITS: Limits<Self> = &[(&limits::BUS_DESCRIPTION, |it| {
        Size::Characters(it.description.as_deref().unwrap_or_default())
    })];
}
impl HasArn for EventBus {}

/// A queue for what could not be delivered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeadLetterConfig {
    /// The queue.
    pub arn: Value<Arn<Queue>>,
}

/// AWS::Events::Rule
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// Physical name.
    pub name: Value<Text>,
    /// What the console shows.
    pub description: String,
    /// The bus.
    pub event_bus_name: Value<Name<EventBus>>,
    /// Which events it takes.
    pub event_pattern: EventPattern,
    /// `ENABLED`
    pub state: &'static str,
    /// Where they go.
    pub targets: Vec<Target>,
}

impl Resource for Rule {
    const TYPE: &'static str = "AWS::Events::Rule";
    // A rule's is its own on its bus only.
    const NAME: Naming<Self> = Naming::Shared(|it| &it.name);
    const LIMITS: Limits<Self> = &[(&limits::PATTERN, |it| {
        Size::Count(it.event_pattern.characters())
    })];
}
impl HasArn for Rule {}

/// Which events a rule takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EventPattern {
    /// `source`
    pub source: [String; 1],
    /// `detail-type`
    pub detail_type: [String; 1],
    /// What is asked of the event itself.
    #[serde(skip_serializing_if = "Pattern::is_empty")]
    pub detail: Pattern,
}

impl EventPattern {
    /// Characters of its JSON. It refers to nothing, so they are the same once it is deployed.
    fn characters(&self) -> usize {
        let json = serde_json::to_string(self).unwrap_or_default();
        json.chars().count()
    }
}

/// Where the events of a rule go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    /// Unique in the rule.
    pub id: String,
    /// The target.
    pub arn: Value<Any>,
    /// The part of the event that is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_path: Option<&'static str>,
    /// What is sent, made of parts of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<InputTransformer>,
    /// How often and how long delivery is tried.
    pub retry_policy: RetryPolicy,
    /// Where events go that could not be delivered.
    pub dead_letter_config: DeadLetterConfig,
}

/// What is sent, made of parts of the event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InputTransformer {
    /// Name to JSON path.
    pub input_paths_map: Ordered<&'static str>,
    /// JSON with `<name>` where a part stands.
    pub input_template: String,
}

/// How often and how long delivery is tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryPolicy {
    /// Seconds, at most 86,400.
    pub maximum_event_age_in_seconds: u32,
    /// At most 185.
    pub maximum_retry_attempts: u32,
}

//! `AWS::SNS::Topic` and `AWS::SNS::Subscription`: topics, and who gets their messages.

use serde_json::Value;

use super::{ArtifactError, Reading};
use crate::pattern::Pattern;

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub arn: String,
    /// What the sender of its e-mails is called.
    pub display_name: Option<String>,
    /// The key that encrypts its messages, as the template refers to it.
    pub kms_key: Option<String>,
}

/// One subscriber of a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    pub arn: String,
    pub topic_arn: String,
    pub endpoint: Endpoint,
    /// The message itself instead of SNS's envelope; only queues get it so.
    pub raw: bool,
    pub filter: Option<Filter>,
    /// The queue for what cannot be delivered.
    pub dead_letter_arn: Option<String>,
}

/// Where a subscription leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// ARN of a queue.
    Queue(String),
    /// ARN of a function.
    Function(String),
    /// An address.
    Email(String),
}

impl Endpoint {
    /// Protocol and endpoint as the API shows them.
    #[must_use]
    pub fn shown(&self) -> (&'static str, &str) {
        match self {
            Self::Queue(arn) => ("sqs", arn),
            Self::Function(arn) => ("lambda", arn),
            Self::Email(address) => ("email", address),
        }
    }
}

/// Which messages a subscriber gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub pattern: Pattern,
    /// The policy as it was written.
    pub text: String,
    pub scope: FilterScope,
}

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterScope {
    MessageAttributes,
    MessageBody,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Topic, ArtifactError> {
    let known = [
        "TopicName",
        "DisplayName",
        "KmsMasterKeyId",
        "Tags",
        "SignatureVersion",
        "TracingConfig",
        "FifoTopic",
        "Subscription",
    ];
    cx.note_unknown(&known, notices);
    if cx.flag("FifoTopic") {
        return Err(cx.fault("FifoTopic", "FIFO topics do not run locally"));
    }
    let inline = cx.properties.get("Subscription").and_then(Value::as_array);
    if inline.is_some_and(|list| !list.is_empty()) {
        let message = "a subscription runs locally when it is an `AWS::SNS::Subscription`";
        return Err(cx.fault("Subscription", message));
    }
    Ok(Topic {
        name: cx.template.name(cx.id)?,
        arn: cx.template.physical_id(cx.id)?,
        display_name: cx.optional_string("DisplayName"),
        kms_key: cx.optional_string("KmsMasterKeyId"),
    })
}

pub(super) fn read_subscription(
    cx: &Reading<'_>,
    notices: &mut Vec<String>,
) -> Result<Subscription, ArtifactError> {
    let known = [
        "TopicArn",
        "Protocol",
        "Endpoint",
        "RawMessageDelivery",
        "FilterPolicy",
        "FilterPolicyScope",
        "RedrivePolicy",
        "Region",
    ];
    cx.note_unknown(&known, notices);
    let to = cx.string("Endpoint")?;
    let endpoint = match cx.string("Protocol")?.as_str() {
        "sqs" => Endpoint::Queue(to),
        "lambda" => Endpoint::Function(to),
        "email" => Endpoint::Email(to),
        other => {
            let message = format!("`{other}`: sqs, lambda and email are delivered locally");
            return Err(cx.fault("Protocol", message));
        }
    };
    let raw = cx.flag("RawMessageDelivery");
    if raw && !matches!(endpoint, Endpoint::Queue(_)) {
        return Err(cx.fault("RawMessageDelivery", "only queues get messages raw"));
    }
    Ok(Subscription {
        arn: cx.template.physical_id(cx.id)?,
        topic_arn: cx.string("TopicArn")?,
        endpoint,
        raw,
        filter: read_filter(cx)?,
        dead_letter_arn: read_dead_letters(cx)?,
    })
}

fn read_filter(cx: &Reading<'_>) -> Result<Option<Filter>, ArtifactError> {
    let Some(policy) = cx.json("FilterPolicy")? else {
        return Ok(None);
    };
    let scope = match cx.optional_string("FilterPolicyScope").as_deref() {
        None | Some("MessageAttributes") => FilterScope::MessageAttributes,
        Some("MessageBody") => FilterScope::MessageBody,
        Some(other) => {
            return Err(cx.fault("FilterPolicyScope", format!("`{other}` is no scope")));
        }
    };
    let nested = |policy: &Value| {
        let fields = policy.as_object().into_iter().flatten();
        fields
            .filter(|(key, _)| *key != "$or")
            .any(|(_, value)| value.is_object())
    };
    if scope == FilterScope::MessageAttributes && nested(&policy) {
        let message = "message attributes have no fields below them";
        return Err(cx.fault("FilterPolicy", message));
    }
    let pattern = Pattern::from_value(&policy)
        .map_err(|error| cx.fault("FilterPolicy", format!("`{policy}`: {error}")))?;
    Ok(Some(Filter {
        pattern,
        text: policy.to_string(),
        scope,
    }))
}

fn read_dead_letters(cx: &Reading<'_>) -> Result<Option<String>, ArtifactError> {
    let Some(policy) = cx.json("RedrivePolicy")? else {
        return Ok(None);
    };
    match policy.get("deadLetterTargetArn").and_then(Value::as_str) {
        Some(arn) => Ok(Some(arn.to_owned())),
        None => Err(cx.fault("RedrivePolicy", "names no `deadLetterTargetArn`")),
    }
}

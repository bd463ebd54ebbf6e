//! The operations of SNS.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::Core;
use super::super::api::{ApiError, ApiResult};
use super::super::input::{Caller, Output};
use super::message::{MESSAGE_BYTES_MAX, Notification};
use crate::artifacts::{FilterScope, Subscription, Topic};

/// Entries of one `PublishBatch`.
const BATCH_MAX: usize = 10;

fn no_topic() -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new("NotFound", "Topic does not exist")
    }
}

/// The topic that a request is about.
fn topic_named<'t>(topics: &'t [Topic], body: &Value) -> Result<&'t Topic, ApiError> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let arn = text("TopicArn").or_else(|| text("TargetArn"));
    let arn = arn.ok_or_else(|| {
        ApiError::new(
            "InvalidParameter",
            "Invalid parameter: TopicArn or TargetArn",
        )
    })?;
    let mut named = topics.iter().filter(|it| it.arn == arn);
    named.next().ok_or_else(no_topic)
}

impl Core {
    pub(in crate::core) fn sns(
        &mut self,
        operation: &str,
        body: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let deployment = self.deployment.clone();
        // Asked of those that are about a topic only.
        let topic = topic_named(&deployment.topics, body);
        match operation {
            "ListTopics" => {
                let topics = deployment.topics.iter();
                let shown: Vec<Value> = topics.map(|it| json!({ "TopicArn": it.arn })).collect();
                Ok(json!({ "Topics": shown }))
            }
            "ListSubscriptions" => Ok(self.list_subscriptions(None)),
            "GetSubscriptionAttributes" => self.subscription_attributes(body),
            "Publish" => {
                let mut message = Notification::read(body, &topic?.arn, now_ms)?;
                message.trace = self.trace_of(caller);
                let subject = self
                    .subject_of_call(caller)
                    .or_else(|| self.subject_in(&message.text));
                let id = self.notify(message, subject.as_deref(), now_ms, out);
                Ok(json!({ "MessageId": id }))
            }
            "PublishBatch" => self.publish_batch(&topic?.arn, body, caller, now_ms, out),
            "GetTopicAttributes" => Ok(self.topic_attributes(topic?)),
            "ListSubscriptionsByTopic" => Ok(self.list_subscriptions(Some(&topic?.arn))),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn publish_batch(
        &mut self,
        arn: &str,
        body: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let entries = body
            .get("PublishBatchRequestEntries")
            .and_then(Value::as_array);
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        check_entries(entries)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let id = entry.get("Id").and_then(Value::as_str).unwrap_or_default();
            match Notification::read(entry, arn, now_ms) {
                Ok(mut message) => {
                    message.trace = self.trace_of(caller);
                    let subject = self
                        .subject_of_call(caller)
                        .or_else(|| self.subject_in(&message.text));
                    let message_id = self.notify(message, subject.as_deref(), now_ms, out);
                    successful.push(json!({ "Id": id, "MessageId": message_id }));
                }
                Err(error) => failed.push(json!({
                    "Id": id, "Code": error.kind, "Message": error.message, "SenderFault": true,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    fn topic_attributes(&self, topic: &Topic) -> Value {
        let confirmed = self.deployment.subscriptions.iter();
        let confirmed = confirmed.filter(|it| it.topic_arn == topic.arn).count();
        let mut attributes = json!({
            "TopicArn": topic.arn,
            "Owner": self.deployment.account,
            "DisplayName": topic.display_name.clone().unwrap_or_default(),
            "SubscriptionsConfirmed": confirmed.to_string(),
            "SubscriptionsPending": "0",
            "SubscriptionsDeleted": "0",
        });
        if let (Some(key), Some(map)) = (&topic.kms_key, attributes.as_object_mut()) {
            map.insert("KmsMasterKeyId".to_owned(), json!(key));
        }
        json!({ "Attributes": attributes })
    }

    fn list_subscriptions(&self, topic_arn: Option<&str>) -> Value {
        let all = self.deployment.subscriptions.iter();
        let of_topic = all.filter(|it| topic_arn.is_none_or(|arn| arn == it.topic_arn));
        let shown = |it: &Subscription| {
            let (protocol, endpoint) = it.endpoint.shown();
            json!({
                "SubscriptionArn": it.arn, "Owner": self.deployment.account, "Protocol": protocol,
                "Endpoint": endpoint, "TopicArn": it.topic_arn,
            })
        };
        json!({ "Subscriptions": of_topic.map(shown).collect::<Vec<_>>() })
    }

    fn subscription_attributes(&self, body: &Value) -> ApiResult {
        let arn = body.get("SubscriptionArn").and_then(Value::as_str);
        let mut all = self.deployment.subscriptions.iter();
        let found = all.find(|it| Some(it.arn.as_str()) == arn);
        let found = found.ok_or_else(|| ApiError {
            status: 404,
            ..ApiError::new("NotFound", "Subscription does not exist")
        })?;
        let (protocol, endpoint) = found.endpoint.shown();
        let mut attributes = Map::new();
        let mut add = |name: &str, value: String| {
            attributes.insert(name.to_owned(), Value::String(value));
        };
        add("SubscriptionArn", found.arn.clone());
        add("TopicArn", found.topic_arn.clone());
        add("Protocol", protocol.to_owned());
        add("Endpoint", endpoint.to_owned());
        add("Owner", self.deployment.account.clone());
        add("RawMessageDelivery", found.raw.to_string());
        add("PendingConfirmation", "false".to_owned());
        if let Some(filter) = &found.filter {
            add("FilterPolicy", filter.text.clone());
            let scope = match filter.scope {
                FilterScope::MessageAttributes => "MessageAttributes",
                FilterScope::MessageBody => "MessageBody",
            };
            add("FilterPolicyScope", scope.to_owned());
        }
        if let Some(queue) = &found.dead_letter_arn {
            add(
                "RedrivePolicy",
                json!({ "deadLetterTargetArn": queue }).to_string(),
            );
        }
        Ok(json!({ "Attributes": attributes }))
    }
}

/// 1 to 10 entries with distinct well-formed ids, all together no longer than one message may be.
fn check_entries(entries: &[Value]) -> Result<(), ApiError> {
    let refused = |kind: &str, message: String| Err(ApiError::new(kind, message));
    if entries.is_empty() {
        let message = "The batch request doesn't contain any entries.".to_owned();
        return refused("EmptyBatchRequest", message);
    }
    if entries.len() > BATCH_MAX {
        let message = "The batch request contains more entries than permissible.".to_owned();
        return refused("TooManyEntriesInBatchRequest", message);
    }
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    for entry in entries {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = text("Id");
        let formed = (1..=80).contains(&id.len())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !formed {
            let message =
                "The Id of a batch entry in a batch request doesn't abide by the specification."
                    .to_owned();
            return refused("InvalidBatchEntryId", message);
        }
        if !seen.insert(id) {
            let message = "Two or more batch entries in the request have the same Id.".to_owned();
            return refused("BatchEntryIdsNotDistinct", message);
        }
        bytes += text("Message").len();
    }
    if bytes > MESSAGE_BYTES_MAX {
        let message =
            "The length of all the batch messages put together is more than the limit.".to_owned();
        return refused("BatchRequestTooLong", message);
    }
    Ok(())
}

//! The operations of SQS on its JSON protocol.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::api::{ApiError, ApiResult};
use super::super::input::Output;
use super::super::page::page;
use super::super::{Core, authority};
use super::message::{attributes_md5, md5_hex};
use super::queue::{PURGE_MS, VISIBILITY_S_MAX};
use super::request::{invalid, missing, number, number_from, read_message};
use super::{Attribute, AttributeValue, Queue, Receive, Received};
use crate::artifacts;

/// One call gives at most so many messages.
pub(super) const MESSAGES_MAX: u64 = 10;
/// One page of queues.
const QUEUES_MAX: u64 = 1000;
/// Attributes that a queue can have, and those of them that the local run keeps none of.
const ATTRIBUTES: [&str; 22] = [
    "All",
    "Policy",
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
    "ApproximateNumberOfMessagesDelayed",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];
/// All bodies of one answer together.
const RECEIVED_BYTES_MAX: usize = 1_048_576;

pub(super) fn no_queue() -> ApiError {
    ApiError::new(
        "com.amazonaws.sqs#QueueDoesNotExist",
        "The specified queue does not exist.",
    )
}

/// The code of an error in the old protocol, which SDKs still show, for the header `x-amzn-query-error`.
pub(in crate::core) fn query_code(kind: &str) -> String {
    let name = kind.rsplit('#').next().unwrap_or(kind);
    match name {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "EmptyBatchRequest"
        | "TooManyEntriesInBatchRequest"
        | "BatchEntryIdsNotDistinct"
        | "InvalidBatchEntryId"
        | "BatchRequestTooLong"
        | "MessageNotInflight"
        | "PurgeQueueInProgress"
        | "UnsupportedOperation" => format!("AWS.SimpleQueueService.{name}"),
        other => other.to_owned(),
    }
}

impl Core {
    /// One operation; nothing when it is answered later, as a receiver that waits is.
    pub(in crate::core) fn sqs(
        &mut self,
        operation: &str,
        body: &Value,
        sender: &authority::Principal,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        // Asked of those that are about a queue only.
        let queue = self.queue_named(body);
        match operation {
            "ListQueues" => self.list_queues(body),
            "GetQueueUrl" => {
                let name = body.get("QueueName").and_then(Value::as_str);
                let name = name.ok_or_else(|| missing("QueueName"))?;
                let queue = self.queues.get(name).ok_or_else(no_queue)?;
                Ok(json!({ "QueueUrl": queue.spec.url }))
            }
            "SendMessage" => self.send_one(&queue?, body, sender, now_ms, out),
            "ReceiveMessage" => self.receive_one(&queue?, body, now_ms, out),
            "DeleteMessage" => self.delete_one(&queue?, body, now_ms, out),
            "ChangeMessageVisibility" => self.change_visibility(&queue?, body, now_ms, out),
            "SendMessageBatch" => self.send_batch(&queue?, body, sender, now_ms, out),
            "DeleteMessageBatch" => {
                let name = queue?;
                self.each_entry(body, |core, entry| {
                    core.delete_one(&name, entry, now_ms, out)
                })
            }
            "ChangeMessageVisibilityBatch" => {
                let name = queue?;
                self.each_entry(body, |core, entry| {
                    core.change_visibility(&name, entry, now_ms, out)
                })
            }
            "GetQueueAttributes" => self.queue_attributes(&queue?, body, now_ms, out),
            "ListDeadLetterSourceQueues" => self.dead_letter_sources(&queue?, body),
            "StartMessageMoveTask" => self.start_move(body, now_ms, out),
            "ListMessageMoveTasks" => self.list_moves(body),
            "CancelMessageMoveTask" => self.cancel_move(body, out),
            "PurgeQueue" => self.purge(&queue?, now_ms, out),
            other => Err(ApiError::unknown(other)),
        }
    }

    /// The queue of this deployment that `QueueUrl` means; only its last part counts, since the address is local.
    pub(super) fn queue_named(&self, body: &Value) -> Result<String, ApiError> {
        let url = body.get("QueueUrl").and_then(Value::as_str);
        let url = url.ok_or_else(|| missing("QueueUrl"))?;
        let name = url.rsplit('/').next().unwrap_or_default();
        match self.queues.get(name) {
            Some(queue) => Ok(queue.spec.name.clone()),
            None => Err(no_queue()),
        }
    }

    /// Without `MaxResults` there is one page and no token, however many queues there are.
    fn list_queues(&self, body: &Value) -> ApiResult {
        let prefix = body.get("QueueNamePrefix").and_then(Value::as_str);
        let queues = self.queues.by_name.values();
        let queues = queues.filter(|it| it.spec.name.starts_with(prefix.unwrap_or_default()));
        page_of_queues(queues, "QueueUrls", body)
    }

    /// The queues that put into this one what was received too often.
    fn dead_letter_sources(&self, name: &str, body: &Value) -> ApiResult {
        let queue = self.queues.get(name).ok_or_else(no_queue)?;
        // A small letter begins this one of all lists, in the service's own model.
        page_of_queues(self.queues.sources_of(&queue.spec.arn), "queueUrls", body)
    }

    /// Empties a queue, once a minute, since SQS takes so long for it.
    fn purge(&mut self, name: &str, now_ms: u64, out: &mut Output) -> ApiResult {
        let queue = self.queues.by_name.get_mut(name).ok_or_else(no_queue)?;
        let purged = queue.purged_ms.replace(now_ms);
        if let Some(before_ms) = purged.filter(|it| now_ms < it + PURGE_MS) {
            queue.purged_ms = Some(before_ms);
            return Err(ApiError::new(
                "com.amazonaws.sqs#PurgeQueueInProgress",
                format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
            ));
        }
        let all: Vec<u64> = queue.messages.keys().copied().collect();
        self.queues.delete(name, &all, out);
        Ok(json!({}))
    }

    pub(super) fn send_one(
        &mut self,
        name: &str,
        body: &Value,
        sender: &authority::Principal,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let new = read_message(body, self.sender_id(sender))?;
        let mut answer = Map::new();
        let mut insert = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                answer.insert(key.to_owned(), Value::String(value));
            }
        };
        insert("MD5OfMessageBody", Some(md5_hex(new.body.as_bytes())));
        insert("MD5OfMessageAttributes", attributes_md5(&new.attributes));
        let trace = new.trace.clone().map(|trace| {
            let header = Attribute {
                kind: "String".to_owned(),
                value: AttributeValue::Text(trace),
            };
            BTreeMap::from([("AWSTraceHeader".to_owned(), header)])
        });
        insert(
            "MD5OfMessageSystemAttributes",
            trace.as_ref().and_then(attributes_md5),
        );
        let sent = self.send_message(name, new, now_ms, out)?;
        insert("MessageId", Some(sent.id));
        insert("SequenceNumber", sent.sequence);
        Ok(Value::Object(answer))
    }

    /// `SenderId`: the account, or the role's id and session.
    fn sender_id(&self, sender: &authority::Principal) -> String {
        match sender {
            authority::Principal::Outside => self.deployment.account.clone(),
            authority::Principal::Role { session, .. } => authority::session_id(session),
            authority::Principal::Service { name, .. } => name.to_string(),
        }
    }

    fn receive_one(
        &mut self,
        name: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        if body.get("ReceiveRequestAttemptId").is_some() {
            return Err(ApiError::new(
                "com.amazonaws.sqs#UnsupportedOperation",
                "the local run does not offer ReceiveRequestAttemptId",
            ));
        }
        let count = number_from(body, "MaxNumberOfMessages", 1, MESSAGES_MAX)?.unwrap_or(1);
        let hidden_s = number(body, "VisibilityTimeout", VISIBILITY_S_MAX)?;
        let hidden_s = hidden_s
            .or_else(|| self.queues.get(name).map(|it| it.spec.visibility_timeout_s))
            .unwrap_or_default();
        let wanted = Receive {
            count,
            bytes_max: RECEIVED_BYTES_MAX,
            hidden_ms: hidden_s.saturating_mul(1000),
            holder: None,
        };
        let received = self.receive_messages(name, wanted, now_ms, out);
        if received.is_empty() {
            return Ok(json!({}));
        }
        let messages: Vec<Value> = received.iter().map(|it| shown(it, body)).collect();
        Ok(json!({ "Messages": messages }))
    }

    fn delete_one(&mut self, name: &str, body: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        let handle = body.get("ReceiptHandle").and_then(Value::as_str);
        let handle = handle.ok_or_else(|| missing("ReceiptHandle"))?;
        let Some(number) = self.receipt(name, handle)? else {
            // The message is gone, or somebody else has received it since: the call succeeds and does nothing.
            return Ok(json!({}));
        };
        let expired = self.queues.get(name).is_some_and(|queue| {
            let message = queue.messages.get(&number);
            queue.spec.fifo.is_some() && message.is_some_and(|it| it.visible_ms <= now_ms)
        });
        if expired {
            return Err(invalid(format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            )));
        }
        self.queues.delete(name, &[number], out);
        Ok(json!({}))
    }

    fn change_visibility(
        &mut self,
        name: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let handle = body.get("ReceiptHandle").and_then(Value::as_str);
        let handle = handle.ok_or_else(|| missing("ReceiptHandle"))?;
        let hidden_s = number(body, "VisibilityTimeout", VISIBILITY_S_MAX)?;
        let hidden_s = hidden_s.ok_or_else(|| missing("VisibilityTimeout"))?;
        if !self.is_there(name, handle) {
            // `DeleteMessage` is content with it, this is not.
            return Err(invalid(format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            )));
        }
        let found = self.receipt(name, handle)?.filter(|number| {
            let message = self.queues.get(name).and_then(|it| it.messages.get(number));
            message.is_some_and(|it| it.visible_ms > now_ms)
        });
        let Some(number) = found else {
            return Err(ApiError::new(
                "com.amazonaws.sqs#MessageNotInflight",
                "The specified message is not in flight.",
            ));
        };
        let visible_ms = now_ms.saturating_add(hidden_s.saturating_mul(1000));
        self.queues.give_back(name, &[number], visible_ms, out);
        Ok(json!({}))
    }

    fn queue_attributes(
        &mut self,
        name: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        self.expire_messages(name, now_ms, out);
        let asked: Vec<&str> = texts(body, "AttributeNames");
        if let Some(unknown) = asked.iter().find(|it| !ATTRIBUTES.contains(it)) {
            return Err(ApiError::new(
                "com.amazonaws.sqs#InvalidAttributeName",
                format!("Unknown Attribute {unknown}."),
            ));
        }
        let (Some(queue), Some(depth)) = (self.queues.get(name), self.queues.depth(name, now_ms))
        else {
            return Err(no_queue());
        };
        let spec = &queue.spec;
        let mut all: Vec<(&str, String)> = vec![
            ("QueueArn", spec.arn.clone()),
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                depth.in_flight.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                depth.delayed.to_string(),
            ),
            ("VisibilityTimeout", spec.visibility_timeout_s.to_string()),
            ("MessageRetentionPeriod", spec.retention_s.to_string()),
            ("DelaySeconds", spec.delay_s.to_string()),
            ("MaximumMessageSize", spec.message_bytes_max.to_string()),
            (
                "ReceiveMessageWaitTimeSeconds",
                spec.receive_wait_s.to_string(),
            ),
        ];
        if let Some(redrive) = &spec.redrive {
            let policy = json!({ "deadLetterTargetArn": redrive.dead_letter_arn, "maxReceiveCount": redrive.receives_max });
            all.push(("RedrivePolicy", policy.to_string()));
        }
        if let Some(fifo) = spec.fifo {
            let scope = if fifo.deduplicates_per_group {
                "messageGroup"
            } else {
                "queue"
            };
            all.push(("FifoQueue", "true".to_owned()));
            all.push((
                "ContentBasedDeduplication",
                fifo.deduplicates_by_content.to_string(),
            ));
            all.push(("DeduplicationScope", scope.to_owned()));
        }
        if let Some(key) = &spec.key {
            all.push(("KmsMasterKeyId", key.clone()));
        }
        all.extend(policies(spec));
        let wanted = |name: &str| asked.contains(&"All") || asked.contains(&name);
        let shown: Map<String, Value> = all
            .into_iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        if shown.is_empty() {
            return Ok(json!({}));
        }
        Ok(json!({ "Attributes": shown }))
    }
}

/// The policies that the template writes for a queue.
fn policies(spec: &artifacts::Queue) -> impl Iterator<Item = (&'static str, String)> {
    let written = [
        ("Policy", &spec.policy),
        ("RedriveAllowPolicy", &spec.redrive_allow_policy),
    ];
    let given = written.map(|(name, policy)| policy.clone().map(|it| (name, it)));
    given.into_iter().flatten()
}

/// One page of queues by their addresses.
fn page_of_queues<'a>(
    queues: impl Iterator<Item = &'a Queue>,
    list: &str,
    body: &Value,
) -> ApiResult {
    let most = number_from(body, "MaxResults", 1, QUEUES_MAX)?;
    let token = body.get("NextToken").and_then(Value::as_str);
    let size = usize::try_from(most.unwrap_or(QUEUES_MAX)).unwrap_or(usize::MAX);
    let (page, next) = page(queues, |it| &it.spec.name, size, token)
        .ok_or_else(|| invalid("Invalid or expired next token."))?;
    let urls: Vec<&str> = page.iter().map(|it| it.spec.url.as_str()).collect();
    let mut answer = Map::from_iter([(list.to_owned(), json!(urls))]);
    if let (Some(next), Some(_)) = (next, most) {
        answer.insert("NextToken".to_owned(), Value::String(next));
    }
    Ok(Value::Object(answer))
}

fn texts<'a>(body: &'a Value, key: &str) -> Vec<&'a str> {
    let list = body.get(key).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// A message as `ReceiveMessage` shows it: attributes only where they were asked for.
fn shown(received: &Received, request: &Value) -> Value {
    let Received { number, message } = received;
    let mut asked = texts(request, "AttributeNames");
    asked.extend(texts(request, "MessageSystemAttributeNames"));
    let system: Map<String, Value> = message
        .system_attributes(*number)
        .into_iter()
        .filter(|(name, _)| asked.contains(&"All") || asked.contains(&name.as_str()))
        .collect();
    let patterns = texts(request, "MessageAttributeNames");
    let matches = |name: &str| {
        patterns.iter().any(|pattern| {
            *pattern == "All"
                || *pattern == name
                || pattern
                    .strip_suffix(".*")
                    .is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    let attributes: BTreeMap<String, Attribute> = message
        .attributes
        .iter()
        .filter(|(name, _)| matches(name))
        .map(|(name, it)| (name.clone(), it.clone()))
        .collect();
    let mut out = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle(*number),
        "MD5OfBody": md5_hex(message.body.as_bytes()),
        "Body": message.body,
    });
    let Some(map) = out.as_object_mut() else {
        return out;
    };
    if !system.is_empty() {
        map.insert("Attributes".to_owned(), Value::Object(system));
    }
    if let Some(md5) = attributes_md5(&attributes) {
        map.insert("MD5OfMessageAttributes".to_owned(), Value::String(md5));
        let shown = attributes.iter().map(|(name, it)| {
            let value = match &it.value {
                AttributeValue::Text(text) => {
                    json!({ "DataType": it.kind, "StringValue": text })
                }
                AttributeValue::Binary(text) => {
                    json!({ "DataType": it.kind, "BinaryValue": text })
                }
            };
            (name.clone(), value)
        });
        map.insert(
            "MessageAttributes".to_owned(),
            Value::Object(shown.collect()),
        );
    }
    out
}

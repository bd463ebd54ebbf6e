//! SQS, as far as a dead-letter queue needs it: messages go in from pipes and the API, and can be read and deleted.

use std::collections::BTreeMap;

use md5::Digest as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{ApiError, ApiResult};
use super::input::Output;
use super::{Core, RestoreError};
use crate::artifacts::{Deployment, Queue};
use crate::change::Change;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Message {
    id: String,
    body: String,
    sent_ms: u64,
    /// Hidden from receivers until then.
    visible_ms: u64,
    received: u64,
}

/// The messages of each queue in the order they were sent.
#[derive(Debug, Default)]
pub(super) struct Queues {
    by_name: BTreeMap<String, (Queue, BTreeMap<u64, Message>)>,
}

impl Queues {
    pub(super) fn new(deployment: &Deployment) -> Self {
        Self {
            by_name: deployment
                .queues
                .iter()
                .map(|it| (it.name.clone(), (it.clone(), BTreeMap::new())))
                .collect(),
        }
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let mut parts = text.split('/').skip(1);
        let (name, number) = (
            parts.next().unwrap_or_default(),
            parts.next().and_then(|it| it.parse::<u64>().ok()),
        );
        match (number, serde_json::from_slice(value)) {
            (Some(number), Ok(message)) => {
                // Messages of a queue that the template no longer has are kept out of sight.
                if let Some((_, messages)) = self.by_name.get_mut(name) {
                    messages.insert(number, message);
                }
                Ok(())
            }
            _ => Err(RestoreError(format!("a stored message is damaged: {text}"))),
        }
    }

    /// The name of the queue with this ARN.
    pub(super) fn name_of(&self, arn: &str) -> Option<String> {
        self.by_name
            .values()
            .find(|(queue, _)| queue.arn == arn)
            .map(|(queue, _)| queue.name.clone())
    }
}

fn key(queue: &str, number: u64) -> Vec<u8> {
    format!("queue/{queue}/{number:020}").into_bytes()
}

fn store(queue: &str, number: u64, message: &Message, out: &mut Output) {
    // A struct of texts and numbers always has a JSON form.
    out.changes.push(Change::put(
        key(queue, number),
        serde_json::to_vec(message).unwrap_or_default(),
    ));
}

fn md5(body: &str) -> String {
    md5::Md5::digest(body.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Core {
    /// Puts a message into the queue; gives its id.
    pub(super) fn send_message(
        &mut self,
        queue: &str,
        body: String,
        now_ms: u64,
        out: &mut Output,
    ) -> Option<String> {
        let id = self.ids.uuid();
        let (_, messages) = self.queues.by_name.get_mut(queue)?;
        let number = messages.last_key_value().map_or(1, |(last, _)| last + 1);
        let message = Message {
            id: id.clone(),
            body,
            sent_ms: now_ms,
            visible_ms: now_ms,
            received: 0,
        };
        store(queue, number, &message, out);
        messages.insert(number, message);
        Some(id)
    }

    pub(super) fn sqs(
        &mut self,
        operation: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let url = body
            .get("QueueUrl")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        match operation {
            "ListQueues" => {
                let urls: Vec<&str> = self
                    .queues
                    .by_name
                    .values()
                    .map(|(queue, _)| queue.url.as_str())
                    .collect();
                return Ok(json!({ "QueueUrls": urls }));
            }
            "GetQueueUrl" => {
                let name = body
                    .get("QueueName")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let queue = self.queues.by_name.get(name).ok_or_else(no_queue)?;
                return Ok(json!({ "QueueUrl": queue.0.url }));
            }
            _ => {}
        }
        if !self.queues.by_name.contains_key(&name) {
            return Err(no_queue());
        }
        match operation {
            "SendMessage" => {
                let text = body
                    .get("MessageBody")
                    .and_then(Value::as_str)
                    .ok_or_else(|| {
                        ApiError::new(
                            "MissingParameter",
                            "The request must contain the parameter MessageBody.",
                        )
                    })?;
                let id = self.send_message(&name, text.to_owned(), now_ms, out);
                Ok(json!({ "MessageId": id, "MD5OfMessageBody": md5(text) }))
            }
            "ReceiveMessage" => Ok(self.receive(&name, body, now_ms, out)),
            "DeleteMessage" => {
                let handle = body
                    .get("ReceiptHandle")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let number: u64 = handle
                    .split('/')
                    .next()
                    .and_then(|it| it.parse().ok())
                    .ok_or_else(|| {
                        ApiError::new(
                            "ReceiptHandleIsInvalid",
                            "The input receipt handle is invalid.",
                        )
                    })?;
                if let Some((_, messages)) = self.queues.by_name.get_mut(&name)
                    && messages.remove(&number).is_some()
                {
                    out.changes.push(Change::delete(key(&name, number)));
                }
                Ok(json!({}))
            }
            "GetQueueAttributes" => Ok(self.attributes(&name, now_ms)),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn receive(&mut self, name: &str, body: &Value, now_ms: u64, out: &mut Output) -> Value {
        let wanted = body
            .get("MaxNumberOfMessages")
            .and_then(Value::as_u64)
            .unwrap_or(1)
            .clamp(1, 10);
        let Some((queue, messages)) = self.queues.by_name.get_mut(name) else {
            return json!({});
        };
        let hidden_s = body
            .get("VisibilityTimeout")
            .and_then(Value::as_u64)
            .unwrap_or(queue.visibility_timeout_s);
        let mut found = Vec::new();
        for (number, message) in messages
            .iter_mut()
            .filter(|(_, message)| message.visible_ms <= now_ms)
        {
            if found.len() as u64 >= wanted {
                break;
            }
            message.visible_ms = now_ms.saturating_add(hidden_s.saturating_mul(1000));
            message.received += 1;
            store(name, *number, message, out);
            found.push(json!({
                "MessageId": message.id, "ReceiptHandle": format!("{number}/{}", message.received), "Body": message.body, "MD5OfBody": md5(&message.body),
                "Attributes": { "SentTimestamp": message.sent_ms.to_string(), "ApproximateReceiveCount": message.received.to_string() },
            }));
        }
        if found.is_empty() {
            json!({})
        } else {
            json!({ "Messages": found })
        }
    }

    fn attributes(&self, name: &str, now_ms: u64) -> Value {
        let Some((queue, messages)) = self.queues.by_name.get(name) else {
            return json!({});
        };
        let visible = messages
            .values()
            .filter(|message| message.visible_ms <= now_ms)
            .count();
        json!({ "Attributes": {
            "QueueArn": queue.arn, "ApproximateNumberOfMessages": visible.to_string(), "ApproximateNumberOfMessagesNotVisible": (messages.len() - visible).to_string(),
            "VisibilityTimeout": queue.visibility_timeout_s.to_string(), "MessageRetentionPeriod": queue.retention_s.to_string(),
        } })
    }
}

fn no_queue() -> ApiError {
    ApiError::new(
        "com.amazonaws.sqs#QueueDoesNotExist",
        "The specified queue does not exist.",
    )
}

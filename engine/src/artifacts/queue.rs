//! `AWS::SQS::Queue`: how long it keeps, hides and delays messages, and where it puts those that nobody can handle.

use serde_json::Value;

use super::{ArtifactError, Reading};

/// A queue and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    pub name: String,
    pub arn: String,
    pub url: String,
    pub visibility_timeout_s: u64,
    pub retention_s: u64,
    /// How long a new message is hidden from receivers.
    pub delay_s: u64,
    /// The longest message, body and attributes together.
    pub message_bytes_max: u64,
    /// How long a receiver waits for a message when it does not say so itself.
    pub receive_wait_s: u64,
    pub redrive: Option<Redrive>,
    /// `None` for a standard queue.
    pub fifo: Option<Fifo>,
    /// Which queues may have it as their dead-letter queue, as JSON text.
    pub redrive_allow_policy: Option<String>,
    /// Who may do what with it, as JSON text; set by `AWS::SQS::QueuePolicy`.
    pub policy: Option<String>,
    /// Name or ARN of the key that it is encrypted with.
    pub key: Option<String>,
}

/// Where a message goes that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    pub dead_letter_arn: String,
    /// A message is received this often; then it moves.
    pub receives_max: u64,
}

/// What only a FIFO queue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fifo {
    /// A message without a deduplication id gets the SHA-256 of its body as one.
    pub deduplicates_by_content: bool,
    /// Ids are compared within a message group only.
    pub deduplicates_per_group: bool,
}

/// A message without attributes may be so long: 1 MiB.
const MESSAGE_BYTES_MAX: u64 = 1_048_576;

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Queue, ArtifactError> {
    let known = [
        "QueueName",
        "VisibilityTimeout",
        "MessageRetentionPeriod",
        "DelaySeconds",
        "MaximumMessageSize",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "RedriveAllowPolicy",
        "FifoQueue",
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "SqsManagedSseEnabled",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    let number = |property: &str, default: u64| {
        cx.optional_number(property)
            .map(|value| value.unwrap_or(default))
    };
    let fifo = is_true(cx.properties.get("FifoQueue"));
    if fifo != name.ends_with(".fifo") {
        return Err(cx.fault(
            "QueueName",
            format!("`{name}`: the name of a FIFO queue, and of no other, ends in `.fifo`"),
        ));
    }
    let scope = cx
        .properties
        .get("DeduplicationScope")
        .and_then(Value::as_str);
    Ok(Queue {
        arn: cx.template.arn("sqs", &name),
        url: cx.template.physical_id(cx.id)?,
        visibility_timeout_s: number("VisibilityTimeout", 30)?,
        retention_s: number("MessageRetentionPeriod", 345_600)?,
        delay_s: number("DelaySeconds", 0)?,
        message_bytes_max: number("MaximumMessageSize", MESSAGE_BYTES_MAX)?,
        receive_wait_s: number("ReceiveMessageWaitTimeSeconds", 0)?,
        redrive: read_redrive(cx)?,
        redrive_allow_policy: cx.json("RedriveAllowPolicy")?.map(|it| it.to_string()),
        policy: None,
        fifo: fifo.then(|| Fifo {
            deduplicates_by_content: is_true(cx.properties.get("ContentBasedDeduplication")),
            deduplicates_per_group: scope == Some("messageGroup"),
        }),
        key: cx
            .properties
            .get("KmsMasterKeyId")
            .and_then(Value::as_str)
            .map(str::to_owned),
        name,
    })
}

/// CloudFormation takes the policy as an object or as its JSON text.
fn read_redrive(cx: &Reading<'_>) -> Result<Option<Redrive>, ArtifactError> {
    let policy = match cx.properties.get("RedrivePolicy") {
        None => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| cx.fault("RedrivePolicy", format!("is no JSON: {error}")))?,
        Some(other) => other.clone(),
    };
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let times = policy.get("maxReceiveCount").and_then(super::number);
    match (target, times) {
        (Some(target), Some(receives_max @ 1..=1000)) => Ok(Some(Redrive {
            dead_letter_arn: target.to_owned(),
            receives_max,
        })),
        _ => Err(cx.fault(
            "RedrivePolicy",
            format!("`{policy}`: it takes `deadLetterTargetArn` and `maxReceiveCount` (1 to 1000)"),
        )),
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// Refuses a queue whose dead-letter queue is not there or of the other kind, as AWS does.
pub(super) fn check_redrive(queues: &[Queue]) -> Result<(), ArtifactError> {
    for queue in queues {
        let Some(redrive) = &queue.redrive else {
            continue;
        };
        let fault = |message: &str| {
            Err(ArtifactError::at(
                &queue.name,
                format!("RedrivePolicy: `{}` {message}", redrive.dead_letter_arn),
            ))
        };
        match queues.iter().find(|it| it.arn == redrive.dead_letter_arn) {
            None => return fault("is no queue of this template"),
            Some(target) if target.fifo.is_some() != queue.fifo.is_some() => {
                return fault(
                    "is of another kind: FIFO and standard queues have dead-letter queues of their own kind",
                );
            }
            Some(_) => {}
        }
    }
    Ok(())
}

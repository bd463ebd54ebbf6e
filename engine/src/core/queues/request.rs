//! What SQS checks before it takes a message, in its own words.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::api::ApiError;
use super::message::{Attribute, AttributeValue, NewMessage};
use crate::artifacts::Queue;

/// A message has at most so many attributes.
const ATTRIBUTES_MAX: usize = 10;
/// The name of an attribute has at most so many characters.
const ATTRIBUTE_NAME_CHARS_MAX: usize = 256;
/// A new message is delayed by at most 15 minutes.
const DELAY_S_MAX: u64 = 900;
/// Group and deduplication ids are at most so long.
const ID_CHARS_MAX: usize = 128;

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("com.amazonaws.sqs#InvalidParameterValue", message)
}

pub(super) fn missing(parameter: &str) -> ApiError {
    ApiError::new(
        "com.amazonaws.sqs#MissingParameter",
        format!("The request must contain the parameter {parameter}."),
    )
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

/// A whole number of the request within its bounds, or nothing where it says none.
pub(super) fn number(body: &Value, key: &str, most: u64) -> Result<Option<u64>, ApiError> {
    number_from(body, key, 0, most)
}

/// The same of a number that begins elsewhere than at 0.
pub(super) fn number_from(
    body: &Value,
    key: &str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, ApiError> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().filter(|it| (least..=most).contains(it)) {
            Some(number) => Ok(Some(number)),
            None => Err(invalid(format!(
                "Value {value} for parameter {key} is invalid. Reason: Must be between {least} and {most}, if provided."
            ))),
        },
    }
}

/// A message as `SendMessage` and an entry of `SendMessageBatch` describe it.
pub(super) fn read_message(body: &Value, sender: String) -> Result<NewMessage, ApiError> {
    let text_body = text(body, "MessageBody").filter(|it| !it.is_empty());
    let system = read_attributes(body.get("MessageSystemAttributes"))?;
    let trace = system.get("AWSTraceHeader").and_then(|it| match &it.value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Binary(_) => None,
    });
    if let Some(other) = system.keys().find(|name| *name != "AWSTraceHeader") {
        return Err(invalid(format!(
            "Value {other} for parameter MessageSystemAttributes is invalid. Reason: The only one is AWSTraceHeader."
        )));
    }
    Ok(NewMessage {
        body: text_body.ok_or_else(|| missing("MessageBody"))?.to_owned(),
        attributes: read_attributes(body.get("MessageAttributes"))?,
        trace,
        sender,
        group: text(body, "MessageGroupId").map(str::to_owned),
        deduplication: text(body, "MessageDeduplicationId").map(str::to_owned),
        delay_s: number(body, "DelaySeconds", DELAY_S_MAX)?,
        subject: None,
    })
}

/// `{"event": {"DataType": "String", "StringValue": "…"}}`
pub(super) fn read_attributes(
    given: Option<&Value>,
) -> Result<BTreeMap<String, Attribute>, ApiError> {
    let mut attributes = BTreeMap::new();
    for (name, value) in given.and_then(Value::as_object).into_iter().flatten() {
        let kind = text(value, "DataType").unwrap_or_default().to_owned();
        let refused = |why: &str| Err(invalid(format!("The message attribute '{name}' {why}")));
        if !is_attribute_name(name) {
            return refused(
                "has a name that is not 1 to 256 letters, digits, `_`, `-` and `.`, or that is reserved.",
            );
        }
        let value = match kind.split('.').next() {
            Some("String" | "Number") => match text(value, "StringValue") {
                Some(it) if !it.is_empty() => AttributeValue::Text(it.to_owned()),
                _ => return refused("must contain a non-empty message attribute value."),
            },
            Some("Binary") => match text(value, "BinaryValue") {
                Some(it) if !it.is_empty() => AttributeValue::Binary(it.to_owned()),
                _ => return refused("must contain a non-empty message attribute value."),
            },
            _ => {
                return refused(
                    "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
                );
            }
        };
        if let (true, AttributeValue::Text(number)) = (kind.starts_with("Number"), &value)
            && number.parse::<bigdecimal::BigDecimal>().is_err()
        {
            return refused(&format!(
                "with type 'Number' must use values that can be cast to a number: `{number}`."
            ));
        }
        attributes.insert(name.clone(), Attribute { kind, value });
    }
    Ok(attributes)
}

/// Neither `AWS.…` nor `Amazon.…`, and with a point only between other characters.
fn is_attribute_name(name: &str) -> bool {
    let allowed = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let first = name.split_once('.').map(|it| it.0.to_ascii_lowercase());
    let is_reserved = matches!(first.as_deref(), Some("aws" | "amazon"));
    name.len() <= ATTRIBUTE_NAME_CHARS_MAX
        && name.chars().all(allowed)
        && name.split('.').all(|it| !it.is_empty())
        && !is_reserved
}

/// Whether the queue takes the message at all.
pub(super) fn check_message(queue: &Queue, new: &NewMessage) -> Result<(), ApiError> {
    if new.attributes.len() > ATTRIBUTES_MAX {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].",
            new.attributes.len()
        )));
    }
    if new.bytes() as u64 > queue.message_bytes_max {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
            queue.message_bytes_max
        )));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !new.body.chars().all(allowed) {
        return Err(ApiError::new(
            "com.amazonaws.sqs#InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    check_ids(queue, new)
}

/// What a FIFO queue needs and a standard queue refuses.
fn check_ids(queue: &Queue, new: &NewMessage) -> Result<(), ApiError> {
    for (name, id) in [
        ("MessageGroupId", &new.group),
        ("MessageDeduplicationId", &new.deduplication),
    ] {
        let formed = |id: &String| {
            let length = id.chars().count();
            (1..=ID_CHARS_MAX).contains(&length) && id.chars().all(|c| c.is_ascii_graphic())
        };
        if let Some(id) = id.as_ref().filter(|id| !formed(id)) {
            return Err(invalid(format!(
                "Value {id} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation characters. 1 to {ID_CHARS_MAX} in length."
            )));
        }
    }
    let wrong_kind = |name: &str, value: &str| {
        invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: The request include parameter that is not valid for this queue type"
        ))
    };
    match queue.fifo {
        Some(fifo) => {
            if new.group.is_none() {
                return Err(missing("MessageGroupId"));
            }
            if new.deduplication.is_none() && !fifo.deduplicates_by_content {
                return Err(invalid(
                    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
                ));
            }
            match new.delay_s.filter(|delay_s| *delay_s > 0) {
                Some(delay_s) => Err(wrong_kind("DelaySeconds", &delay_s.to_string())),
                None => Ok(()),
            }
        }
        // A group on a standard queue asks for fairness between senders, which changes no order.
        None => match &new.deduplication {
            Some(id) => Err(wrong_kind("MessageDeduplicationId", id)),
            None => Ok(()),
        },
    }
}

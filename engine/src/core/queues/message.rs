//! A message of SQS: what is stored of it, what a receiver is shown, and the checksums that SDKs compare.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A message in a queue. Fields with a default were added after the first version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::core) struct Message {
    pub(in crate::core) id: String,
    pub(in crate::core) body: String,
    /// What retention counts from.
    pub(in crate::core) sent_ms: u64,
    /// Hidden from receivers until then.
    pub(in crate::core) visible_ms: u64,
    /// How often it was received.
    pub(in crate::core) received: u64,
    #[serde(default)]
    pub(in crate::core) first_received_ms: Option<u64>,
    #[serde(default)]
    pub(in crate::core) attributes: BTreeMap<String, Attribute>,
    /// System attribute `AWSTraceHeader`.
    #[serde(default)]
    pub(in crate::core) trace: Option<String>,
    /// System attribute `SenderId`.
    #[serde(default)]
    pub(in crate::core) sender: String,
    #[serde(default)]
    pub(in crate::core) group: Option<String>,
    #[serde(default)]
    pub(in crate::core) deduplication: Option<String>,
    /// ARN of the queue that it came from, in a dead-letter queue.
    #[serde(default)]
    pub(in crate::core) dead_letter_source: Option<String>,
    /// The event source mapping whose function has it: a restart gives it back at once.
    #[serde(default)]
    pub(in crate::core) holder: Option<String>,
    /// The partition value that the message is about.
    #[serde(default)]
    pub(in crate::core) subject: Option<String>,
}

/// A message attribute; `kind` may have a custom part: `Number.cents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::core) struct Attribute {
    pub(in crate::core) kind: String,
    pub(in crate::core) value: AttributeValue,
}

/// Text (strings and numbers) or bytes in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::core) enum AttributeValue {
    Text(String),
    Binary(String),
}

/// What a sender gives.
#[derive(Debug, Clone, Default)]
pub(in crate::core) struct NewMessage {
    pub(in crate::core) body: String,
    pub(in crate::core) attributes: BTreeMap<String, Attribute>,
    pub(in crate::core) trace: Option<String>,
    pub(in crate::core) sender: String,
    pub(in crate::core) group: Option<String>,
    pub(in crate::core) deduplication: Option<String>,
    /// Instead of the queue's own delay.
    pub(in crate::core) delay_s: Option<u64>,
    pub(in crate::core) subject: Option<String>,
}

impl NewMessage {
    /// A message with a body and nothing else.
    pub(in crate::core) fn of(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }

    /// What counts towards the queue's limit: the body, and names, types and values of the attributes.
    pub(in crate::core) fn bytes(&self) -> usize {
        let attribute = |(name, it): (&String, &Attribute)| {
            let value = match &it.value {
                AttributeValue::Text(text) => text.len(),
                AttributeValue::Binary(text) => decoded(text).len(),
            };
            name.len() + it.kind.len() + value
        };
        self.body.len() + self.attributes.iter().map(attribute).sum::<usize>()
    }
}

impl Message {
    /// The system attributes by their names.
    pub(in crate::core) fn system_attributes(&self, number: u64) -> Map<String, Value> {
        let first = self.first_received_ms.unwrap_or(self.sent_ms);
        let mut shown = json!({
            "SenderId": self.sender,
            "SentTimestamp": self.sent_ms.to_string(),
            "ApproximateReceiveCount": self.received.to_string(),
            "ApproximateFirstReceiveTimestamp": first.to_string(),
        });
        let optional = [
            ("MessageGroupId", self.group.clone()),
            ("MessageDeduplicationId", self.deduplication.clone()),
            (
                "SequenceNumber",
                self.deduplication.as_ref().map(|_| sequence(number)),
            ),
            ("AWSTraceHeader", self.trace.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source.clone()),
        ];
        let Some(map) = shown.as_object_mut() else {
            return Map::new();
        };
        for (name, value) in optional {
            if let Some(value) = value {
                map.insert(name.to_owned(), Value::String(value));
            }
        }
        map.clone()
    }

    /// Proves to `DeleteMessage` which receipt is meant: the message and how often it had been received.
    pub(in crate::core) fn receipt_handle(&self, number: u64) -> String {
        STANDARD.encode(format!("{number}/{}/{}", self.received, self.id))
    }
}

/// A receipt handle read back: the message's number, the receipt's, and the message's id.
pub(in crate::core) fn parse_handle(handle: &str) -> Option<(u64, u64, String)> {
    let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
    let mut parts = text.splitn(3, '/');
    let number = parts.next()?.parse().ok()?;
    let received = parts.next()?.parse().ok()?;
    Some((number, received, parts.next()?.to_owned()))
}

/// A FIFO queue's sequence number.
pub(in crate::core) fn sequence(number: u64) -> String {
    format!("{number:020}")
}

pub(in crate::core) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(md5::Md5::digest(bytes))
}

/// What a queue with content-based deduplication tells messages apart by.
pub(in crate::core) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(bytes))
}

fn decoded(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap_or_default()
}

/// The checksum of attributes as SQS documents it: for each by name, the lengths and bytes of name, type and value, and
/// one byte that tells text (1) from bytes (2).
pub(in crate::core) fn attributes_md5(attributes: &BTreeMap<String, Attribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut input = Vec::new();
    let push = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        [length.to_be_bytes().as_slice(), bytes].concat()
    };
    for (name, attribute) in attributes {
        input.extend(push(name.as_bytes()));
        input.extend(push(attribute.kind.as_bytes()));
        match &attribute.value {
            AttributeValue::Text(text) => {
                input.push(1);
                input.extend(push(text.as_bytes()));
            }
            AttributeValue::Binary(text) => {
                input.push(2);
                input.extend(push(&decoded(text)));
            }
        }
    }
    Some(md5_hex(&input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_checksums_are_those_of_the_sdks() {
        // Put together by hand, as the page "Calculating the MD5 message digest for message attributes" lays it out.
        let attribute = |kind: &str, value| Attribute {
            kind: kind.into(),
            value,
        };
        let text = BTreeMap::from([(
            "event".to_owned(),
            attribute("String", AttributeValue::Text("PaymentReceived".into())),
        )]);
        let bytes = [
            &[0, 0, 0, 5][..],
            b"event",
            &[0, 0, 0, 6],
            b"String",
            &[1, 0, 0, 0, 15],
            b"PaymentReceived",
        ]
        .concat();
        assert_eq!(attributes_md5(&text), Some(md5_hex(&bytes)));
        assert_eq!(attributes_md5(&BTreeMap::new()), None);
    }

    #[test]
    fn a_receipt_handle_reads_back_and_another_text_does_not() {
        assert_eq!(
            parse_handle(&STANDARD.encode("7/2/a/b")),
            Some((7, 2, "a/b".into()))
        );
        for wrong in ["", "x", "7/2/a", &STANDARD.encode("7/a")] {
            assert_eq!(parse_handle(wrong), None, "{wrong}");
        }
    }
}

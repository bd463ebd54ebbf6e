//! A message of a topic: how it is checked when it is published, and the forms in which subscribers get it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::api::ApiError;
use super::super::queues::{Attribute, AttributeValue};
use super::super::time;
use crate::artifacts::{Filter, FilterScope};

/// A message with its attributes: 256 KiB.
pub(super) const MESSAGE_BYTES_MAX: usize = 262_144;
/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 100;
/// A local run has no key of AWS to sign with, and says so where the signature would be.
const UNSIGNED: &str = "bm90IHNpZ25lZDogYSBsb2NhbCBydW4=";

/// A published message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::core) struct Notification {
    pub(in crate::core) id: String,
    pub(in crate::core) topic_arn: String,
    pub(in crate::core) subject: Option<String>,
    /// The text for subscribers without one of their own.
    pub(in crate::core) text: String,
    /// Texts by protocol, of `MessageStructure: json`.
    pub(in crate::core) by_protocol: BTreeMap<String, String>,
    pub(in crate::core) attributes: BTreeMap<String, Attribute>,
    pub(in crate::core) at_ms: u64,
    /// The X-Ray header that goes on with it.
    pub(in crate::core) trace: Option<String>,
}

/// The text of an attribute; of a binary one its base64.
fn shown(value: &AttributeValue) -> &str {
    match value {
        AttributeValue::Text(text) | AttributeValue::Binary(text) => text,
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(
        "InvalidParameter",
        format!("Invalid parameter: {}", message.into()),
    )
}

impl Notification {
    /// Reads what `Publish` or an entry of `PublishBatch` says.
    pub(super) fn read(body: &Value, topic_arn: &str, now_ms: u64) -> Result<Self, ApiError> {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let message = text("Message").unwrap_or_default();
        if message.is_empty() {
            return Err(invalid("Empty message"));
        }
        let subject = text("Subject");
        if let Some(subject) = subject {
            check_subject(subject)?;
        }
        // A group on a standard topic asks for fairness between senders; every topic here is one.
        if text("MessageDeduplicationId").is_some() {
            return Err(invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
            ));
        }
        let attributes = read_attributes(body.get("MessageAttributes"))?;
        let attribute =
            |(name, it): (&String, &Attribute)| name.len() + it.kind.len() + shown(&it.value).len();
        let bytes = message.len() + attributes.iter().map(attribute).sum::<usize>();
        if bytes > MESSAGE_BYTES_MAX {
            return Err(invalid("Message too long"));
        }
        let (text, by_protocol) = match text("MessageStructure") {
            None | Some("") => (message.to_owned(), BTreeMap::new()),
            Some("json") => read_structure(message)?,
            Some(_) => return Err(invalid("MessageStructure")),
        };
        Ok(Self {
            topic_arn: topic_arn.to_owned(),
            subject: subject.map(str::to_owned),
            text,
            by_protocol,
            attributes,
            at_ms: now_ms,
            ..Self::default()
        })
    }

    /// Bytes of the text, for the metric.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The text for a protocol.
    pub(super) fn text_for(&self, protocol: &str) -> &str {
        self.by_protocol.get(protocol).unwrap_or(&self.text)
    }

    /// Whether a subscriber's filter lets it through.
    pub(super) fn passes(&self, filter: &Filter, protocol: &str) -> bool {
        match filter.scope {
            FilterScope::MessageBody => {
                let body: Option<Value> = serde_json::from_str(self.text_for(protocol)).ok();
                body.is_some_and(|body| body.is_object() && filter.pattern.matches(&body))
            }
            FilterScope::MessageAttributes => {
                let fields = self.attributes.iter().filter_map(|(name, it)| {
                    let value = match it.kind.split('.').next()? {
                        "Number" => serde_json::from_str(shown(&it.value)).ok()?,
                        "Binary" => return None,
                        _ if it.kind == "String.Array" => {
                            serde_json::from_str(shown(&it.value)).ok()?
                        }
                        _ => Value::String(shown(&it.value).to_owned()),
                    };
                    Some((name.clone(), value))
                });
                let event: Map<String, Value> = fields.collect();
                filter.pattern.matches(&Value::Object(event))
            }
        }
    }

    /// The envelope in which queues get it.
    pub(super) fn envelope(&self, protocol: &str, subscription_arn: &str) -> Value {
        let mut shown = json!({
            "Type": "Notification",
            "MessageId": self.id,
            "TopicArn": self.topic_arn,
            "Message": self.text_for(protocol),
            "Timestamp": time::rfc3339(self.at_ms),
            "SignatureVersion": "1",
            "Signature": UNSIGNED,
            "SigningCertURL": "",
            "UnsubscribeURL": format!("?Action=Unsubscribe&SubscriptionArn={subscription_arn}"),
        });
        if let Some(map) = shown.as_object_mut() {
            if let Some(subject) = &self.subject {
                map.insert("Subject".to_owned(), json!(subject));
            }
            if !self.attributes.is_empty() {
                map.insert("MessageAttributes".to_owned(), self.shown_attributes());
            }
        }
        shown
    }

    /// The event with which functions are invoked.
    pub(super) fn event(&self, subscription_arn: &str) -> Value {
        json!({ "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription_arn,
            "Sns": {
                "Type": "Notification",
                "MessageId": self.id,
                "TopicArn": self.topic_arn,
                "Subject": self.subject,
                "Message": self.text_for("lambda"),
                "Timestamp": time::rfc3339(self.at_ms),
                "SignatureVersion": "1",
                "Signature": UNSIGNED,
                "SigningCertUrl": "",
                "UnsubscribeUrl": format!("?Action=Unsubscribe&SubscriptionArn={subscription_arn}"),
                "MessageAttributes": self.shown_attributes(),
            },
        }] })
    }

    pub(super) fn shown_attributes(&self) -> Value {
        let attribute = |it: &Attribute| json!({ "Type": it.kind, "Value": shown(&it.value) });
        let attributes = self.attributes.iter();
        Value::Object(
            attributes
                .map(|(name, it)| (name.clone(), attribute(it)))
                .collect(),
        )
    }
}

/// ASCII, no line break or control character, at most 100 characters, and no space in front.
fn check_subject(subject: &str) -> Result<(), ApiError> {
    let printable = |c: char| c == ' ' || c.is_ascii_graphic();
    let formed = subject.chars().count() <= SUBJECT_CHARS_MAX
        && subject.chars().all(printable)
        && subject.starts_with(|c: char| c.is_ascii_graphic());
    if formed {
        Ok(())
    } else {
        Err(invalid("Subject"))
    }
}

/// `{"default": "…", "sqs": "…"}`
fn read_structure(message: &str) -> Result<(String, BTreeMap<String, String>), ApiError> {
    let fault = |what: &str| invalid(format!("Message Structure - {what}"));
    let parsed: Value =
        serde_json::from_str(message).map_err(|_| fault("JSON message body failed to parse"))?;
    let texts = parsed.as_object().into_iter().flatten();
    let texts: BTreeMap<String, String> = texts
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    match texts.get("default") {
        Some(default) => Ok((default.clone(), texts)),
        None => Err(fault("No default entry in JSON message body")),
    }
}

fn read_attributes(given: Option<&Value>) -> Result<BTreeMap<String, Attribute>, ApiError> {
    let mut attributes = BTreeMap::new();
    for (name, attribute) in given.and_then(Value::as_object).into_iter().flatten() {
        let text = |key: &str| attribute.get(key).and_then(Value::as_str);
        let kind = text("DataType").unwrap_or_default();
        let general = kind.split('.').next().unwrap_or_default();
        let value = match general {
            "Binary" => text("BinaryValue"),
            "String" | "Number" => text("StringValue"),
            _ => {
                let message = format!(
                    "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
                );
                return Err(ApiError::new("ParameterValueInvalid", message));
            }
        };
        let Some(value) = value.filter(|it| !it.is_empty()) else {
            let message = format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
            );
            return Err(ApiError::new("ParameterValueInvalid", message));
        };
        if general == "Number" && value.parse::<f64>().is_err() {
            let message = format!("Could not cast message attribute '{name}' value to number.");
            return Err(ApiError::new("ParameterValueInvalid", message));
        }
        if kind == "String.Array" && serde_json::from_str::<Vec<Value>>(value).is_err() {
            let message = format!("The message attribute '{name}' is no valid JSON array.");
            return Err(ApiError::new("ParameterValueInvalid", message));
        }
        let attribute = Attribute {
            kind: kind.to_owned(),
            value: match general {
                "Binary" => AttributeValue::Binary(value.to_owned()),
                _ => AttributeValue::Text(value.to_owned()),
            },
        };
        attributes.insert(name.clone(), attribute);
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_printable_line() {
        for good in ["Payment failed", "a", &"x".repeat(100)] {
            assert_eq!(check_subject(good), Ok(()), "{good}");
        }
        for bad in ["", " x", "a\nb", "é", &"x".repeat(101)] {
            assert!(check_subject(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_structured_message_has_a_text_for_each_protocol_and_a_default() {
        let (default, texts) = read_structure(r#"{"default":"d","sqs":"q"}"#).unwrap();
        assert_eq!((default.as_str(), texts["sqs"].as_str()), ("d", "q"));
        assert!(read_structure(r#"{"sqs":"q"}"#).is_err());
        assert!(read_structure("d").is_err());
    }
}

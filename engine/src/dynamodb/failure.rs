//! The errors that DynamoDB answers with: their wire types, messages and further fields.

use serde_json::{Map, Value, json};

const SERVICE: &str = "com.amazonaws.dynamodb.v20120810#";

/// An operation that was refused, in the terms of the wire protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The whole `__type`, such as
    /// `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`.
    pub kind: String,
    /// What a person reads.
    pub message: String,
    /// Further fields of the answer, such as `CancellationReasons` or `Item`.
    pub extra: Map<String, Value>,
}

impl Failure {
    /// The request is malformed, or asks for what DynamoDB does not allow.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(
            "com.amazon.coral.validate#ValidationException".into(),
            message,
        )
    }

    /// A field of the request has the wrong JSON type.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(
            "com.amazon.coral.service#SerializationException".into(),
            message,
        )
    }

    /// The operation is not one of those offered here.
    pub(crate) fn unknown_operation(operation: &str) -> Self {
        Self::new(
            "com.amazon.coral.service#UnknownOperationException".into(),
            format!("the local DynamoDB does not offer the operation {operation}"),
        )
    }

    /// A table or an index that does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(format!("{SERVICE}ResourceNotFoundException"), message)
    }

    /// A condition that did not hold; `item` is the item it was tried on, when that was asked for.
    pub(crate) fn condition(item: Option<Value>) -> Self {
        let mut failure = Self::new(
            format!("{SERVICE}ConditionalCheckFailedException"),
            "The conditional request failed",
        );
        if let Some(item) = item {
            failure.extra.insert("Item".into(), item);
        }
        failure
    }

    /// A token that was used less than ten minutes ago with another request.
    pub(crate) fn idempotent_mismatch() -> Self {
        Self::new(
            format!("{SERVICE}IdempotentParameterMismatchException"),
            "The provided client token was used for a different request",
        )
    }

    /// A transaction of which at least one action failed; `reasons` has one entry per action.
    pub(crate) fn cancelled(reasons: &[Value]) -> Self {
        let codes: Vec<&str> = reasons
            .iter()
            .map(|reason| reason.get("Code").and_then(Value::as_str).unwrap_or("None"))
            .collect();
        let mut failure = Self::new(
            format!("{SERVICE}TransactionCanceledException"),
            format!(
                "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                codes.join(", ")
            ),
        );
        failure
            .extra
            .insert("CancellationReasons".into(), json!(reasons));
        failure
    }

    fn new(kind: String, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            extra: Map::new(),
        }
    }

    /// The short name of the error, such as `ConditionalCheckFailedException`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.kind.rsplit('#').next().unwrap_or(&self.kind)
    }

    /// The JSON body of the answer. Which errors write `Message` with a capital letter is part of
    /// the service's model, and clients read exactly that member.
    #[must_use]
    pub fn body(&self) -> Value {
        let message = match self.name() {
            "TransactionCanceledException"
            | "IdempotentParameterMismatchException"
            | "SerializationException" => "Message",
            _ => "message",
        };
        let mut body = Map::new();
        body.insert("__type".into(), json!(self.kind));
        body.extend(self.extra.clone());
        body.insert(message.into(), json!(self.message));
        Value::Object(body)
    }
}

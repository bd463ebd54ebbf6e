//! Deliveries by services that act on their own: what a topic, a rule or an alarm puts into queues and gives to functions.
//!
//! A delivery happens in the step that causes it, so that it is durable with its cause. What is refused goes to a dead-letter
//! queue at once, as on AWS, where a missing permission or a missing target is no reason to try again.

use super::Core;
use super::asynchronous::AsynchronousEvent;
use super::authority::{Denied, Principal};
use super::input::Output;
use super::queues::{Attribute, AttributeValue, NewMessage};

/// Why something was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undelivered {
    /// EventBridge's `ERROR_CODE`.
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl From<Denied> for Undelivered {
    fn from(denied: Denied) -> Self {
        Self {
            code: "NO_PERMISSIONS",
            message: denied.message,
        }
    }
}

impl Undelivered {
    pub(super) fn no_resource(arn: &str) -> Self {
        Self {
            code: "NO_RESOURCE",
            message: format!("{arn} is not made by this template"),
        }
    }
}

impl Core {
    /// Puts a message into the queue with this ARN, when the principal may.
    pub(super) fn deliver_to_queue(
        &mut self,
        principal: &Principal,
        queue_arn: &str,
        message: NewMessage,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), Undelivered> {
        let Some(queue) = self.queues.name_of(queue_arn) else {
            return Err(Undelivered::no_resource(queue_arn));
        };
        self.authorize_send(principal, queue_arn)?;
        let sent = self.send_message(&queue, message, now_ms, out);
        sent.map(|_| ()).map_err(|error| Undelivered {
            code: "INVALID_PARAMETER",
            message: error.message,
        })
    }

    /// Hands an event to the function with this ARN, which is invoked asynchronously.
    pub(super) fn deliver_to_function(
        &mut self,
        principal: &Principal,
        function_arn: &str,
        event: AsynchronousEvent,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), Undelivered> {
        let Some(function) = self.function_named(function_arn) else {
            return Err(Undelivered::no_resource(function_arn));
        };
        self.authorize(principal, "lambda:InvokeFunction", function_arn, &[])?;
        let event = AsynchronousEvent { function, ..event };
        // The function is there, so it is taken.
        let _request_id = self.invoke_asynchronously(event, now_ms, out);
        Ok(())
    }
}

/// An attribute of the type `String`.
pub(super) fn text_attribute(value: &str) -> Attribute {
    Attribute {
        kind: "String".to_owned(),
        value: AttributeValue::Text(value.to_owned()),
    }
}

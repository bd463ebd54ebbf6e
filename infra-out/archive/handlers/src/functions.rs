//! The functions of `archive.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{
    EventProcessorContext, NotificationHandlerContext, WebhookReceiverContext,
};
use crate::types::{PaymentProcessed, PaymentReceived, Rejected};

/// `function event_processor`, archive.pipe:93.
pub trait EventProcessor {
    /// `function event_processor`, archive.pipe:93.
    fn event_processor(
        &self,
        input: PaymentReceived,
        context: &EventProcessorContext,
    ) -> impl Future<Output = Result<Option<PaymentProcessed>, Fault>>;
}

/// `function notification_handler`, archive.pipe:100.
pub trait NotificationHandler {
    /// `function notification_handler`, archive.pipe:100.
    fn notification_handler(
        &self,
        input: PaymentProcessed,
        context: &NotificationHandlerContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function webhook_receiver`, archive.pipe:91.
pub trait WebhookReceiver {
    /// `function webhook_receiver`, archive.pipe:91.
    fn webhook_receiver(
        &self,
        input: PaymentReceived,
        context: &WebhookReceiverContext,
    ) -> impl Future<Output = Result<PaymentReceived, WebhookReceiverError>>;
}

/// How `webhook_receiver` may fail.
#[derive(Debug)]
pub enum WebhookReceiverError {
    /// `fails Rejected`
    Rejected(Rejected),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Rejected> for WebhookReceiverError {
    fn from(error: Rejected) -> Self {
        Self::Rejected(error)
    }
}

impl<E: Unforeseen> From<E> for WebhookReceiverError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<WebhookReceiverError> for Failure {
    fn from(error: WebhookReceiverError) -> Self {
        match error {
            WebhookReceiverError::Rejected(fields) => Self::declared("Rejected", &fields),
            WebhookReceiverError::Fault(fault) => Self::Fault(fault),
        }
    }
}

//! The functions of `notifications.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{ReceiveContext, WebhookProcessorContext};
use crate::types::{Rejected, TransactionReceived};

/// `function receive`, notifications.pipe:60.
pub trait Receive {
    /// `function receive`, notifications.pipe:60.
    fn receive(
        &self,
        input: TransactionReceived,
        context: &ReceiveContext,
    ) -> impl Future<Output = Result<TransactionReceived, ReceiveError>>;
}

/// How `receive` may fail.
#[derive(Debug)]
pub enum ReceiveError {
    /// `fails Rejected`
    Rejected(Rejected),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Rejected> for ReceiveError {
    fn from(error: Rejected) -> Self {
        Self::Rejected(error)
    }
}

impl<E: Unforeseen> From<E> for ReceiveError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<ReceiveError> for Failure {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Rejected(fields) => Self::declared("Rejected", &fields),
            ReceiveError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// `function webhook_processor`, notifications.pipe:62.
pub trait WebhookProcessor {
    /// `function webhook_processor`, notifications.pipe:62.
    fn webhook_processor(
        &self,
        input: TransactionReceived,
        context: &WebhookProcessorContext,
    ) -> impl Future<Output = Result<TransactionReceived, Fault>>;
}

//! The functions of `webhook_processing.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::accepted::ValidatorInput;
use crate::capabilities::{ProcessContext, StatusUpdatesContext, ValidatorContext};
use crate::types::{Malformed, Notification, PaymentProcessed};

/// `function process`, webhook_processing.pipe:93.
pub trait Process {
    /// `function process`, webhook_processing.pipe:93.
    fn process(
        &self,
        input: Notification,
        context: &ProcessContext,
    ) -> impl Future<Output = Result<PaymentProcessed, Fault>>;
}

/// Knows from the rule that fired how large the payment was; moves its stage on.
pub trait StatusUpdates {
    /// `function status_updates`, webhook_processing.pipe:121.
    fn status_updates(
        &self,
        input: PaymentProcessed,
        context: &StatusUpdatesContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// Turns each provider's own events into one shape; what says nothing final about a payment is let go.
pub trait Validator {
    /// `function validator`, webhook_processing.pipe:91.
    fn validator(
        &self,
        input: ValidatorInput,
        context: &ValidatorContext,
    ) -> impl Future<Output = Result<Option<Notification>, ValidatorError>>;
}

/// How `validator` may fail.
#[derive(Debug)]
pub enum ValidatorError {
    /// `fails Malformed`
    Malformed(Malformed),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Malformed> for ValidatorError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl<E: Unforeseen> From<E> for ValidatorError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<ValidatorError> for Failure {
    fn from(error: ValidatorError) -> Self {
        match error {
            ValidatorError::Malformed(fields) => Self::declared("Malformed", &fields),
            ValidatorError::Fault(fault) => Self::Fault(fault),
        }
    }
}

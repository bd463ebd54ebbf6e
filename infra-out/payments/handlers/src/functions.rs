//! The functions of `payments.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{ProcessContext, ValidateContext};
use crate::types::{Declined, GatewayDown, PaymentReceived, Receipt, Rejected};

/// Charges through the gateway. Called again with the same idempotency key until it answers.
pub trait Process {
    /// `function process`, payments.pipe:59.
    fn process(
        &self,
        input: PaymentReceived,
        context: &ProcessContext,
    ) -> impl Future<Output = Result<Receipt, ProcessError>>;
}

/// How `process` may fail.
#[derive(Debug)]
pub enum ProcessError {
    /// `fails Declined`
    Declined(Declined),
    /// `fails GatewayDown`
    GatewayDown(GatewayDown),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Declined> for ProcessError {
    fn from(error: Declined) -> Self {
        Self::Declined(error)
    }
}

impl From<GatewayDown> for ProcessError {
    fn from(error: GatewayDown) -> Self {
        Self::GatewayDown(error)
    }
}

impl<E: Unforeseen> From<E> for ProcessError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<ProcessError> for Failure {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::Declined(fields) => Self::declared("Declined", &fields),
            ProcessError::GatewayDown(fields) => Self::declared("GatewayDown", &fields),
            ProcessError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Checks what a signature cannot: that the payment makes sense. What it returns is what is recorded.
pub trait Validate {
    /// `function validate`, payments.pipe:50.
    fn validate(
        &self,
        input: PaymentReceived,
        context: &ValidateContext,
    ) -> impl Future<Output = Result<PaymentReceived, ValidateError>>;
}

/// How `validate` may fail.
#[derive(Debug)]
pub enum ValidateError {
    /// `fails Rejected`
    Rejected(Rejected),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Rejected> for ValidateError {
    fn from(error: Rejected) -> Self {
        Self::Rejected(error)
    }
}

impl<E: Unforeseen> From<E> for ValidateError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<ValidateError> for Failure {
    fn from(error: ValidateError) -> Self {
        match error {
            ValidateError::Rejected(fields) => Self::declared("Rejected", &fields),
            ValidateError::Fault(fault) => Self::Fault(fault),
        }
    }
}

//! The functions of `refunds.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{
    AskApprovalContext, BeginContext, BookContext, PayBackContext, RestockContext,
    TakeContext, TellContext, UnbookContext,
};
use crate::types::{Approval, Booking, Line, Mail, RefundRequested, Refused};

/// `function ask_approval`, refunds.pipe:71.
pub trait AskApproval {
    /// `function ask_approval`, refunds.pipe:71.
    fn ask_approval(
        &self,
        input: RefundRequested,
        context: &AskApprovalContext,
    ) -> impl Future<Output = Result<Approval, Fault>>;
}

/// Begins the workflow, which is named after the refund: a second message for it begins nothing.
pub trait Begin {
    /// `function begin`, refunds.pipe:65.
    fn begin(
        &self,
        input: RefundRequested,
        context: &BeginContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function book`, refunds.pipe:73.
pub trait Book {
    /// `function book`, refunds.pipe:73.
    fn book(
        &self,
        input: RefundRequested,
        context: &BookContext,
    ) -> impl Future<Output = Result<Booking, Fault>>;
}

/// `function pay_back`, refunds.pipe:72.
pub trait PayBack {
    /// `function pay_back`, refunds.pipe:72.
    fn pay_back(
        &self,
        input: RefundRequested,
        context: &PayBackContext,
    ) -> impl Future<Output = Result<(), PayBackError>>;
}

/// How `pay_back` may fail.
#[derive(Debug)]
pub enum PayBackError {
    /// `fails Refused`
    Refused(Refused),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Refused> for PayBackError {
    fn from(error: Refused) -> Self {
        Self::Refused(error)
    }
}

impl<E: Unforeseen> From<E> for PayBackError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<PayBackError> for Failure {
    fn from(error: PayBackError) -> Self {
        match error {
            PayBackError::Refused(fields) => Self::declared("Refused", &fields),
            PayBackError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// `function restock`, refunds.pipe:76.
pub trait Restock {
    /// `function restock`, refunds.pipe:76.
    fn restock(
        &self,
        input: Line,
        context: &RestockContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function take`, refunds.pipe:62.
pub trait Take {
    /// `function take`, refunds.pipe:62.
    fn take(
        &self,
        input: RefundRequested,
        context: &TakeContext,
    ) -> impl Future<Output = Result<RefundRequested, Fault>>;
}

/// `function tell`, refunds.pipe:75.
pub trait Tell {
    /// `function tell`, refunds.pipe:75.
    fn tell(
        &self,
        input: Mail,
        context: &TellContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function unbook`, refunds.pipe:74.
pub trait Unbook {
    /// `function unbook`, refunds.pipe:74.
    fn unbook(
        &self,
        input: RefundRequested,
        context: &UnbookContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

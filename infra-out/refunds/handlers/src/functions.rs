//! The functions of `refunds.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{
    AskApprovalContext, BeginContext, BookContext, FindPaymentContext, PayBackContext,
    RestockContext, TakeContext, TellContext, UnbookContext,
};
use crate::types::{Approval, Booking, Line, Mail, Payment, RefundRequested, Refused};

/// `function ask_approval`, refunds.pipe:55.
pub trait AskApproval {
    /// `function ask_approval`, refunds.pipe:55.
    fn ask_approval(
        &self,
        input: RefundRequested,
        context: &AskApprovalContext,
    ) -> impl Future<Output = Result<Approval, Fault>>;
}

/// Begins the workflow, which is named after the refund: a second message for it begins nothing.
pub trait Begin {
    /// `function begin`, refunds.pipe:45.
    fn begin(
        &self,
        input: RefundRequested,
        context: &BeginContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function book`, refunds.pipe:57.
pub trait Book {
    /// `function book`, refunds.pipe:57.
    fn book(
        &self,
        input: RefundRequested,
        context: &BookContext,
    ) -> impl Future<Output = Result<Booking, Fault>>;
}

/// What the shop's own books say was paid: a genuine request may still ask for more.
pub trait FindPayment {
    /// `function find_payment`, refunds.pipe:53.
    fn find_payment(
        &self,
        input: RefundRequested,
        context: &FindPaymentContext,
    ) -> impl Future<Output = Result<Payment, Fault>>;
}

/// `function pay_back`, refunds.pipe:56.
pub trait PayBack {
    /// `function pay_back`, refunds.pipe:56.
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

/// `function restock`, refunds.pipe:60.
pub trait Restock {
    /// `function restock`, refunds.pipe:60.
    fn restock(
        &self,
        input: Line,
        context: &RestockContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function take`, refunds.pipe:42.
pub trait Take {
    /// `function take`, refunds.pipe:42.
    fn take(
        &self,
        input: RefundRequested,
        context: &TakeContext,
    ) -> impl Future<Output = Result<RefundRequested, Fault>>;
}

/// `function tell`, refunds.pipe:59.
pub trait Tell {
    /// `function tell`, refunds.pipe:59.
    fn tell(
        &self,
        input: Mail,
        context: &TellContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function unbook`, refunds.pipe:58.
pub trait Unbook {
    /// `function unbook`, refunds.pipe:58.
    fn unbook(
        &self,
        input: RefundRequested,
        context: &UnbookContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

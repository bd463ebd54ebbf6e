//! The functions of `odd.pipe`: one trait each, and how they may fail.

use pipe_runtime::{Failure, Fault, Unforeseen};

use crate::capabilities::{KeepContext, MatchContext, TakeContext};
use crate::types::{Kept, Record_, Serialize_, Value_};

/// Reads back and records by itself.
pub trait Keep {
    /// `function keep`, odd.pipe:49.
    fn keep(
        &self,
        input: Kept,
        context: &KeepContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function match`, odd.pipe:46.
pub trait Match {
    /// `function match`, odd.pipe:46.
    fn r#match(
        &self,
        input: Kept,
        context: &MatchContext,
    ) -> impl Future<Output = Result<Value_, MatchError>>;
}

/// How `match` may fail.
#[derive(Debug)]
pub enum MatchError {
    /// `fails Serialize`
    Serialize_(Serialize_),
    /// What nobody foresaw. Every standard error becomes one with `?`.
    Fault(Fault),
}

impl From<Serialize_> for MatchError {
    fn from(error: Serialize_) -> Self {
        Self::Serialize_(error)
    }
}

impl<E: Unforeseen> From<E> for MatchError {
    fn from(error: E) -> Self {
        Self::Fault(error.into_fault())
    }
}

impl From<MatchError> for Failure {
    fn from(error: MatchError) -> Self {
        match error {
            MatchError::Serialize_(fields) => Self::declared("Serialize", &fields),
            MatchError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// `function take`, odd.pipe:44.
pub trait Take {
    /// `function take`, odd.pipe:44.
    fn take(
        &self,
        input: Record_,
        context: &TakeContext,
    ) -> impl Future<Output = Result<Record_, Fault>>;
}

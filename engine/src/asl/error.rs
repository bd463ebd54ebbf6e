//! What goes wrong: in a definition, and while a state runs.

use std::fmt;
use std::sync::Arc;

/// Why a definition is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The path in the definition, `/States/Charge/Retry/0/MaxAttempts`; `/` is the definition itself.
    pub at: String,
    pub message: String,
}

impl DefinitionError {
    pub fn new(at: &str, message: impl Into<String>) -> Self {
        let at = if at.is_empty() { "/" } else { at };
        DefinitionError {
            at: at.to_owned(),
            message: message.into(),
        }
    }

    /// For what the States Language has and this interpreter does not.
    pub(super) fn not_supported(at: &str, what: &str) -> Self {
        Self::new(at, format!("NotSupported: {what}"))
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl std::error::Error for DefinitionError {}

/// Error names of the States Language.
pub mod names {
    pub const ALL: &str = "States.ALL";
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
    pub const RUNTIME: &str = "States.Runtime";
    pub const TASK_FAILED: &str = "States.TaskFailed";
    pub const TIMEOUT: &str = "States.Timeout";
}

/// Why a state failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The error's name; a Fail state and a callback may give none.
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
    pub(super) kind: FailureKind,
}

/// How `Retry` and `Catch` see a failure, where its name alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    Ordinary,
    /// Reported as `States.Timeout`; a `Retry` or `Catch` may also call it `States.HeartbeatTimeout`.
    Heartbeat,
    /// Ends the execution whatever `Retry` and `Catch` say.
    Terminal,
}

impl Failure {
    pub(super) fn new(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Failure {
            error: Some(Arc::from(error)),
            cause: Some(cause.into()),
            kind: FailureKind::Ordinary,
        }
    }

    /// `States.Runtime`, which Step Functions neither retries nor catches.
    pub(super) fn runtime(cause: impl Into<Arc<str>>) -> Self {
        Failure {
            kind: FailureKind::Terminal,
            ..Failure::new(names::RUNTIME, cause)
        }
    }

    /// Whether an `ErrorEquals` that lists `name` is meant.
    pub(super) fn is(&self, name: &str) -> bool {
        match name {
            _ if self.kind == FailureKind::Terminal => false,
            names::ALL => true,
            names::TASK_FAILED => self.error.as_deref() != Some(names::TIMEOUT),
            names::HEARTBEAT_TIMEOUT if self.kind == FailureKind::Heartbeat => true,
            _ => self.error.as_deref() == Some(name),
        }
    }
}

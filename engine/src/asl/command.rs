//! What goes into a step and what comes out of it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::history::HistoryEvent;
use super::json::Json;
use super::machine::Resource;

/// A task of one execution. A retry of a state starts another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// A timer of one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u64);

/// What a timer is for. Whoever carries it out may shorten some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// How long an execution or a task may take, or a task may be silent.
    Limit,
    /// A Wait state.
    Wait,
    /// Until the next attempt of a state that has failed.
    Retry,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What happened. A task or timer that is not waited for (any more) changes nothing, so an input may come twice.
#[derive(Clone, Debug)]
pub enum Input {
    /// The execution begins; only the first one counts.
    Start,
    /// The service has accepted a `.sync` or `.waitForTaskToken` task; noted in the history, nothing else.
    TaskSubmitted {
        task: TaskId,
        output: Json,
    },
    TaskSucceeded {
        task: TaskId,
        output: Json,
    },
    TaskFailed {
        task: TaskId,
        error: Option<String>,
        cause: Option<String>,
    },
    /// The worker of a task is alive; its heartbeat timer starts anew.
    TaskHeartbeat {
        task: TaskId,
    },
    /// The time of a timer has come. Whether it really has is the caller's knowledge.
    TimerFired {
        timer: TimerId,
    },
    /// Somebody stops the execution.
    Abort {
        error: Option<String>,
        cause: Option<String>,
    },
}

/// What is to be done, in this order, after the execution has been stored.
#[derive(Clone, Debug)]
pub enum Command {
    StartTask(Box<TaskStart>),
    /// The result of a task is not wanted any more.
    CancelTask {
        task: TaskId,
    },
    /// Fire the timer at a time in milliseconds since 1970, at once where that is past.
    SetTimer {
        timer: TimerId,
        at_ms: i64,
        kind: TimerKind,
    },
    CancelTimer {
        timer: TimerId,
    },
    /// Append to the history.
    Event(HistoryEvent),
    Succeeded {
        output: Json,
    },
    Failed {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    TimedOut,
    Aborted {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
}

/// A task to start.
#[derive(Clone, Debug)]
pub struct TaskStart {
    pub task: TaskId,
    /// Name of the state that starts it.
    pub state: Arc<str>,
    pub resource: Resource,
    /// The state's `Parameters` after evaluation, or its input.
    pub parameters: Json,
    /// `$$.Task.Token`, for activities, `.sync` and `.waitForTaskToken`.
    pub token: Option<String>,
    /// The time limit that the interpreter itself watches, in seconds.
    pub timeout_s: Option<i64>,
    /// The longest silence between two heartbeats, in seconds, which the interpreter watches too.
    pub heartbeat_s: Option<i64>,
    /// `Credentials` after evaluation.
    pub credentials: Option<Json>,
    /// How often the state has been retried before: 0 on the first attempt.
    pub retry_count: u64,
}

//! What an execution was given, and when: little to store, and enough to tell its history again.
//!
//! The interpreter is deterministic, so its events follow from its inputs. The execution's own state is stored beside
//! this and never depends on it.

use serde::{Deserialize, Serialize};

use crate::asl::{self, Command, HistoryEvent, Json, TaskId, TimerId};

/// One input of an execution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    at_ms: i64,
    taken: Taken,
}

/// The interpreter's inputs in a form that is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Taken {
    Start,
    Submitted {
        task: TaskId,
        output: Json,
    },
    Succeeded {
        task: TaskId,
        output: Json,
    },
    Failed {
        task: TaskId,
        error: Option<String>,
        cause: Option<String>,
    },
    Heartbeat {
        task: TaskId,
    },
    Timer {
        timer: TimerId,
    },
    Abort {
        error: Option<String>,
        cause: Option<String>,
    },
}

impl Entry {
    pub(super) fn new(input: &asl::Input, at_ms: i64) -> Self {
        let taken = match input.clone() {
            asl::Input::Start => Taken::Start,
            asl::Input::TaskSubmitted { task, output } => Taken::Submitted { task, output },
            asl::Input::TaskSucceeded { task, output } => Taken::Succeeded { task, output },
            asl::Input::TaskFailed { task, error, cause } => Taken::Failed { task, error, cause },
            asl::Input::TaskHeartbeat { task } => Taken::Heartbeat { task },
            asl::Input::TimerFired { timer } => Taken::Timer { timer },
            asl::Input::Abort { error, cause } => Taken::Abort { error, cause },
        };
        Self { at_ms, taken }
    }

    fn input(&self) -> asl::Input {
        match self.taken.clone() {
            Taken::Start => asl::Input::Start,
            Taken::Submitted { task, output } => asl::Input::TaskSubmitted { task, output },
            Taken::Succeeded { task, output } => asl::Input::TaskSucceeded { task, output },
            Taken::Failed { task, error, cause } => asl::Input::TaskFailed { task, error, cause },
            Taken::Heartbeat { task } => asl::Input::TaskHeartbeat { task },
            Taken::Timer { timer } => asl::Input::TimerFired { timer },
            Taken::Abort { error, cause } => asl::Input::Abort { error, cause },
        }
    }
}

/// The events that `fresh`, an execution that has not started, has after all `entries`.
pub(super) fn history(
    machine: &asl::Machine,
    mut fresh: asl::Execution,
    entries: &[Entry],
) -> Vec<HistoryEvent> {
    let mut events = Vec::new();
    for entry in entries {
        let commands = asl::step(machine, &mut fresh, entry.input(), entry.at_ms);
        events.extend(commands.into_iter().filter_map(|command| match command {
            Command::Event(event) => Some(event),
            _ => None,
        }));
    }
    events
}

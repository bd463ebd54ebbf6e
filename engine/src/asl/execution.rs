//! The complete state of one execution: what is stored after a step and read back before the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::{Command, TaskId, TaskStart, TimerId, TimerKind};
use super::json::Json;
use super::machine::{Kind, Machine, State};

/// One run of a state machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What the caller pins the definition by: a hash or a version. Every step must be given that very definition.
    pub definition: String,
    pub facts: Facts,
    pub(super) status: Status,
    pub(super) seed: u64,
    /// Random numbers drawn so far.
    pub(super) draws: u64,
    pub(super) last_event: u64,
    /// Names branches, tasks and timers.
    pub(super) next_id: u64,
    /// The state machine's own limit.
    pub(super) deadline: Option<Timer>,
    /// Threads of control: the machine itself, branches of Parallel, iterations of Map. A parent's id is the lower one.
    pub(super) branches: BTreeMap<u64, Box<Branch>>,
}

/// What does not change while an execution runs; most of it is shown in the context object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// ARN of the execution.
    pub id: String,
    pub name: String,
    pub role_arn: String,
    /// When it was started, in milliseconds since 1970.
    pub start_ms: i64,
    pub input: Json,
    pub machine_id: String,
    pub machine_name: String,
    /// Shown as `Execution.RedriveCount`; Express executions have none.
    pub redrive_count: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// Made, but not started.
    Pending,
    Running,
    Succeeded {
        output: Json,
    },
    Failed {
        error: Option<String>,
        cause: Option<String>,
    },
    TimedOut,
    Aborted {
        error: Option<String>,
        cause: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) id: TimerId,
    pub(super) at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Branch {
    pub(super) parent: Option<Parent>,
    /// Position of the current state: group of the machine, state of the group.
    pub(super) group: usize,
    pub(super) state: usize,
    /// Input of the current state, before `InputPath`.
    pub(super) input: Json,
    /// Variables assigned here, an object; those of the parents are seen too.
    pub(super) variables: Json,
    /// The variables of the parents are out of sight: an iteration of a distributed Map.
    pub(super) isolated: bool,
    /// Within an iteration of a distributed Map, which has a history of its own on AWS: nothing is noted, only counted.
    pub(super) quiet: bool,
    /// The item of the Map iteration that this is.
    pub(super) item: Option<Item>,
    pub(super) entered_ms: i64,
    pub(super) entered_event: u64,
    pub(super) last_event: u64,
    /// Attempts of each retrier of the current state.
    pub(super) retries: Vec<i64>,
    pub(super) retry_count: u64,
    pub(super) wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Parent {
    pub(super) branch: u64,
    /// Which of the parent's results this branch gives.
    pub(super) slot: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) index: usize,
    pub(super) value: Json,
}

/// What a branch waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Wait {
    /// For nothing: its state is to be entered.
    Nothing,
    Task(RunningTask),
    /// A Wait state; holds the output it will have.
    Delay {
        timer: Timer,
        output: Json,
    },
    /// The next attempt of the current state.
    Retry(Timer),
    Children(Children),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunningTask {
    pub(super) id: TaskId,
    pub(super) token: Option<String>,
    pub(super) parameters: Json,
    /// An array of the evaluated credentials, or an empty one.
    pub(super) credentials: Vec<Json>,
    pub(super) timeout_s: Option<i64>,
    pub(super) heartbeat_s: Option<i64>,
    pub(super) timeout: Option<Timer>,
    pub(super) heartbeat: Option<Timer>,
}

/// The branches of a Parallel state or the iterations of a Map state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Children {
    /// One for each branch or item; null until it is there.
    pub(super) results: Vec<Json>,
    /// Branches or items that have been started.
    pub(super) started: usize,
    pub(super) ended: usize,
    /// Items that failed, where some failures are tolerated.
    pub(super) failed: Vec<usize>,
    pub(super) failed_max: usize,
    pub(super) concurrency: usize,
    /// What a branch begins with; for Map the effective input, from which items are selected.
    pub(super) input: Json,
    /// The items of a Map state.
    pub(super) items: Json,
}

impl Execution {
    /// An execution that waits for its start.
    ///
    /// `definition` is whatever the caller finds the definition again by, a hash for example. `seed` determines jitter,
    /// `States.UUID`, `States.MathRandom` and task tokens.
    pub fn new(definition: impl Into<String>, facts: Facts, seed: u64) -> Execution {
        Execution {
            definition: definition.into(),
            facts,
            status: Status::Pending,
            seed,
            draws: 0,
            last_event: 0,
            next_id: 0,
            deadline: None,
            branches: BTreeMap::new(),
        }
    }

    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The number of events that the history has.
    pub fn event_count(&self) -> u64 {
        self.last_event
    }

    /// Whether the execution has begun and not ended.
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// The commands that may have been lost with the process that had to carry them out: tasks whose result has not
    /// come in, and timers. After a restart all of them are carried out (again).
    pub fn outstanding(&self, machine: &Machine) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut set = |timer: &Timer, kind: TimerKind| {
            commands.push(Command::SetTimer {
                timer: timer.id,
                at_ms: timer.at_ms,
                kind,
            })
        };
        if let Some(deadline) = &self.deadline {
            set(deadline, TimerKind::Limit);
        }
        for wait in self.branches.values().map(|branch| &branch.wait) {
            for timer in &wait.timers() {
                set(timer, wait.timer_kind());
            }
        }
        let tasks = self
            .branches
            .values()
            .filter_map(|branch| branch.task_start(branch.current(machine)?));
        commands.extend(tasks.map(Command::StartTask));
        commands
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

impl Branch {
    pub(super) fn current<'m>(&self, machine: &'m Machine) -> Option<&'m State> {
        machine
            .groups
            .get(self.group)
            .and_then(|group| group.states.get(self.state))
    }

    /// The command that starts the task which the branch waits for.
    pub(super) fn task_start(&self, state: &State) -> Option<Box<TaskStart>> {
        let (Wait::Task(running), Kind::Task(task)) = (&self.wait, &state.kind) else {
            return None;
        };
        Some(Box::new(TaskStart {
            task: running.id,
            state: Arc::clone(&state.name),
            resource: task.resource.clone(),
            parameters: running.parameters.clone(),
            token: running.token.clone(),
            timeout_s: running.timeout_s,
            heartbeat_s: running.heartbeat_s,
            credentials: running.credentials.first().cloned(),
            retry_count: self.retry_count,
        }))
    }
}

impl Wait {
    /// The timers that run meanwhile.
    pub(super) fn timers(&self) -> Vec<Timer> {
        match self {
            Wait::Nothing | Wait::Children(_) => Vec::new(),
            Wait::Task(task) => task.timeout.into_iter().chain(task.heartbeat).collect(),
            Wait::Delay { timer, .. } | Wait::Retry(timer) => vec![*timer],
        }
    }

    fn timer_kind(&self) -> TimerKind {
        match self {
            Wait::Nothing | Wait::Children(_) | Wait::Task(_) => TimerKind::Limit,
            Wait::Delay { .. } => TimerKind::Wait,
            Wait::Retry(_) => TimerKind::Retry,
        }
    }
}

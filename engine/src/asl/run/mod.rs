//! One step of an execution: an input goes to the branch that waits for it, then every branch runs until it waits again.

mod data;
mod failure;
mod group;
mod input;
mod map;
mod state;
mod task;

use std::collections::VecDeque;
use std::sync::Arc;

use super::HISTORY_EVENTS_MAX;
use super::command::{Command, Input, TimerId, TimerKind};
use super::error::Failure;
use super::execution::{Branch, Execution, Parent, Status, Timer, Wait};
use super::history::{Detail, HistoryEvent, Problem};
use super::json::Json;
use super::machine::{Machine, State};
use super::scope::Scope;

/// Commands that a step gives without growing its list.
const COMMANDS_USUAL: usize = 16;

/// Takes one input and gives what is to be done.
///
/// `machine` must be the definition that the execution was made for. The execution is to be stored before the commands
/// are carried out. `now_ms` is the time in milliseconds since 1970; it may stand still or jump.
pub fn step(
    machine: &Machine,
    execution: &mut Execution,
    input: Input,
    now_ms: i64,
) -> Vec<Command> {
    let mut run = Run {
        machine,
        execution,
        now_ms,
        commands: Vec::with_capacity(COMMANDS_USUAL),
        ready: VecDeque::new(),
        out_of_events: false,
    };
    run.take(input);
    run.drain();
    run.commands
}

struct Run<'a> {
    machine: &'a Machine,
    execution: &'a mut Execution,
    now_ms: i64,
    commands: Vec<Command>,
    /// Branches that can go on, in the order in which they became able to.
    ready: VecDeque<u64>,
    out_of_events: bool,
}

/// A branch that is worked on; meanwhile it is not among the execution's own.
struct Current<'m> {
    id: u64,
    branch: Box<Branch>,
    state: &'m State,
}

/// How a state left the branch.
enum Flow {
    /// The branch has another state to enter.
    Continue(Box<Branch>),
    /// The branch waits, or has ended; it has been dealt with.
    Rest,
}

impl<'a> Run<'a> {
    /// Runs every branch that can go on until none can.
    fn drain(&mut self) {
        while let Some(id) = self.ready.pop_front() {
            let Some(mut branch) = self.execution.branches.remove(&id) else {
                continue;
            };
            // Alone, a branch goes on at once; beside others it takes turns, state by state.
            loop {
                match self.advance(id, branch) {
                    Flow::Continue(next) if self.ready.is_empty() && !self.out_of_events => {
                        branch = next
                    }
                    Flow::Continue(next) => {
                        self.park(id, next);
                        self.ready.push_back(id);
                        break;
                    }
                    Flow::Rest => break,
                }
            }
            if self.out_of_events {
                self.end_for_want_of_events();
            }
        }
    }

    /// Enters the branch's state and runs it.
    fn advance(&mut self, id: u64, branch: Box<Branch>) -> Flow {
        let Some(state) = branch.current(self.machine) else {
            return self.lost(branch);
        };
        let mut current = Current { id, branch, state };
        current.branch.entered_ms = self.now_ms;
        current.branch.retries.clear();
        current.branch.retry_count = 0;
        let input = current.branch.input.clone();
        let name = state.name.clone();
        self.note(
            &mut current.branch,
            Detail::StateEntered {
                kind: state.kind.name(),
                name,
                input,
            },
        );
        current.branch.entered_event = current.branch.last_event;
        self.perform(current)
    }

    /// The stored position does not exist: the definition is not the one that the execution was made for.
    fn lost(&mut self, branch: Box<Branch>) -> Flow {
        let cause = format!(
            "the state machine is not the pinned definition {}",
            self.execution.definition
        );
        self.branch_failed(branch, Failure::runtime(cause));
        Flow::Rest
    }

    /// Puts a branch back among the execution's own.
    fn park(&mut self, id: u64, branch: Box<Branch>) {
        self.execution.branches.insert(id, branch);
    }

    /// Parks a branch that waits from now on.
    fn rest(&mut self, mut current: Current<'_>, wait: Wait) -> Flow {
        current.branch.wait = wait;
        self.park(current.id, current.branch);
        Flow::Rest
    }

    /// Appends an event to the history, following the branch's last one.
    fn note(&mut self, branch: &mut Branch, detail: Detail) {
        if branch.quiet {
            branch.last_event += 1;
            self.out_of_events |= branch.last_event >= HISTORY_EVENTS_MAX;
            return;
        }
        branch.last_event = self.event(branch.last_event, detail);
    }

    fn event(&mut self, previous_id: u64, detail: Detail) -> u64 {
        // The last place belongs to the event that ends the execution.
        let ends = matches!(
            detail,
            Detail::ExecutionSucceeded { .. } | Detail::ExecutionEnded { .. }
        );
        if self.execution.last_event + 1 >= HISTORY_EVENTS_MAX && !ends {
            self.out_of_events = true;
            return previous_id;
        }
        self.execution.last_event += 1;
        let id = self.execution.last_event;
        let event = HistoryEvent {
            id,
            previous_id,
            timestamp_ms: self.now_ms,
            detail,
        };
        self.commands.push(Command::Event(event));
        id
    }

    /// Evaluates something of the branch's state; `token` is `$$.Task.Token` before the task runs, which then has it.
    fn evaluate<T>(
        &mut self,
        current: &Current<'_>,
        token: Option<&str>,
        evaluation: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        let running = match &current.branch.wait {
            Wait::Task(running) => running.token.as_deref(),
            _ => None,
        };
        let scope = Scope::new(self.execution, &current.branch, current.state)
            .with_token(token.or(running));
        let value = evaluation(&scope);
        let draws = scope.draws();
        self.execution.draws = draws;
        value
    }

    fn set_timer(&mut self, at_ms: i64, kind: TimerKind) -> Timer {
        let timer = Timer {
            id: TimerId(self.execution.new_id()),
            at_ms,
        };
        self.commands.push(Command::SetTimer {
            timer: timer.id,
            at_ms,
            kind,
        });
        timer
    }

    /// Sets the timer of something that may take so long, from now on.
    fn set_limit(&mut self, limit_s: i64) -> Timer {
        let at_ms = self.now_ms.saturating_add(limit_s.saturating_mul(1000));
        self.set_timer(at_ms, TimerKind::Limit)
    }

    fn cancel_timers(&mut self, timers: impl IntoIterator<Item = Timer>) {
        self.commands.extend(
            timers
                .into_iter()
                .map(|timer| Command::CancelTimer { timer: timer.id }),
        );
    }

    /// A branch that begins at the start of a group.
    fn new_branch(
        &mut self,
        parent: Option<Parent>,
        group: usize,
        input: Json,
        last_event: u64,
    ) -> Box<Branch> {
        let start = self
            .machine
            .groups
            .get(group)
            .map_or(0, |group| group.start);
        Box::new(Branch {
            parent,
            group,
            state: start,
            input,
            variables: Json::empty_object(),
            isolated: false,
            quiet: false,
            item: None,
            entered_ms: self.now_ms,
            entered_event: last_event,
            last_event,
            retries: Vec::new(),
            retry_count: 0,
            wait: Wait::Nothing,
        })
    }

    /// A branch has come to its end with an output.
    fn branch_succeeded(&mut self, branch: Box<Branch>, output: Json) {
        match branch.parent {
            Some(parent) => self.child_succeeded(&branch, parent, output),
            None if self.out_of_events => self.end_for_want_of_events(),
            None => {
                self.event(
                    branch.last_event,
                    Detail::ExecutionSucceeded {
                        output: output.clone(),
                    },
                );
                self.end(
                    Status::Succeeded {
                        output: output.clone(),
                    },
                    Command::Succeeded { output },
                );
            }
        }
    }

    /// A branch has come to its end with a failure that nothing within it caught.
    fn branch_failed(&mut self, branch: Box<Branch>, failure: Failure) {
        match branch.parent {
            Some(parent) => self.child_failed(&branch, parent, failure),
            None => self.execution_failed(branch.last_event, failure),
        }
    }

    fn execution_failed(&mut self, last_event: u64, failure: Failure) {
        let problem = Problem {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        };
        self.event(
            last_event,
            Detail::ExecutionEnded {
                outcome: "Failed",
                problem,
            },
        );
        let text = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
        let status = Status::Failed {
            error: text(&failure.error),
            cause: text(&failure.cause),
        };
        self.end(
            status,
            Command::Failed {
                error: failure.error,
                cause: failure.cause,
            },
        );
    }

    /// The execution is over: nothing of it runs any more.
    fn end(&mut self, status: Status, command: Command) {
        self.ready.clear();
        self.out_of_events = false;
        for branch in std::mem::take(&mut self.execution.branches).into_values() {
            self.release(&branch.wait);
        }
        let deadline = self.execution.deadline.take();
        self.cancel_timers(deadline);
        self.execution.status = status;
        self.commands.push(command);
    }

    /// Cancels the task and timers that a branch waits for.
    fn release(&mut self, wait: &Wait) {
        self.cancel_timers(wait.timers());
        if let Wait::Task(task) = wait {
            self.commands.push(Command::CancelTask { task: task.id });
        }
    }

    fn end_for_want_of_events(&mut self) {
        let cause = format!(
            "The execution reached the maximum number of history events ({HISTORY_EVENTS_MAX})."
        );
        let last_event = self.execution.last_event;
        self.execution_failed(last_event, Failure::runtime(cause));
    }
}

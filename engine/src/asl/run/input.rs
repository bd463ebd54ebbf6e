//! Finds what an input is meant for; what nothing waits for is ignored.

use std::sync::Arc;

use super::{Current, Flow, Run};
use crate::asl::command::{Command, Input, TaskId, TimerId};
use crate::asl::error::{Failure, FailureKind, names};
use crate::asl::execution::{Status, Timer, Wait};
use crate::asl::history::{Detail, Problem, TaskStep};
use crate::asl::json::Json;
use crate::asl::machine::Kind;

/// Which of a branch's timers it is.
enum Due {
    Timeout,
    Heartbeat,
    Delay(Json),
    Retry,
}

impl Run<'_> {
    pub(super) fn take(&mut self, input: Input) {
        match (input, &self.execution.status) {
            (Input::Start, Status::Pending) => self.start(),
            (_, Status::Pending) => {}
            (Input::TaskSubmitted { task, output }, Status::Running) => {
                self.task_submitted(task, output)
            }
            (Input::TaskSucceeded { task, output }, Status::Running) => {
                self.with_task(task, |run, current| run.task_succeeded(current, output));
            }
            (Input::TaskFailed { task, error, cause }, Status::Running) => {
                let failure = Failure {
                    error: error.map(Arc::from),
                    cause: cause.map(Arc::from),
                    kind: FailureKind::Ordinary,
                };
                self.with_task(task, |run, current| run.task_failed(current, failure));
            }
            (Input::TaskHeartbeat { task }, Status::Running) => self.heartbeat(task),
            (Input::TimerFired { timer }, Status::Running) => self.timer_fired(timer),
            (Input::Abort { error, cause }, Status::Running) => self.abort(error, cause),
            _ => {}
        }
    }

    fn start(&mut self) {
        self.execution.status = Status::Running;
        let input = self.execution.facts.input.clone();
        let role_arn = Arc::from(self.execution.facts.role_arn.as_str());
        let started = self.event(
            0,
            Detail::ExecutionStarted {
                input: input.clone(),
                role_arn,
            },
        );
        if let Some(timeout_s) = self.machine.timeout_s {
            self.execution.deadline = Some(self.set_limit(timeout_s));
        }
        if let Err(failure) = Self::check_payload("execution", &input) {
            return self.execution_failed(started, failure);
        }
        let id = self.execution.new_id();
        let branch = self.new_branch(None, 0, input, started);
        self.park(id, branch);
        self.ready.push_back(id);
    }

    /// Takes the branch that waits for a task out of the execution and goes on with it.
    fn with_task(&mut self, task: TaskId, go_on: impl FnOnce(&mut Self, Current<'_>) -> Flow) {
        if let Some(id) = self.waiting_for(task) {
            self.resume(id, go_on);
        }
    }

    fn waiting_for(&self, task: TaskId) -> Option<u64> {
        let mut branches = self.execution.branches.iter();
        let found = branches
            .find(|(_, branch)| matches!(&branch.wait, Wait::Task(running) if running.id == task));
        found.map(|(id, _)| *id)
    }

    fn resume(&mut self, id: u64, go_on: impl FnOnce(&mut Self, Current<'_>) -> Flow) {
        let machine = self.machine;
        let Some(branch) = self.execution.branches.remove(&id) else {
            return;
        };
        let flow = match branch.current(machine) {
            Some(state) => go_on(self, Current { id, branch, state }),
            None => self.lost(branch),
        };
        if let Flow::Continue(branch) = flow {
            self.park(id, branch);
            self.ready.push_back(id);
        }
        if self.out_of_events {
            self.end_for_want_of_events();
        }
    }

    fn task_submitted(&mut self, task: TaskId, output: Json) {
        self.with_task(task, |run, mut current| {
            if let Kind::Task(task) = &current.state.kind {
                let detail = Detail::Task {
                    resource: task.resource.clone(),
                    step: TaskStep::Submitted(output),
                };
                run.note(&mut current.branch, detail);
            }
            run.park(current.id, current.branch);
            Flow::Rest
        });
    }

    fn heartbeat(&mut self, task: TaskId) {
        let Some(id) = self.waiting_for(task) else {
            return;
        };
        let Some(Wait::Task(running)) = self.execution.branches.get(&id).map(|branch| &branch.wait)
        else {
            return;
        };
        let (Some(old), Some(heartbeat_s)) = (running.heartbeat, running.heartbeat_s) else {
            return;
        };
        self.cancel_timers([old]);
        let new = self.set_limit(heartbeat_s);
        if let Some(Wait::Task(running)) = self
            .execution
            .branches
            .get_mut(&id)
            .map(|branch| &mut branch.wait)
        {
            running.heartbeat = Some(new);
        }
    }

    fn timer_fired(&mut self, timer: TimerId) {
        if self
            .execution
            .deadline
            .is_some_and(|deadline| deadline.id == timer)
        {
            return self.timed_out();
        }
        let is = |other: &Timer| other.id == timer;
        let due = self
            .execution
            .branches
            .iter()
            .find_map(|(id, branch)| match &branch.wait {
                Wait::Task(task) if task.timeout.as_ref().is_some_and(is) => {
                    Some((*id, Due::Timeout))
                }
                Wait::Task(task) if task.heartbeat.as_ref().is_some_and(is) => {
                    Some((*id, Due::Heartbeat))
                }
                Wait::Delay { timer, output } if is(timer) => {
                    Some((*id, Due::Delay(output.clone())))
                }
                Wait::Retry(timer) if is(timer) => Some((*id, Due::Retry)),
                _ => None,
            });
        let Some((id, due)) = due else { return };
        self.resume(id, |run, current| match due {
            Due::Timeout => run.task_timed_out(current, timer, FailureKind::Ordinary),
            Due::Heartbeat => run.task_timed_out(current, timer, FailureKind::Heartbeat),
            Due::Delay(output) => run.waited(current, output),
            Due::Retry => run.perform(current),
        });
    }

    /// The state machine's own `TimeoutSeconds` is over.
    fn timed_out(&mut self) {
        self.execution.deadline = None;
        let problem = Problem {
            error: Some(Arc::from(names::TIMEOUT)),
            cause: None,
        };
        self.event(
            self.execution.last_event,
            Detail::ExecutionEnded {
                outcome: "TimedOut",
                problem,
            },
        );
        self.end(Status::TimedOut, Command::TimedOut);
    }

    fn abort(&mut self, error: Option<String>, cause: Option<String>) {
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let problem = Problem {
            error: text(&error),
            cause: text(&cause),
        };
        let command = Command::Aborted {
            error: problem.error.clone(),
            cause: problem.cause.clone(),
        };
        self.event(
            self.execution.last_event,
            Detail::ExecutionEnded {
                outcome: "Aborted",
                problem,
            },
        );
        self.end(Status::Aborted { error, cause }, command);
    }
}

//! Task states: starting the task, and what comes of it.

use super::{Current, Flow, Run};
use crate::asl::command::{Command, TaskId, TimerId};
use crate::asl::error::{Failure, FailureKind, names};
use crate::asl::execution::{RunningTask, Wait};
use crate::asl::history::{Detail, Problem, Scheduled, TaskStep};
use crate::asl::json::Json;
use crate::asl::machine::{Kind, Pattern, Resource, ResourceKind, Task, Work};
use crate::asl::path::Environment;
use crate::asl::random;

impl Run<'_> {
    pub(super) fn start_task(
        &mut self,
        mut current: Current<'_>,
        task: &Task,
        input: Json,
    ) -> Flow {
        let running = match self.prepare(&current, task, &input) {
            Ok(running) => running,
            Err(failure) => return self.evaluation_failed(current, failure),
        };
        let scheduled = Scheduled {
            resource: task.resource.clone(),
            region: self.region(),
            parameters: running.parameters.clone(),
            timeout_s: running.timeout_s,
            heartbeat_s: running.heartbeat_s,
        };
        self.note(
            &mut current.branch,
            Detail::TaskScheduled(Box::new(scheduled)),
        );
        self.note(
            &mut current.branch,
            Detail::Task {
                resource: task.resource.clone(),
                step: TaskStep::Started,
            },
        );
        current.branch.wait = Wait::Task(running);
        if let Some(start) = current.branch.task_start(current.state) {
            self.commands.push(Command::StartTask(start));
        }
        if let Wait::Task(running) = &mut current.branch.wait {
            running.timeout = running.timeout_s.map(|limit_s| self.set_limit(limit_s));
            running.heartbeat = running.heartbeat_s.map(|limit_s| self.set_limit(limit_s));
        }
        self.park(current.id, current.branch);
        Flow::Rest
    }

    /// Evaluates everything that the task is started with.
    fn prepare(
        &mut self,
        current: &Current<'_>,
        task: &Task,
        input: &Json,
    ) -> Result<RunningTask, Failure> {
        let token = self.token(current, &task.resource);
        let seconds = |run: &mut Self, amount| {
            Option::map(amount, |amount| run.seconds(current, amount, input)).transpose()
        };
        let timeout_s = seconds(self, task.timeout.as_ref())?;
        let heartbeat_s = seconds(self, task.heartbeat.as_ref())?;
        let fill = |run: &mut Self, template: &crate::asl::template::Template| {
            run.evaluate(current, token.as_deref(), |scope| {
                template.evaluate(input, scope)
            })
        };
        let parameters = match &task.work.parameters {
            Some(template) => fill(self, template)?,
            None => input.clone(),
        };
        Self::check_payload(&current.state.name, &parameters).map_err(|failure| Failure {
            kind: FailureKind::Terminal,
            ..failure
        })?;
        let credentials = task
            .credentials
            .as_ref()
            .map(|template| fill(self, template))
            .transpose()?;
        Ok(RunningTask {
            id: TaskId(self.execution.new_id()),
            parameters,
            credentials: credentials.into_iter().collect(),
            timeout_s,
            heartbeat_s,
            timeout: None,
            heartbeat: None,
            token,
        })
    }

    /// A token for tasks that somebody else may end: unique, since it is drawn from the execution's own sequence.
    fn token(&mut self, current: &Current<'_>, resource: &Resource) -> Option<String> {
        let wanted = match resource.kind {
            ResourceKind::Service { pattern, .. } => pattern != Pattern::RequestResponse,
            ResourceKind::Activity => true,
            ResourceKind::LambdaFunction | ResourceKind::Other => false,
        };
        wanted.then(|| {
            self.evaluate(current, None, |scope| {
                random::uuid(scope.random(), scope.random())
            })
        })
    }

    /// The region in the execution's ARN.
    fn region(&self) -> std::sync::Arc<str> {
        self.execution
            .facts
            .id
            .split(':')
            .nth(3)
            .unwrap_or("")
            .into()
    }

    /// Notes a step of the current task in the history.
    fn note_task(&mut self, current: &mut Current<'_>, step: TaskStep) {
        if let Kind::Task(task) = &current.state.kind {
            self.note(
                &mut current.branch,
                Detail::Task {
                    resource: task.resource.clone(),
                    step,
                },
            );
        }
    }

    pub(super) fn task_succeeded(&mut self, mut current: Current<'_>, output: Json) -> Flow {
        let Kind::Task(task) = &current.state.kind else {
            return Flow::Rest;
        };
        let owner = match &task.resource.kind {
            ResourceKind::Service { service, .. } => service,
            _ => &task.resource.arn,
        };
        if let Err(failure) = Self::check_payload(owner, &output) {
            return self.task_failed(current, failure);
        }
        self.cancel_timers(current.branch.wait.timers());
        self.note_task(&mut current, TaskStep::Succeeded(output.clone()));
        self.work_done(current, &task.work, output)
    }

    pub(super) fn task_failed(&mut self, mut current: Current<'_>, failure: Failure) -> Flow {
        self.cancel_timers(current.branch.wait.timers());
        let problem = Problem {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        };
        self.note_task(&mut current, TaskStep::Failed(problem));
        self.fail(current, failure)
    }

    /// The task was too slow, or silent for too long; `fired` is the timer that said so.
    pub(super) fn task_timed_out(
        &mut self,
        mut current: Current<'_>,
        fired: TimerId,
        kind: FailureKind,
    ) -> Flow {
        let others = current
            .branch
            .wait
            .timers()
            .into_iter()
            .filter(|timer| timer.id != fired);
        self.cancel_timers(others);
        if let Wait::Task(running) = &current.branch.wait {
            self.commands.push(Command::CancelTask { task: running.id });
        }
        let problem = Problem {
            error: Some(names::TIMEOUT.into()),
            cause: None,
        };
        self.note_task(&mut current, TaskStep::TimedOut(problem));
        self.fail(
            current,
            Failure {
                error: Some(names::TIMEOUT.into()),
                cause: None,
                kind,
            },
        )
    }

    /// A Task, Parallel or Map state has its result: `ResultSelector`, `ResultPath`, and out.
    pub(super) fn work_done(&mut self, current: Current<'_>, work: &Work, result: Json) -> Flow {
        let selected = match &work.selector {
            Some(selector) => self.fill(&current, selector, &result),
            None => Ok(result),
        };
        let combined = selected
            .and_then(|result| Ok((Self::place(&current, &work.place, result.clone())?, result)));
        match combined {
            Ok((combined, result)) => self.finish(current, combined, &result),
            Err(failure) => self.evaluation_failed(current, failure),
        }
    }
}

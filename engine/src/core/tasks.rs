//! What Task states call: Lambda functions, which answer later, and tables and parameters, which answer at once.

use serde_json::{Value, json};

use super::authority::{self, Principal};
use super::input::{Action, InvocationId, Outcome, Output, Service};
use super::integration::envelope;
use super::{Core, Purpose};
use crate::asl::{self, Json, ResourceKind, TaskId, TaskStart};
use crate::observe::StepKind;

/// All environments of the function are busy.
const TOO_MANY_REQUESTS: &str = "Lambda.TooManyRequestsException";
/// Lambda could make no environment.
const SERVICE_EXCEPTION: &str = "Lambda.ServiceException";

/// Whether a task failed because its function was not called at all.
pub(super) fn was_refused(input: &asl::Input) -> bool {
    let asl::Input::TaskFailed { error, .. } = input else {
        return false;
    };
    matches!(
        error.as_deref(),
        Some(TOO_MANY_REQUESTS | SERVICE_EXCEPTION)
    )
}

/// A task whose function is at work.
#[derive(Debug, Clone)]
pub(super) struct TaskCall {
    /// The execution's number.
    number: u64,
    task: TaskId,
    state: String,
    attempt: u32,
    started_ms: u64,
    request_id: String,
    /// `lambda:invoke` wraps the payload in an envelope; a function's ARN as the resource does not.
    envelope: bool,
}

/// How a task ended: its output, or error and cause.
pub(super) type Ended = Result<Json, (String, String)>;

impl Core {
    /// Starts a task. What answers at once gives the input that the execution gets next.
    pub(super) fn start_task(
        &mut self,
        number: u64,
        start: &TaskStart,
        now_ms: u64,
        out: &mut Output,
    ) -> Option<asl::Input> {
        let attempt = u32::try_from(start.retry_count)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let mut call = TaskCall {
            number,
            task: start.task,
            state: start.state.to_string(),
            attempt,
            started_ms: now_ms,
            request_id: String::new(),
            envelope: true,
        };
        let ended = match &start.resource.kind {
            ResourceKind::LambdaFunction => {
                call.envelope = false;
                self.start_function(
                    call.clone(),
                    &start.resource.arn,
                    &start.parameters,
                    now_ms,
                    out,
                )
            }
            ResourceKind::Service {
                service, action, ..
            } if &**action == "invoke" && service.ends_with("lambda") => {
                let function = start
                    .parameters
                    .get("FunctionName")
                    .and_then(Json::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let payload = start
                    .parameters
                    .get("Payload")
                    .cloned()
                    .unwrap_or_else(Json::empty_object);
                self.start_function(call.clone(), &function, &payload, now_ms, out)
            }
            ResourceKind::Service {
                service, action, ..
            } => {
                self.attempt_started(&call, &format!("{service}:{action}"), now_ms, out);
                Some(self.service_task(number, service, action, &start.parameters, now_ms, out))
            }
            ResourceKind::Activity | ResourceKind::Other => Some(Err((
                "States.Runtime".to_owned(),
                format!(
                    "the local run does not offer the task `{}`",
                    start.resource.arn
                ),
            ))),
        };
        ended.map(|ended| self.ended(&call, ended, now_ms, out))
    }

    /// Calls the function; gives an error at once when there is none of that name.
    fn start_function(
        &mut self,
        mut call: TaskCall,
        given: &str,
        payload: &Json,
        now_ms: u64,
        out: &mut Output,
    ) -> Option<Ended> {
        self.attempt_started(
            &call,
            given.rsplit(":function:").next().unwrap_or(given),
            now_ms,
            out,
        );
        let Some(function) = self.function_named(given) else {
            let cause = format!(
                "Function not found: {given} (Service: Lambda, Status Code: 404, Request ID: {})",
                self.ids.uuid()
            );
            return Some(Err(("Lambda.ResourceNotFoundException".to_owned(), cause)));
        };
        let wanted = json!({ "FunctionName": function });
        if let Err(denied) = self.authorize_call(
            &self.machine_principal(call.number),
            Service::Lambda,
            "Invoke",
            &wanted,
        ) {
            let cause = format!(
                "{} (Service: Lambda, Status Code: 403, Request ID: {})",
                denied.message,
                self.ids.uuid()
            );
            return Some(Err(("Lambda.AWSLambdaException".to_owned(), cause)));
        }
        // The same execution has the same trace at each attempt.
        let trace = payload
            .get("trace")
            .and_then(Json::as_str)
            .map(str::to_owned);
        let trace = self.ids.trace(trace.as_deref(), now_ms);
        let invocation = self.invocation(
            Purpose::Task(call.clone()),
            &function,
            trace,
            payload.to_string().into_bytes(),
            now_ms,
        );
        call.request_id.clone_from(&invocation.request_id);
        self.pending.insert(invocation.id, Purpose::Task(call));
        out.actions.push(Action::Invoke(invocation));
        None
    }

    /// The role of the execution's machine, as it was when it started.
    pub(super) fn machine_principal(&self, number: u64) -> Principal {
        let record = self.executions.records.get(&number);
        record.map_or(Principal::Outside, |record| {
            let facts = &record.execution.facts;
            authority::role(&facts.role_arn, &facts.name)
        })
    }

    fn attempt_started(&mut self, call: &TaskCall, target: &str, now_ms: u64, out: &mut Output) {
        let (machine, execution, subject) = self.executions.names(call.number);
        let step = StepKind::AttemptStarted {
            machine,
            execution,
            state: call.state.clone(),
            attempt: call.attempt,
            target: target.to_owned(),
        };
        self.observe(subject, step, now_ms, out);
    }

    /// The result of a task's function has come.
    pub(super) fn task_invoked(
        &mut self,
        call: &TaskCall,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        let ended = match outcome {
            Outcome::Success(payload) => match std::str::from_utf8(payload)
                .ok()
                .and_then(|text| text.parse::<Json>().ok())
            {
                Some(payload) if call.envelope => Ok(envelope(payload, &call.request_id)),
                Some(payload) => Ok(payload),
                None => Err((
                    "Lambda.Unknown".to_owned(),
                    "the function's answer is no JSON".to_owned(),
                )),
            },
            Outcome::Failure(payload) => {
                let cause = String::from_utf8_lossy(payload).into_owned();
                let kind = serde_json::from_str::<Value>(&cause).ok().and_then(|body| {
                    body.get("errorType")
                        .and_then(Value::as_str)
                        .map(str::to_owned)
                });
                Err((kind.unwrap_or_else(|| "Lambda.Unknown".to_owned()), cause))
            }
            Outcome::Throttled => {
                let cause = format!(
                    "Rate Exceeded. (Service: Lambda, Status Code: 429, Request ID: {})",
                    call.request_id
                );
                Err((TOO_MANY_REQUESTS.to_owned(), cause))
            }
            Outcome::Unavailable(why) => {
                let cause = format!(
                    "{why} (Service: Lambda, Status Code: 500, Request ID: {})",
                    call.request_id
                );
                Err((SERVICE_EXCEPTION.to_owned(), cause))
            }
        };
        let input = self.ended(call, ended, now_ms, out);
        let retry_from = out.actions.len();
        self.advance(call.number, input, now_ms, out);
        self.fill_in_retry(call, retry_from, now_ms, out);
    }

    /// Tells the observer how an attempt ended, and makes the interpreter's input of it.
    fn ended(
        &mut self,
        call: &TaskCall,
        ended: Ended,
        now_ms: u64,
        out: &mut Output,
    ) -> asl::Input {
        let (machine, execution, subject) = self.executions.names(call.number);
        let (state, attempt) = (call.state.clone(), call.attempt);
        match ended {
            Ok(output) => {
                let step = StepKind::AttemptSucceeded {
                    machine,
                    execution,
                    state,
                    attempt,
                    duration_ms: now_ms.saturating_sub(call.started_ms),
                };
                self.observe(subject, step, now_ms, out);
                asl::Input::TaskSucceeded {
                    task: call.task,
                    output,
                }
            }
            Err((error, cause)) => {
                let step = StepKind::AttemptFailed {
                    machine,
                    execution,
                    state,
                    attempt,
                    error: error.clone(),
                    cause: cause.clone(),
                    retry_in_ms: None,
                };
                self.observe(subject, step, now_ms, out);
                asl::Input::TaskFailed {
                    task: call.task,
                    error: Some(error),
                    cause: Some(cause),
                }
            }
        }
    }

    /// Whether an attempt is tried again is known after the interpreter has seen its failure: the execution still runs,
    /// has entered no state since, and waits for a timer.
    fn fill_in_retry(&mut self, call: &TaskCall, after: usize, now_ms: u64, out: &mut Output) {
        let went_on = out
            .actions
            .iter()
            .skip(after)
            .any(|action| matches!(action, Action::Observe(_)));
        let Some(timer_ms) = self.timers.next_of(call.number).filter(|_| !went_on) else {
            return;
        };
        let told = after
            .checked_sub(1)
            .and_then(|index| out.actions.get_mut(index));
        if let Some(Action::Observe(step)) = told
            && let StepKind::AttemptFailed { retry_in_ms, .. } = &mut step.kind
        {
            *retry_in_ms = Some(timer_ms.saturating_sub(now_ms));
        }
    }

    /// The result of a task is not wanted any more: its function may go on, nobody hears of it.
    pub(super) fn cancel_task(&mut self, number: u64, task: TaskId) {
        let unwanted = |purpose: &Purpose| matches!(purpose, Purpose::Task(call) if call.number == number && call.task == task);
        let ids: Vec<InvocationId> = self
            .pending
            .iter()
            .filter(|(_, purpose)| unwanted(purpose))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            self.pending.remove(&id);
        }
    }
}

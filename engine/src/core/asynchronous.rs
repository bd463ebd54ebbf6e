//! Asynchronous invocations of Lambda: taken in durably, tried again after a failure, and given to the function's
//! on-failure destination after the last attempt. Topics, rules and `Invoke` of the type `Event` deliver through this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::{Action, Outcome, Output};
use super::queues::NewMessage;
use super::{Core, Purpose, RestoreError, authority, time};
use crate::artifacts::Function;
use crate::change::Change;
use crate::observe::StepKind;

/// The wait before a failed invocation is tried again: one minute for each attempt that has failed.
const RETRY_MS: u64 = 60_000;
/// The waits while the function is throttled: the first, and the longest.
const THROTTLED_MS: u64 = 1_000;
const THROTTLED_MS_MAX: u64 = 300_000;
/// Invocations of one function at work at once where it has no reserved concurrency.
const CONCURRENCY: u64 = 10;

/// What the observer is told that it came from.
const SOURCE: &str = "an asynchronous invocation";

/// An event that a function has still to handle.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Event {
    /// The function's physical name.
    function: String,
    /// The same for every attempt.
    request_id: String,
    payload: String,
    trace: Option<String>,
    accepted_ms: u64,
    /// Attempts that the function has answered with an error.
    failures: u64,
    throttles: u64,
    /// It is not tried before.
    due_ms: u64,
    subject: Option<String>,
    #[serde(skip)]
    at_work: bool,
}

/// All events that functions have still to handle, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Asynchronous {
    events: BTreeMap<u64, Event>,
    last: u64,
    wake_ms: Option<u64>,
}

/// An event for a function, as its sender gives it.
#[derive(Debug, Clone, Default)]
pub(super) struct AsynchronousEvent {
    /// The function's physical name.
    pub(super) function: String,
    /// JSON text, whose numbers keep their digits.
    pub(super) payload: String,
    /// The X-Ray header that the invocation continues.
    pub(super) trace: Option<String>,
    /// The partition value that the event is about, where it is known.
    pub(super) subject: Option<String>,
}

impl Asynchronous {
    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let number = text.rsplit('/').next().and_then(|it| it.parse().ok());
        match (number, serde_json::from_slice::<Event>(value)) {
            (Some(number), Ok(mut event)) => {
                // An attempt that the end of the engine cut off is made again at once.
                event.at_work = false;
                self.last = self.last.max(number);
                self.events.insert(number, event);
                Ok(())
            }
            _ => Err(RestoreError(format!(
                "a stored asynchronous invocation is damaged: {text}"
            ))),
        }
    }

    /// When the next event is due.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.wake_ms
    }

    fn save(&self, number: u64, out: &mut Output) {
        if let Some(event) = self.events.get(&number) {
            // A struct of texts and numbers always has a JSON form.
            let value = serde_json::to_vec(event).unwrap_or_default();
            out.changes.push(Change::put(key(number), value));
        }
    }
}

fn key(number: u64) -> Vec<u8> {
    format!("asynchronous/{number:020}").into_bytes()
}

impl Core {
    /// Takes an event for a function: once this is committed, the function gets it at least once, or its on-failure
    /// destination gets a record of it. Gives the request id.
    ///
    /// Whoever calls this has decided that the sender may invoke the function. The function exists, or `None` is given.
    pub(super) fn invoke_asynchronously(
        &mut self,
        event: AsynchronousEvent,
        now_ms: u64,
        out: &mut Output,
    ) -> Option<String> {
        self.function(&event.function)?;
        let request_id = self.ids.uuid();
        let subject = event.subject.or_else(|| self.subject_in(&event.payload));
        let queue = &mut self.asynchronous;
        queue.last += 1;
        let number = queue.last;
        let event = Event {
            function: event.function,
            request_id: request_id.clone(),
            payload: event.payload,
            trace: event.trace,
            accepted_ms: now_ms,
            failures: 0,
            throttles: 0,
            due_ms: now_ms,
            subject,
            at_work: false,
        };
        queue.events.insert(number, event);
        queue.save(number, out);
        Some(request_id)
    }

    /// The function with this physical name.
    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.deployment.functions.iter().find(|it| it.name == name)
    }

    /// Starts what is due, each function as often at once as it may run.
    pub(super) fn run_asynchronous(&mut self, now_ms: u64, out: &mut Output) {
        let mut at_work: BTreeMap<String, u64> = BTreeMap::new();
        let mut due = Vec::new();
        // An event that waits for another one's end needs no waking.
        self.asynchronous.wake_ms = None;
        for (number, event) in &self.asynchronous.events {
            let count = at_work.entry(event.function.clone()).or_default();
            if event.at_work {
                *count += 1;
            } else if event.due_ms <= now_ms {
                due.push((*number, event.clone()));
            } else {
                let known = self.asynchronous.wake_ms.unwrap_or(u64::MAX);
                self.asynchronous.wake_ms = Some(known.min(event.due_ms));
            }
        }
        for (number, event) in due {
            let Some(function) = self.function(&event.function) else {
                // The template has lost the function; its events wait in case it comes back.
                continue;
            };
            let most = function.reserved_concurrency.unwrap_or(CONCURRENCY).max(1);
            let age_max_ms = function.asynchronous.max_age_s.saturating_mul(1000);
            if now_ms.saturating_sub(event.accepted_ms) > age_max_ms {
                self.give_up_event(number, "EventAgeExceeded", None, now_ms, out);
                continue;
            }
            let count = at_work.entry(event.function.clone()).or_default();
            if *count < most {
                *count += 1;
                self.attempt_event(number, &event, now_ms, out);
            }
        }
    }

    fn attempt_event(&mut self, number: u64, event: &Event, now_ms: u64, out: &mut Output) {
        let trace = self.ids.trace(event.trace.as_deref(), now_ms);
        let payload = event.payload.clone().into_bytes();
        let purpose = Purpose::Asynchronous(number);
        let mut invocation = self.invocation(purpose, &event.function, trace, payload, now_ms);
        invocation.request_id.clone_from(&event.request_id);
        if let Some(event) = self.asynchronous.events.get_mut(&number) {
            event.at_work = true;
        }
        out.actions.push(Action::Invoke(invocation));
    }

    pub(super) fn asynchronous_done(
        &mut self,
        number: u64,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(event) = self.asynchronous.events.get_mut(&number) else {
            return;
        };
        event.at_work = false;
        let (function, subject) = (event.function.clone(), event.subject.clone());
        let wait_ms = match outcome {
            Outcome::Success(_) => {
                let step = StepKind::Delivered {
                    source: SOURCE.to_owned(),
                    function,
                    message: event.request_id.clone(),
                    duration_ms: now_ms.saturating_sub(event.due_ms),
                };
                self.asynchronous.events.remove(&number);
                out.changes.push(Change::delete(key(number)));
                return self.observe(subject, step, now_ms, out);
            }
            Outcome::Failure(_) => {
                event.failures += 1;
                event.failures.saturating_mul(RETRY_MS)
            }
            Outcome::Throttled | Outcome::Unavailable(_) => {
                event.throttles += 1;
                THROTTLED_MS
                    .saturating_mul(1 << event.throttles.saturating_sub(1).min(16))
                    .min(THROTTLED_MS_MAX)
            }
        };
        let failures = event.failures;
        let retries = self
            .function(&function)
            .map_or(0, |it| it.asynchronous.max_retries);
        let wait_ms = self.until_again(outcome, wait_ms);
        let retry_in_ms = (failures <= retries).then_some(wait_ms);
        let step = StepKind::DeliveryFailed {
            source: SOURCE.to_owned(),
            function,
            error: told(outcome),
            retry_in_ms,
        };
        self.observe(subject, step, now_ms, out);
        if retry_in_ms.is_none() {
            return self.give_up_event(number, "RetriesExhausted", Some(outcome), now_ms, out);
        }
        if let Some(event) = self.asynchronous.events.get_mut(&number) {
            event.due_ms = now_ms.saturating_add(wait_ms);
        }
        self.asynchronous.save(number, out);
    }

    /// Sends the record of the invocation to the function's destination, and is done with it.
    fn give_up_event(
        &mut self,
        number: u64,
        condition: &str,
        last: Option<&Outcome>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(event) = self.asynchronous.events.remove(&number) else {
            return;
        };
        out.changes.push(Change::delete(key(number)));
        let Some(function) = self.function(&event.function).cloned() else {
            return;
        };
        let Some(destination) = function.asynchronous.on_failure_arn.clone() else {
            let message = format!(
                "an asynchronous invocation of {} is dropped ({condition}): it has no on-failure destination",
                function.name
            );
            return self.observe(event.subject, StepKind::Notice { message }, now_ms, out);
        };
        let mut record = json!({
            "version": "1.0",
            "timestamp": time::rfc3339(now_ms),
            "requestContext": {
                "requestId": event.request_id, "functionArn": format!("{}:$LATEST", function.arn),
                "condition": condition, "approximateInvokeCount": event.failures,
            },
        });
        if let (Some(map), Some(Outcome::Failure(error))) = (record.as_object_mut(), last) {
            let error: Value = serde_json::from_slice(error).unwrap_or_default();
            map.insert(
                "responseContext".to_owned(),
                json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" }),
            );
            map.insert("responsePayload".to_owned(), error);
        }
        let failed = Undelivered {
            function: &function,
            destination: &destination,
            condition,
            subject: event.subject,
        };
        // The event is put in as it came: to read it as JSON here would cost amounts their last digits.
        let record = record.to_string();
        let rest = record.strip_prefix('{').unwrap_or_default();
        let record = format!("{{\"requestPayload\":{},{rest}", event.payload);
        self.send_to_destination(failed, record, now_ms, out);
    }

    /// Sends a record of what a function could not handle to its destination, as the function's role.
    pub(super) fn send_to_destination(
        &mut self,
        failed: Undelivered<'_>,
        record: String,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Undelivered {
            function,
            destination,
            condition,
            subject,
        } = failed;
        let principal = authority::role(&function.role_arn, &function.name);
        let sent = match self.queues.name_of(destination) {
            Some(queue) => self
                .authorize_send(&principal, destination)
                .map_err(|denied| denied.message)
                .and_then(|()| {
                    let new = NewMessage {
                        subject: subject.clone(),
                        ..NewMessage::of(record)
                    };
                    self.send_message(&queue, new, now_ms, out)
                        .map_err(|error| error.message)
                })
                .map(|_| queue),
            None => Err(format!(
                "`{destination}`: on-failure destinations are queues of this template locally"
            )),
        };
        let step = match sent {
            Ok(queue) => StepKind::DeadLettered {
                queue,
                source: function.name.clone(),
                reason: condition.to_owned(),
            },
            Err(error) => StepKind::Notice {
                message: format!(
                    "what {} could not handle is lost ({condition}): {error}",
                    function.name
                ),
            },
        };
        self.observe(subject, step, now_ms, out);
    }
}

/// What a function could not handle, and where a record of it goes.
#[derive(Debug)]
pub(super) struct Undelivered<'a> {
    pub(super) function: &'a Function,
    /// ARN of the destination.
    pub(super) destination: &'a str,
    pub(super) condition: &'a str,
    pub(super) subject: Option<String>,
}

/// A failed outcome in one line: `Declined: card expired`.
pub(super) fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Throttled => "throttled".to_owned(),
        Outcome::Unavailable(why) => why.clone(),
        Outcome::Success(_) => String::new(),
        Outcome::Failure(error) => {
            let error: Value = serde_json::from_slice(error).unwrap_or_default();
            let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
            format!("{}: {}", text("errorType"), text("errorMessage"))
        }
    }
}

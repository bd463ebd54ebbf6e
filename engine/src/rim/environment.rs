//! One Lambda environment: a process of the handler program and the Runtime API that only it can reach.
//!
//! An actor owns the environment's state; the Runtime API's requests, new invocations, the deadline and the process's
//! end reach it as events.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, sleep_until};

use super::pool::Pool;
use super::process::{self, Process};
use crate::artifacts::Function;
use crate::core::{Invocation, Outcome};
use crate::observe::StepKind;

/// How long a function may take from its start to its first `next`, as on AWS.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// How long a start is tried again where this machine is short of something. With [`INIT_LIMIT`] it is less than a workflow
/// waits for a function beyond the function's own limit.
const SHORTAGE_LIMIT: Duration = Duration::from_secs(4);
/// The first wait before another attempt; each further one is twice as long, up to the longest.
const START_AGAIN: Duration = Duration::from_millis(20);
const START_AGAIN_MAX: Duration = Duration::from_millis(100);
/// How long a program may take from its result to its next `next` while an invocation waits for it.
const NEXT_LIMIT: Duration = Duration::from_secs(10);

/// What reaches an environment.
#[derive(Debug)]
pub(super) enum Event {
    Invoke(Invocation),
    /// The program asks for its next invocation.
    Next(oneshot::Sender<Delivery>),
    /// The program has posted a result for the invocation with this request id; answered with whether there is one.
    Result {
        request_id: String,
        outcome: Outcome,
        known: oneshot::Sender<bool>,
    },
    /// The program could not start.
    InitError {
        body: Vec<u8>,
    },
    /// The engine stops.
    Stop,
}

/// An invocation as the Runtime API hands it out.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) deadline_ms: u64,
    pub(super) arn: String,
    pub(super) trace: String,
    pub(super) payload: Vec<u8>,
}

/// What a new environment is made from.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) function: Arc<Function>,
    pub(super) first: Invocation,
}

struct InFlight {
    invocation: Invocation,
    deadline: Instant,
}

struct Environment {
    pool: Arc<Pool>,
    number: u64,
    function: Arc<Function>,
    started: Instant,
    ready: bool,
    /// Whether its program has given a result, so that it is one that works.
    answered: bool,
    queued: Option<Invocation>,
    queued_since: Instant,
    waiting: Option<oneshot::Sender<Delivery>>,
    in_flight: Option<InFlight>,
}

/// Why an environment's life is over; the sentence goes to the observer.
enum End {
    /// The engine stops, or another environment does the work that this one was to be made for.
    Unneeded,
    Because {
        reason: String,
        outcome: Outcome,
    },
}

/// Starts the process and lives as long as it does.
pub(super) async fn run(
    pool: Arc<Pool>,
    plan: Plan,
    events: mpsc::Sender<Event>,
    mut inbox: mpsc::Receiver<Event>,
) {
    let Plan {
        number,
        function,
        first,
    } = plan;
    let mut environment = Environment {
        pool: pool.clone(),
        number,
        function: function.clone(),
        started: Instant::now(),
        ready: false,
        answered: false,
        queued: Some(first),
        queued_since: Instant::now(),
        waiting: None,
        in_flight: None,
    };
    let end = match environment.start(&events, &mut inbox).await {
        Ok(mut process) => {
            let end = environment.live(&mut process.child, &mut inbox).await;
            process.end().await;
            end
        }
        Err(end) => end,
    };
    pool.gone(&function.name, number);
    if let End::Because { reason, outcome } = end {
        pool.observe(StepKind::EnvironmentEnded {
            function: function.name.clone(),
            reason,
        });
        if let Some(at_work) = environment.in_flight.take() {
            pool.finish(number, &at_work.invocation, outcome.clone());
        }
        // From here on the pool gives it nothing more; what it was given last may still be in the inbox.
        let last = std::iter::from_fn(|| inbox.try_recv().ok()).filter_map(|event| match event {
            Event::Invoke(invocation) => Some(invocation),
            _ => None,
        });
        for invocation in environment.queued.take().into_iter().chain(last) {
            if environment.answered {
                // The program never saw it, and the next one will.
                pool.invoke(invocation);
            } else {
                pool.finish(number, &invocation, outcome.clone());
            }
        }
    }
}

impl Environment {
    /// Starts the process. Where this machine is short of something, such as ports, processes or memory, it is tried again:
    /// others may give back what they hold, and one of them may have time for the invocation.
    async fn start(
        &mut self,
        events: &mpsc::Sender<Event>,
        inbox: &mut mpsc::Receiver<Event>,
    ) -> Result<Process, End> {
        let (began, mut wait) = (Instant::now(), START_AGAIN);
        loop {
            self.started = Instant::now();
            let started = process::start(&self.pool, &self.function, self.number, events).await;
            let refused = match started {
                Ok(process) => return Ok(process),
                Err(refused) => refused,
            };
            let reason = format!("the handler cannot be started: {}", refused.error);
            if !refused.is_shortage {
                let outcome = failure("Runtime.InvalidEntrypoint", &reason);
                return Err(End::Because { reason, outcome });
            }
            if began.elapsed() >= SHORTAGE_LIMIT {
                let outcome = Outcome::Unavailable(reason.clone());
                return Err(End::Because { reason, outcome });
            }
            tokio::select! {
                // Nothing but the engine's end can come: who has no process is given no work.
                _stop = inbox.recv() => return Err(End::Unneeded),
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(START_AGAIN_MAX),
            }
            if let Some(invocation) = self.queued.take() {
                self.queued = self.pool.give_idle(&self.function.name, invocation);
            }
            if self.queued.is_none() {
                return Err(End::Unneeded);
            }
        }
    }

    async fn live(&mut self, child: &mut Child, inbox: &mut mpsc::Receiver<Event>) -> End {
        loop {
            let deadline = match &self.in_flight {
                Some(at_work) => at_work.deadline,
                // Its first invocation waits until it is ready, so that there is something to be late with.
                None if !self.ready => self.started + INIT_LIMIT,
                None if self.queued.is_some() => self.queued_since + NEXT_LIMIT,
                None => Instant::now() + Duration::from_secs(3600),
            };
            tokio::select! {
                // A result that is already here counts before the process's end and before the deadline.
                biased;
                event = inbox.recv() => match event {
                    Some(Event::Stop) | None => return End::Unneeded,
                    Some(Event::InitError { body }) => return End::Because { reason: "it could not start".to_owned(), outcome: Outcome::Failure(body) },
                    Some(event) => self.on_event(event),
                },
                status = child.wait() => return self.exited(status),
                () = sleep_until(deadline.into()) => {
                    if let Some(end) = self.late() {
                        return end;
                    }
                }
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Invoke(invocation) => {
                self.queued = Some(invocation);
                self.queued_since = Instant::now();
                self.deliver();
            }
            Event::Next(waiting) => {
                if !self.ready {
                    self.ready = true;
                    let cold_ms =
                        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
                    self.pool.observe(StepKind::EnvironmentStarted {
                        function: self.function.name.clone(),
                        cold_ms,
                    });
                }
                self.waiting = Some(waiting);
                self.deliver();
            }
            Event::Result {
                request_id,
                outcome,
                known,
            } => {
                let matching = self
                    .in_flight
                    .as_ref()
                    .is_some_and(|it| it.invocation.request_id == request_id);
                let finished = if matching {
                    self.in_flight.take()
                } else {
                    None
                };
                // The program may have hung up; then nobody needs to know.
                let _hung_up = known.send(matching);
                if let Some(finished) = finished {
                    self.answered = true;
                    // Idle before it is told: who hears of the result may call the function again at once.
                    self.pool.idle(&self.function.name, self.number);
                    self.pool.finish(self.number, &finished.invocation, outcome);
                }
            }
            Event::InitError { .. } | Event::Stop => {}
        }
    }

    /// Hands the queued invocation to the waiting program, when both are there.
    fn deliver(&mut self) {
        self.waiting.take_if(|waiting| waiting.is_closed());
        if self.queued.is_none() || self.waiting.is_none() {
            return;
        }
        let (Some(invocation), Some(waiting)) = (self.queued.take(), self.waiting.take()) else {
            return;
        };
        let limit = Duration::from_secs(self.function.timeout_s);
        let delivery = Delivery {
            request_id: invocation.request_id.clone(),
            deadline_ms: super::clock::now_ms() + self.function.timeout_s * 1000,
            arn: self.function.arn.clone(),
            trace: invocation.trace.clone(),
            payload: invocation.payload.clone(),
        };
        self.pool.at_work(self.number, invocation.id);
        match waiting.send(delivery) {
            Ok(()) => {
                self.in_flight = Some(InFlight {
                    invocation,
                    deadline: Instant::now() + limit,
                })
            }
            // The program hung up between the check and now: the invocation waits for the next `next`.
            Err(_) => {
                self.queued = Some(invocation);
                self.queued_since = Instant::now();
            }
        }
    }

    fn exited(&self, status: std::io::Result<std::process::ExitStatus>) -> End {
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let id = self
            .in_flight
            .as_ref()
            .map(|it| it.invocation.request_id.clone())
            .unwrap_or_default();
        let message = format!("RequestId: {id} Error: Runtime exited with error: {status}");
        End::Because {
            reason: format!("the handler ended: {status}"),
            outcome: failure("Runtime.ExitError", &message),
        }
    }

    /// The deadline has passed: of the invocation, of the start, or of asking for the next one.
    fn late(&self) -> Option<End> {
        let (invocation, limit, missed) = match (&self.in_flight, &self.queued) {
            (Some(at_work), _) => {
                let limit = Duration::from_secs(self.function.timeout_s);
                (&at_work.invocation, limit, "no answer")
            }
            (None, Some(queued)) if self.ready => (queued, NEXT_LIMIT, "it asked for nothing more"),
            (None, Some(queued)) => (queued, INIT_LIMIT, "no answer"),
            (None, None) => return None,
        };
        let message = format!(
            "RequestId: {} Error: Task timed out after {:.2} seconds",
            invocation.request_id,
            limit.as_secs_f64()
        );
        Some(End::Because {
            reason: format!("{missed} within {} s", limit.as_secs()),
            outcome: failure("Sandbox.Timedout", &message),
        })
    }
}

fn failure(kind: &str, message: &str) -> Outcome {
    let error = json!({ "errorType": kind, "errorMessage": message });
    Outcome::Failure(error.to_string().into_bytes())
}

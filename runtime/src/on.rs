//! Messages in: what a queue, a stream, a topic or a rule invokes a function with, one message after the other, and what it is told in return.
//!
//! A message counts as done when its handler and every sink have succeeded. Anything else fails it, so that it comes again, and in the end
//! goes where undelivered messages are kept.

mod queue;
mod rule;
mod stream;
mod topic;

use std::time::Instant;

use crate::condition::Where;
use crate::context::Context;
use crate::event::Event;
use crate::lambda::{Invocation, unwinding};
use crate::receipt::Receipt;
use crate::sink::{self, Done, Output, Sink, Stopped};
use crate::telemetry::{Evidence, Outcome, Report};
use crate::value::{Map, Value, Wire};
use crate::{Failure, Fault, Trace};

pub use queue::Queue;
pub use rule::Rules;
pub use stream::{Stream, stream};
pub use topic::Topic;

/// What a message is known by: the name of the event that its `append` records, and that event's `once` fields, all of which the message
/// has.
pub type KnownBy = Option<(&'static str, &'static [&'static str])>;

/// Known by the event `E`.
pub const fn known_by<E: Event>() -> KnownBy {
    Some((E::NAME, E::ONCE))
}

/// One message, before it is read.
struct Message {
    /// What the log calls it: `processing_queue 2f6c…`.
    heading: String,
    /// Its bytes and when it was sent.
    receipt: Receipt,
    /// Its value, or why it has none.
    wire: Result<Wire, String>,
    /// The idempotency key, where the value itself has none.
    id: String,
    /// Stands before the identity in the idempotency key: what a rule does with an event is not what another does.
    scope: Option<String>,
    trace: Option<Trace>,
    case: Option<String>,
    by: String,
    /// `where` of the edge, decided once more here: an emulator may drop a filter, and a filter is no reason to trust a message.
    filter: Where,
}

/// Why a message is not done.
struct Failed {
    outcome: Outcome,
    reason: String,
    event: Option<(&'static str, String)>,
    evidence: Evidence,
    failure: Option<Failure>,
}

impl Failed {
    fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            reason: reason.into(),
            event: None,
            evidence: Evidence::default(),
            failure: None,
        }
    }

    /// A message that can never be read. It is named by its hash, since its content does not belong in a log.
    fn unreadable(receipt: &Receipt, problem: &str) -> Self {
        let hash = receipt.body_sha256();
        Self::new(
            Outcome::Invalid,
            format!("unreadable, sha256 {hash}: {problem}"),
        )
    }
}

impl Failed {
    /// As an invocation ends that is about this one message.
    fn into_failure(self) -> Failure {
        let fault = || Failure::Fault(Fault::new(self.reason));
        self.failure.unwrap_or_else(fault)
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        let outcome = match &failure {
            Failure::Declared { .. } => Outcome::Rejected,
            Failure::Fault(fault) if fault.is_of_the_input() => Outcome::Invalid,
            Failure::Fault(_) => Outcome::Failed,
        };
        Self {
            failure: Some(failure),
            ..Self::new(outcome, "")
        }
    }
}

impl From<Stopped> for Failed {
    fn from(why: Stopped) -> Self {
        match why {
            Stopped::Mismatch {
                event,
                identity,
                body_sha256,
            } => Self {
                event: Some((event, identity)),
                evidence: Evidence::of_body(body_sha256),
                ..Self::new(Outcome::Mismatch, "other_body")
            },
            Stopped::Unexpected {
                condition,
                event,
                body_sha256,
            } => Self {
                event,
                evidence: Evidence::of_body(body_sha256),
                ..Self::new(Outcome::Unexpected, condition.to_string())
            },
            Stopped::Never { problem, .. } => Self::new(Outcome::Invalid, problem),
            Stopped::NotNow(why) => Self::new(Outcome::Unavailable, why.to_string()),
        }
    }
}

impl Invocation {
    /// Handles one message to its last sink, and says so in one line of the log.
    async fn handle<I, O, X, H>(
        &self,
        message: Message,
        known_by: KnownBy,
        handler: &H,
        sinks: &[Sink],
    ) -> Result<(), Failed>
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        let began = Instant::now();
        let (heading, trace) = (message.heading.clone(), message.trace.clone());
        let work = self.work(message, known_by, handler, sinks);
        let handled = match tokio::time::timeout(self.remaining(), work).await {
            Ok(handled) => handled,
            Err(_) => Err(Failed::new(Outcome::Unavailable, "deadline")),
        };
        let report = match &handled {
            Ok(done) => {
                let (event, event_id) = done.event.clone().unzip();
                Report {
                    outcome: Some(done.outcome()),
                    event,
                    event_id,
                    ..Report::default()
                }
            }
            Err(failed) => {
                let (event, event_id) = failed.event.clone().unzip();
                let failure = failed.failure.as_ref().map(ToString::to_string);
                Report {
                    outcome: Some(failed.outcome),
                    event,
                    event_id,
                    reason: Some(failure.unwrap_or_else(|| failed.reason.clone())),
                    evidence: failed.evidence.clone(),
                    ..Report::default()
                }
            }
        };
        self.say(&heading, trace.as_ref(), began, report);
        handled.map(drop)
    }

    async fn work<I, O, X, H>(
        &self,
        message: Message,
        known_by: KnownBy,
        handler: &H,
        sinks: &[Sink],
    ) -> Result<Done, Failed>
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        let receipt = message.receipt;
        let wire = message
            .wire
            .map_err(|it| Failed::unreadable(&receipt, &it))?;
        let input = I::read(Some(&wire), Some(&receipt));
        let input = input.map_err(|it| Failed::unreadable(&receipt, &it.to_string()))?;
        let fields = match input.write() {
            Some(Wire::Record(fields)) => fields,
            _ => Map::new(),
        };
        if !message.filter.holds(&fields) {
            return Ok(Done::default());
        }
        let identity = known_by.and_then(|(event, once)| sink::identity_in(event, once, &fields));
        let key = match (identity, message.scope) {
            (Some(identity), Some(scope)) => format!("{scope}/{identity}"),
            (Some(identity), None) => identity,
            (None, _) => message.id,
        };
        let mut context = self.context(receipt.body_sha256(), key, message.trace, message.by);
        context.call.received_at = receipt.received_at();
        context.call.case = message.case;
        let call = context.call.clone();
        let output = unwinding(handler(input, context)).await?;
        Ok(sink::perform(sinks, output.values(), self.services(), &call).await?)
    }
}

#[cfg(test)]
mod tests;

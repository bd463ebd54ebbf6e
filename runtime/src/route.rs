//! A webhook from the gateway to the event log: verify the exact bytes, read them, call the handler, append, and only then answer.

mod verification;

use std::fmt;
use std::time::Duration;

use crate::context::Context;
use crate::entry::{Entry, Provenance, Unrecordable};
use crate::event::{Event, Facts, Holds};
use crate::event_log::{Appended, Unavailable};
use crate::gateway::{self, Admitted, ProxyAnswer, ProxyEvent};
use crate::lambda::{Invocation, Reply, unwinding};
use crate::telemetry::{Evidence, Outcome, Report};
use crate::value::Value;
use crate::{Failure, Receipt, json};
use verification::Genuine;

pub use crate::parameter::Parameter;
pub use verification::Verify;

/// Longest that a request may take, because API Gateway hangs up after 29 s and the sender should hear a 503 from us.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// An HTTP endpoint of the spec.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `POST`
    pub method: &'static str,
    /// `/webhooks`
    pub path: &'static str,
    /// How a request proves who sent it.
    pub verify: Verify,
    /// Largest accepted body in bytes.
    pub body_bytes_max: usize,
}

/// What a handler's output adds to one table.
pub type Sink<O> = fn(&O, &Provenance) -> Result<Vec<Entry>, Unrecordable>;

/// The sink `append: TABLE`, for an output that is `E`, perhaps `E`, or several.
pub fn append<T: Holds<E>, E: Event, O: Facts<E>>(
    output: &O,
    provenance: &Provenance,
) -> Result<Vec<Entry>, Unrecordable> {
    output
        .facts()
        .iter()
        .map(|it| Entry::new::<T, E>(it, provenance))
        .collect()
}

/// How a request ends: what the sender hears and what the log says, which are not the same.
#[derive(Debug)]
struct Ending {
    status: u16,
    outcome: Outcome,
    /// For the sender.
    detail: Option<String>,
    /// A declared error, for the sender.
    rejection: Option<(&'static str, Box<serde_json::value::RawValue>)>,
    /// For the log.
    reason: Option<String>,
    event: Option<(&'static str, String)>,
    evidence: Box<Evidence>,
}

impl Ending {
    fn new(status: u16, outcome: Outcome, reason: impl Into<Option<String>>) -> Self {
        Self {
            status,
            outcome,
            detail: None,
            rejection: None,
            reason: reason.into(),
            event: None,
            evidence: Box::default(),
        }
    }

    /// A body that is not what the spec says. The sender has proved who it is, so it hears what is wrong.
    fn invalid(problem: &impl fmt::Display) -> Self {
        let problem = problem.to_string();
        Self {
            detail: Some(problem.clone()),
            ..Self::new(400, Outcome::Invalid, problem)
        }
    }

    fn unavailable(why: &Unavailable) -> Self {
        Self::new(503, Outcome::Unavailable, why.to_string())
    }

    /// Genuine by its signature, and yet not what was recorded under the same identity.
    fn other_body(evidence: Evidence) -> Self {
        Self {
            evidence: Box::new(evidence),
            ..Self::new(409, Outcome::Mismatch, "other_body".to_owned())
        }
    }

    fn unrecordable(why: &Unrecordable) -> Self {
        match why {
            Unrecordable::Key(_) => Self::invalid(why),
            Unrecordable::TooLarge => Self {
                status: 413,
                ..Self::invalid(why)
            },
        }
    }

    fn failed(failure: Failure) -> Self {
        match failure {
            Failure::Declared { name, fields } => Self {
                reason: Some(format!("{name} {fields}")),
                rejection: Some((name, fields)),
                ..Self::new(422, Outcome::Rejected, None)
            },
            Failure::Fault(fault) => Self::new(503, Outcome::Failed, fault.message().to_owned()),
        }
    }

    /// With what the signature has shown, beside what is known already.
    fn with(mut self, shown: Evidence) -> Self {
        *self.evidence = Evidence {
            body_sha256: self.evidence.body_sha256.take(),
            ..shown
        };
        self
    }

    fn answer(&self, route: &Route) -> ProxyAnswer {
        let mut body = format!("{{\"outcome\":\"{}\"", self.outcome.as_str());
        if let Some(detail) = &self.detail {
            body += &format!(",\"detail\":{}", serde_json::Value::from(detail.as_str()));
        }
        if let Some((name, fields)) = &self.rejection {
            body += &format!(",\"error\":\"{name}\",\"fields\":{}", fields.get());
        }
        body.push('}');
        let mut answer = ProxyAnswer::json(self.status, body);
        if self.status == 405 {
            answer.headers.insert("allow", route.method.to_owned());
        }
        if self.status == 503 {
            answer.headers.insert("retry-after", "5".to_owned());
        }
        answer
    }
}

impl Invocation {
    /// Serves one request of a route. The answer is 2xx only after everything is durable.
    pub async fn route<I, O, X, H>(self, route: &Route, handler: H, sinks: &[Sink<O>]) -> Reply
    where
        I: Value,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let event: ProxyEvent = match serde_json::from_str(self.payload()) {
            Ok(event) => event,
            Err(_) => {
                return self.fail(
                    "unreadable request",
                    &Failure::Fault(crate::Fault::new(
                        "the event is no API Gateway proxy request",
                    )),
                );
            }
        };
        let budget = self.remaining().min(ANSWER_WITHIN);
        let ending = match gateway::admit(route, event) {
            Err(it) if it.status == 400 => Ending::new(400, Outcome::Invalid, it.reason.to_owned()),
            Err(it) => Ending::new(it.status, Outcome::Refused, it.reason.to_owned()),
            Ok(admitted) => {
                match tokio::time::timeout(budget, self.serve(route, admitted, handler, sinks))
                    .await
                {
                    Ok(Ok(ending) | Err(ending)) => ending,
                    Err(_) => Ending::new(503, Outcome::Unavailable, "deadline".to_owned()),
                }
            }
        };
        let answer = ending.answer(route);
        let (event, event_id) = ending.event.unzip();
        let report = Report {
            outcome: Some(ending.outcome),
            event,
            event_id,
            reason: ending.reason,
            evidence: *ending.evidence,
            ..Report::default()
        };
        self.succeed(
            &answer,
            &format!("{} {} {}", route.method, route.path, ending.status),
            report,
        )
    }

    async fn serve<I, O, X, H>(
        &self,
        route: &Route,
        admitted: Admitted,
        handler: H,
        sinks: &[Sink<O>],
    ) -> Result<Ending, Ending>
    where
        I: Value,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let genuine =
            verification::verify(&route.verify, &admitted, self.services(), self.now_ms()).await?;
        if let Some((secret, generation)) = genuine.rotation {
            self.count_key(secret, generation);
        }
        let evidence = genuine.evidence.clone();
        self.record(route, admitted, genuine, handler, sinks)
            .await
            .map_err(|ending| ending.with(evidence.clone()))
            .map(|ending| ending.with(evidence))
    }

    /// What is done with a request that is genuine.
    async fn record<I, O, X, H>(
        &self,
        route: &Route,
        admitted: Admitted,
        genuine: Genuine,
        handler: H,
        sinks: &[Sink<O>],
    ) -> Result<Ending, Ending>
    where
        I: Value,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let receipt = Receipt::new(&admitted.body, self.started_at());
        let wire = json::parse(&admitted.body).map_err(|it| Ending::invalid(&it))?;
        let input = I::read(Some(&wire), Some(&receipt)).map_err(|it| Ending::invalid(&it))?;
        let by = format!("route {} {}", route.method, route.path);
        let mut context = self.context(receipt.body_sha256(), receipt.body_sha256(), None, by);
        context.call.transmission = genuine.transmission;
        let provenance = context.call.provenance();
        let deadline = context.call.deadline;
        let output = unwinding(handler(input, context))
            .await
            .map_err(Ending::failed)?;
        let mut total = Ending::new(200, Outcome::Succeeded, None);
        for sink in sinks {
            for entry in sink(&output, &provenance).map_err(|it| Ending::unrecordable(&it))? {
                let appended = self
                    .services()
                    .log
                    .append(&entry, deadline)
                    .await
                    .map_err(|it| Ending::unavailable(&it))?;
                total.event = Some((entry.event, entry.identity));
                match appended {
                    Appended::Recorded => total.outcome = Outcome::Recorded,
                    Appended::Duplicate if total.outcome == Outcome::Succeeded => {
                        total.outcome = Outcome::Duplicate
                    }
                    Appended::Duplicate => (),
                    Appended::Mismatch => {
                        let evidence = Evidence {
                            body_sha256: Some(provenance.body_sha256.clone()),
                            ..Evidence::default()
                        };
                        return Err(Ending {
                            event: total.event,
                            ..Ending::other_body(evidence)
                        });
                    }
                }
            }
        }
        Ok(total)
    }
}

#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod tests;

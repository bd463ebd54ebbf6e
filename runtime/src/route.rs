//! A webhook from the gateway to the last sink: verify the exact bytes, read them, call the handler, record and send, and only then answer.

#[cfg(feature = "sign-fetch-back")]
mod asking;
mod input;
mod other;
mod verification;

use std::fmt;
use std::time::Duration;

use crate::context::Context;
use crate::event_log::Unavailable;
use crate::gateway::{self, Admitted, Incoming, ProxyAnswer, Turned};
use crate::lambda::{Invocation, Reply, unwinding};
use crate::metric::Metric;
use crate::sink::{self, Done, Output, Sink, Stopped};
use crate::telemetry::{Evidence, Outcome, Report};
use crate::{Failure, Fault, Receipt, Request};
use verification::Genuine;

pub use crate::parameter::Parameter;
pub use input::{FromRequest, Unreadable};
pub use verification::Verify;

/// Longest that a request may take, because API Gateway hangs up after 29 s and the sender should hear a 503 from us.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// An HTTP endpoint of the spec.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `POST`
    pub method: &'static str,
    /// `/webhooks`, or with a place for the provider's name: `/webhooks/{provider}`.
    pub path: &'static str,
    /// Where requests come in.
    pub via: Via,
    /// How a request proves who sent it.
    pub verify: Verify,
    /// What makes the answer.
    pub answer: Answer,
    /// Largest accepted body in bytes.
    pub body_bytes_max: usize,
}

/// Where the requests of a route come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// API Gateway.
    Api,
    /// `via: function_url`
    FunctionUrl,
}

/// What makes the answer of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `handler:`
    Handler,
    /// `reply:`, this status to everyone who passes `verify`.
    Reply(u16),
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
    /// A metric besides the outcome's.
    counted: Option<Metric>,
    /// The method to use instead, for 405.
    allow: Option<&'static str>,
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
            counted: None,
            allow: None,
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

    fn turned(it: Turned) -> Self {
        let outcome = if it.status == 400 {
            Outcome::Invalid
        } else {
            Outcome::Refused
        };
        Self {
            allow: it.allow,
            ..Self::new(it.status, outcome, it.reason.to_owned())
        }
    }

    /// Sinks that did not all happen. Nothing is acknowledged, so that the sender comes again where that can help.
    fn stopped(why: Stopped) -> Self {
        match why {
            Stopped::Mismatch {
                event,
                identity,
                body_sha256,
            } => Self {
                event: Some((event, identity)),
                ..Self::other_body(Evidence::of_body(body_sha256))
            },
            Stopped::Unexpected {
                condition,
                event,
                body_sha256,
            } => Self {
                event,
                evidence: Box::new(Evidence::of_body(body_sha256)),
                ..Self::new(422, Outcome::Unexpected, condition.to_string())
            },
            Stopped::Never { problem, too_large } => Self {
                status: if too_large { 413 } else { 400 },
                ..Self::invalid(&problem)
            },
            Stopped::NotNow(why) => Self::unavailable(&why),
        }
    }

    fn done(done: Done) -> Self {
        let reason =
            (done.values == 0).then(|| "the handler gave nothing to record or send".to_owned());
        Self {
            reason,
            event: done.event.clone(),
            ..Self::new(200, done.outcome(), None)
        }
    }

    fn failed(failure: Failure) -> Self {
        match failure {
            Failure::Declared { name, fields } => Self {
                reason: Some(format!("{name} {fields}")),
                rejection: Some((name, fields)),
                ..Self::new(422, Outcome::Rejected, None)
            },
            Failure::Fault(fault) if fault.is_of_the_input() => Self::invalid(&fault.message()),
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

    fn answer(&self) -> ProxyAnswer {
        let mut body = format!("{{\"outcome\":\"{}\"", self.outcome.as_str());
        if let Some(detail) = &self.detail {
            body += &format!(",\"detail\":{}", serde_json::Value::from(detail.as_str()));
        }
        if let Some((name, fields)) = &self.rejection {
            body += &format!(",\"error\":\"{name}\",\"fields\":{}", fields.get());
        }
        body.push('}');
        let mut answer = ProxyAnswer::json(self.status, body);
        if let Some(method) = self.allow {
            answer.headers.insert("allow", method.to_owned());
        }
        if self.status == 503 {
            answer.headers.insert("retry-after", "5".to_owned());
        }
        answer
    }
}

impl Invocation {
    /// Serves one request of a route. The answer is 2xx only after everything is durable.
    pub async fn route<I, O, X, H>(
        mut self,
        route: &'static Route,
        handler: H,
        sinks: &[Sink],
    ) -> Reply
    where
        I: FromRequest,
        O: Output,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let Some(incoming) = Incoming::read(self.payload()) else {
            return self.unreadable("an HTTP request");
        };
        let mut routes = self.take_replies();
        routes.push(route);
        let budget = self.remaining().min(ANSWER_WITHIN);
        let (heading, ending) = match gateway::admit(&routes, incoming) {
            Err(it) => (heading(route), Ending::turned(it)),
            Ok((route, admitted)) => {
                let serve = self.serve(route, admitted, handler, sinks);
                let ending = match tokio::time::timeout(budget, serve).await {
                    Ok(Ok(ending) | Err(ending)) => ending,
                    Err(_) => Ending::new(503, Outcome::Unavailable, "deadline".to_owned()),
                };
                (heading(route), ending)
            }
        };
        self.answer(&heading, ending)
    }

    /// Serves a request of a route that only replies, at the URL of a function that something else calls.
    pub(crate) async fn reply(mut self, incoming: Incoming) -> Reply {
        let routes = self.take_replies();
        let nobody = async |_: Request, _: Context| -> Result<(), Fault> { Ok(()) };
        let (heading, ending) = match gateway::admit(&routes, incoming) {
            Err(it) => ("request".to_owned(), Ending::turned(it)),
            Ok((route, admitted)) => {
                let served = self.serve(route, admitted, nobody, &[]).await;
                let (Ok(ending) | Err(ending)) = served;
                (heading(route), ending)
            }
        };
        self.answer(&heading, ending)
    }

    fn answer(self, heading: &str, ending: Ending) -> Reply {
        let answer = ending.answer();
        let (event, event_id) = ending.event.unzip();
        let report = Report {
            outcome: Some(ending.outcome),
            event,
            event_id,
            reason: ending.reason,
            evidence: *ending.evidence,
            counted: ending.counted,
            ..Report::default()
        };
        self.succeed(&answer, &format!("{heading} {}", ending.status), report)
    }

    async fn serve<I, O, X, H>(
        &self,
        route: &Route,
        admitted: Admitted,
        handler: H,
        sinks: &[Sink],
    ) -> Result<Ending, Ending>
    where
        I: FromRequest,
        O: Output,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let now_ms = self.now_ms();
        let genuine =
            verification::verify(&admitted.verify, &admitted, self.services(), now_ms).await?;
        if let Some((secret, generation)) = genuine.rotation {
            self.count_key(secret, generation);
        }
        let evidence = genuine.evidence.clone();
        if let Answer::Reply(status) = route.answer {
            return Ok(Ending::new(status, Outcome::Succeeded, None).with(evidence));
        }
        self.record(route, admitted, genuine, handler, sinks)
            .await
            .map_err(|ending| ending.with(evidence.clone()))
            .map(|ending| ending.with(evidence))
    }

    /// What is done with a request that is genuine.
    async fn record<I, O, X, H>(
        &self,
        route: &Route,
        mut admitted: Admitted,
        genuine: Genuine,
        handler: H,
        sinks: &[Sink],
    ) -> Result<Ending, Ending>
    where
        I: FromRequest,
        O: Output,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        let notice = genuine
            .answer
            .map(|answer| std::mem::replace(&mut admitted.body, answer));
        let receipt = Receipt::new(&admitted.body, self.started_at());
        let by = format!("route {} {}", route.method, route.path);
        let mut context = self.context(receipt.body_sha256(), receipt.body_sha256(), None, by);
        context.call.transmission = genuine.transmission;
        context.call.provider = admitted.provider.map(str::to_owned);
        context.call.body = Some(admitted.body.as_slice().into());
        context.call.notice = notice.map(Into::into);
        let request = Request {
            path: admitted.path,
            headers: admitted.headers,
            body: admitted.body,
        };
        let call = context.call.clone();
        let envelope = self.accept.and_then(|it| it.envelope(admitted.provider));
        let input = match (I::from_request(request, &receipt, envelope), self.accept) {
            (Ok(it), _) => it,
            (Err(Unreadable::Unaccepted(it)), Some(accept)) => {
                return self.keep(&accept.other, &it, &receipt, &call).await;
            }
            (Err(problem), _) => return Err(Ending::invalid(&problem)),
        };
        let other = self.accept.map(|it| it.other.append());
        let appends = sinks.iter().copied().chain(other);
        let tied = sink::tie(appends, self.services(), &call).await;
        tied.map_err(Ending::stopped)?;
        let output = unwinding(handler(input, context))
            .await
            .map_err(Ending::failed)?;
        let done = sink::perform(sinks, output.values(), self.services(), &call).await;
        done.map(Ending::done).map_err(Ending::stopped)
    }
}

fn heading(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

#[cfg(test)]
#[cfg(feature = "sign-fetch-back")]
mod asking_tests;
#[cfg(test)]
#[cfg(feature = "sign-certificates")]
mod case_tests;
#[cfg(test)]
#[cfg(feature = "sign-certificates")]
mod paypal_tests;
#[cfg(test)]
mod process;
#[cfg(test)]
#[cfg(feature = "sign-certificates")]
mod sequence_tests;
#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod tests;

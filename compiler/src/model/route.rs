//! HTTP endpoints: who may send, what makes the answer, and what is done with the handler's output.

use std::collections::BTreeMap;

use super::{Accept, Expectation, Origin, Pipeline, Sink, SinkTo};

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// `POST`
    pub method: String,
    /// `/webhooks`
    pub path: String,
    /// API Gateway stage name; `v1` when not written.
    pub stage: String,
    /// How a request proves who sent it.
    pub verify: Verify,
    /// What makes the answer.
    pub answer: Answer,
    /// `accept:` with `other:`, where the handler takes described events of a provider.
    pub accept: Option<Accept>,
    /// What the handler's output must be before anything is done with it.
    pub expect: Option<Expectation>,
    /// What is done with the handler's output, in order.
    pub sinks: Vec<Sink>,
    /// `auth: NAME`: the API key that a caller must show.
    pub auth: Option<String>,
    /// `via: function_url NAME`: served by this function's URL and not by the API.
    pub via: Option<String>,
    /// Largest accepted body in bytes.
    pub body_bytes_max: u64,
    /// Steady requests per second of the stage, and the burst above it.
    pub rate_per_s: u32,
    /// Burst size of the throttle.
    pub burst: u32,
    /// How much the execution log says; never bodies.
    pub execution_log: ExecutionLog,
    /// Where it is declared.
    pub origin: Origin,
}

/// `log:` of a route: what API Gateway's execution log holds. Bodies are in it at no level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionLog {
    /// `error`: requests that failed.
    #[default]
    Error,
    /// `info`: every request, step by step.
    Info,
}

impl Route {
    /// The function that takes the request.
    #[must_use]
    pub fn handler(&self) -> Option<&str> {
        match &self.answer {
            Answer::Handler(name) => Some(name),
            Answer::Reply(_) => None,
        }
    }

    /// Tables that the handler's output is appended to, in order, and behind them that of `other:`.
    pub fn appends(&self) -> impl Iterator<Item = &str> {
        let sinks = self.sinks.iter().filter_map(|it| match &it.to {
            SinkTo::Append(table) => Some(table.as_str()),
            SinkTo::Write { .. } | SinkTo::Send(_) => None,
        });
        sinks.chain(self.accept.iter().map(|it| it.table.as_str()))
    }
}

/// What makes the answer of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `handler: NAME`
    Handler(String),
    /// `reply: 200`: this status, without a body, to everyone who passes `verify`.
    Reply(u16),
}

/// `verify:` of a route.
#[derive(Clone, Debug, PartialEq)]
pub enum Verify {
    /// A scheme of `pipe_runtime::sign::SCHEMES` with its arguments.
    Scheme {
        /// Name in the list: `hmac_sha256`.
        scheme: String,
        /// Arguments by parameter name, defaults filled.
        arguments: BTreeMap<String, Argument>,
        /// Where it is written.
        origin: Origin,
    },
    /// `provider.verify`: what the provider that the path names declares; an unknown one is answered 404.
    PerProvider {
        /// Where it is written.
        origin: Origin,
    },
    /// `off because "…"`, which is carried into template and reports.
    Off {
        /// The reason given.
        because: String,
        /// Where it is written.
        origin: Origin,
    },
}

impl Verify {
    /// The declared secret that a scheme is keyed by, where it is keyed by one.
    pub fn secret(&self) -> Option<&str> {
        let Self::Scheme { arguments, .. } = self else {
            return None;
        };
        arguments.values().find_map(|it| match it {
            Argument::Secret(declared) => Some(declared.as_str()),
            _ => None,
        })
    }
}

impl Pipeline {
    /// Every way in which what is verified so may be: of `provider.verify` that of each provider.
    pub fn ways<'a>(&'a self, verify: &'a Verify) -> impl Iterator<Item = &'a Verify> {
        let is_own = !matches!(verify, Verify::PerProvider { .. });
        let providers = self.providers.values().filter(move |_| !is_own);
        let own = is_own.then_some(verify);
        own.into_iter().chain(providers.map(|it| &it.verify))
    }
}

/// An argument of a signature scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Text or a choice, as written.
    Text(String),
    /// Whole seconds.
    DurationS(u64),
    /// A declared secret.
    Secret(String),
    /// A declared parameter, whose value is the argument's text at run time.
    Parameter(String),
}

//! A spec with next to nothing: no table, no secret, no error.
//!
//! Generated from `plain.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
//! crate, and hand what implements them to [`run`].

#![forbid(unsafe_code)]

mod capabilities;
mod functions;
mod types;

use std::process::ExitCode;

pub use capabilities::*;
pub use functions::*;
use pipe_runtime::lambda::Invocation;
use pipe_runtime::route::{Answer, Route, Verify, Via};
use pipe_runtime::lambda;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /ping`, plain.pipe:9. Not verified: a test without a sender
const POST_PING: Route = Route {
    method: "POST",
    path: "/ping",
    via: Via::Api,
    verify: Verify::Off,
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl PingFunction) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "ping" => {
            invocation
                .route(
                    &POST_PING,
                    async |input, context| {
                        functions.ping(input, &PingContext::new(context)).await
                    },
                    &[],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("plain", &["ping"], serve)
}

//! A spec whose names and types are as odd as the language allows.
//!
//! Generated from `odd.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
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
use pipe_runtime::{lambda, sink};
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /odd/path`, odd.pipe:38.
const POST_ODD_PATH: Route = Route {
    method: "POST",
    path: "/odd/path",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "hmac_sha256",
        arguments: &[
            ("encoding", "hex"),
            ("header", "X-Sig"),
            ("key", "text"),
            ("separator", "."),
            ("tolerance", "300s"),
        ],
        parameters: &[],
        secret: Some("key_of_match"),
    },
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl Keep + Match + Take) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "keep" => {
            invocation
                .call(async |input, context| {
                    functions.keep(input, &KeepContext::new(context)).await
                })
                .await
        }
        "match" => {
            invocation
                .call(async |input, context| {
                    functions.r#match(input, &MatchContext::new(context)).await
                })
                .await
        }
        "take" => {
            invocation
                .route(
                    &POST_ODD_PATH,
                    async |input, context| {
                        functions.take(input, &TakeContext::new(context)).await
                    },
                    &[sink::append::<facts, Record_>()],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("odd", &["keep", "match", "take"], serve)
}

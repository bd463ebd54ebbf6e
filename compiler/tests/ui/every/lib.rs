//! Every verb on every kind of resource: `all` may do everything, `idle` nothing.
//!
//! Generated from `every.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
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
use pipe_runtime::{lambda, on};
pub use pipe_runtime::channel::Post;
pub use pipe_runtime::context::Updated;
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::execution::Started;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /all`, every.pipe:31. Not verified: a test without a sender
const POST_ALL: Route = Route {
    method: "POST",
    path: "/all",
    via: Via::Api,
    verify: Verify::Off,
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// `route POST /idle`, every.pipe:36. Not verified: a test without a sender
const POST_IDLE: Route = Route {
    method: "POST",
    path: "/idle",
    via: Via::Api,
    verify: Verify::Off,
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl All + Idle + Take + TakeNote) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "all" => {
            invocation
                .route(
                    &POST_ALL,
                    async |input, context| {
                        functions.all(input, &AllContext::new(context)).await
                    },
                    &[],
                )
                .await
        }
        "idle" => {
            invocation
                .route(
                    &POST_IDLE,
                    async |input, context| {
                        functions.idle(input, &IdleContext::new(context)).await
                    },
                    &[],
                )
                .await
        }
        "take" => {
            invocation
                .queue(
                    &on::Queue {
                        name: "work",
                        per_provider: false,
                        fifo: false,
                        receives_max: Some(5),
                        known_by: on::known_by::<Order>(),
                    },
                    async |input, context| {
                        functions.take(input, &TakeContext::new(context)).await
                    },
                    &[],
                )
                .await
        }
        "take_note" => {
            invocation
                .call(async |input, context| {
                    functions.take_note(input, &TakeNoteContext::new(context)).await
                })
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("every", &["all", "idle", "take", "take_note"], serve)
}

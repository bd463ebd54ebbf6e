//! Transactions taken in at any rate, recorded once, and fanned out to the services downstream.
//!
//! Generated from `notifications.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
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
use pipe_runtime::{lambda, on, sink};
pub use pipe_runtime::channel::Post;
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /webhooks`, notifications.pipe:52.
const POST_WEBHOOKS: Route = Route {
    method: "POST",
    path: "/webhooks",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "standard_webhooks",
        arguments: &[("tolerance", "300s")],
        parameters: &[],
        secret: Some("api_key"),
    },
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl Receive + WebhookProcessor) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "receive" => {
            invocation
                .route(
                    &POST_WEBHOOKS,
                    async |input, context| {
                        functions.receive(input, &ReceiveContext::new(context)).await
                    },
                    &[sink::send::<webhook_inbox, TransactionReceived>()],
                )
                .await
        }
        "webhook_processor" => {
            invocation
                .queue(
                    &on::Queue {
                        name: "webhook_inbox",
                        per_provider: false,
                        fifo: false,
                        receives_max: Some(5),
                        known_by: on::known_by::<TransactionReceived>(),
                    },
                    async |input, context| {
                        functions
                            .webhook_processor(
                                input,
                                &WebhookProcessorContext::new(context),
                            )
                            .await
                    },
                    &[
                        sink::append::<payment_transactions, TransactionReceived>(),
                        sink::send::<payment_events, TransactionReceived>(),
                    ],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("notifications", &["receive", "webhook_processor"], serve)
}

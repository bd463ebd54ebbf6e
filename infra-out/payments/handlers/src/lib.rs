//! Payment webhooks: verified, recorded exactly once, settled with retries.
//!
//! Generated from `payments.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
//! crate, and hand what implements them to [`run`].

#![forbid(unsafe_code)]

mod capabilities;
mod functions;
mod types;

use std::process::ExitCode;

pub use capabilities::*;
pub use functions::*;
use pipe_runtime::condition::{Relation, Where};
use pipe_runtime::lambda::Invocation;
use pipe_runtime::route::{Answer, Route, Verify, Via};
use pipe_runtime::{lambda, sink};
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /webhooks`, payments.pipe:42.
const POST_WEBHOOKS: Route = Route {
    method: "POST",
    path: "/webhooks",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "hmac_sha256",
        arguments: &[
            ("encoding", "hex"),
            ("header", "X-Webhook-Signature"),
            ("key", "text"),
            ("separator", "."),
            ("tolerance", "300s"),
        ],
        parameters: &[],
        secret: Some("webhook_key"),
    },
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl Process + Validate) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "process" => {
            invocation
                .call(async |input, context| {
                    functions.process(input, &ProcessContext::new(context)).await
                })
                .await
        }
        "validate" => {
            invocation
                .route(
                    &POST_WEBHOOKS,
                    async |input, context| {
                        functions.validate(input, &ValidateContext::new(context)).await
                    },
                    &[
                        sink::expect(
                            Where::All(
                                &[
                                    Where::Number("amount", Relation::Greater, "0"),
                                    Where::Number("amount", Relation::LessOrEqual, "100000000"),
                                ],
                            ),
                        ),
                        sink::append::<payment_events, PaymentReceived>(),
                    ],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("payments", &["process", "validate"], serve)
}

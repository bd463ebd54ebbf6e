//! One ordered, deduplicated lane per provider; business rules on a bus.
//!
//! Generated from `webhook_processing.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
//! crate, and hand what implements them to [`run`].

#![forbid(unsafe_code)]

mod accepted;
mod capabilities;
mod functions;
mod types;

use std::process::ExitCode;

pub use accepted::*;
pub use capabilities::*;
pub use functions::*;
use pipe_runtime::lambda::Invocation;
use pipe_runtime::route::{Answer, Parameter, Route, Verify, Via};
use pipe_runtime::{accept, lambda, on, sink};
pub use pipe_runtime::channel::Post;
pub use pipe_runtime::context::Updated;
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /webhooks/{provider}`, webhook_processing.pipe:76.
const POST_WEBHOOKS__PROVIDER: Route = Route {
    method: "POST",
    path: "/webhooks/{provider}",
    via: Via::Api,
    verify: Verify::PerProvider(
        &[
            (
                "paypal",
                Verify::Scheme {
                    name: "paypal",
                    arguments: &[("environment", "live")],
                    parameters: &[
                        ("webhook_id", Parameter::Stored("paypal_webhook_id")),
                    ],
                    secret: None,
                },
            ),
            (
                "square",
                Verify::Scheme {
                    name: "square",
                    arguments: &[],
                    parameters: &[("url", Parameter::AtDeploy("square_url"))],
                    secret: Some("square_key"),
                },
            ),
            (
                "stripe",
                Verify::Scheme {
                    name: "stripe",
                    arguments: &[("tolerance", "300s")],
                    parameters: &[],
                    secret: Some("stripe_key"),
                },
            ),
        ],
    ),
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(functions: impl Process + StatusUpdates + Validator) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "process_paypal" | "process_square" | "process_stripe" => {
            invocation
                .of_family("process")
                .queue(
                    &on::Queue {
                        name: "lane",
                        per_provider: true,
                        fifo: true,
                        receives_max: Some(5),
                        known_by: on::known_by::<PaymentProcessed>(),
                    },
                    async |input, context| {
                        functions.process(input, &ProcessContext::new(context)?).await
                    },
                    &[
                        sink::append::<webhooks, PaymentProcessed>(),
                        sink::send::<payment_events, PaymentProcessed>(),
                    ],
                )
                .await
        }
        "status_updates" => {
            invocation
                .rules(
                    &on::Rules {
                        names: &[
                            "size_critical",
                            "size_large",
                            "size_micro",
                            "size_standard",
                        ],
                        known_by: on::known_by::<PaymentProcessed>(),
                    },
                    async |input, context| {
                        functions
                            .status_updates(input, &StatusUpdatesContext::new(context)?)
                            .await
                    },
                    &[],
                )
                .await
        }
        "validator" => {
            invocation
                .accepting(&accepted::POST_WEBHOOKS__PROVIDER)
                .route(
                    &POST_WEBHOOKS__PROVIDER,
                    async |accept::OneOf(input), context| {
                        functions
                            .validator(input, &ValidatorContext::new(context)?)
                            .await
                    },
                    &[sink::send::<lane, Notification>()],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run(
        "webhook_processing",
        &[
            "process_paypal",
            "process_square",
            "process_stripe",
            "status_updates",
            "validator",
        ],
        serve,
    )
}

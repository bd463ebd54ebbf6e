//! Every event that is described, taken by one handler; whatever else comes is kept.
//!
//! Generated from `deliveries.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
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
use pipe_runtime::{accept, lambda, sink};
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /webhooks/{provider}`, deliveries.pipe:43.
const POST_WEBHOOKS__PROVIDER: Route = Route {
    method: "POST",
    path: "/webhooks/{provider}",
    via: Via::Api,
    verify: Verify::PerProvider(
        &[
            (
                "adyen",
                Verify::Scheme {
                    name: "adyen",
                    arguments: &[],
                    parameters: &[],
                    secret: Some("adyen_key"),
                },
            ),
            (
                "adyen_platform",
                Verify::Scheme {
                    name: "adyen_platform",
                    arguments: &[],
                    parameters: &[],
                    secret: Some("adyen_platform_key"),
                },
            ),
            (
                "github",
                Verify::Scheme {
                    name: "github",
                    arguments: &[],
                    parameters: &[],
                    secret: Some("github_key"),
                },
            ),
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
pub fn run(functions: impl Take) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "take" => {
            invocation
                .accepting(&accepted::POST_WEBHOOKS__PROVIDER)
                .route(
                    &POST_WEBHOOKS__PROVIDER,
                    async |accept::OneOf(input), context| {
                        functions.take(input, &TakeContext::new(context)?).await
                    },
                    &[sink::append::<seen, Seen>()],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run("deliveries", &["take"], serve)
}

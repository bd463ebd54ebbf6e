//! Every payment archived, enriched, and alerted on when it is large or has failed.
//!
//! Generated from `archive.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
//! crate, and hand what implements them to [`run`].

#![forbid(unsafe_code)]

mod capabilities;
mod functions;
mod types;

use std::process::ExitCode;

pub use capabilities::*;
pub use functions::*;
use pipe_runtime::bucket::Piece;
use pipe_runtime::condition::{Relation, Where};
use pipe_runtime::lambda::Invocation;
use pipe_runtime::route::{Answer, Route, Verify, Via};
use pipe_runtime::{lambda, on, sink};
pub use pipe_runtime::channel::Post;
pub use pipe_runtime::event_log::Appended;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route GET /health`, archive.pipe:84. Not verified: answers 200 to anyone, reads nothing
const GET_HEALTH: Route = Route {
    method: "GET",
    path: "/health",
    via: Via::FunctionUrl,
    verify: Verify::Off,
    answer: Answer::Reply(200),
    body_bytes_max: 1048576,
};

/// `route POST /webhook`, archive.pipe:74.
const POST_WEBHOOK: Route = Route {
    method: "POST",
    path: "/webhook",
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
pub fn run(
    functions: impl EventProcessor + NotificationHandler + WebhookReceiver,
) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "event_processor" => {
            invocation
                .queue(
                    &on::Queue {
                        name: "processing_queue",
                        per_provider: false,
                        fifo: false,
                        receives_max: Some(5),
                        known_by: on::known_by::<PaymentReceived>(),
                    },
                    async |input, context| {
                        functions
                            .event_processor(input, &EventProcessorContext::new(context))
                            .await
                    },
                    &[
                        sink::append::<payment_events, PaymentProcessed>(),
                        sink::send::<payment_bus, PaymentProcessed>(),
                        sink::send::<notification_queue, PaymentProcessed>()
                            .only(
                                Where::Any(
                                    &[
                                        Where::Number("amount", Relation::Greater, "10000"),
                                        Where::Text("status", Relation::Equal, "failed"),
                                    ],
                                ),
                            ),
                    ],
                )
                .await
        }
        "notification_handler" => {
            invocation
                .queue(
                    &on::Queue {
                        name: "notification_queue",
                        per_provider: false,
                        fifo: false,
                        receives_max: Some(5),
                        known_by: on::known_by::<PaymentProcessed>(),
                    },
                    async |input, context| {
                        functions
                            .notification_handler(
                                input,
                                &NotificationHandlerContext::new(context),
                            )
                            .await
                    },
                    &[],
                )
                .await
        }
        "webhook_receiver" => {
            invocation
                .replying(&[&GET_HEALTH])
                .route(
                    &POST_WEBHOOK,
                    async |input, context| {
                        functions
                            .webhook_receiver(
                                input,
                                &WebhookReceiverContext::new(context),
                            )
                            .await
                    },
                    &[
                        sink::append::<payment_events, PaymentReceived>(),
                        sink::write_event::<
                            webhook_archive,
                            PaymentReceived,
                        >(
                            &[
                                Piece::Text("webhooks/"),
                                Piece::Date("timestamp"),
                                Piece::Text("/"),
                                Piece::Field("paymentId"),
                                Piece::Text(".json"),
                            ],
                        ),
                        sink::send::<processing_queue, PaymentReceived>(),
                    ],
                )
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run(
        "archive",
        &["event_processor", "notification_handler", "webhook_receiver"],
        serve,
    )
}

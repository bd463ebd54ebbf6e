//! Refunds: taken in once, held against what was paid, approved above a limit, paid back, booked and told of at the same time, and undone when that fails.
//!
//! Generated from `refunds.pipe` by `pipec compile`, which writes it anew each time. Implement the traits in your own
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
pub use pipe_runtime::execution::Started;
pub use pipe_runtime::memory::{Memory, at_once};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /refunds`, refunds.pipe:40.
const POST_REFUNDS: Route = Route {
    method: "POST",
    path: "/refunds",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "standard_webhooks",
        arguments: &[("tolerance", "300s")],
        parameters: &[],
        secret: Some("shop_key"),
    },
    answer: Answer::Handler,
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(
    functions: impl AskApproval + Begin + Book + FindPayment + PayBack + Restock + Take + Tell + Unbook,
) -> ExitCode {
    let serve = async |invocation: Invocation| match invocation.function() {
        "ask_approval" => {
            invocation
                .call(async |input, context| {
                    functions
                        .ask_approval(input, &AskApprovalContext::new(context))
                        .await
                })
                .await
        }
        "begin" => {
            invocation
                .queue(
                    &on::Queue {
                        name: "intake",
                        per_provider: false,
                        fifo: false,
                        receives_max: Some(5),
                        known_by: on::known_by::<RefundRequested>(),
                    },
                    async |input, context| {
                        functions.begin(input, &BeginContext::new(context)).await
                    },
                    &[],
                )
                .await
        }
        "book" => {
            invocation
                .call(async |input, context| {
                    functions.book(input, &BookContext::new(context)).await
                })
                .await
        }
        "find_payment" => {
            invocation
                .call(async |input, context| {
                    functions
                        .find_payment(input, &FindPaymentContext::new(context))
                        .await
                })
                .await
        }
        "pay_back" => {
            invocation
                .call(async |input, context| {
                    functions.pay_back(input, &PayBackContext::new(context)).await
                })
                .await
        }
        "restock" => {
            invocation
                .call(async |input, context| {
                    functions.restock(input, &RestockContext::new(context)).await
                })
                .await
        }
        "take" => {
            invocation
                .route(
                    &POST_REFUNDS,
                    async |input, context| {
                        functions.take(input, &TakeContext::new(context)).await
                    },
                    &[
                        sink::append::<refunds, RefundRequested>(),
                        sink::send::<intake, RefundRequested>(),
                    ],
                )
                .await
        }
        "tell" => {
            invocation
                .call(async |input, context| {
                    functions.tell(input, &TellContext::new(context)).await
                })
                .await
        }
        "unbook" => {
            invocation
                .call(async |input, context| {
                    functions.unbook(input, &UnbookContext::new(context)).await
                })
                .await
        }
        _ => invocation.unknown(),
    };
    lambda::run(
        "refunds",
        &[
            "ask_approval",
            "begin",
            "book",
            "find_payment",
            "pay_back",
            "restock",
            "take",
            "tell",
            "unbook",
        ],
        serve,
    )
}

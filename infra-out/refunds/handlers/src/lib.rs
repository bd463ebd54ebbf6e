//! Refunds: taken in once, approved above a limit, paid back, booked and told of at the same time, and undone when that fails.
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
pub use pipe_runtime::event_log::Appended;
use pipe_runtime::lambda::{self, Invocation};
use pipe_runtime::route::{Route, Verify, append};
pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
pub use types::*;

/// `route POST /refunds`, refunds.pipe:40.
const POST_REFUNDS: Route = Route {
    method: "POST",
    path: "/refunds",
    verify: Verify::Scheme {
        name: "standard_webhooks",
        arguments: &[("tolerance", "300s")],
        parameters: &[],
        secret: Some("shop_key"),
    },
    body_bytes_max: 1048576,
};

/// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
pub fn run(
    functions: impl AskApproval + Begin + Book + PayBack + Restock + Take + Tell + Unbook,
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
                .call(async |input, context| {
                    functions.begin(input, &BeginContext::new(context)).await
                })
                .await
        }
        "book" => {
            invocation
                .call(async |input, context| {
                    functions.book(input, &BookContext::new(context)).await
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
                    &[append::<refunds, RefundRequested, _>],
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
            "pay_back",
            "restock",
            "take",
            "tell",
            "unbook",
        ],
        serve,
    )
}

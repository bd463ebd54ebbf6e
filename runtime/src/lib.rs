//! What a generated handler links: signatures, event log, capabilities, telemetry.
//!
//! Without features it is the list of signature schemes, the names of what is counted and how claims are spelled. `types` adds values, events and capabilities; `lambda` the loop and the
//! webhook route; `dynamodb`, `ssm`, `sqs`, `sns`, `events`, `s3` and `sfn` the services.

pub mod claim;
pub mod metric;
pub mod secret;
pub mod sign;

#[cfg(any(
    feature = "dynamodb",
    feature = "events",
    feature = "s3",
    feature = "sfn",
    feature = "sns",
    feature = "sqs",
    feature = "ssm"
))]
mod aws_error;
#[cfg(feature = "dynamodb")]
mod aws_json;
#[cfg(feature = "types")]
pub mod bucket;
#[cfg(feature = "types")]
pub mod capability;
#[cfg(feature = "types")]
pub mod channel;
#[cfg(feature = "types")]
pub mod condition;
#[cfg(feature = "types")]
mod content;
#[cfg(feature = "types")]
pub mod context;
#[cfg(feature = "types")]
mod decimal;
#[cfg(feature = "types")]
pub mod described;
#[cfg(feature = "types")]
pub mod entry;
#[cfg(feature = "types")]
pub mod event;
#[cfg(feature = "types")]
pub mod event_log;
#[cfg(feature = "types")]
pub mod execution;
#[cfg(feature = "types")]
mod failure;
#[cfg(feature = "types")]
pub mod identity;
#[cfg(feature = "types")]
pub mod json;
#[cfg(feature = "types")]
pub mod keyring;
#[cfg(feature = "types")]
mod mask;
#[cfg(feature = "types")]
pub mod memory;
#[cfg(feature = "types")]
pub mod parameter;
#[cfg(feature = "types")]
mod receipt;
#[cfg(feature = "types")]
mod request;
#[cfg(feature = "types")]
pub mod telemetry;
#[cfg(feature = "types")]
mod timestamp;
#[cfg(feature = "types")]
mod trace;
#[cfg(feature = "types")]
pub mod value;

#[cfg(feature = "lambda")]
pub mod accept;
#[cfg(feature = "lambda")]
mod call;
#[cfg(feature = "sign-certificates")]
mod certificate;
#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "events")]
mod events;
#[cfg(feature = "sign-fetch-back")]
mod fetch_back;
#[cfg(feature = "lambda")]
mod gateway;
#[cfg(feature = "aws")]
mod https;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "lambda")]
pub mod on;
#[cfg(feature = "outgoing")]
mod outgoing;
#[cfg(feature = "lambda")]
pub mod route;
#[cfg(feature = "s3")]
mod s3;
#[cfg(all(test, feature = "dynamodb"))]
mod scripted;
#[cfg(feature = "sfn")]
mod sfn;
#[cfg(feature = "dynamodb")]
mod sigv4;
#[cfg(feature = "lambda")]
pub mod sink;
#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sqs")]
mod sqs;
#[cfg(feature = "ssm")]
mod ssm;
#[cfg(feature = "lambda")]
mod verifiers;

/// Most digits of a `decimal`, those behind the point included; the checker refuses a constant with more.
pub const DECIMAL_DIGITS_MAX: usize = 28;

#[cfg(feature = "types")]
pub use decimal::Decimal;
#[cfg(feature = "types")]
pub use failure::{Failure, Fault, Unforeseen};
#[cfg(feature = "types")]
pub use receipt::Receipt;
#[cfg(feature = "types")]
pub use request::Request;
#[cfg(feature = "types")]
pub use serde;
#[cfg(feature = "types")]
pub use timestamp::{EpochMillis, Timestamp};
#[cfg(feature = "types")]
pub use trace::Trace;

//! Topics, buses, metrics and alarms through the core, on a template written by hand that has each edge between them once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod alarms;
mod buses;
mod emitted;
mod stack;
mod template;
mod topics;

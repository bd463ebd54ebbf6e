//! Queues, event source mappings and asynchronous invocations through the core, on a template written by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "test code outside of test functions, and tables of cases"
)]

mod asynchronous;
mod batches;
mod callers;
mod described;
mod faults;
mod fifo_queues;
mod functions;
mod messages;
mod moves;
mod object_requests;
mod objects;
mod parameters;
mod queue_mappings;
mod sqs;
mod standard_queues;
mod stream_mappings;

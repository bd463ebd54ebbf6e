//! Runs compiled pipelines on one machine: a deterministic core and a thin rim of wire protocols and storage.

pub mod artifacts;
pub mod asl;
pub mod change;
pub mod core;
pub mod dynamodb;
pub mod iam;
pub mod observe;
pub mod pattern;
mod rim;
mod start;
pub mod store;

pub use observe::{Step, StepKind};
pub use start::{Config, Running, StartError, start};

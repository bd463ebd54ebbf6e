//! Checked `.pipe` programs to artifacts: CloudFormation, States Language, IAM, Rust and pictures. Pure: no IO.

pub mod check;
pub mod diag;
pub mod kinds;
pub mod model;

pub use check::{Checked, check, decode};
pub use diag::explain;

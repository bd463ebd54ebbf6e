//! Checked `.pipe` programs to artifacts: CloudFormation, States Language, IAM, Rust and pictures. Pure: no IO.

pub mod check;
mod declared;
pub mod diag;
pub mod emit;
pub mod explain;
pub mod kinds;
pub mod limits;
pub mod lower;
pub mod metrics;
pub mod model;
pub mod providers;
pub mod statements;

pub use check::distance::nearest;
pub use check::expected::{Declared, Expected, Outline};
pub use check::together::Together;
pub use check::{Checked, check, check_bytes, check_declared_bytes, decode, outline, oversize};
pub use emit::artifact::{Artifact, compile, compile_declared, compile_lowered};
pub use emit::rust::user_stubs;

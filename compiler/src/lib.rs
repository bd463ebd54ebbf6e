//! Checked `.pipe` programs to artifacts: CloudFormation, States Language, IAM, Rust and pictures. Pure: no IO.

pub mod model;

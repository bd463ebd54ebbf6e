//! The engine's tests that start no process, as one program: it is linked once, and `cargo test -p pipe-engine --test it authority` runs
//! one file.

mod asl_behaviour;
mod asl_conformance;
mod asl_definitions;
mod asl_intrinsics;
mod asl_limits;
mod asl_support;
mod asl_test_state;
mod authority;
mod delivery;
mod dynamodb_cases;
mod dynamodb_expressions;
mod dynamodb_interface;
mod dynamodb_reference;
mod dynamodb_state;
mod iam_conformance;
mod integrations;
mod messaging;
mod patterns;
mod pipelines;
mod purity;
mod simulation;
mod workflows;

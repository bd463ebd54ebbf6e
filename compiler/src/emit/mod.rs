//! What `pipec compile` writes: typed CloudFormation and States Language, the permissions report, the drawing.

pub mod artifact;
pub mod asl;
pub mod cfn;
pub mod graph;
pub mod json;
pub mod ordered;
pub mod pattern;
pub mod permissions;
pub(crate) mod piece;
pub mod rust;

//! The `.pipe` language: text to syntax tree and back. Knows no resource kinds.

mod build;
mod characters;
mod grammar;
pub mod lines;
mod parse;
mod scan;
pub mod tree;

pub use lines::Lines;
pub use parse::{BYTES_MAX, DEPTH_MAX, Parsed, SyntaxError, SyntaxErrorKind, parse};

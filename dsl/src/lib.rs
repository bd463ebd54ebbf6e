//! The `.pipe` language: text to syntax tree and back. Knows no resource kinds.

mod characters;
mod cursor;
mod declaration;
mod docs;
mod expression;
mod few;
mod format;
pub mod lines;
mod parse;
mod scan;
pub mod tree;

pub use characters::is_unseen;
pub use format::format;
pub use lines::Lines;
pub use parse::{
    BYTES_MAX, DECLARATIONS_MAX, DEPTH_MAX, Parsed, SyntaxError, SyntaxErrorKind, TOKENS_MAX, parse,
};

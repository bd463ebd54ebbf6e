//! Rust as tokens in a row, and the lines that they are laid out in: what the generated crate is made of.
//!
//! `quote!` of `compiler/quote` makes the tokens. What it can lay out when the compiler is compiled comes as an item with holes (`laid.rs`),
//! everything else is laid out when the compiler runs; both is done by the same code (`format.rs`).

mod format;
mod ident;
mod laid;
mod spaced;
mod tokens;

pub use format::Printer;
pub use format::layout::{Break, Mark, MarkKind, Otherwise};
pub use ident::Ident;
pub use laid::{Laid, Piece, Step, lay_out};
pub use tokens::{
    Delimiter, Doc, EachOfIterator, EachOfSlice, Interpolate, Kind, Token, Tokens, Word, comment,
};

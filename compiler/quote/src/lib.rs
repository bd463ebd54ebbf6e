//! `quote!` as the crate `quote` has it, for the flat tokens of `compiler/tokens`: what stands between the holes is taken apart, and where
//! it can be laid out, when the compiler is compiled.
//!
//! `#name` is a hole for a value that is `Interpolate`. `#(…)*` and `#(…),*`, with any signs between, repeat what stands in the
//! parentheses, and step through every hole in it at once; a repetition within one is not known.

mod emit;
mod items;
mod read;

use proc_macro::TokenStream;

use read::Row;

/// The tokens of Rust between the brackets, with the values of the holes.
#[proc_macro]
pub fn quote(input: TokenStream) -> TokenStream {
    match Row::read(input) {
        Ok(row) => emit::tokens(&items::laid_out(&row).unwrap_or(row)),
        Err(message) => emit::source(&format!("::core::compile_error!({message:?})")),
    }
}

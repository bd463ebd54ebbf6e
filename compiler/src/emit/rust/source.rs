//! A Rust file from items: each formatted by prettyplease, a blank line between them.

use proc_macro2::TokenStream;
use quote::quote;

/// A file with its documentation, its imports in groups and its items in order.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) doc: Vec<String>,
    /// Attributes of the file: `#![forbid(unsafe_code)]`.
    pub(super) attributes: TokenStream,
    /// Each group is printed as one block.
    pub(super) groups: Vec<TokenStream>,
    pub(super) items: Vec<TokenStream>,
}

impl Source {
    pub(super) fn render(&self) -> String {
        let doc: String = self
            .doc
            .iter()
            .map(|it| format!("//!{}\n", spaced(it)))
            .collect();
        let blocks = std::iter::once(&self.attributes)
            .chain(&self.groups)
            .chain(&self.items);
        let blocks = blocks.map(pretty).filter(|it| !it.is_empty());
        std::iter::once(doc)
            .chain(blocks)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// One block of items as text. Tokens that are no Rust would be a fault of ours, and the compiler of the output says so.
fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("compile_error!({:?});\n", error.to_string()),
    }
}

/// `///` lines of a text.
pub(super) fn doc(text: &str) -> TokenStream {
    let lines = text.lines().map(spaced);
    quote!(#(#[doc = #lines])*)
}

/// `///` lines of the spec's own words, then of where they stand.
pub(super) fn doc_at(words: &str, place: &str) -> TokenStream {
    match words {
        "" => doc(place),
        words => doc(&format!("{words}\n\n{place}")),
    }
}

fn spaced(line: &str) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!(" {}", line.trim())
    }
}

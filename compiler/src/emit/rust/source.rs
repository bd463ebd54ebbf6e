//! A Rust file from items: each formatted, a blank line between them.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::format::Tokens;

/// A file with its documentation, its imports in groups and its items in order.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) doc: Vec<String>,
    /// Attributes of the file: `#![forbid(unsafe_code)]`.
    pub(super) attributes: TokenStream,
    /// Each group is printed as one block.
    pub(super) groups: Vec<TokenStream>,
    pub(super) items: Items,
}

/// The items of a file.
#[derive(Debug, Default)]
pub(super) struct Items(Vec<Tokens>);

impl From<Vec<TokenStream>> for Items {
    fn from(items: Vec<TokenStream>) -> Self {
        Self(items.into_iter().map(Tokens::new).collect())
    }
}

impl Items {
    /// Every identifier in the items; what comments say is none.
    pub(super) fn words(&self) -> Words<'_> {
        Words(self.0.iter().flat_map(Tokens::names).collect())
    }
}

/// What the items of a file mention.
pub(super) struct Words<'i>(HashSet<&'i str>);

impl Words<'_> {
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

impl Source {
    pub(super) fn render(self) -> String {
        let doc: String = self
            .doc
            .iter()
            .map(|it| format!("//!{}\n", spaced(it)))
            .collect();
        let blocks = std::iter::once(self.attributes).chain(self.groups);
        let blocks = blocks.map(Tokens::new).chain(self.items.0);
        let blocks = blocks.filter(|it| !it.is_empty()).map(pretty);
        std::iter::once(doc)
            .chain(blocks)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Imports of what the items mention and of nothing else: by path, the names in alphabetical order.
pub(super) fn imports(mentioned: &Words<'_>, from: &[(&str, &[&str])]) -> TokenStream {
    let group = |(path, names): &(&str, &[&str])| {
        let names = names.iter().filter(|it| mentioned.contains(it));
        let names: Vec<syn::Ident> = names.map(|it| super::names::ident(it)).collect();
        let path: syn::Path = syn::parse_str(path).ok()?;
        (!names.is_empty()).then(|| quote!(use #path::{#(#names),*};))
    };
    from.iter().filter_map(group).collect()
}

/// One block of items as text.
fn pretty(tokens: Tokens) -> String {
    let printed = super::format::format(tokens).unwrap_or_else(|it| by_syntax_tree(&it));
    // Neither way of printing sets blank lines; people do, between the functions of one item.
    let spread = printed
        .replace("\n    }\n    ", "\n    }\n\n    ")
        .replace(";\n    fn ", ";\n\n    fn ");
    format!("{}\n", spread.trim_end())
}

/// Every form of Rust, slowly. Tokens that are no Rust would be a fault of ours, and the compiler of the output says so.
fn by_syntax_tree(tokens: &Tokens) -> String {
    let tokens = tokens.spaced();
    #[cfg(test)]
    tests::SLOW.with_borrow_mut(|it| it.push(tokens.clone()));
    match syn::parse_file(&tokens) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("compile_error!({:?});", error.to_string()),
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

/// One line of a comment. What rustc refuses in comments (control characters, marks of direction) becomes a blank.
fn spaced(line: &str) -> String {
    let refused = |it: char| {
        it.is_control()
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain: String = line
        .chars()
        .map(|it| if refused(it) { ' ' } else { it })
        .collect();
    match plain.trim() {
        "" => String::new(),
        text => format!(" {text}"),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fs;

    use quote::quote;

    use super::Tokens;

    thread_local! {
        /// What this thread has laid out the slow way.
        pub(super) static SLOW: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Every block that is emitted for the specs of this repository has forms that the fast way knows.
    #[test]
    fn nothing_that_is_emitted_goes_the_slow_way() {
        let mut files = 0;
        for entry in fs::read_dir("../specs").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "pipe") {
                continue;
            }
            let file = path.file_name().unwrap().to_str().unwrap();
            let checked = crate::check(file, &fs::read_to_string(&path).unwrap());
            files += super::super::artifacts(&checked.pipeline.unwrap()).len();
        }
        assert!(files >= 20, "{files}");
        let slow = SLOW.take();
        assert!(slow.is_empty(), "{}", slow.join("\n\n"));
    }

    #[test]
    fn a_form_that_is_not_known_goes_the_slow_way() {
        let tokens = quote!(
            const A: u8 = 1 + 2;
        );
        assert_eq!(super::pretty(Tokens::new(tokens)), "const A: u8 = 1 + 2;\n");
        assert_eq!(SLOW.take().len(), 1);
    }
}

//! Names in generated code.

use std::fmt;
use std::rc::Rc;

/// A name in generated code. There is no other way to make one than [`Ident::new`] and [`Ident::fixed`].
#[derive(Clone, Debug)]
pub struct Ident(Spelling);

#[derive(Clone, Debug)]
enum Spelling {
    Fixed(&'static str),
    Shared(Rc<str>),
}

impl PartialEq for Ident {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Ident {}

impl Ident {
    /// Any text as an identifier: as it is where that is one, raw where it is a keyword, and else of its letters and digits.
    pub fn new(name: &str) -> Self {
        let spelled = respelled(name);
        Self(Spelling::Shared(spelled.as_deref().unwrap_or(name).into()))
    }

    /// As [`Ident::new`], of a name that the program has.
    pub fn fixed(name: &'static str) -> Self {
        Self(match respelled(name) {
            Some(other) => Spelling::Shared(other.into()),
            None => Spelling::Fixed(name),
        })
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Spelling::Fixed(name) => name,
            Spelling::Shared(name) => name,
        }
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identifier for a text that is none by itself.
fn respelled(name: &str) -> Option<String> {
    if name.strip_prefix("r#").is_some_and(is_keyword) {
        return None;
    }
    if !is_identifier(name) {
        return Some(format!("{}_", letters_and_digits(name)));
    }
    match name {
        "self" | "Self" | "super" | "crate" | "_" => Some(format!("{name}_")),
        _ if is_keyword(name) => Some(format!("r#{name}")),
        _ => None,
    }
}

fn is_identifier(name: &str) -> bool {
    name.bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !name.starts_with(|it: char| it.is_ascii_digit())
        && !name.is_empty()
}

/// The letters and digits of a name, so that any text becomes an identifier.
fn letters_and_digits(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { '_' })
        .collect();
    if kept.starts_with(|it: char| it.is_ascii_digit()) || kept.is_empty() {
        format!("_{kept}")
    } else {
        kept
    }
}

/// What Rust uses or keeps for itself (The Rust Reference, "Keywords") and what may be raw.
fn is_keyword(name: &str) -> bool {
    // Texts of one length are compared as numbers are.
    match name.len() {
        2 => matches!(name, "as" | "do" | "fn" | "if" | "in"),
        3 => matches!(
            name,
            "box" | "dyn" | "for" | "gen" | "let" | "mod" | "mut" | "pub" | "ref" | "try" | "use"
        ),
        4 => matches!(
            name,
            "else" | "enum" | "impl" | "loop" | "move" | "priv" | "true" | "type"
        ),
        5 => matches!(
            name,
            "async"
                | "await"
                | "break"
                | "const"
                | "false"
                | "final"
                | "macro"
                | "match"
                | "trait"
                | "where"
                | "while"
                | "yield"
        ),
        6 => matches!(
            name,
            "become" | "extern" | "return" | "static" | "struct" | "typeof" | "unsafe"
        ),
        7 => matches!(name, "unsized" | "virtual"),
        8 => matches!(name, "abstract" | "continue" | "override"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::HOSTILE;

    /// Written down a second time, so that none is forgotten.
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
        "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
        "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
        "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "try",
        "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
    ];

    #[test]
    fn a_name_is_an_identifier_whatever_it_is_made_of() {
        for text in HOSTILE.iter().chain(KEYWORDS) {
            let name = Ident::new(text);
            syn::parse_str::<syn::Ident>(name.as_str())
                .unwrap_or_else(|_| panic!("{text:?}: {name}"));
        }
    }
}

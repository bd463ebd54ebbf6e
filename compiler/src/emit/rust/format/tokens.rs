//! Tokens in a row, each with its text in one buffer, and a place among them to read at.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::layout::Word;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Literal,
    /// A sign, and whether the next one belongs to it.
    Sign(char, bool),
    Open(Delimiter),
    Close,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    start: usize,
    end: usize,
}

/// The tokens of some items.
#[derive(Debug, Default)]
pub(in super::super) struct Tokens {
    pub(super) text: String,
    tokens: Vec<Token>,
    at: usize,
}

impl Tokens {
    pub(in super::super) fn new(stream: TokenStream) -> Self {
        let mut it = Self::default();
        it.add(stream);
        it
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Every identifier; what comments say is none.
    pub(in super::super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.tokens.iter().filter(|it| it.kind == Kind::Name);
        names.map(|it| self.text(*it))
    }

    /// The tokens as text that any parser of Rust reads.
    pub(in super::super) fn spaced(&self) -> String {
        let mut out = String::with_capacity(self.text.len() * 2);
        let mut open = Vec::new();
        for token in &self.tokens {
            match token.kind {
                Kind::Open(delimiter) => {
                    let (begin, end) = brackets(delimiter);
                    out.push_str(begin);
                    open.push(end);
                }
                Kind::Close => out.push_str(open.pop().unwrap_or_default()),
                Kind::Name | Kind::Literal | Kind::Sign(..) => out.push_str(self.text(*token)),
            }
            if !matches!(token.kind, Kind::Sign(_, true)) {
                out.push(' ');
            }
        }
        out
    }

    fn add(&mut self, stream: TokenStream) {
        for tree in stream {
            let start = self.text.len();
            // Writing into a String cannot fail.
            let kind = match tree {
                TokenTree::Ident(it) => {
                    let _ = write!(self.text, "{it}");
                    Kind::Name
                }
                TokenTree::Literal(it) => {
                    let _ = write!(self.text, "{it}");
                    Kind::Literal
                }
                TokenTree::Punct(it) => {
                    self.text.push(it.as_char());
                    Kind::Sign(it.as_char(), it.spacing() == Spacing::Joint)
                }
                TokenTree::Group(it) => {
                    self.push(Kind::Open(it.delimiter()), start);
                    // Once nobody else holds them, what stands between the brackets is moved out and not copied.
                    let within = it.stream();
                    drop(it);
                    self.add(within);
                    self.push(Kind::Close, self.text.len());
                    continue;
                }
            };
            self.push(kind, start);
        }
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.tokens.push(Token {
            kind,
            start,
            end: self.text.len(),
        });
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|it| it.kind)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let it = self.tokens.get(self.at).copied();
        self.at += 1;
        it
    }

    pub(super) fn text(&self, token: Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn word(token: Token) -> Word {
        Word::Of {
            start: token.start,
            end: token.end,
        }
    }

    /// Text of our own, to be written like a token's.
    pub(super) fn keep(&mut self, text: &str) -> Word {
        let start = self.text.len();
        self.text.push_str(text);
        Word::Of {
            start,
            end: self.text.len(),
        }
    }

    /// True if this name stands there.
    pub(super) fn is_name(&self, ahead: usize, name: &str) -> bool {
        self.tokens
            .get(self.at + ahead)
            .is_some_and(|it| it.kind == Kind::Name && self.text(*it) == name)
    }

    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let there = self.is_name(0, name);
        self.at += usize::from(there);
        there
    }

    /// True if these signs stand there, joined.
    pub(super) fn is_sign(&self, signs: &str) -> bool {
        let last = signs.len().saturating_sub(1);
        signs.chars().enumerate().all(|(index, sign)| {
            matches!(self.peek(index), Some(Kind::Sign(it, joint)) if it == sign && (joint || index == last))
        })
    }

    pub(super) fn take_sign(&mut self, signs: &str) -> bool {
        let there = self.is_sign(signs);
        self.at += if there { signs.len() } else { 0 };
        there
    }

    pub(super) fn take_open(&mut self, delimiter: Delimiter) -> bool {
        let there = self.peek(0) == Some(Kind::Open(delimiter));
        self.at += usize::from(there);
        there
    }

    pub(super) fn is_close(&self) -> bool {
        matches!(self.peek(0), Some(Kind::Close) | None)
    }

    pub(super) fn take_close(&mut self) -> bool {
        let there = self.peek(0) == Some(Kind::Close);
        self.at += usize::from(there);
        there
    }

    /// Where it reads, and back to it.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn back_to(&mut self, place: usize) {
        self.at = place;
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

//! Tokens with a place among them to read at.

use super::super::tokens::{Delimiter, Kind, Token, Tokens};
use super::layout::Word;

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) tokens: Tokens,
    at: usize,
}

impl Reader {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.all().len()
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<Kind> {
        self.tokens.all().get(self.at + ahead).map(|it| it.kind)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let it = self.tokens.all().get(self.at).copied();
        self.at += 1;
        it
    }

    pub(super) fn text(&self, token: Token) -> &str {
        self.tokens.text(token)
    }

    pub(super) fn word(token: Token) -> Word {
        Word::Of {
            start: token.start,
            end: token.end,
        }
    }

    /// Text of our own, to be written like a token's.
    pub(super) fn keep(&mut self, text: &str) -> Word {
        let (start, end) = self.tokens.keep(text);
        Word::Of { start, end }
    }

    /// True if this name stands there.
    pub(super) fn is_name(&self, ahead: usize, name: &str) -> bool {
        self.tokens
            .all()
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

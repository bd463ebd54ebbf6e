//! Tokens with a place among them to read at.

use crate::laid::Laid;
use crate::tokens::{Delimiter, Kind, Token, Tokens};

#[derive(Debug)]
pub(super) struct Reader<'t> {
    tokens: &'t Tokens,
    all: &'t [Token],
    at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(tokens: &'t Tokens) -> Self {
        Self {
            tokens,
            all: tokens.all(),
            at: 0,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.all.len()
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<Kind> {
        self.all.get(self.at + ahead).map(|it| it.kind)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let it = self.all.get(self.at).copied();
        self.at += 1;
        it
    }

    pub(super) fn text(&self, token: Token) -> &'t str {
        self.tokens.text(token)
    }

    pub(super) fn laid(&self, index: u16) -> Option<&'static Laid> {
        self.tokens.laid(index)
    }

    /// True if this name stands there.
    #[inline]
    pub(super) fn is_name(&self, ahead: usize, name: &str) -> bool {
        self.all
            .get(self.at + ahead)
            .is_some_and(|it| it.kind == Kind::Name && self.text(*it) == name)
    }

    #[inline]
    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let there = self.is_name(0, name);
        self.at += usize::from(there);
        there
    }

    /// True if this sign stands there, or these two, joined.
    #[inline]
    pub(super) fn is_sign(&self, signs: &str) -> bool {
        let at = |ahead| match self.peek(ahead) {
            Some(Kind::Sign(sign, joint)) => Some((sign, joint)),
            _ => None,
        };
        match *signs.as_bytes() {
            [only] => at(0).is_some_and(|it| it.0 == only),
            [first, second] => {
                at(0) == Some((first, true)) && at(1).is_some_and(|it| it.0 == second)
            }
            _ => false,
        }
    }

    #[inline]
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

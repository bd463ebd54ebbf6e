//! Attributes and documentation.

use crate::laid::Step;
use crate::tokens::{Delimiter, Kind};

use super::Formatter;
use super::layout::{INDENT, Otherwise};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Word,
    Sign,
    TrailingComma,
}

impl Formatter<'_> {
    pub(super) fn attributes(&mut self) -> Option<()> {
        loop {
            if self.tokens.peek(0) == Some(Kind::Doc) {
                self.word("///");
                self.verbatim()?;
                self.line();
                continue;
            }
            if !self.tokens.take_sign("#") {
                return Some(());
            }
            let inner = self.tokens.take_sign("!");
            self.tokens.take_open(Delimiter::Bracket).then_some(())?;
            self.word(if inner { "#![" } else { "#[" });
            self.name()?;
            while self.tokens.take_sign("::") {
                self.word("::");
                self.name()?;
            }
            if self.tokens.take_sign("=") {
                self.word(" = ");
                (self.tokens.peek(0)? == Kind::Literal).then_some(())?;
                self.verbatim()?;
            } else if self.tokens.take_open(Delimiter::Parenthesis) {
                self.arguments()?;
            }
            self.tokens.take_close().then_some(())?;
            self.word("]");
            self.space();
        }
    }

    /// What stands in parentheses in an attribute, up to the closing one.
    fn arguments(&mut self) -> Option<()> {
        self.word("(");
        self.open(INDENT);
        self.breaks(Otherwise::Nothing);
        let mut last = Last::Sign;
        loop {
            match self.tokens.peek(0)? {
                Kind::Name | Kind::Literal => {
                    if last == Last::Word {
                        self.space();
                    }
                    self.verbatim()?;
                    last = Last::Word;
                }
                Kind::Hole => {
                    if last == Last::Word {
                        self.space();
                    }
                    self.hole(Step::Word)?;
                    last = Last::Word;
                }
                Kind::Sign(sign, _) => last = self.sign(sign, last)?,
                Kind::Open(Delimiter::Parenthesis) => {
                    self.tokens.next()?;
                    self.arguments()?;
                    last = Last::Sign;
                }
                Kind::Open(_) | Kind::Doc | Kind::Holes | Kind::Laid(_) => return None,
                Kind::Close => break,
            }
        }
        self.tokens.next()?;
        if last != Last::TrailingComma {
            self.breaks(Otherwise::Nothing);
        }
        self.outdent();
        self.close();
        self.word(")");
        Some(())
    }

    fn sign(&mut self, sign: u8, last: Last) -> Option<Last> {
        if last == Last::Word && sign == b'=' {
            self.word(" ");
        }
        if sign == b',' && self.tokens.peek(1)? == Kind::Close {
            self.tokens.next()?;
            self.comma(true, Otherwise::Nothing);
            return Some(Last::TrailingComma);
        }
        self.verbatim()?;
        match sign {
            b'=' => self.word(" "),
            b',' => self.space(),
            _ => {}
        }
        Some(Last::Sign)
    }
}

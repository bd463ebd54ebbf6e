//! Attributes and documentation.

use super::super::tokens::{Delimiter, Kind};

use super::Formatter;
use super::layout::INDENT;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Word,
    Sign,
    TrailingComma,
}

impl Formatter {
    pub(super) fn attributes(&mut self) -> Option<()> {
        while self.tokens.take_sign("#") {
            let inner = self.tokens.take_sign("!");
            self.tokens.take_open(Delimiter::Bracket).then_some(())?;
            let is_doc = self.tokens.is_name(0, "doc");
            if is_doc && !inner {
                self.documentation()?;
                continue;
            }
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
        Some(())
    }

    /// What stands in parentheses in an attribute, up to the closing one.
    fn arguments(&mut self) -> Option<()> {
        self.word("(");
        self.open(INDENT);
        self.layout.add_break(super::Break::default());
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
                Kind::Sign(sign, _) => last = self.sign(sign, last)?,
                Kind::Open(Delimiter::Parenthesis) => {
                    self.tokens.next()?;
                    self.arguments()?;
                    last = Last::Sign;
                }
                Kind::Open(_) => return None,
                Kind::Close => break,
            }
        }
        self.tokens.next()?;
        if last != Last::TrailingComma {
            self.layout.add_break(super::Break::default());
        }
        self.outdent();
        self.close();
        self.word(")");
        Some(())
    }

    fn sign(&mut self, sign: char, last: Last) -> Option<Last> {
        if last == Last::Word && sign == '=' {
            self.word(" ");
        }
        if sign == ',' && self.tokens.peek(1)? == Kind::Close {
            self.tokens.next()?;
            self.comma(true, 0);
            return Some(Last::TrailingComma);
        }
        self.verbatim()?;
        match sign {
            '=' => self.word(" "),
            ',' => self.space(),
            _ => {}
        }
        Some(Last::Sign)
    }

    /// `doc = "…"]` as a line of documentation.
    fn documentation(&mut self) -> Option<()> {
        self.tokens.next()?;
        self.tokens.take_sign("=").then_some(())?;
        let literal = self.tokens.next()?;
        (literal.kind == Kind::Literal).then_some(())?;
        let line = unquoted(self.tokens.text(literal))?;
        (!line.contains('\n') && !line.starts_with('/')).then_some(())?;
        let word = self.tokens.keep(line.trim_end_matches(' '));
        self.word("///");
        self.layout.word(word);
        self.line();
        self.tokens.take_close().then_some(())
    }
}

/// What a string literal says.
fn unquoted(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let inner = raw.trim_matches('#');
        return Some(inner.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next()? {
                it @ ('"' | '\\' | '\'') => text.push(it),
                'u' => {
                    let code: String = characters.by_ref().take_while(|it| *it != '}').collect();
                    let code = u32::from_str_radix(code.strip_prefix('{')?, 16).ok()?;
                    text.push(char::from_u32(code)?);
                }
                _ => return None,
            },
            it => text.push(it),
        }
    }
    Some(text)
}

//! Tokens as text that any parser of Rust reads.

use super::tokens::{Delimiter, Kind, Token, Tokens, quoted};

impl Tokens {
    /// The tokens in one line.
    pub fn spaced(&self) -> String {
        let mut spaced = Spaced {
            tokens: self,
            at: 0,
            open: Vec::new(),
            out: String::new(),
        };
        while spaced.next().is_some() {}
        spaced.out
    }
}

struct Spaced<'t> {
    tokens: &'t Tokens,
    at: usize,
    /// How the brackets that are open will be closed.
    open: Vec<&'static str>,
    out: String,
}

impl Spaced<'_> {
    /// Writes the next token of the row, and of an item with holes all that fills them.
    fn next(&mut self) -> Option<()> {
        let token = *self.tokens.all().get(self.at)?;
        self.at += 1;
        let Kind::Laid(index) = token.kind else {
            self.token(token, self.tokens.text(token));
            return Some(());
        };
        let laid = self.tokens.laid(index)?;
        for it in laid.tokens {
            if matches!(it.kind, Kind::Hole | Kind::Holes) {
                let depth = self.open.len();
                self.next();
                while self.open.len() > depth && self.next().is_some() {}
            } else {
                self.token(*it, it.text_in(laid.text));
            }
        }
        Some(())
    }

    fn token(&mut self, token: Token, text: &str) {
        match token.kind {
            Kind::Open(delimiter) => {
                let (begin, end) = match delimiter {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Hole => ("", ""),
                };
                self.out.push_str(begin);
                self.open.push(end);
            }
            Kind::Close => self.out.push_str(self.open.pop().unwrap_or_default()),
            Kind::Doc => {
                self.out.push_str("#[doc = ");
                quoted(text, &mut self.out);
                self.out.push(']');
            }
            Kind::Name | Kind::Literal | Kind::Sign(..) => self.out.push_str(text),
            Kind::Hole | Kind::Holes | Kind::Laid(_) => {}
        }
        if !matches!(token.kind, Kind::Sign(_, true)) {
            self.out.push(' ');
        }
    }
}

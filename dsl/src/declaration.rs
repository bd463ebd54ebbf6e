//! One declaration as a tree. The parser knows forms, never kinds: what a word means is the checker's business.
//!
//! Blanks and comments may stand between any two tokens; a line end (`NL`) only where the grammar names it, because it ends an entry.
//!
//! ```text
//! declaration = key (attribute | head)?
//! block       = "{" NL* (entry (separator entry)* separator?)? "}"
//! separator   = "," NL* | NL+
//! entry       = ".." name | attribute | head
//! attribute   = key ":" phrase (comma phrase)*
//! phrase      = item+ ("=" item+)?
//! head        = several+ ("=" several+)?
//! several     = item (comma item)*
//! comma       = "," NL*        goes on with the list unless `key:` or no item follows
//! item        = "->"? expression
//! ```
//!
//! Expressions are in `expression.rs`. Whatever has begun is read to its end or not at all: nothing is tried twice, so that time is linear.

use crate::cursor::{Cursor, Step};
use crate::docs::Docs;
use crate::tree::{
    Attribute, Block, Body, Declaration, Entry, EntryKind, Expr, ExprKind, Few, Phrase, Span, Word,
};

/// Why a declaration could not be read: the furthest place reached, and what could have stood there.
pub(crate) struct Unread {
    pub(crate) at: usize,
    pub(crate) expected: Vec<&'static str>,
}

pub(crate) struct Parser<'p, 't> {
    pub(crate) cursor: Cursor<'t>,
    docs: &'p Docs,
}

impl<'p, 't> Parser<'p, 't> {
    pub(crate) fn new(text: &'t str, docs: &'p Docs) -> Parser<'p, 't> {
        Parser {
            cursor: Cursor::new(text),
            docs,
        }
    }

    /// Reads the declaration that fills a part of the file.
    pub(crate) fn read(&mut self, part: Span) -> Result<Declaration<'t>, Unread> {
        self.cursor.begin(part);
        self.declaration().map_err(|_| {
            let (at, expected) = self.cursor.furthest();
            Unread { at, expected }
        })
    }

    fn declaration(&mut self) -> Step<Declaration<'t>> {
        self.cursor.lines();
        let start = self.cursor.next_at();
        let kind = self.cursor.key()?;
        let body = if self.cursor.is_at_key() {
            Body::Attribute(self.attribute()?)
        } else if self.is_at_item() {
            Body::Phrase(self.head()?)
        } else {
            Body::Phrase(Phrase {
                span: Span {
                    start: kind.span.end,
                    end: kind.span.end,
                },
                ..Phrase::default()
            })
        };
        if !self.cursor.is_done() {
            return self.cursor.stop("the end of the declaration");
        }
        Ok(Declaration {
            doc: self.docs.of(start),
            kind,
            body,
            span: self.cursor.since(start),
        })
    }

    pub(crate) fn block(&mut self) -> Step<Block<'t>> {
        let start = self.cursor.next_at();
        self.cursor.must_take(b'{', "`{`")?;
        self.cursor.lines();
        let mut entries = Vec::new();
        while self.cursor.next() != Some(b'}') {
            entries.push(self.entry()?);
            if self.cursor.takes(b',') {
                self.cursor.lines();
            } else if !self.cursor.lines() {
                break;
            }
        }
        if self.cursor.next() != Some(b'}') {
            self.cursor.missed("`,`");
        }
        self.cursor.must_take(b'}', "`}`")?;
        Ok(Block {
            entries,
            span: self.cursor.since(start),
        })
    }

    fn entry(&mut self) -> Step<Entry<'t>> {
        let start = self.cursor.next_at();
        let kind = if self.cursor.takes_two(*b"..") {
            self.cursor.blanks();
            EntryKind::Spread(self.name()?)
        } else if self.cursor.is_at_key() {
            EntryKind::Attribute(self.attribute()?)
        } else if self.is_at_item() {
            EntryKind::Statement(self.head()?)
        } else {
            return self.cursor.stop("an entry");
        };
        Ok(Entry {
            doc: self.docs.of(start),
            kind,
            span: self.cursor.since(start),
        })
    }

    fn attribute(&mut self) -> Step<Attribute<'t>> {
        let start = self.cursor.next_at();
        let key = self.cursor.key()?;
        self.cursor.must_take(b':', "`:`")?;
        let first = self.phrase()?;
        let values = if self.goes_on() {
            let mut all = vec![first, self.phrase()?];
            while self.goes_on() {
                all.push(self.phrase()?);
            }
            Few::Many(all)
        } else {
            Few::One(first)
        };
        Ok(Attribute {
            key,
            values,
            span: self.cursor.since(start),
        })
    }

    fn phrase(&mut self) -> Step<Phrase<'t>> {
        self.items_and_default(Self::item)
    }

    fn head(&mut self) -> Step<Phrase<'t>> {
        self.items_and_default(Self::several)
    }

    fn items_and_default(
        &mut self,
        one: impl Fn(&mut Self) -> Step<Expr<'t>> + Copy,
    ) -> Step<Phrase<'t>> {
        let start = self.cursor.next_at();
        let items = self.at_least_one(one)?;
        let default = if self.is_at_default() {
            self.cursor.takes(b'=');
            Some(self.at_least_one(one)?.into())
        } else {
            self.cursor.missed("`=`");
            None
        };
        Ok(Phrase {
            items,
            default,
            span: self.cursor.since(start),
        })
    }

    fn is_at_default(&mut self) -> bool {
        self.cursor.next() == Some(b'=') && self.cursor.second_byte() != Some(b'=')
    }

    /// Side by side, as many as there are.
    fn at_least_one(&mut self, one: impl Fn(&mut Self) -> Step<Expr<'t>>) -> Step<Few<Expr<'t>>> {
        let first = one(self)?;
        if !self.is_at_item() {
            return Ok(Few::One(first));
        }
        let mut all = Vec::with_capacity(4);
        all.push(first);
        all.push(one(self)?);
        while self.is_at_item() {
            all.push(one(self)?);
        }
        Ok(Few::Many(all))
    }

    /// Items side by side.
    pub(crate) fn items(&mut self) -> Step<Few<Expr<'t>>> {
        self.at_least_one(Self::item)
    }

    /// In the head of a declaration or statement a comma joins names: `fails Declined, GatewayDown {`
    fn several(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let first = self.item()?;
        if !self.goes_on() {
            return Ok(first);
        }
        let mut all = vec![first, self.item()?];
        while self.goes_on() {
            all.push(self.item()?);
        }
        Ok(Expr {
            kind: ExprKind::Several(all),
            span: self.cursor.since(start),
        })
    }

    /// Takes a comma after which the list goes on.
    fn goes_on(&mut self) -> bool {
        let place = self.cursor.place();
        if !self.cursor.takes(b',') {
            return false;
        }
        self.cursor.lines();
        let on = !self.cursor.is_at_key() && self.is_at_item();
        if !on {
            self.cursor.back_to(place);
        }
        on
    }

    /// True when an item begins here; notes that one could.
    fn is_at_item(&mut self) -> bool {
        let is = match self.cursor.next() {
            Some(b'"' | b'{' | b'[' | b'(' | b'/' | b'0'..=b'9') => true,
            Some(b'-') => matches!(self.cursor.second_byte(), Some(b'>' | b'0'..=b'9')),
            _ => self.cursor.is_at_name() || self.cursor.is_at("not"),
        };
        if !is {
            self.cursor.missed("a value");
        }
        is
    }

    fn item(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        if !self.cursor.takes_two(*b"->") {
            return self.expression();
        }
        let to = Box::new(self.expression()?);
        Ok(Expr {
            kind: ExprKind::Arrow(to),
            span: self.cursor.since(start),
        })
    }

    /// Words with points between them, without blanks.
    pub(crate) fn name(&mut self) -> Step<Few<Word<'t>>> {
        if !self.cursor.is_at_name() {
            return self.cursor.stop("a name");
        }
        let first = self.cursor.key()?;
        if !self.cursor.takes_here(b'.') {
            return Ok(Few::One(first));
        }
        let mut words = vec![first, self.cursor.key()?];
        while self.cursor.takes_here(b'.') {
            words.push(self.cursor.key()?);
        }
        Ok(Few::Many(words))
    }
}

//! Tokens of items as text, laid out as prettyplease does it, without a syntax tree of the whole language in between.
//!
//! It knows the forms of Rust that are emitted here, and says so where it meets another. `compiler/tests/emit_format.rs` holds what it prints
//! to what syn and prettyplease make of it, which know everything and are many times slower.

mod attributes;
mod expression_layout;
mod expressions;
mod items;
mod layout;
mod reader;
mod types;

use super::tokens::{Kind, Tokens};
use layout::{Break, INDENT, Layout, Word};
use reader::Reader;

/// Lays out the items of a file, one block after the other in the same memory.
#[derive(Debug, Default)]
pub(super) struct Printer(Layout);

impl Printer {
    /// The items as text; the tokens again where they have a form that is not known here.
    pub(super) fn format(&mut self, items: Tokens) -> Result<String, Tokens> {
        let mut formatter = Formatter {
            tokens: Reader::new(items),
            layout: std::mem::take(&mut self.0),
        };
        let known = formatter.file().is_some();
        let (tokens, mut layout) = (formatter.tokens.tokens, formatter.layout);
        let text = known.then(|| layout.print(tokens.texts()));
        layout.clear();
        self.0 = layout;
        text.ok_or(tokens)
    }
}

/// Reads tokens and lays them out. A method that gives none has met what is not known.
struct Formatter {
    tokens: Reader,
    layout: Layout,
}

impl Formatter {
    fn file(&mut self) -> Option<()> {
        self.open(0);
        while !self.tokens.is_done() {
            self.item()?;
        }
        self.close();
        Some(())
    }

    /// Begins a box whose breaks are all new lines, or none of them.
    fn open(&mut self, indent: isize) {
        self.layout.begin(indent, true);
    }

    /// Begins a box that is filled line by line.
    fn open_filled(&mut self, indent: isize) {
        self.layout.begin(indent, false);
    }

    fn close(&mut self) {
        self.layout.end();
    }

    fn word(&mut self, word: &'static str) {
        self.layout.word(Word::Fixed(word));
    }

    /// The next token as it is.
    fn verbatim(&mut self) -> Option<()> {
        let token = self.tokens.next()?;
        self.layout.word(Reader::word(token));
        Some(())
    }

    /// The next token, which is a name.
    fn name(&mut self) -> Option<()> {
        (self.tokens.peek(0)? == Kind::Name).then_some(())?;
        self.verbatim()
    }

    fn breaks(&mut self, blanks: isize) {
        self.layout.add_break(Break {
            blanks,
            ..Break::default()
        });
    }

    fn space(&mut self) {
        self.breaks(1);
    }

    fn line(&mut self) {
        self.breaks(0xffff);
    }

    /// A new line, unless nothing stands between the braces.
    fn line_between(&mut self) {
        self.layout.add_break(Break {
            blanks: 0xffff,
            only_between: true,
            ..Break::default()
        });
    }

    fn no_break(&mut self) {
        self.layout.add_break(Break {
            never: true,
            ..Break::default()
        });
    }

    /// After an element of a list: the last one has a comma only where each stands on its own line.
    fn comma(&mut self, is_last: bool, blanks_at_end: isize) {
        if is_last {
            self.layout.add_break(Break {
                blanks: blanks_at_end,
                before: Some(','),
                ..Break::default()
            });
        } else {
            self.word(",");
            self.space();
        }
    }

    /// Elements up to the closing bracket, which is taken too, each followed by a comma.
    fn list(
        &mut self,
        blanks_at_end: isize,
        element: impl Fn(&mut Self) -> Option<()>,
    ) -> Option<usize> {
        let mut count = 0;
        while !self.tokens.is_close() {
            element(self)?;
            count += 1;
            let more = self.tokens.take_sign(",") && !self.tokens.is_close();
            self.comma(!more, blanks_at_end);
            (more || self.tokens.is_close()).then_some(())?;
        }
        self.tokens.take_close().then_some(count)
    }

    fn outdent(&mut self) {
        self.layout.offset(-INDENT);
    }
}

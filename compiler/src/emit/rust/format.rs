//! Tokens of items as text, laid out as prettyplease does it, without a syntax tree of the whole language in between.
//!
//! It knows the forms of Rust that are emitted here. Anything else it leaves to syn and prettyplease, which know everything and are many
//! times slower; `compiler/tests/emit_format.rs` holds what it prints to what they print.

mod attributes;
mod expression_layout;
mod expressions;
mod items;
mod layout;
mod tokens;
mod types;

use layout::{Break, INDENT, Layout, Word};
pub(super) use tokens::Tokens;

/// The items as text; the tokens again where they have a form that is not known here.
pub(super) fn format(items: Tokens) -> Result<String, Tokens> {
    let mut formatter = Formatter {
        tokens: items,
        layout: Layout::default(),
    };
    match formatter.file() {
        Some(()) => Ok(formatter.layout.print(&formatter.tokens.text)),
        None => Err(formatter.tokens),
    }
}

/// Reads tokens and lays them out. A method that gives none has met what is not known.
struct Formatter {
    tokens: Tokens,
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
        self.layout.word(Tokens::word(token));
        Some(())
    }

    /// The next token, which is a name.
    fn name(&mut self) -> Option<()> {
        (self.tokens.peek(0)? == tokens::Kind::Name).then_some(())?;
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

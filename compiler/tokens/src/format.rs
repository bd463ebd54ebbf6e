//! Tokens of items as text, laid out as prettyplease does it, without a syntax tree of the whole language in between.
//!
//! It knows the forms of Rust that are emitted here, and says so where it meets another. `compiler/tests/it/emit_format.rs` holds what it prints
//! to what syn and prettyplease make of it, which know everything and are many times slower.

mod attributes;
mod expression_layout;
mod expressions;
mod items;
pub(crate) mod layout;
mod reader;
mod tree;
mod types;

use crate::laid::{Laid, Step};
use crate::tokens::{Delimiter, Kind, Token, Tokens};
use layout::{Break, INDENT, Layout, Otherwise};
use reader::Reader;
use tree::Tree;

/// Lays out the items of a file, one block after the other in the same memory.
#[derive(Debug)]
pub struct Printer(Layout, Tree);

impl Default for Printer {
    fn default() -> Self {
        Self(Layout::roomy(), Tree::default())
    }
}

impl Printer {
    /// Adds the items as text. Where they have a form that is not known here, it adds nothing and is false.
    pub fn format(&mut self, items: &Tokens, out: &mut String) -> bool {
        let mut formatter = Formatter {
            tokens: Reader::new(items),
            layout: std::mem::take(&mut self.0),
            tree: std::mem::take(&mut self.1),
        };
        let known = formatter.file().is_some();
        (self.0, self.1) = (formatter.layout, formatter.tree);
        self.1.clear();
        if known {
            self.0.print(out);
        }
        self.0.clear();
        known
    }
}

/// How items are laid out before it is known what fills the holes in them.
pub(crate) fn steps_of(items: &Tokens) -> Option<Vec<Step>> {
    let mut formatter = Formatter {
        tokens: Reader::new(items),
        layout: Layout::default(),
        tree: Tree::default(),
    };
    while !formatter.tokens.is_done() {
        formatter.item()?;
    }
    formatter.layout.steps()
}

/// Reads tokens and lays them out. A method that gives none has met what is not known.
struct Formatter<'t> {
    tokens: Reader<'t>,
    layout: Layout,
    tree: Tree,
}

impl Formatter<'_> {
    fn file(&mut self) -> Option<()> {
        self.open(0);
        while !self.tokens.is_done() {
            self.item()?;
        }
        self.close();
        Some(())
    }

    /// Begins a box whose breaks are all new lines, or none of them.
    fn open(&mut self, indent: i8) {
        self.layout.begin(indent, true);
    }

    /// Begins a box that is filled line by line.
    fn open_filled(&mut self, indent: i8) {
        self.layout.begin(indent, false);
    }

    fn close(&mut self) {
        self.layout.end();
    }

    fn word(&mut self, word: &'static str) {
        self.layout.word(word);
    }

    fn token(&mut self, token: Token) {
        self.layout.word(self.tokens.text(token));
    }

    /// The next token as it is.
    fn verbatim(&mut self) -> Option<()> {
        let token = self.tokens.next()?;
        self.token(token);
        Some(())
    }

    /// The next token, which is a name.
    fn name(&mut self) -> Option<()> {
        match self.tokens.peek(0)? {
            Kind::Name => self.verbatim(),
            Kind::Hole => self.hole(Step::Word),
            _ => None,
        }
    }

    /// Something that is not known yet.
    fn hole(&mut self, step: Step) -> Option<()> {
        self.tokens.next()?;
        self.layout.hole(step);
        Some(())
    }

    /// Items that were laid out before, with what fills the holes in them.
    fn laid(&mut self, laid: &Laid) -> Option<()> {
        for step in laid.steps {
            match step {
                Step::Piece(piece) => self.layout.add_piece(piece),
                Step::Word => self.verbatim()?,
                Step::Type => self.filled(Self::ty)?,
                Step::Expression => self.filled(|it| {
                    let value = it.read_expression(false)?;
                    it.expression(value)
                })?,
                Step::Begun => self.filled(|it| {
                    let value = it.read_expression(false)?;
                    it.begun(value, true)
                })?,
                Step::Argument => self.filled_argument()?,
                Step::Fields => self.filled_body(|it| it.elements(Self::field))?,
                Step::Variants => self.filled_body(|it| it.elements(Self::variant))?,
                Step::Statements => self.filled_body(|it| {
                    let all = it.read_statements()?;
                    it.lay_out_statements(all)
                })?,
                Step::Items => {
                    self.tokens.take_open(Delimiter::Hole).then_some(())?;
                    while !self.tokens.is_close() {
                        self.item()?;
                    }
                    self.tokens.take_close().then_some(())?;
                }
                Step::Outdent => self.outdent(),
                Step::End => self.layout.end_behind_items(),
            }
        }
        Some(())
    }

    /// What fills a hole in braces, up to the end of its group.
    fn filled_body(&mut self, lay_out: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.tokens.take_open(Delimiter::Hole).then_some(())?;
        lay_out(self)
    }

    /// True where the braces hold nothing but a hole, which then is left behind with the closing brace.
    fn takes_body(&mut self, step: Step) -> bool {
        let alone = matches!(
            (self.tokens.peek(0), self.tokens.peek(1)),
            (Some(Kind::Holes), Some(Kind::Close))
        );
        if alone {
            self.layout.hole(step);
            self.tokens.next();
            self.tokens.next();
        }
        alone
    }

    /// What fills a hole: a group, or one token that is laid out as it is.
    fn filled(&mut self, lay_out: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if !self.tokens.take_open(Delimiter::Hole) {
            return self.verbatim();
        }
        lay_out(self)?;
        self.tokens.take_close().then_some(())
    }

    /// A line ends here where its box is broken, and else goes on with what is said.
    fn breaks(&mut self, otherwise: Otherwise) {
        self.layout.add_break(Break {
            otherwise,
            ..Break::default()
        });
    }

    fn space(&mut self) {
        self.breaks(Otherwise::Blank);
    }

    fn line(&mut self) {
        self.breaks(Otherwise::Never);
    }

    fn no_break(&mut self) {
        self.breaks(Otherwise::Always);
    }

    /// A new line, unless nothing stands between the braces.
    fn line_between(&mut self) {
        self.layout.add_break(Break {
            otherwise: Otherwise::Never,
            only_between: true,
            ..Break::default()
        });
    }

    /// After an element of a list: the last one has a comma only where each stands on its own line.
    fn comma(&mut self, is_last: bool, at_end: Otherwise) {
        if is_last {
            self.layout.add_break(Break {
                otherwise: at_end,
                before: Some(b','),
                ..Break::default()
            });
        } else {
            self.word(",");
            self.space();
        }
    }

    /// Elements up to the closing bracket, which is taken too, each followed by a comma.
    fn list(&mut self, element: impl Fn(&mut Self) -> Option<()>) -> Option<usize> {
        let mut count = 0;
        while !self.tokens.is_close() {
            element(self)?;
            count += 1;
            let more = self.tokens.take_sign(",") && !self.tokens.is_close();
            self.comma(!more, Otherwise::Nothing);
            (more || self.tokens.is_close()).then_some(())?;
        }
        self.tokens.take_close().then_some(count)
    }

    fn outdent(&mut self) {
        self.layout.offset(-INDENT);
    }
}

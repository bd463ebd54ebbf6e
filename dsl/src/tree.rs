//! The syntax tree: what was written and where, without a word about what it means. Words stay in the text.

use std::borrow::Cow;

pub use crate::few::Few;

/// A range of bytes of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// An empty span at the start of this one.
    #[must_use]
    pub fn at_start(self) -> Span {
        Span {
            start: self.start,
            end: self.start,
        }
    }

    /// The text it covers; empty if it does not lie inside.
    #[must_use]
    pub fn text(self, file: &str) -> &str {
        file.get(self.start..self.end).unwrap_or_default()
    }
}

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word.
    pub text: &'t str,
    /// Where it stands.
    pub span: Span,
}

/// A comment, kept for the formatter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the slashes to the end of the line, without the line end.
    pub span: Span,
    /// True when nothing else stands on its line.
    pub alone: bool,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File<'t> {
    /// The `//!` lines, joined.
    pub doc: String,
    /// Declarations in order.
    pub declarations: Vec<Declaration<'t>>,
    /// Declarations that could not be read; their neighbours were.
    pub broken: Vec<Broken<'t>>,
    /// Every comment in order, documentation too.
    pub comments: Vec<Comment>,
}

/// What is known of a declaration that has a syntax error.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken<'t> {
    /// Its first word.
    pub kind: Option<Word<'t>>,
    /// Its second word.
    pub name: Option<Word<'t>>,
    /// All of it.
    pub span: Span,
}

/// `kind head`, as in `table payment_events { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration<'t> {
    /// `///` lines above, joined.
    pub doc: String,
    /// The first word.
    pub kind: Word<'t>,
    /// What follows.
    pub body: Body<'t>,
    /// From the first word to the last brace.
    pub span: Span,
}

/// What follows the kind of a declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'t> {
    /// `param config: Config = { … }`
    Attribute(Attribute<'t>),
    /// Everything else; empty for a kind that stands alone.
    Phrase(Phrase<'t>),
}

/// `{ entries }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block<'t> {
    /// Entries in order.
    pub entries: Vec<Entry<'t>>,
    /// Both braces included.
    pub span: Span,
}

/// One entry of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'t> {
    /// `///` lines above, joined.
    pub doc: String,
    /// What it is.
    pub kind: EntryKind<'t>,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKind<'t> {
    /// `..Payment`
    Spread(Few<Word<'t>>),
    /// `key: value`
    Attribute(Attribute<'t>),
    /// A statement or nested declaration: `fail Unsettled { … }`, `receipt = process(payment) retry gently`.
    Statement(Phrase<'t>),
}

/// `key: value, value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute<'t> {
    /// The word before the colon.
    pub key: Word<'t>,
    /// Values that commas separate; at least one.
    pub values: Few<Phrase<'t>>,
    /// From key to the end of the last value.
    pub span: Span,
}

/// Expressions side by side, and what `=` gives: `string = "USD"`, `payment_events where status == pending`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phrase<'t> {
    /// Expressions in order.
    pub items: Few<Expr<'t>>,
    /// What stands after `=`.
    pub default: Option<Vec<Expr<'t>>>,
    /// Where it stands.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'t> {
    /// What it is.
    pub kind: ExprKind<'t>,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'t> {
    /// `payment.amount`
    Name(Few<Word<'t>>),
    /// `process(payment)`
    Call {
        /// What is called.
        name: Few<Word<'t>>,
        /// Arguments in order.
        arguments: Vec<Argument<'t>>,
    },
    /// `lane[provider]`
    Index {
        /// What is selected from.
        name: Few<Word<'t>>,
        /// Selector.
        index: Box<Expr<'t>>,
    },
    /// `"text"`, escapes resolved.
    String(Cow<'t, str>),
    /// `12.50`, `30s`
    Number {
        /// Digits as written, with sign and point.
        digits: &'t str,
        /// What follows them without a blank; empty if nothing does.
        unit: &'t str,
    },
    /// `/webhooks/{provider}`
    Path(&'t str),
    /// `[a, b]`
    List(Vec<Expr<'t>>),
    /// `(a)`
    Parens(Box<Expr<'t>>),
    /// `T?`
    Optional(Box<Expr<'t>>),
    /// `a | b`
    Alternatives(Vec<Expr<'t>>),
    /// `a == b`
    Compare {
        /// Left of the operator.
        left: Box<Expr<'t>>,
        /// The operator as written.
        operator: &'static str,
        /// Right of it.
        right: Box<Expr<'t>>,
    },
    /// `a and b`
    And(Vec<Expr<'t>>),
    /// `a or b`
    Or(Vec<Expr<'t>>),
    /// `not a`
    Not(Box<Expr<'t>>),
    /// `-> T`
    Arrow(Box<Expr<'t>>),
    /// `a, b` in a head.
    Several(Vec<Expr<'t>>),
    /// `{ … }`
    Block(Block<'t>),
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'t> {
    /// The word before the colon, if there is one.
    pub name: Option<Word<'t>>,
    /// Expressions side by side.
    pub value: Few<Expr<'t>>,
    /// Where it stands.
    pub span: Span,
}

impl<'t> Expr<'t> {
    /// The word, if the expression is a single one.
    #[must_use]
    pub fn as_word(&self) -> Option<&Word<'t>> {
        match &self.kind {
            ExprKind::Name(words) => match words.as_slice() {
                [word] => Some(word),
                _ => None,
            },
            _ => None,
        }
    }

    /// True if the expression is this one word.
    #[must_use]
    pub fn is_word(&self, text: &str) -> bool {
        self.as_word().is_some_and(|it| it.text == text)
    }

    /// The block, if it is one.
    #[must_use]
    pub fn as_block(&self) -> Option<&Block<'t>> {
        match &self.kind {
            ExprKind::Block(block) => Some(block),
            _ => None,
        }
    }
}

//! The syntax tree: what was written and where, without a word about what it means.

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
pub struct Word {
    /// The word.
    pub text: String,
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
pub struct File {
    /// The `//!` lines, joined.
    pub doc: String,
    /// Declarations in order.
    pub declarations: Vec<Declaration>,
    /// Declarations that could not be read; their neighbours were.
    pub broken: Vec<Broken>,
    /// Every comment in order, documentation too.
    pub comments: Vec<Comment>,
}

/// What is known of a declaration that has a syntax error.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Its first word.
    pub kind: Option<Word>,
    /// Its second word.
    pub name: Option<Word>,
    /// All of it.
    pub span: Span,
}

/// `kind head`, as in `table payment_events { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// `///` lines above, joined.
    pub doc: String,
    /// The first word.
    pub kind: Word,
    /// What follows.
    pub body: Body,
    /// From the first word to the last brace.
    pub span: Span,
}

/// What follows the kind of a declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `param config: Config = { … }`
    Attribute(Attribute),
    /// Everything else; empty for a kind that stands alone.
    Phrase(Phrase),
}

/// `{ entries }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Entries in order.
    pub entries: Vec<Entry>,
    /// Both braces included.
    pub span: Span,
}

/// One entry of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// `///` lines above, joined.
    pub doc: String,
    /// What it is.
    pub kind: EntryKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKind {
    /// `..Payment`
    Spread(Vec<Word>),
    /// `key: value`
    Attribute(Attribute),
    /// A statement or nested declaration: `fail Unsettled { … }`, `receipt = process(payment) retry gently`.
    Statement(Phrase),
}

/// `key: value, value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The word before the colon.
    pub key: Word,
    /// Values that commas separate; at least one.
    pub values: Vec<Phrase>,
    /// From key to the end of the last value.
    pub span: Span,
}

/// Expressions side by side, and what `=` gives: `string = "USD"`, `payment_events where status == pending`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phrase {
    /// Expressions in order.
    pub items: Vec<Expr>,
    /// What stands after `=`.
    pub default: Option<Vec<Expr>>,
    /// Where it stands.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `payment.amount`
    Name(Vec<Word>),
    /// `process(payment)`
    Call {
        /// What is called.
        name: Vec<Word>,
        /// Arguments in order.
        arguments: Vec<Argument>,
    },
    /// `lane[provider]`
    Index {
        /// What is selected from.
        name: Vec<Word>,
        /// Selector.
        index: Box<Expr>,
    },
    /// `"text"`, escapes resolved.
    String(String),
    /// `12.50`, `30s`
    Number {
        /// Digits as written, with sign and point.
        digits: String,
        /// What follows them without a blank; empty if nothing does.
        unit: String,
    },
    /// `/webhooks/{provider}`
    Path(String),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `(a)`
    Parens(Box<Expr>),
    /// `T?`
    Optional(Box<Expr>),
    /// `a | b`
    Alternatives(Vec<Expr>),
    /// `a == b`
    Compare {
        /// Left of the operator.
        left: Box<Expr>,
        /// The operator as written.
        operator: String,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `a and b`
    And(Vec<Expr>),
    /// `a or b`
    Or(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `-> T`
    Arrow(Box<Expr>),
    /// `a, b` in a head.
    Several(Vec<Expr>),
    /// `{ … }`
    Block(Block),
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The word before the colon, if there is one.
    pub name: Option<Word>,
    /// Expressions side by side.
    pub value: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

impl Expr {
    /// The word, if the expression is a single one.
    #[must_use]
    pub fn as_word(&self) -> Option<&Word> {
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
    pub fn as_block(&self) -> Option<&Block> {
        match &self.kind {
            ExprKind::Block(block) => Some(block),
            _ => None,
        }
    }
}

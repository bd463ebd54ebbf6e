//! Items that were laid out when the compiler was compiled, but for what comes into their holes.

use std::borrow::Cow;

use crate::format::layout::Mark;
use crate::format::steps_of;
use crate::tokens::{Token, Tokens};

/// Items with holes. What fills them follows in the row of tokens, hole by hole: one token, or several in a group of their own.
#[derive(Debug, PartialEq, Eq)]
pub struct Laid {
    pub steps: &'static [Step],
    /// Every identifier that stands between the holes, once.
    pub names: &'static [&'static str],
    /// The same as tokens, for where something that fills a hole cannot be laid out.
    pub text: &'static str,
    pub tokens: &'static [Token],
}

/// What is laid out next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Piece(Piece),
    /// A hole for one name or literal.
    Word,
    Type,
    Expression,
    /// An expression at the beginning of a line.
    Begun,
    /// The only argument of a call, which may need no lines of its own.
    Argument,
    /// Items, or what stands before one.
    Items,
    /// All fields of a struct, variants of an enum or statements of a function.
    Fields,
    Variants,
    Statements,
    /// What follows the last item in a hole is indented less.
    Outdent,
    /// The box ends behind the last item in a hole.
    End,
}

impl Step {
    /// True for what ends a line, so that it depends on the hole how the box around it ends.
    pub(crate) fn is_of_lines(&self) -> bool {
        matches!(
            self,
            Self::Items
                | Self::Fields
                | Self::Variants
                | Self::Statements
                | Self::Outdent
                | Self::End
        )
    }

    /// True for what is filled.
    pub fn is_hole(&self) -> bool {
        !matches!(self, Self::Piece(_) | Self::Outdent | Self::End)
    }
}

/// What stands between two holes: words in one text, with the marks in it, by their places and widths in the piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: Cow<'static, str>,
    pub marks: Cow<'static, [Mark]>,
    pub width: i32,
}

/// How items are laid out whatever fills the holes in them; none where that depends on what does, or where a form is not known.
pub fn lay_out(items: &Tokens) -> Option<Vec<Step>> {
    steps_of(items)
}

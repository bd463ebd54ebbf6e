//! `where`: which events an edge of the spec is for.

use super::{Literal, Type};

/// A `where` condition over the fields of one event, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `field == literal` and its kin.
    Compare {
        /// Field of the edge's event.
        field: String,
        /// Its type.
        ty: Type,
        /// Operator.
        operator: Operator,
        /// Right-hand side.
        value: Literal,
    },
    /// `field starts_with "…"`, of a text. It does not hold where the field is absent.
    StartsWith {
        /// Field of the edge's event.
        field: String,
        /// True where it may be absent.
        optional: bool,
        /// What it begins with; never empty.
        prefix: String,
    },
    /// `present(field)`, of a field that may be absent.
    Present {
        /// Field of the edge's event.
        field: String,
        /// Its type, which is an optional one.
        ty: Type,
    },
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// As the language writes it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

//! `where` of an edge: a condition over the fields of one value, decided exactly.

use std::cmp::Ordering;
use std::fmt;

use crate::value::{Map, Wire};
use crate::{Decimal, Timestamp};

/// A condition, as generated code writes it down. A comparison with a field that is absent is false.
///
/// ```
/// use pipe_runtime::condition::{Relation, Where};
/// use pipe_runtime::value::{Wire, map};
///
/// let large = Where::Number("amount", Relation::Greater, "10000");
/// assert!(large.holds(&map([("amount", Some(Wire::number("10000.01")))])));
/// assert!(!large.holds(&map([("amount", Some(Wire::number("10000.00")))])));
/// assert!(!large.holds(&map([])));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// No `where` was written.
    Always,
    /// A field of type `int`, `decimal` or `epoch_millis`, and the digits that it is compared with.
    Number(&'static str, Relation, &'static str),
    /// A field of type `string`, an enum or `Provider`, and the text that it is compared with.
    Text(&'static str, Relation, &'static str),
    /// A field of type `string`, and the text that it is to begin with.
    StartsWith(&'static str, &'static str),
    /// A field of type `timestamp`, and the RFC 3339 text of the instant that it is compared with.
    Instant(&'static str, Relation, &'static str),
    /// A field of type `bool`.
    Bool(&'static str, Relation, bool),
    /// A field of any type that may be absent.
    Present(&'static str),
    /// Every one holds.
    All(&'static [Where]),
    /// At least one holds.
    Any(&'static [Where]),
    /// It does not hold.
    Not(&'static Where),
}

/// How two values are to stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
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

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Where {
    /// True when the condition holds for these fields.
    pub fn holds(&self, fields: &Map) -> bool {
        let compared =
            |field: &str, relation: Relation, order: fn(&Wire, &str) -> Option<Ordering>, other| {
                let order = fields.get(field).and_then(|it| order(it, other));
                order.is_some_and(|it| relation.holds(it))
            };
        match *self {
            Self::Always => true,
            Self::Number(field, relation, digits) => compared(field, relation, numbers, digits),
            Self::Text(field, relation, text) => compared(field, relation, texts, text),
            Self::StartsWith(field, prefix) => match fields.get(field) {
                Some(Wire::Text(it)) => it.starts_with(prefix),
                _ => false,
            },
            Self::Instant(field, relation, instant) => compared(field, relation, instants, instant),
            Self::Bool(field, relation, expected) => match fields.get(field) {
                Some(Wire::Bool(it)) => relation.holds(it.cmp(&expected)),
                _ => false,
            },
            // What reads a value takes `null` for absent as well.
            Self::Present(field) => fields.get(field).is_some_and(|it| *it != Wire::Null),
            Self::All(all) => all.iter().all(|it| it.holds(fields)),
            Self::Any(any) => any.iter().any(|it| it.holds(fields)),
            Self::Not(it) => !it.holds(fields),
        }
    }
}

/// The condition in the words of a spec, for the log.
impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("true"),
            Self::Number(field, relation, digits) => write!(f, "{field} {relation} {digits}"),
            Self::Text(field, relation, text) | Self::Instant(field, relation, text) => {
                write!(f, "{field} {relation} {text:?}")
            }
            Self::StartsWith(field, prefix) => write!(f, "{field} starts_with {prefix:?}"),
            Self::Bool(field, relation, expected) => write!(f, "{field} {relation} {expected}"),
            Self::Present(field) => write!(f, "present({field})"),
            Self::All(all) => join(f, all, " and "),
            Self::Any(any) => join(f, any, " or "),
            Self::Not(it) => write!(f, "not ({it})"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Where], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match part {
            Where::All(_) | Where::Any(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

fn numbers(value: &Wire, digits: &str) -> Option<Ordering> {
    let Wire::Number(value) = value else {
        return None;
    };
    let (value, other): (Decimal, Decimal) = (value.parse().ok()?, digits.parse().ok()?);
    Some(value.cmp(&other))
}

fn texts(value: &Wire, other: &str) -> Option<Ordering> {
    match value {
        Wire::Text(value) => Some(value.as_str().cmp(other)),
        _ => None,
    }
}

fn instants(value: &Wire, other: &str) -> Option<Ordering> {
    let Wire::Text(value) = value else {
        return None;
    };
    let (value, other): (Timestamp, Timestamp) = (value.parse().ok()?, other.parse().ok()?);
    Some(value.cmp(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Map {
        crate::value::map([
            ("amount", Some(Wire::number("9007199254740993.01"))),
            ("status", Some(Wire::text("failed"))),
            ("at", Some(Wire::text("2026-11-20T19:23:00.000Z"))),
            ("live", Some(Wire::Bool(true))),
        ])
    }

    #[test]
    fn numbers_are_compared_beyond_what_a_double_can_tell_apart() {
        use Relation::*;
        for (relation, digits, holds) in [
            (Greater, "9007199254740993", true),
            (Equal, "9007199254740993.010", true),
            (Less, "9007199254740993.011", true),
            (NotEqual, "9007199254740992", true),
            (LessOrEqual, "9007199254740993", false),
            (GreaterOrEqual, "9007199254740993.01", true),
        ] {
            assert_eq!(
                Where::Number("amount", relation, digits).holds(&fields()),
                holds,
                "{relation:?} {digits}"
            );
        }
    }

    #[test]
    fn an_absent_field_makes_every_comparison_false_and_its_negation_true() {
        let absent = Where::Number("refund", Relation::NotEqual, "1");
        assert!(!absent.holds(&fields()));
        const ABSENT: Where = Where::Text("note", Relation::Equal, "x");
        assert!(Where::Not(&ABSENT).holds(&fields()));
        assert!(
            !Where::Text("amount", Relation::NotEqual, "x").holds(&fields()),
            "another type is no value to compare"
        );
    }

    #[test]
    fn a_field_is_present_whatever_it_is_unless_it_is_null() {
        let fields = crate::value::map([
            ("note", Some(Wire::text(""))),
            ("live", Some(Wire::Bool(false))),
            ("tags", Some(Wire::List(Vec::new()))),
            ("fee", Some(Wire::Null)),
        ]);
        for (field, is_there) in [
            ("note", true),
            ("live", true),
            ("tags", true),
            ("fee", false),
            ("reference", false),
        ] {
            assert_eq!(Where::Present(field).holds(&fields), is_there, "{field}");
        }
        const FEE: Where = Where::Present("fee");
        assert!(Where::Not(&FEE).holds(&fields));
    }

    #[test]
    fn an_instant_is_the_same_in_every_spelling() {
        assert!(
            Where::Instant("at", Relation::Equal, "2026-11-20T20:23:00+01:00").holds(&fields())
        );
        assert!(Where::Instant("at", Relation::Less, "2026-11-20T19:23:00.001Z").holds(&fields()));
    }

    #[test]
    fn a_text_begins_with_another_letter_for_letter() {
        for (prefix, holds) in [
            ("fai", true),
            ("failed", true),
            ("failed!", false),
            ("Fai", false),
            ("ailed", false),
        ] {
            assert_eq!(
                Where::StartsWith("status", prefix).holds(&fields()),
                holds,
                "{prefix}"
            );
        }
        assert!(!Where::StartsWith("amount", "9").holds(&fields()));
        const ABSENT: Where = Where::StartsWith("note", "x");
        assert!(!ABSENT.holds(&fields()) && Where::Not(&ABSENT).holds(&fields()));
    }

    #[test]
    fn a_condition_is_said_as_it_is_written() {
        const LARGE: Where = Where::Number("amount", Relation::Greater, "10");
        const PAID: Where = Where::Text("status", Relation::Equal, "paid");
        const LIVE: Where = Where::Bool("live", Relation::NotEqual, false);
        const EITHER: Where = Where::Any(&[PAID, LIVE]);
        const NOTED: Where = Where::Present("note");
        const OURS: Where = Where::StartsWith("payee", "acct_\"1");
        for (condition, words) in [
            (LARGE, "amount > 10"),
            (
                Where::All(&[LARGE, EITHER]),
                "amount > 10 and (status == \"paid\" or live != false)",
            ),
            (Where::Not(&NOTED), "not (present(note))"),
            (Where::Not(&OURS), r#"not (payee starts_with "acct_\"1")"#),
        ] {
            assert_eq!(condition.to_string(), words);
        }
    }

    #[test]
    fn conditions_are_joined_as_logic_has_it() {
        const FAILED: Where = Where::Text("status", Relation::Equal, "failed");
        const DEAD: Where = Where::Bool("live", Relation::Equal, false);
        assert!(Where::Any(&[DEAD, FAILED]).holds(&fields()));
        assert!(!Where::All(&[DEAD, FAILED]).holds(&fields()));
        assert!(Where::All(&[]).holds(&fields()) && !Where::Any(&[]).holds(&fields()));
    }
}

//! The rules of a Choice state, compiled and evaluated. Reading them is in [`read`].

mod read;

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::Failure;
use super::json::{Json, Number};
use super::path::{Environment, Path};
use super::timestamp;

/// A condition of a Choice state.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Test { variable: Path, test: Test },
}

/// What is asked of the variable.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Text(Order, Operand<Arc<str>>),
    Number(Order, Operand<Number>),
    Time(Order, Operand<Timestamp>),
    Bool(Operand<bool>),
    /// `StringMatches`: the texts between the `*`.
    Matches(Vec<String>),
    /// `IsNull: true` and the like; the flag is the answer that is wanted.
    Is(Type, bool),
}

/// The value compared with: in the definition, or at a path (`...Path`).
#[derive(Clone, Debug)]
pub(super) enum Operand<T> {
    Literal(T),
    Path { operator: Arc<str>, path: Path },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    Equals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

impl Order {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Order::Equals => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessEquals => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterEquals => ordering.is_ge(),
        }
    }
}

impl Rule {
    pub(super) fn holds(
        &self,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<bool, Failure> {
        match self {
            Rule::And(rules) => {
                for rule in rules {
                    if !rule.holds(data, environment)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Rule::Or(rules) => {
                for rule in rules {
                    if rule.holds(data, environment)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Rule::Not(rule) => Ok(!rule.holds(data, environment)?),
            Rule::Test { variable, test } => test.holds(variable, data, environment),
        }
    }
}

impl Test {
    fn holds(
        &self,
        variable: &Path,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<bool, Failure> {
        let found = variable.resolve(data, environment);
        if let Test::Is(Type::Present, wanted) = self {
            return Ok(found.is_ok() == *wanted);
        }
        let value = found.map_err(|_| {
            let path = variable.text();
            Failure::runtime(format!(
                "Invalid path '{path}': The choice state's condition path references an invalid value."
            ))
        })?;
        match self {
            Test::Text(order, operand) => {
                let other = operand.value(data, environment, "a string", |json| match json {
                    Json::String(text) => Some(text.clone()),
                    _ => None,
                })?;
                Ok(value
                    .as_str()
                    .is_some_and(|text| order.accepts(utf16_order(text, &other))))
            }
            Test::Number(order, operand) => {
                let other = operand.value(data, environment, "a number", |json| {
                    json.as_number().cloned()
                })?;
                Ok(value
                    .as_number()
                    .is_some_and(|number| order.accepts(number.cmp(&other))))
            }
            Test::Time(order, operand) => {
                let time = |json: &Json| json.as_str().and_then(timestamp::parse);
                let other = operand.value(data, environment, "a timestamp", time)?;
                Ok(time(&value).is_some_and(|time| order.accepts(time.cmp(&other))))
            }
            Test::Bool(operand) => {
                let other = operand.value(data, environment, "a boolean", Json::as_bool)?;
                Ok(value.as_bool() == Some(other))
            }
            Test::Matches(parts) => Ok(value.as_str().is_some_and(|text| matches(parts, text))),
            Test::Is(kind, wanted) => Ok(kind.describes(&value) == *wanted),
        }
    }
}

impl Type {
    fn describes(self, value: &Json) -> bool {
        match self {
            Type::Present => true,
            Type::Null => *value == Json::Null,
            Type::Numeric => value.as_number().is_some(),
            Type::String => value.as_str().is_some(),
            Type::Boolean => value.as_bool().is_some(),
            Type::Timestamp => value.as_str().and_then(timestamp::parse).is_some(),
        }
    }
}

impl<T: Clone> Operand<T> {
    fn value(
        &self,
        data: &Json,
        environment: &dyn Environment,
        wanted: &str,
        take: impl Fn(&Json) -> Option<T>,
    ) -> Result<T, Failure> {
        match self {
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Path { operator, path } => {
                let text = path.text();
                let json = path.resolve(data, environment).map_err(|_| {
                    Failure::runtime(format!(
                        "Invalid path '{text}': The choice state's condition path references an invalid value."
                    ))
                })?;
                take(&json).ok_or_else(|| {
                    Failure::runtime(format!("The {operator} field refers to value \"{json}\" which is not {wanted}: {text}"))
                })
            }
        }
    }
}

/// The order of strings in Java, by UTF-16 code units; it differs from that of UTF-8 beyond the basic plane.
fn utf16_order(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Whether the text is the parts in order, with any text where one part ends and the next begins (the `*`).
fn matches(parts: &[String], text: &str) -> bool {
    let (first, middle, last) = match parts {
        [] => return text.is_empty(),
        [only] => return text == only,
        [first, middle @ .., last] => (first, middle, last),
    };
    let Some(mut remaining) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for part in middle {
        match remaining.split_once(part.as_str()) {
            Some((_, after)) => remaining = after,
            None => return false,
        }
    }
    remaining.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("log-*.txt", "log-1.txt", true),
            ("log-*.txt", "log-.txt", true),
            ("log-*.txt", "log-1.txt.gz", false),
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*c", "abbcbc", true),
            ("*b*c", "abbcbd", false),
            ("a**b", "ab", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\b", r"a\b", true),
        ] {
            let parts = read::pattern(pattern).expect("the pattern is well formed");
            assert_eq!(matches(&parts, text), expected, "{pattern} {text}");
        }
        assert!(read::pattern(r"a\x").is_err());
    }

    #[test]
    fn strings_are_ordered_by_utf16_units() {
        assert_eq!(utf16_order("a", "b"), Ordering::Less);
        assert_eq!(utf16_order("\u{ff5e}", "\u{1f600}"), Ordering::Greater);
    }
}

//! Condition operators. Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators".

use super::decide::Request;
use super::pattern::Pattern;
use super::policy::{PolicyError, refuse, texts};
use super::value;
use base64::Engine as _;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    operator: Operator,
    set: Option<Set>,
    if_exists: bool,
    key: String,
    values: Vec<String>,
}

/// `ForAllValues:` and `ForAnyValue:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    All,
    Any,
}

/// What is compared, and whether the answer is turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Text { how: Text, negated: bool },
    Number(Compare),
    Date(Compare),
    Bool,
    Binary { negated: bool },
    Address { negated: bool },
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Equals,
    NotEquals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Condition {
    /// Every operator and key of a `Condition` element.
    pub(super) fn parse_all(operators: &Map<String, Value>) -> Result<Vec<Self>, PolicyError> {
        let mut conditions = Vec::new();
        for (written, keys) in operators {
            let (operator, set, if_exists) = operator(written)?;
            let Some(keys) = keys.as_object() else {
                return refuse(format!("`{written}` takes an object of keys"));
            };
            for (key, values) in keys {
                let values = texts(values, key)?;
                conditions.push(Self {
                    operator,
                    set,
                    if_exists,
                    key: key.to_lowercase(),
                    values,
                });
            }
        }
        Ok(conditions)
    }

    /// The key that it asks for.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// True when the request meets it.
    pub(super) fn holds(&self, request: &Request) -> bool {
        let actual = request.values(&self.key);
        if self.operator == Operator::Null {
            return self
                .values
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case("true") == actual.is_none());
        }
        let Some(actual) = actual else {
            return match self.set {
                Some(Set::All) => true,
                Some(Set::Any) => self.if_exists,
                None => self.if_exists || self.operator.is_negated(),
            };
        };
        let fits = |one: &String| {
            let any = self
                .values
                .iter()
                .any(|wanted| self.operator.matches(wanted, one, request));
            any != self.operator.is_negated()
        };
        match self.set {
            Some(Set::All) => actual.iter().all(fits),
            Some(Set::Any) => actual.iter().any(fits),
            // A negated operator must hold for every value, a plain one for any.
            None if self.operator.is_negated() => actual.iter().all(fits),
            None => actual.iter().any(fits),
        }
    }
}

impl Operator {
    fn is_negated(self) -> bool {
        match self {
            Self::Text { negated, .. } | Self::Binary { negated } | Self::Address { negated } => {
                negated
            }
            Self::Number(compare) | Self::Date(compare) => compare == Compare::NotEquals,
            Self::Bool | Self::Null => false,
        }
    }

    /// The comparison before any negation.
    fn matches(self, wanted: &str, actual: &str, request: &Request) -> bool {
        if let (
            Self::Text {
                how: Text::Equals, ..
            },
            false,
        ) = (self, wanted.contains('$'))
        {
            return wanted == actual;
        }
        let Some(pattern) = Pattern::fill(wanted, request) else {
            return false;
        };
        let wanted = pattern.literal();
        match self {
            Self::Text {
                how: Text::Equals, ..
            } => wanted == actual,
            Self::Text {
                how: Text::EqualsIgnoreCase,
                ..
            } => wanted.to_lowercase() == actual.to_lowercase(),
            Self::Text {
                how: Text::Like, ..
            } => pattern.matches(actual),
            Self::Text { how: Text::Arn, .. } => pattern.matches_arn(actual),
            Self::Number(compare) => match (value::number(actual), value::number(&wanted)) {
                (Some(actual), Some(wanted)) => compare.fits(actual.cmp(&wanted)),
                _ => false,
            },
            Self::Date(compare) => match (value::instant_ms(actual), value::instant_ms(&wanted)) {
                (Some(actual), Some(wanted)) => compare.fits(actual.cmp(&wanted)),
                _ => false,
            },
            Self::Bool => wanted.eq_ignore_ascii_case(actual),
            // The policy spells the bytes in base64; the request has them as they are.
            Self::Binary { .. } => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(&wanted);
                wanted == actual || bytes.is_ok_and(|bytes| bytes == actual.as_bytes())
            }
            Self::Address { .. } => value::in_range(&wanted, actual).unwrap_or(false),
            Self::Null => false,
        }
    }
}

impl Compare {
    fn fits(self, ordering: Ordering) -> bool {
        match self {
            // Negation is the caller's, for all operators alike.
            Self::Equals | Self::NotEquals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "Equals" => Self::Equals,
            "NotEquals" => Self::NotEquals,
            "LessThan" => Self::LessThan,
            "LessThanEquals" => Self::LessThanEquals,
            "GreaterThan" => Self::GreaterThan,
            "GreaterThanEquals" => Self::GreaterThanEquals,
            _ => return None,
        })
    }
}

/// `ForAnyValue:StringLikeIfExists` and its kin.
fn operator(written: &str) -> Result<(Operator, Option<Set>, bool), PolicyError> {
    let (set, word) = match written.split_once(':') {
        Some(("ForAllValues", word)) => (Some(Set::All), word),
        Some(("ForAnyValue", word)) => (Some(Set::Any), word),
        Some(_) => return refuse(format!("the condition operator `{written}` is not offered")),
        None => (None, written),
    };
    let (word, if_exists) = match word.strip_suffix("IfExists") {
        Some(word) => (word, true),
        None => (word, false),
    };
    let text = |how, negated| Operator::Text { how, negated };
    let operator = match word {
        "StringEquals" => text(Text::Equals, false),
        "StringNotEquals" => text(Text::Equals, true),
        "StringEqualsIgnoreCase" => text(Text::EqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => text(Text::EqualsIgnoreCase, true),
        "StringLike" => text(Text::Like, false),
        "StringNotLike" => text(Text::Like, true),
        "ArnEquals" | "ArnLike" => text(Text::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => text(Text::Arn, true),
        "Bool" => Operator::Bool,
        "BinaryEquals" => Operator::Binary { negated: false },
        "BinaryNotEquals" => Operator::Binary { negated: true },
        "IpAddress" => Operator::Address { negated: false },
        "NotIpAddress" => Operator::Address { negated: true },
        "Null" if !if_exists && set.is_none() => Operator::Null,
        _ => {
            let numeric = word
                .strip_prefix("Numeric")
                .and_then(Compare::parse)
                .map(Operator::Number);
            match numeric.or_else(|| {
                word.strip_prefix("Date")
                    .and_then(Compare::parse)
                    .map(Operator::Date)
            }) {
                Some(operator) => operator,
                None => {
                    return refuse(format!("the condition operator `{written}` is not offered"));
                }
            }
        }
    };
    Ok((operator, set, if_exists))
}

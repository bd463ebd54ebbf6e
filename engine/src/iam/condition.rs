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
            let Some(keys) = keys.as_object() else {
                return refuse(format!("`{written}` takes an object of keys"));
            };
            // IAM does not ask what an operator is that nothing is compared by.
            if keys.is_empty() {
                continue;
            }
            let (operator, set, if_exists) = operator(written)?;
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
                // `IfExists` is asked of each value, and there is none that could be any.
                Some(Set::Any) => false,
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
            // Several values are a set, which only the set operators compare.
            None => matches!(actual, [one] if fits(one)),
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

    /// The comparison before any negation. Variables are texts', and so are not filled in where numbers, dates or addresses are compared.
    fn matches(self, wanted: &str, actual: &str, request: &Request) -> bool {
        match self {
            Self::Text {
                how: Text::Equals, ..
            } if !wanted.contains('$') => wanted == actual,
            Self::Number(compare) => compare.holds(value::number(actual), value::number(wanted)),
            Self::Date(compare) => {
                compare.holds(value::instant_ms(actual), value::instant_ms(wanted))
            }
            Self::Address { .. } => value::in_range(wanted, actual).unwrap_or(false),
            _ => Pattern::fill(wanted, request).is_some_and(|it| self.matches_filled(&it, actual)),
        }
    }

    fn matches_filled(self, pattern: &Pattern, actual: &str) -> bool {
        let wanted = pattern.literal();
        match self {
            Self::Text { how, .. } => match how {
                Text::Equals => wanted == actual,
                Text::EqualsIgnoreCase => wanted.to_lowercase() == actual.to_lowercase(),
                Text::Like => pattern.matches(actual),
                Text::Arn => pattern.matches_arn(actual),
            },
            Self::Bool => value::truth(&wanted).is_some_and(|it| value::truth(actual) == Some(it)),
            // The policy spells the bytes in base64; the request has them as they are.
            Self::Binary { .. } => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(&wanted);
                wanted == actual || bytes.is_ok_and(|bytes| bytes == actual.as_bytes())
            }
            Self::Number(_) | Self::Date(_) | Self::Address { .. } | Self::Null => false,
        }
    }
}

impl Compare {
    /// Whether both can be read and are so ordered.
    fn holds<T: Ord>(self, actual: Option<T>, wanted: Option<T>) -> bool {
        let ordering = actual
            .zip(wanted)
            .map(|(actual, wanted)| actual.cmp(&wanted));
        ordering.is_some_and(|ordering| self.fits(ordering))
    }

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

/// Whether IAM knows the operator, be it offered here or not.
pub(super) fn is_operator(written: &str) -> bool {
    operator(written).is_ok() || affixes(written).is_some_and(|(_, word, _)| word == "Null")
}

/// Whether the operator is one of dates.
pub(super) fn compares_dates(written: &str) -> bool {
    matches!(operator(written), Ok((Operator::Date(_), _, _)))
}

/// What stands before and after an operator's own name: `ForAnyValue:` and `IfExists`.
fn affixes(written: &str) -> Option<(Option<Set>, &str, bool)> {
    let (set, word) = match written.split_once(':') {
        Some(("ForAllValues", word)) => (Some(Set::All), word),
        Some(("ForAnyValue", word)) => (Some(Set::Any), word),
        Some(_) => return None,
        None => (None, written),
    };
    Some(match word.strip_suffix("IfExists") {
        Some(word) => (set, word, true),
        None => (set, word, false),
    })
}

/// `ForAnyValue:StringLikeIfExists` and its kin.
fn operator(written: &str) -> Result<(Operator, Option<Set>, bool), PolicyError> {
    let Some((set, word, if_exists)) = affixes(written) else {
        return refuse(format!("the condition operator `{written}` is not offered"));
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

//! One value to match in a pattern: a literal, or an operator such as `{"prefix": "eu-"}`. Refusals are worded as AWS words them.

use std::net::IpAddr;

use serde_json::{Number, Value};

use super::PatternError;
use super::address::{self, Network};
use super::number::{self, micros};
use super::text::{IgnoreCase, Text};
use super::written::Written;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// `null`, `true` or `false`.
    Word(Value),
    /// A number as it is: one that is too large or too fine to be compared by value. None where no event can hold it.
    Digits(Option<Number>),
    /// Numbers in millionths, both bounds included.
    Range(i64, i64),
    Exists(bool),
    Text(Text),
    /// A literal that is an address asks for that address, however the event writes it.
    Address(IpAddr),
    Cidr(Network),
    /// Holds for what is there and is none of these numbers.
    NotNumber(Vec<i64>),
    /// Holds for what is there and is no text for which one of these holds.
    NotText(Vec<Text>),
}

fn invalid<T>(message: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError(message.into()))
}

impl Matcher {
    pub(super) fn parse(written: &Written) -> Result<Self, PatternError> {
        match written {
            Written::Text(text) => Ok(address::parse(text)
                .map_or_else(|| Self::Text(Text::Equal(text.clone())), Self::Address)),
            Written::Number(digits) => Ok(micros(digits).map_or_else(
                || Self::Digits(serde_json::from_str(digits).ok()),
                |value| Self::Range(value, value),
            )),
            Written::Word(word) => Ok(Self::Word(word.clone())),
            Written::Object(members) => match members.as_slice() {
                [(operator, argument)] => Self::operator(operator, argument),
                [] => invalid("Match expression name not found"),
                _ => invalid("Only one key allowed in match expression"),
            },
            Written::Array(_) => {
                invalid("Match value must be String, number, true, false, or null")
            }
        }
    }

    fn operator(operator: &str, argument: &Written) -> Result<Self, PatternError> {
        match (operator, argument) {
            ("exactly", Written::Text(text)) => Ok(Self::Text(Text::Equal(text.clone()))),
            ("exactly", _) => invalid("exact match pattern must be a string"),
            ("exists", Written::Word(Value::Bool(wanted))) => Ok(Self::Exists(*wanted)),
            ("exists", _) => invalid("exists match pattern must be either true or false."),
            ("numeric", Written::Array(parts)) => numeric(parts),
            ("numeric", _) => invalid("Value of numeric must be an array."),
            ("cidr", Written::Text(text)) => Network::parse(text).map(Self::Cidr),
            ("cidr", _) => invalid("prefix match pattern must be a string"),
            ("anything-but", _) => anything_but(argument),
            ("prefix" | "suffix", Written::Object(members)) => match members.as_slice() {
                [(key, Written::Text(text))] if key == "equals-ignore-case" => {
                    let text = IgnoreCase::new(text);
                    Ok(Self::Text(match operator {
                        "prefix" => Text::PrefixIgnoreCase(text),
                        _ => Text::SuffixIgnoreCase(text),
                    }))
                }
                [(key, _)] if key == "equals-ignore-case" => {
                    invalid("equals-ignore-case match pattern must be a string")
                }
                [(key, _)] => invalid(format!("Unsupported {operator} pattern: {key}")),
                _ => invalid("Only one key allowed in match expression"),
            },
            ("prefix" | "suffix" | "equals-ignore-case" | "wildcard", _) => {
                text(operator, argument).map(Self::Text)
            }
            _ => invalid(format!("Unrecognized match type {operator}")),
        }
    }

    /// Whether it holds for a scalar of the event. What asks for an absent field holds for none.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Exists(wanted) => *wanted,
            Self::Word(word) => value == word,
            Self::Digits(number) => value
                .as_number()
                .is_some_and(|it| Some(it) == number.as_ref()),
            Self::Range(least, most) => {
                micros_of(value).is_some_and(|it| (*least..=*most).contains(&it))
            }
            Self::Text(text) => value.as_str().is_some_and(|it| text.holds(it)),
            Self::Address(address) => address_of(value) == Some(*address),
            Self::Cidr(network) => address_of(value).is_some_and(|it| network.contains(it)),
            Self::NotNumber(numbers) => !micros_of(value).is_some_and(|it| numbers.contains(&it)),
            Self::NotText(texts) => !value
                .as_str()
                .is_some_and(|it| texts.iter().any(|text| text.holds(it))),
        }
    }
}

fn micros_of(value: &Value) -> Option<i64> {
    value.as_number().and_then(|it| micros(&it.to_string()))
}

fn address_of(value: &Value) -> Option<IpAddr> {
    value.as_str().and_then(address::parse)
}

fn text(operator: &str, argument: &Written) -> Result<Text, PatternError> {
    match (operator, argument) {
        ("prefix", Written::Text(text)) => Ok(Text::Prefix(text.clone())),
        ("suffix", Written::Text(text)) => Ok(Text::Suffix(text.clone())),
        ("equals-ignore-case", Written::Text(text)) => {
            Ok(Text::EqualsIgnoreCase(IgnoreCase::new(text)))
        }
        ("wildcard", Written::Text(text)) => Text::wildcard(text),
        _ => invalid(format!("{operator} match pattern must be a string")),
    }
}

fn compared(digits: &str) -> Result<i64, PatternError> {
    micros(digits).map_or_else(
        || {
            invalid(format!(
                "Value must be between -{max} and {max}, inclusive, with up to 6 decimals: {digits}",
                max = number::MAX
            ))
        },
        Ok,
    )
}

/// One comparison, or a lower bound and then an upper one.
fn numeric(parts: &[Written]) -> Result<Matcher, PatternError> {
    let (operator, first, rest) = match parts {
        [Written::Text(operator), Written::Number(digits), rest @ ..] => {
            (operator.as_str(), digits, rest)
        }
        [Written::Text(operator), ..] => {
            return invalid(format!("Value of {operator} must be numeric"));
        }
        _ => return invalid("Invalid member in numeric match"),
    };
    let first = compared(first)?;
    // Without it a bound is next to the number, a millionth away.
    let above = |value: i64, itself: bool| value + i64::from(!itself);
    let below = |value: i64, itself: bool| value - i64::from(!itself);
    match (operator, rest) {
        ("=", []) => Ok(Matcher::Range(first, first)),
        ("<" | "<=", []) => Ok(Matcher::Range(i64::MIN, below(first, operator == "<="))),
        (">" | ">=", []) => Ok(Matcher::Range(above(first, operator == ">="), i64::MAX)),
        (">" | ">=", [Written::Text(upper), Written::Number(digits)])
            if matches!(upper.as_str(), "<" | "<=") =>
        {
            let last = compared(digits)?;
            if first >= last {
                return invalid("Bottom must be less than top");
            }
            let least = above(first, operator == ">=");
            Ok(Matcher::Range(least, below(last, upper == "<=")))
        }
        (">" | ">=", [Written::Text(upper)] | [Written::Text(upper), _]) => {
            invalid(format!("Bad numeric range operator: {upper}"))
        }
        (">" | ">=", _) => invalid("Too many terms in numeric range expression"),
        ("=" | "<" | "<=", _) => invalid("Too many elements in numeric expression"),
        _ => invalid(format!("Unrecognized numeric range operator: {operator}")),
    }
}

fn anything_but(argument: &Written) -> Result<Matcher, PatternError> {
    let one = std::slice::from_ref(argument);
    match argument {
        Written::Array(items) => anything_but_these(items),
        Written::Text(_) | Written::Number(_) => anything_but_these(one),
        Written::Object(members) => match members.as_slice() {
            [(operator, operands)] => anything_but_texts(operator, operands),
            [] => invalid("Anything-But expression name not found"),
            _ => invalid("Too many elements in numeric expression"),
        },
        Written::Word(_) => {
            invalid("Value of anything-but must be an array or single string/number value.")
        }
    }
}

fn anything_but_these(items: &[Written]) -> Result<Matcher, PatternError> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Written::Text(text) => texts.push(Text::Equal(text.clone())),
            Written::Number(digits) => numbers.push(compared(digits)?),
            _ => return invalid("Inside anything but list, start|null|boolean is not supported."),
        }
    }
    match (texts.is_empty(), numbers.is_empty()) {
        (false, true) => Ok(Matcher::NotText(texts)),
        (true, false) => Ok(Matcher::NotNumber(numbers)),
        _ => invalid(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
    }
}

fn anything_but_texts(operator: &str, operands: &Written) -> Result<Matcher, PatternError> {
    if !matches!(
        operator,
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard"
    ) {
        return invalid(format!("Unsupported anything-but pattern: {operator}"));
    }
    let operands = match operands {
        Written::Array(items) if !items.is_empty() => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    // What begins or ends with nothing is everything: this could never hold.
    let empty = |it: &&Written| matches!(it, Written::Text(text) if text.is_empty());
    if matches!(operator, "prefix" | "suffix") && operands.iter().any(|it| empty(&it)) {
        return invalid("Null prefix/suffix not allowed");
    }
    let texts = operands.iter().map(|it| text(operator, it));
    Ok(Matcher::NotText(texts.collect::<Result<_, _>>()?))
}

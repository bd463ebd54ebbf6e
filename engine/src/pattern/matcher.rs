//! One value to match in a pattern: a literal, or an operator such as `{"prefix": "eu-"}`.

use std::net::IpAddr;

use serde_json::Value;

use super::PatternError;

/// The bound that EventBridge sets for numbers in patterns.
const NUMBER_MAX: f64 = 5_000_000_000.0;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    Literal(Value),
    Exists(bool),
    Text(Text),
    Numeric(Vec<Bound>),
    Cidr {
        network: IpAddr,
        bits: u8,
    },
    /// Holds for a field that is there and has an element that is none of these.
    NotLiteral(Vec<Value>),
    NotText(Vec<Text>),
}

/// Conditions on text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Vec<Piece>),
}

/// A part of a wildcard pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Star,
    Plain(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    Equal(f64),
    Less { than: f64, or_equal: bool },
    Greater { than: f64, or_equal: bool },
}

const OPERATORS: [&str; 9] = [
    "exactly",
    "prefix",
    "suffix",
    "anything-but",
    "numeric",
    "exists",
    "equals-ignore-case",
    "wildcard",
    "cidr",
];

pub(super) fn is_operator(key: &str) -> bool {
    OPERATORS.contains(&key)
}

fn invalid<T>(message: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError(message.into()))
}

impl Matcher {
    pub(super) fn parse(value: &Value) -> Result<Self, PatternError> {
        let map = match value {
            Value::Object(map) => map,
            Value::Array(_) => return invalid("a list inside a list of values to match"),
            scalar => return Ok(Self::Literal(scalar.clone())),
        };
        let (Some((operator, argument)), 1) = (map.iter().next(), map.len()) else {
            return invalid("a match expression has exactly one operator");
        };
        match (operator.as_str(), argument) {
            ("exactly", Value::String(_)) => Ok(Self::Literal(argument.clone())),
            ("exists", Value::Bool(wanted)) => Ok(Self::Exists(*wanted)),
            ("numeric", Value::Array(parts)) => parse_numeric(parts).map(Self::Numeric),
            ("cidr", Value::String(text)) => parse_cidr(text),
            ("anything-but", _) => parse_anything_but(argument),
            ("prefix" | "suffix" | "equals-ignore-case" | "wildcard", _) => {
                parse_text(operator, argument, true).map(Self::Text)
            }
            _ => invalid(format!("`{operator}` is no operator for `{argument}`")),
        }
    }

    /// `leaves` are the scalars that the event has in this place; none when the field is missing.
    pub(super) fn holds(&self, leaves: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => leaves.is_empty() != *wanted,
            Self::Literal(literal) => leaves.iter().any(|leaf| equal(literal, leaf)),
            Self::Text(text) => leaves
                .iter()
                .any(|leaf| leaf.as_str().is_some_and(|leaf| text.holds(leaf))),
            Self::Numeric(bounds) => leaves.iter().any(|leaf| {
                leaf.as_f64()
                    .is_some_and(|leaf| bounds.iter().all(|bound| bound.holds(leaf)))
            }),
            Self::Cidr { network, bits } => leaves.iter().any(|leaf| {
                leaf.as_str()
                    .is_some_and(|leaf| in_network(leaf, *network, *bits))
            }),
            Self::NotLiteral(literals) => leaves
                .iter()
                .any(|leaf| !literals.iter().any(|literal| equal(literal, leaf))),
            Self::NotText(texts) => leaves.iter().any(|leaf| {
                leaf.as_str()
                    .is_none_or(|leaf| !texts.iter().any(|text| text.holds(leaf)))
            }),
        }
    }
}

/// Numbers are equal by value, everything else as it is.
fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => left == right,
    }
}

fn parse_text(operator: &str, argument: &Value, nested: bool) -> Result<Text, PatternError> {
    match (operator, argument) {
        ("prefix", Value::String(text)) => Ok(Text::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Text::Suffix(text.clone())),
        ("equals-ignore-case", Value::String(text)) => {
            Ok(Text::EqualsIgnoreCase(text.to_lowercase()))
        }
        ("wildcard", Value::String(text)) => parse_wildcard(text),
        ("prefix" | "suffix", Value::Object(map)) if nested && map.len() == 1 => {
            match map.get("equals-ignore-case") {
                Some(Value::String(text)) if operator == "prefix" => {
                    Ok(Text::PrefixIgnoreCase(text.to_lowercase()))
                }
                Some(Value::String(text)) => Ok(Text::SuffixIgnoreCase(text.to_lowercase())),
                _ => invalid(format!("`{operator}` takes text")),
            }
        }
        _ => invalid(format!("`{operator}` takes text, not `{argument}`")),
    }
}

fn parse_wildcard(text: &str) -> Result<Text, PatternError> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('*' | '\\')) => plain.push(escaped),
                _ => {
                    return invalid(
                        "a backslash in a wildcard must stand before `*` or a backslash",
                    );
                }
            },
            '*' => {
                if plain.is_empty() && pieces.last() == Some(&Piece::Star) {
                    return invalid("two wildcards side by side");
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Star);
            }
            other => plain.push(other),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    // EventBridge refuses what its automaton finds too complex; short pieces between many stars are the known case.
    let stars = pieces.iter().filter(|piece| **piece == Piece::Star).count();
    let short = pieces
        .iter()
        .filter(|piece| matches!(piece, Piece::Plain(text) if text.len() < 3))
        .count();
    if stars > 4 && short + 1 >= stars - 1 {
        return invalid("the wildcard is too complex");
    }
    Ok(Text::Wildcard(pieces))
}

fn parse_numeric(parts: &[Value]) -> Result<Vec<Bound>, PatternError> {
    let mut bounds = Vec::new();
    for pair in parts.chunks(2) {
        let [Value::String(operator), limit] = pair else {
            return invalid("`numeric` takes pairs of an operator and a number");
        };
        let Some(limit) = limit.as_f64().filter(|limit| limit.abs() <= NUMBER_MAX) else {
            return invalid(format!(
                "`numeric` takes numbers between -{NUMBER_MAX} and {NUMBER_MAX}"
            ));
        };
        bounds.push(match operator.as_str() {
            "=" => Bound::Equal(limit),
            "<" => Bound::Less {
                than: limit,
                or_equal: false,
            },
            "<=" => Bound::Less {
                than: limit,
                or_equal: true,
            },
            ">" => Bound::Greater {
                than: limit,
                or_equal: false,
            },
            ">=" => Bound::Greater {
                than: limit,
                or_equal: true,
            },
            other => return invalid(format!("`{other}` compares no numbers")),
        });
    }
    match bounds.as_slice() {
        [_] => Ok(bounds),
        [
            Bound::Greater { than: low, .. },
            Bound::Less { than: high, .. },
        ]
        | [
            Bound::Less { than: high, .. },
            Bound::Greater { than: low, .. },
        ] if low < high => Ok(bounds),
        _ => invalid("`numeric` takes one bound, or a lower and an upper one"),
    }
}

fn parse_cidr(text: &str) -> Result<Matcher, PatternError> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let Ok(network) = address.parse::<IpAddr>() else {
        return invalid(format!("`{text}` is no range of addresses"));
    };
    let width: u8 = if network.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() {
        Some(width)
    } else {
        bits.parse::<u8>().ok().filter(|bits| *bits <= width)
    };
    match bits {
        Some(bits) => Ok(Matcher::Cidr { network, bits }),
        None => invalid(format!("`{text}` is no range of addresses")),
    }
}

fn parse_anything_but(argument: &Value) -> Result<Matcher, PatternError> {
    match argument {
        Value::String(_) | Value::Number(_) => Ok(Matcher::NotLiteral(vec![argument.clone()])),
        Value::Array(items)
            if !items.is_empty()
                && (items.iter().all(Value::is_string) || items.iter().all(Value::is_number)) =>
        {
            Ok(Matcher::NotLiteral(items.clone()))
        }
        Value::Object(map) if map.len() == 1 => {
            let mut texts = Vec::new();
            for (operator, operand) in map {
                let operands = match operand {
                    Value::Array(items) if !items.is_empty() => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for operand in operands {
                    if operand.as_str() == Some("") && operator != "wildcard" {
                        return invalid(format!(
                            "`anything-but` with an empty `{operator}` would never match"
                        ));
                    }
                    texts.push(parse_text(operator, operand, false)?);
                }
            }
            Ok(Matcher::NotText(texts))
        }
        _ => invalid(format!(
            "`anything-but` takes text, numbers or a text operator, not `{argument}`"
        )),
    }
}

impl Text {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Prefix(prefix) => value.starts_with(prefix),
            Self::PrefixIgnoreCase(prefix) => value.to_lowercase().starts_with(prefix),
            Self::Suffix(suffix) => value.ends_with(suffix),
            Self::SuffixIgnoreCase(suffix) => value.to_lowercase().ends_with(suffix),
            Self::EqualsIgnoreCase(text) => value.to_lowercase() == *text,
            Self::Wildcard(pieces) => wildcard_holds(pieces, value),
        }
    }
}

/// Greedy matching, leftmost piece first; only the last piece must reach the end.
fn wildcard_holds(pieces: &[Piece], value: &str) -> bool {
    let mut rest = value;
    let mut free = false;
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Star => free = true,
            Piece::Plain(text) => {
                let last = index + 1 == pieces.len();
                let after = match (free, last) {
                    (true, true) => rest.strip_suffix(text.as_str()).map(|_| ""),
                    (true, false) => rest
                        .find(text.as_str())
                        .and_then(|at| rest.get(at + text.len()..)),
                    (false, _) => rest.strip_prefix(text.as_str()),
                };
                let Some(after) = after else { return false };
                rest = after;
                free = false;
            }
        }
    }
    free || rest.is_empty()
}

impl Bound {
    fn holds(&self, value: f64) -> bool {
        match self {
            Self::Equal(limit) => value == *limit,
            Self::Less { than, or_equal } => value < *than || (*or_equal && value == *than),
            Self::Greater { than, or_equal } => value > *than || (*or_equal && value == *than),
        }
    }
}

fn in_network(text: &str, network: IpAddr, bits: u8) -> bool {
    match (text.parse::<IpAddr>(), network) {
        (Ok(IpAddr::V4(address)), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (Ok(IpAddr::V6(address)), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

//! Numbers with units.

use std::fmt;

use pipe_dsl::tree::Span;

use crate::diag::{self, Diagnostic};
use crate::kinds::Value;

/// Days that `AWS::Logs::LogGroup` takes as `RetentionInDays`.
pub(crate) const RETENTION_DAYS: &[u64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Why a number is none of its kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No number, no such unit, a fraction where none can be.
    Form,
    /// Outside the bounds, which are given with their unit.
    Range(String, String),
    /// Not among the retentions; the nearest that is longer.
    Retention(u64),
}

impl fmt::Display for Value {
    /// What a person should write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Value::Duration { .. } => "a duration such as `30s`, `5m` or `1h`",
            Value::Size { .. } => "a size such as `256MB`",
            Value::Whole { .. } => "a whole number",
            Value::Retention => "days such as `30d`",
            Value::Choice(words) => return f.write_str(&words.join(" or ")),
            Value::Reference(kind) => return write!(f, "the name of {}", kind.with_article()),
            Value::Special(words) | Value::List(words) => words,
        })
    }
}

/// `` `one` or `other` ``
pub(crate) struct OneOf(pub(crate) &'static [&'static str]);

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.iter().enumerate() {
            let or = if at > 0 { " or " } else { "" };
            write!(f, "{or}`{word}`")?;
        }
        Ok(())
    }
}

/// The number in the unit that the value names.
pub(crate) fn read(value: &Value, digits: &str, unit: &str) -> Result<u64, Fault> {
    let number: u64 = digits
        .parse()
        .map_err(|_| negative_or_form(value, digits))?;
    match value {
        Value::Duration { min_s, max_s } => {
            let seconds = number.checked_mul(duration_unit_s(unit).ok_or(Fault::Form)?);
            bounded(seconds, *min_s, *max_s, spelled_s)
        }
        Value::Size {
            unit_bytes,
            min,
            max,
        } => {
            let bytes = number.checked_mul(size_unit_bytes(unit).ok_or(Fault::Form)?);
            let amount = bytes
                .filter(|it| it % unit_bytes == 0)
                .map(|it| it / unit_bytes);
            bounded(amount, *min, *max, |it| spelled_bytes(it * unit_bytes))
        }
        Value::Whole { min, max } if unit.is_empty() => {
            bounded(Some(number), *min, *max, |it| it.to_string())
        }
        Value::Retention if unit == "d" => match RETENTION_DAYS.iter().find(|it| **it >= number) {
            Some(days) if *days == number => Ok(number),
            longer => Err(Fault::Retention(longer.copied().unwrap_or(3653))),
        },
        _ => Err(Fault::Form),
    }
}

fn negative_or_form(value: &Value, digits: &str) -> Fault {
    let whole = digits
        .trim_start_matches('-')
        .bytes()
        .all(|it| it.is_ascii_digit());
    match value {
        Value::Duration { min_s, max_s } if whole => range(*min_s, *max_s, spelled_s),
        Value::Whole { min, max } if whole => range(*min, *max, |it| it.to_string()),
        _ => Fault::Form,
    }
}

fn range(min: u64, max: u64, spelled: impl Fn(u64) -> String) -> Fault {
    Fault::Range(spelled(min), spelled(max))
}

fn bounded(
    number: Option<u64>,
    min: u64,
    max: u64,
    spelled: impl Fn(u64) -> String,
) -> Result<u64, Fault> {
    number
        .filter(|it| (min..=max).contains(it))
        .ok_or_else(|| range(min, max, spelled))
}

/// Seconds in a unit of time; milliseconds are of the language, but nothing takes them yet.
pub(crate) fn duration_unit_s(unit: &str) -> Option<u64> {
    match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        _ => None,
    }
}

/// Seconds as the language writes them: in the largest unit that has no rest.
pub(crate) fn spelled_s(seconds: impl Into<u64>) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    in_largest(seconds.into(), &units)
}

/// Bytes in the largest binary unit that has no rest.
pub(crate) fn spelled_bytes(bytes: u64) -> String {
    let units = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"), (1, "B")];
    in_largest(bytes, &units)
}

/// The number in the first of the units, largest first, that has no rest.
fn in_largest(number: u64, units: &[(u64, &str)]) -> String {
    let fits = units
        .iter()
        .find(|(unit, _)| number >= *unit && number.is_multiple_of(*unit));
    match fits {
        Some((unit, word)) => format!("{}{word}", number / unit),
        None => format!("{number}{}", units.last().map_or("", |it| it.1)),
    }
}

fn size_unit_bytes(unit: &str) -> Option<u64> {
    match unit {
        "KB" => Some(1 << 10),
        "MB" => Some(1 << 20),
        "GB" => Some(1 << 30),
        _ => None,
    }
}

/// The diagnostic of a fault.
pub(crate) fn report(fault: &Fault, name: &str, expected: &Value, span: Span) -> Diagnostic {
    match fault {
        Fault::Form => {
            let message = format!("`{name}` takes {expected}");
            diag::P0213
                .at(span, message)
                .label(format!("{expected} belongs here"))
        }
        Fault::Range(min, max) => diag::P0401
            .at(span, format!("`{name}` must be between {min} and {max}"))
            .label("out of range"),
        Fault::Retention(longer) => {
            let all: Vec<String> = RETENTION_DAYS.iter().map(|it| format!("{it}d")).collect();
            diag::P0402
                .at(span, "CloudWatch Logs does not offer this retention")
                .label(format!("the next longer one is {longer}d"))
                .help(format!("it offers {}", all.join(", ")))
                .suggest(span, format!("{longer}d"))
        }
    }
}

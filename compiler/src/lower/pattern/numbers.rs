//! Sets of numbers: ranges between exact decimals.

use serde_json::Number;

use crate::emit::pattern::Match;
use crate::model::Operator;

use super::Matcher;

/// Digits after the point that are told apart here.
const SCALE: u32 = 18;

/// Ranges between cuts, in order and apart from each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers(Vec<(Cut, Cut)>);

/// A place between two numbers: right before or right after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Lowest,
    At(i128, Side),
    Highest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Before,
    After,
}

/// The digits as a whole number of 10^-18.
fn number(matcher: Matcher, digits: &str) -> Result<i128, String> {
    let refused = || {
        format!(
            "{} compares numbers from -{most} to {most} with at most {} digits after the point, not {digits}",
            matcher.name,
            matcher.decimals,
            most = matcher.most
        )
    };
    let (sign, plain) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > matcher.decimals {
        return Err(refused());
    }
    let padded = format!("{fraction:0<width$}", width = SCALE as usize);
    let whole: i128 = whole.parse().map_err(|_| refused())?;
    let fraction: i128 = padded.parse().map_err(|_| refused())?;
    let unit = 10_i128.pow(SCALE);
    let value = whole
        .checked_mul(unit)
        .and_then(|it| it.checked_add(fraction))
        .ok_or_else(refused)?;
    if value > matcher.most.saturating_mul(unit) {
        return Err(refused());
    }
    Ok(sign * value)
}

impl Numbers {
    /// The numbers that stand so to this one, or that the matcher cannot compare with it.
    pub(super) fn compared(
        matcher: Matcher,
        operator: Operator,
        digits: &str,
    ) -> Result<Self, String> {
        let value = number(matcher, digits)?;
        let before = Cut::At(value, Side::Before);
        let after = Cut::At(value, Side::After);
        Ok(Self(match operator {
            Operator::Equal => vec![(before, after)],
            Operator::NotEqual => vec![(Cut::Lowest, before), (after, Cut::Highest)],
            Operator::Less => vec![(Cut::Lowest, before)],
            Operator::LessOrEqual => vec![(Cut::Lowest, after)],
            Operator::Greater => vec![(after, Cut::Highest)],
            Operator::GreaterOrEqual => vec![(before, Cut::Highest)],
        }))
    }

    pub(super) fn every() -> Self {
        Self(vec![(Cut::Lowest, Cut::Highest)])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn complement(&self) -> Self {
        let mut gaps = Vec::new();
        let mut from = Cut::Lowest;
        for (low, high) in &self.0 {
            if from < *low {
                gaps.push((from, *low));
            }
            from = *high;
        }
        if from < Cut::Highest {
            gaps.push((from, Cut::Highest));
        }
        Self(gaps)
    }

    /// Numbers in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let pairs = self
            .0
            .iter()
            .flat_map(|a| other.0.iter().map(move |b| (a, b)));
        let ranges = pairs.map(|(a, b)| (a.0.max(b.0), a.1.min(b.1)));
        Self(ranges.filter(|(low, high)| low < high).collect())
    }

    pub(super) fn matches(&self) -> Vec<Match> {
        self.0
            .iter()
            .map(|(low, high)| range(*low, *high))
            .collect()
    }
}

fn range(low: Cut, high: Cut) -> Match {
    let mut tests = Vec::new();
    if let (Cut::At(one, Side::Before), Cut::At(other, Side::After)) = (low, high)
        && one == other
    {
        return Match::Numeric(vec![("=", digits(one))]);
    }
    match low {
        Cut::At(value, Side::Before) => tests.push((">=", digits(value))),
        Cut::At(value, Side::After) => tests.push((">", digits(value))),
        Cut::Lowest | Cut::Highest => {}
    }
    match high {
        Cut::At(value, Side::Before) => tests.push(("<", digits(value))),
        Cut::At(value, Side::After) => tests.push(("<=", digits(value))),
        Cut::Lowest | Cut::Highest => {}
    }
    if tests.is_empty() {
        return Match::Exists(true);
    }
    Match::Numeric(tests)
}

/// The number as JSON writes it: `10`, `10.5`.
fn digits(value: i128) -> Number {
    let unit = 10_i128.pow(SCALE);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / unit, value.abs() % unit);
    let fraction = format!("{fraction:018}");
    let fraction = fraction.trim_end_matches('0');
    let text = if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    };
    // These are the digits of a JSON number.
    text.parse().unwrap_or_else(|_| Number::from(0))
}

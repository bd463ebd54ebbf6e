//! `where` of rules and subscriptions as an event pattern: exactly the events for which the condition holds.
//!
//! A condition is turned into cases; a case gives each field the set of values that it may have. Sets make the pattern as short as a
//! person would write it: `amount >= 10 and amount <= 1000` is one range, `status == a or status == b` one list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Number;

use crate::emit::pattern::{Match, Pattern};
use crate::model::{Condition, Literal, Operator, Type};

/// Beyond this many cases a pattern is nothing that a person can read, and EventBridge refuses it soon after.
const CASES_MAX: usize = 64;

/// How the matcher compares numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matcher {
    /// As messages name it.
    name: &'static str,
    /// Largest number, either sign.
    most: i128,
    /// Most digits after the point.
    decimals: usize,
}

/// AWS: "Amazon EventBridge: comparison operators": -5.0e9 to +5.0e9 with 15 digits of precision, so six after the point.
pub(crate) const EVENT_BRIDGE: Matcher = Matcher {
    name: "EventBridge",
    most: 5_000_000_000,
    decimals: 6,
};

/// AWS: "Amazon SNS: numeric value matching": -10^9 to 10^9 with five digits after the point.
pub(crate) const SNS: Matcher = Matcher {
    name: "SNS",
    most: 1_000_000_000,
    decimals: 5,
};

/// Digits after the point that are told apart here.
const SCALE: u32 = 18;

/// The pattern of a condition, or why there is none.
pub(crate) fn pattern(matcher: Matcher, condition: &Condition) -> Result<Pattern, String> {
    let mut cases = cases(matcher, condition, false)?;
    merge(&mut cases);
    let mut cases = cases.into_iter();
    let Some(first) = cases.next() else {
        return Err("no event can fit this condition".to_owned());
    };
    let rest: Vec<Case> = cases.collect();
    let mut pattern = Pattern::default();
    // What all cases ask stands once, in front.
    let shared = |field: &str, values: &Values| {
        rest.iter()
            .all(|it| it.get(field).is_some_and(|it| it == values))
    };
    for (field, values) in first.iter().filter(|(field, it)| shared(field, it)) {
        pattern.fields.push(field.clone(), values.matches());
    }
    if !rest.is_empty() {
        for case in std::iter::once(&first).chain(&rest) {
            let mut alternative = Pattern::default();
            for (field, values) in case {
                if !first
                    .get(field)
                    .is_some_and(|it| it == values && shared(field, it))
                {
                    alternative.fields.push(field.clone(), values.matches());
                }
            }
            pattern.or.push(alternative);
        }
    }
    Ok(pattern)
}

/// Fields with the values that they may have. All must hold.
type Case = BTreeMap<String, Values>;

/// The values that a field may have.
#[derive(Clone, Debug, PartialEq)]
struct Values {
    of: Set,
    /// True where the field may also be absent.
    absent: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Set {
    /// Ranges between cuts, in order and apart from each other.
    Numbers(Vec<(Cut, Cut)>),
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Bools(BTreeSet<bool>),
}

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

/// The cases of a condition, or of its opposite.
fn cases(matcher: Matcher, condition: &Condition, negated: bool) -> Result<Vec<Case>, String> {
    match condition {
        Condition::Not(inner) => cases(matcher, inner, !negated),
        Condition::And(parts) if !negated => all(matcher, parts, negated),
        Condition::Or(parts) if negated => all(matcher, parts, negated),
        Condition::And(parts) | Condition::Or(parts) => {
            let mut found = Vec::new();
            for part in parts {
                found.extend(cases(matcher, part, negated)?);
            }
            bounded(found)
        }
        Condition::Compare {
            field,
            ty,
            operator,
            value,
        } => {
            let values = compare(matcher, field, ty, *operator, value, negated)?;
            if values.is_empty() {
                return Ok(Vec::new());
            }
            Ok(vec![Case::from([(field.clone(), values)])])
        }
    }
}

/// Cases in which all parts hold.
fn all(matcher: Matcher, parts: &[Condition], negated: bool) -> Result<Vec<Case>, String> {
    let mut found = vec![Case::new()];
    for part in parts {
        let more = cases(matcher, part, negated)?;
        let pairs = found
            .iter()
            .flat_map(|one| more.iter().filter_map(|other| both(one, other)));
        found = bounded(pairs.collect())?;
    }
    Ok(found)
}

fn bounded(cases: Vec<Case>) -> Result<Vec<Case>, String> {
    if cases.len() > CASES_MAX {
        return Err(format!(
            "this condition has more than {CASES_MAX} cases; split it into several rules"
        ));
    }
    Ok(cases)
}

/// The case in which both hold; none where a field is left without a value.
fn both(one: &Case, other: &Case) -> Option<Case> {
    let mut case = one.clone();
    for (field, values) in other {
        let values = match case.get(field) {
            Some(own) => own.and(values),
            None => values.clone(),
        };
        if values.is_empty() {
            return None;
        }
        case.insert(field.clone(), values);
    }
    Some(case)
}

/// Joins cases that differ in one field only, until none are left that do.
fn merge(cases: &mut Vec<Case>) {
    let found = |cases: &[Case]| {
        for (at, one) in cases.iter().enumerate() {
            for (later, other) in cases.iter().enumerate().skip(at + 1) {
                if let Some(joined) = join(one, other) {
                    return Some((at, later, joined));
                }
            }
        }
        None
    };
    while let Some((at, later, joined)) = found(cases) {
        cases.remove(later);
        if let Some(case) = cases.get_mut(at) {
            *case = joined;
        }
    }
}

fn join(one: &Case, other: &Case) -> Option<Case> {
    if !one.keys().eq(other.keys()) {
        return None;
    }
    let mut differing = one
        .iter()
        .filter(|(field, values)| other.get(*field) != Some(values));
    match (differing.next(), differing.next()) {
        (None, _) => Some(one.clone()),
        (Some((field, values)), None) => {
            let joined = values.or(other.get(field)?)?;
            let mut case = one.clone();
            case.insert(field.clone(), joined);
            Some(case)
        }
        (Some(_), Some(_)) => None,
    }
}

/// The values for which a comparison holds, or for which it does not. It never holds for an absent field.
fn compare(
    matcher: Matcher,
    field: &str,
    ty: &Type,
    operator: Operator,
    value: &Literal,
    negated: bool,
) -> Result<Values, String> {
    let (base, optional) = match ty {
        Type::Optional(inner) => (&**inner, true),
        other => (other, false),
    };
    let set = match (base, value) {
        (Type::Int | Type::Decimal, Literal::Number(digits)) => {
            numbers(number(matcher, digits)?, operator)
        }
        (Type::Bool, Literal::Bool(value)) => {
            let wanted = value ^ (operator == Operator::NotEqual);
            Set::Bools(BTreeSet::from([wanted]))
        }
        (
            Type::String | Type::Enum(_) | Type::Provider,
            Literal::String(text) | Literal::Variant(text),
        ) => {
            let texts = BTreeSet::from([text.clone()]);
            match operator {
                Operator::Equal => Set::In(texts),
                Operator::NotEqual => Set::NotIn(texts),
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => {
                    return Err(format!("{} cannot order texts", matcher.name));
                }
            }
        }
        _ => {
            return Err(format!(
                "{} cannot compare `{field}`: it compares texts, truth values and numbers up to {}",
                matcher.name, matcher.most
            ));
        }
    };
    Ok(if negated {
        Values {
            of: set.complement(),
            absent: optional,
        }
    } else {
        Values {
            of: set,
            absent: false,
        }
    })
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

fn numbers(value: i128, operator: Operator) -> Set {
    let before = Cut::At(value, Side::Before);
    let after = Cut::At(value, Side::After);
    Set::Numbers(match operator {
        Operator::Equal => vec![(before, after)],
        Operator::NotEqual => vec![(Cut::Lowest, before), (after, Cut::Highest)],
        Operator::Less => vec![(Cut::Lowest, before)],
        Operator::LessOrEqual => vec![(Cut::Lowest, after)],
        Operator::Greater => vec![(after, Cut::Highest)],
        Operator::GreaterOrEqual => vec![(before, Cut::Highest)],
    })
}

impl Set {
    fn complement(&self) -> Self {
        match self {
            Self::In(texts) => Self::NotIn(texts.clone()),
            Self::NotIn(texts) => Self::In(texts.clone()),
            Self::Bools(values) => Self::Bools(
                [false, true]
                    .into_iter()
                    .filter(|it| !values.contains(it))
                    .collect(),
            ),
            Self::Numbers(ranges) => {
                let mut gaps = Vec::new();
                let mut from = Cut::Lowest;
                for (low, high) in ranges {
                    if from < *low {
                        gaps.push((from, *low));
                    }
                    from = *high;
                }
                if from < Cut::Highest {
                    gaps.push((from, Cut::Highest));
                }
                Self::Numbers(gaps)
            }
        }
    }

    /// Values in both. Two sets of one field are of one type, so the last arm is never taken.
    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::In(one), Self::In(two)) => Self::In(one & two),
            (Self::In(one), Self::NotIn(two)) | (Self::NotIn(two), Self::In(one)) => {
                Self::In(one - two)
            }
            (Self::NotIn(one), Self::NotIn(two)) => Self::NotIn(one | two),
            (Self::Bools(one), Self::Bools(two)) => Self::Bools(one & two),
            (Self::Numbers(one), Self::Numbers(two)) => {
                let pairs = one.iter().flat_map(|a| two.iter().map(move |b| (a, b)));
                let ranges = pairs.map(|(a, b)| (a.0.max(b.0), a.1.min(b.1)));
                Self::Numbers(ranges.filter(|(low, high)| low < high).collect())
            }
            _ => Self::In(BTreeSet::new()),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Numbers(ranges) => ranges.is_empty(),
            Self::In(texts) => texts.is_empty(),
            Self::NotIn(_) => false,
            Self::Bools(values) => values.is_empty(),
        }
    }
}

impl Values {
    fn is_empty(&self) -> bool {
        self.of.is_empty() && !self.absent
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            of: self.of.and(&other.of),
            absent: self.absent && other.absent,
        }
    }

    /// Values in one of both: what is in neither complement.
    fn or(&self, other: &Self) -> Option<Self> {
        let of = self.of.complement().and(&other.of.complement());
        if std::mem::discriminant(&of) == std::mem::discriminant(&self.of)
            || matches!(of, Set::In(_) | Set::NotIn(_))
        {
            return Some(Self {
                of: of.complement(),
                absent: self.absent || other.absent,
            });
        }
        None
    }

    fn matches(&self) -> Vec<Match> {
        let mut matches = match &self.of {
            Set::In(texts) => texts.iter().cloned().map(Match::Text).collect(),
            Set::NotIn(texts) if texts.is_empty() => vec![Match::Exists(true)],
            Set::NotIn(texts) => vec![Match::AnythingBut(texts.iter().cloned().collect())],
            Set::Bools(values) => values.iter().copied().map(Match::Bool).collect(),
            Set::Numbers(ranges) => ranges
                .iter()
                .map(|(low, high)| range(*low, *high))
                .collect(),
        };
        if self.absent {
            matches.push(Match::Exists(false));
        }
        matches
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

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(field: &str, ty: Type, operator: Operator, value: &str) -> Condition {
        let value = match ty {
            Type::Decimal | Type::Int => Literal::Number(value.to_owned()),
            _ => Literal::Variant(value.to_owned()),
        };
        Condition::Compare {
            field: field.to_owned(),
            ty,
            operator,
            value,
        }
    }

    fn amount(operator: Operator, value: &str) -> Condition {
        compare("amount", Type::Decimal, operator, value)
    }

    fn status(operator: Operator, value: &str) -> Condition {
        compare("status", Type::Enum(Vec::new()), operator, value)
    }

    fn json(condition: &Condition) -> String {
        serde_json::to_string(&pattern(EVENT_BRIDGE, condition).expect("a pattern")).expect("JSON")
    }

    #[test]
    fn a_range_is_one_match() {
        let both = Condition::And(vec![
            amount(Operator::GreaterOrEqual, "10"),
            amount(Operator::LessOrEqual, "1000.50"),
        ]);
        assert_eq!(
            json(&both),
            r#"{"amount":[{"numeric":[">=",10,"<=",1000.5]}]}"#
        );
    }

    #[test]
    fn alternatives_of_one_field_are_a_list() {
        let either = Condition::Or(vec![
            status(Operator::Equal, "failed"),
            status(Operator::Equal, "refunded"),
        ]);
        assert_eq!(json(&either), r#"{"status":["failed","refunded"]}"#);
        let neither = Condition::Not(Box::new(either));
        assert_eq!(
            json(&neither),
            r#"{"status":[{"anything-but":["failed","refunded"]}]}"#
        );
    }

    #[test]
    fn alternatives_of_two_fields_are_an_or_behind_what_they_share() {
        let either = Condition::And(vec![
            compare("currency", Type::String, Operator::Equal, "USD"),
            Condition::Or(vec![
                amount(Operator::Greater, "10000"),
                status(Operator::Equal, "failed"),
            ]),
        ]);
        assert_eq!(
            json(&either),
            r#"{"currency":["USD"],"$or":[{"amount":[{"numeric":[">",10000]}]},{"status":["failed"]}]}"#
        );
    }

    #[test]
    fn an_unequal_number_is_two_ranges_and_its_opposite_one_number() {
        let unequal = amount(Operator::NotEqual, "10");
        assert_eq!(
            json(&unequal),
            r#"{"amount":[{"numeric":["<",10]},{"numeric":[">",10]}]}"#
        );
        let equal = Condition::Not(Box::new(unequal));
        assert_eq!(json(&equal), r#"{"amount":[{"numeric":["=",10]}]}"#);
    }

    #[test]
    fn the_opposite_of_a_comparison_holds_for_an_absent_field() {
        let optional = Condition::Compare {
            field: "fee".to_owned(),
            ty: Type::Optional(Box::new(Type::Decimal)),
            operator: Operator::Greater,
            value: Literal::Number("5".to_owned()),
        };
        assert_eq!(json(&optional), r#"{"fee":[{"numeric":[">",5]}]}"#);
        let opposite = Condition::Not(Box::new(optional));
        assert_eq!(
            json(&opposite),
            r#"{"fee":[{"numeric":["<=",5]},{"exists":false}]}"#
        );
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let all = Condition::Or(vec![
            amount(Operator::Less, "10"),
            amount(Operator::GreaterOrEqual, "10"),
        ]);
        assert_eq!(json(&all), r#"{"amount":[{"exists":true}]}"#);
    }

    #[test]
    fn what_cannot_be_said_is_refused_with_its_reason() {
        let never = Condition::And(vec![
            amount(Operator::Less, "1"),
            amount(Operator::Greater, "2"),
        ]);
        assert!(pattern(EVENT_BRIDGE, &never).is_err());
        let large = amount(Operator::Less, "5000000000.01");
        let message = pattern(EVENT_BRIDGE, &large).expect_err("too large");
        assert!(message.contains("5000000000.01"), "{message}");
        assert!(pattern(EVENT_BRIDGE, &amount(Operator::Less, "-5000000000")).is_ok());
        assert!(pattern(SNS, &amount(Operator::Less, "0.000001")).is_err());
        let instant = compare("at", Type::EpochMillis, Operator::Greater, "1");
        assert!(pattern(EVENT_BRIDGE, &instant).is_err());
    }
}

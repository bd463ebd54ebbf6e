//! `where` of rules and subscriptions as an event pattern: exactly the events for which the condition holds.
//!
//! A condition is turned into cases; a case gives each field the set of values that it may have. Sets make the pattern as short as a
//! person would write it: `amount >= 10 and amount <= 1000` is one range, `status == a or status == b` one list.

mod numbers;
#[cfg(test)]
mod tests;
mod texts;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::pattern::Pattern;
use crate::model::{Condition, Literal, Operator, Type};

use numbers::Numbers;
use texts::Texts;
use values::{Set, Values};

/// Beyond this many cases a pattern is nothing that a person can read, and EventBridge refuses it soon after.
const CASES_MAX: usize = 64;

/// What the matcher can compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matcher {
    /// As messages name it.
    name: &'static str,
    /// Largest number, either sign.
    most: i128,
    /// Most digits after the point.
    decimals: usize,
    /// Whether `anything-but` takes several beginnings.
    many_beginnings: bool,
}

/// AWS: "Amazon EventBridge: comparison operators": -5.0e9 to +5.0e9 with 15 digits of precision, so six after the point.
pub(crate) const EVENT_BRIDGE: Matcher = Matcher {
    name: "EventBridge",
    most: 5_000_000_000,
    decimals: 6,
    many_beginnings: true,
};

/// AWS: "Amazon SNS: numeric value matching": -10^9 to 10^9 with five digits after the point.
pub(crate) const SNS: Matcher = Matcher {
    name: "SNS",
    most: 1_000_000_000,
    decimals: 5,
    many_beginnings: false,
};

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
        pattern.fields.push(field.clone(), values.matches(matcher)?);
    }
    if !rest.is_empty() {
        for case in std::iter::once(&first).chain(&rest) {
            let mut alternative = Pattern::default();
            for (field, values) in case {
                if !first
                    .get(field)
                    .is_some_and(|it| it == values && shared(field, it))
                {
                    may_stand_in_alternative(matcher, field)?;
                    alternative
                        .fields
                        .push(field.clone(), values.matches(matcher)?);
                }
            }
            pattern.or.push(alternative);
        }
    }
    Ok(pattern)
}

/// AWS keeps these names for operators that it has or may have: an alternative with a field of such a name is refused by EventBridge, and
/// to SNS it is no alternative, so that nothing would ever match. (aws/event-ruler: `RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP`; a field of
/// a pipeline has no other of them.)
const RESERVED: [&str; 8] = [
    "exactly", "prefix", "suffix", "exists", "wildcard", "numeric", "cidr", "regex",
];

fn may_stand_in_alternative(matcher: Matcher, field: &str) -> Result<(), String> {
    if field.split('.').any(|part| RESERVED.contains(&part)) {
        return Err(format!(
            "{} takes `{field}` for an operator where a condition has alternatives: give the field another name or write one rule for each",
            matcher.name
        ));
    }
    Ok(())
}

/// Fields with the values that they may have. All must hold.
type Case = BTreeMap<String, Values>;

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
            let set = compare(matcher, field, ty, *operator, value)?;
            Ok(case(field, set, matches!(ty, Type::Optional(_)), negated))
        }
        Condition::StartsWith {
            field,
            optional,
            prefix,
        } => {
            let set = Set::Texts(Texts::starting_with(prefix));
            Ok(case(field, set, *optional, negated))
        }
        Condition::Present { field, ty } => {
            let set = every(matcher, field, ty)?;
            Ok(case(field, set, true, negated))
        }
    }
}

/// The case of a comparison that these values pass, or that they do not. It never holds for an absent field.
fn case(field: &str, set: Set, optional: bool, negated: bool) -> Vec<Case> {
    let values = if negated {
        Values {
            of: set.complement(),
            absent: optional,
        }
    } else {
        Values {
            of: set,
            absent: false,
        }
    };
    if values.is_empty() {
        return Vec::new();
    }
    vec![Case::from([(field.to_owned(), values)])]
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
            let joined = values.or(other.get(field)?);
            let mut case = one.clone();
            case.insert(field.clone(), joined);
            Some(case)
        }
        (Some(_), Some(_)) => None,
    }
}

/// Every value that a field may have. `exists` looks at single values only: what is in a list or record is not the field itself.
fn every(matcher: Matcher, field: &str, ty: &Type) -> Result<Set, String> {
    Ok(match ty.base() {
        Type::Int | Type::Decimal | Type::EpochMillis => Set::Numbers(Numbers::every()),
        Type::String | Type::Enum(_) | Type::Timestamp | Type::Provider => {
            Set::Texts(Texts::every())
        }
        Type::Bool => Set::Bools(BTreeSet::from([false, true])),
        Type::Record(_)
        | Type::Event(_)
        | Type::List(_)
        | Type::Optional(_)
        | Type::Request
        | Type::Accepted => {
            return Err(format!(
                "{} cannot ask whether `{field}` is there: it asks that of single values only, not of lists and records",
                matcher.name
            ));
        }
    })
}

/// The values for which a comparison holds.
fn compare(
    matcher: Matcher,
    field: &str,
    ty: &Type,
    operator: Operator,
    value: &Literal,
) -> Result<Set, String> {
    Ok(match (ty.base(), value) {
        (Type::Int | Type::Decimal, Literal::Number(digits)) => {
            Set::Numbers(Numbers::compared(matcher, operator, digits)?)
        }
        (Type::Bool, Literal::Bool(value)) => {
            let wanted = value ^ (operator == Operator::NotEqual);
            Set::Bools(BTreeSet::from([wanted]))
        }
        (
            Type::String | Type::Enum(_) | Type::Provider,
            Literal::String(text) | Literal::Variant(text),
        ) => {
            let text = Texts::one(text);
            match operator {
                Operator::Equal => Set::Texts(text),
                Operator::NotEqual => Set::Texts(text.complement()),
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
    })
}

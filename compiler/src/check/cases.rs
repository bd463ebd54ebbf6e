//! Which values fit a condition: finds the value that no case takes, or two do, or a condition that nothing fits.
//!
//! A comparison changes its answer only at its constant. So one value on each constant, one between each two and one beyond each end
//! stand for all values of a field, exactly: the numbers are whole multiples of 10^-16, never floats.

use std::collections::BTreeMap;

use pipe_dsl::tree::Span;

use crate::check::context::{Context, span_of};
use crate::diag::{self, Diagnostic};
use crate::model::{Condition, Literal, Operator, Rule, Type};

/// Digits behind the point that numbers here have. A constant of a bus has 15 in all, and a value between two has one more.
const SCALE_DIGITS: usize = 16;
/// One, as a number is kept here.
const ONE: i128 = 10_i128.pow(SCALE_DIGITS as u32);
/// Largest whole part, so that sums stay far inside of 128 bits.
const WHOLE_MAX: u64 = 1_000_000_000_000_000_000;
/// Most comparisons that are made for one file, which bounds the time: ten cases over two fields take a thousand.
pub(crate) const COMPARISONS_MAX: usize = 2_000_000;

/// A value that a field may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'c> {
    Number(i128),
    Text(&'c str),
    /// Any text that no condition names, and that begins with this one and with no longer one that a condition names.
    TextFrom(&'c str),
    Bool(bool),
    /// Any value, of a field that is asked only whether it is there.
    There,
    Absent,
}

/// A value for each field that the conditions name, in the order of their names.
type Cell<'c> = [(&'c str, Value<'c>)];

/// The value of a field.
fn value_of<'c>(cell: &Cell<'c>, field: &str) -> Option<Value<'c>> {
    cell.iter().find(|it| it.0 == field).map(|it| it.1)
}

/// The cases of each group: every value fits exactly one.
pub(crate) fn check_groups(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for (group, at, cases) in std::mem::take(&mut cx.groups) {
        let rules: Vec<&Rule> = cases
            .iter()
            .filter_map(|(case, _)| cx.model.rules.get(&format!("{group}_{case}")))
            .collect();
        let conditions: Vec<&Condition> = rules
            .iter()
            .filter_map(|it| it.condition.as_ref())
            .collect();
        if conditions.len() != cases.len() || conditions.is_empty() {
            continue;
        }
        let Some(space) = Space::of(&mut cx.comparisons_left, &conditions) else {
            let message = format!("the cases of `{group}` compare too much to be told apart");
            let it = diag::P0408.at(at, message).label("too many combinations");
            found.push(it.help("split the group, or write single rules"));
            continue;
        };
        check_group(&group, at, &rules, &conditions, &space, &mut found);
    }
    for it in found {
        cx.report(it);
    }
}

fn check_group(
    group: &str,
    at: Span,
    rules: &[&Rule],
    conditions: &[&Condition],
    space: &Space<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut gap: Option<String> = None;
    let mut overlaps: BTreeMap<(usize, usize), String> = BTreeMap::new();
    space.any(|cell| {
        let cases = conditions.iter().enumerate();
        let mut fitting = cases.filter(|(_, it)| holds(it, cell)).map(|it| it.0);
        match (fitting.next(), fitting.next()) {
            (None, _) if gap.is_none() => gap = Some(spelled(cell)),
            (Some(a), Some(b)) => {
                overlaps.entry((a, b)).or_insert_with(|| spelled(cell));
            }
            _ => {}
        }
        false
    });
    if let Some(example) = gap {
        found.push(
            diag::P0218
                .at(at, format!("no case of `{group}` takes `{example}`"))
                .label("falls between the cases")
                .help("move a bound, or add a case for it"),
        );
    }
    for ((a, b), example) in overlaps {
        let (Some(first), Some(second)) = (rules.get(a), rules.get(b)) else {
            continue;
        };
        let case = |it: &Rule| it.case.as_ref().map(|it| it.1.clone()).unwrap_or_default();
        let message = format!(
            "`{}` and `{}` both take `{example}`",
            case(first),
            case(second)
        );
        found.push(
            diag::P0219
                .at(span_of(second.origin), message)
                .label("this one")
                .second(span_of(first.origin), "and this one")
                .help("an event goes to one case of a group; rules that may both fire are single ones"),
        );
    }
}

/// Reports a condition that no value fits.
pub(crate) fn check_possible(cx: &mut Context<'_>, condition: &Condition, at: Span) {
    let Some(space) = Space::of(&mut cx.comparisons_left, &[condition]) else {
        return;
    };
    if !space.any(|cell| holds(condition, cell)) {
        cx.report(
            diag::P0220
                .at(at, "no value fits this condition")
                .label("never holds"),
        );
    }
}

/// The values that stand for all, of each field.
struct Space<'c> {
    fields: Vec<(&'c str, Vec<Value<'c>>)>,
}

impl<'c> Space<'c> {
    /// None where there are too many combinations, or numbers that are not compared here. Takes what it will cost from what is left.
    fn of(comparisons_left: &mut usize, conditions: &[&'c Condition]) -> Option<Space<'c>> {
        let mut asked: BTreeMap<&'c str, Asked<'c>> = BTreeMap::new();
        for condition in conditions {
            collect(condition, &mut asked);
        }
        let mut fields = Vec::new();
        let mut cost: usize = asked
            .values()
            .map(|it| it.constants.len() + it.beginnings.len() + it.presences)
            .sum();
        for (name, asked) in asked {
            let values = values(&asked)?;
            cost = cost.saturating_mul(values.len());
            fields.push((name, values));
        }
        *comparisons_left = comparisons_left.checked_sub(cost)?;
        Some(Space { fields })
    }

    /// True if this is so of any combination. They come one after the other, the constants themselves first.
    fn any(&self, mut is_so: impl FnMut(&Cell<'c>) -> bool) -> bool {
        let mut counters = vec![0_usize; self.fields.len()];
        let mut cell = Vec::with_capacity(self.fields.len());
        loop {
            let chosen = self.fields.iter().zip(&counters);
            cell.clear();
            cell.extend(chosen.filter_map(|((name, values), at)| Some((*name, *values.get(*at)?))));
            if is_so(&cell) {
                return true;
            }
            let mut carried = true;
            for (counter, (_, values)) in counters.iter_mut().zip(&self.fields) {
                *counter += 1;
                if *counter < values.len() {
                    carried = false;
                    break;
                }
                *counter = 0;
            }
            if carried {
                return false;
            }
        }
    }
}

/// What the conditions ask of one field.
#[derive(Default)]
struct Asked<'c> {
    /// Its type, where more is known than how it is to begin.
    ty: Option<&'c Type>,
    constants: Vec<&'c Literal>,
    beginnings: Vec<&'c str>,
    /// How often it is asked whether it is there.
    presences: usize,
    /// True where it is known from `starts_with` alone that the field may be absent.
    optional: bool,
}

fn collect<'c>(condition: &'c Condition, out: &mut BTreeMap<&'c str, Asked<'c>>) {
    match condition {
        Condition::Compare {
            field, ty, value, ..
        } => {
            let asked = out.entry(field).or_default();
            asked.ty = Some(ty);
            asked.constants.push(value);
        }
        Condition::StartsWith {
            field,
            optional,
            prefix,
        } => {
            let asked = out.entry(field).or_default();
            asked.optional = *optional;
            asked.beginnings.push(prefix);
        }
        Condition::Present { field, ty } => {
            let asked = out.entry(field).or_default();
            asked.ty = Some(ty);
            asked.presences += 1;
        }
        Condition::And(parts) | Condition::Or(parts) => {
            for it in parts {
                collect(it, out);
            }
        }
        Condition::Not(inner) => collect(inner, out),
    }
}

fn values<'c>(asked: &Asked<'c>) -> Option<Vec<Value<'c>>> {
    let literals = asked.constants.as_slice();
    // Only texts are asked how they begin.
    let (base, optional) = match asked.ty {
        Some(Type::Optional(inner)) => (inner.as_ref(), true),
        Some(ty) => (ty, false),
        None => (&Type::String, asked.optional),
    };
    let mut values = match base {
        _ if literals.is_empty() && asked.beginnings.is_empty() => vec![Value::There],
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Enum(variants) => variants.iter().map(|it| Value::Text(it)).collect(),
        Type::Int | Type::Decimal | Type::EpochMillis => numbers(literals, *base != Type::Decimal)?,
        _ => {
            let mut texts: Vec<Value<'c>> = literals.iter().filter_map(|it| constant(it)).collect();
            texts.sort();
            texts.dedup();
            let mut beginnings: Vec<&str> = asked.beginnings.clone();
            beginnings.sort_unstable();
            beginnings.dedup();
            // Every text begins with nothing.
            beginnings.push("");
            texts.extend(beginnings.into_iter().map(Value::TextFrom));
            texts
        }
    };
    if optional {
        values.push(Value::Absent);
    }
    Some(values)
}

/// Each constant, then a value between each two and one beyond each end; of whole numbers only where there is one.
fn numbers<'c>(literals: &[&Literal], whole: bool) -> Option<Vec<Value<'c>>> {
    let mut points: Vec<i128> = Vec::new();
    for it in literals {
        let Literal::Number(digits) = it else {
            return None;
        };
        points.push(scaled(digits)?);
    }
    points.sort_unstable();
    points.dedup();
    let mut between: Vec<i128> = Vec::new();
    for pair in points.windows(2) {
        let [a, b] = pair else { continue };
        if !whole {
            between.push(a + (b - a) / 2);
        } else if b - a > ONE {
            between.push(a + ONE);
        }
    }
    between.extend(points.first().map(|it| it - ONE));
    between.extend(points.last().map(|it| it + ONE));
    points.extend(between);
    Some(points.into_iter().map(Value::Number).collect())
}

/// A number as a multiple of 10^-16.
fn scaled(digits: &str) -> Option<i128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // One digit is left for the values between two constants.
    if fraction.len() >= SCALE_DIGITS {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    if number.unsigned_abs() > WHOLE_MAX {
        return None;
    }
    let mut rest: i128 = 0;
    if !fraction.is_empty() {
        let missing = u32::try_from(SCALE_DIGITS - fraction.len()).ok()?;
        rest = i128::from(fraction.parse::<u64>().ok()?) * 10_i128.pow(missing);
    }
    // Of `-0.5` only the text knows the sign.
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(i128::from(number) * ONE + sign * rest)
}

fn constant(literal: &Literal) -> Option<Value<'_>> {
    Some(match literal {
        Literal::Number(digits) => Value::Number(scaled(digits)?),
        Literal::String(text) | Literal::Variant(text) => Value::Text(text),
        Literal::Bool(it) => Value::Bool(*it),
    })
}

fn holds(condition: &Condition, cell: &Cell<'_>) -> bool {
    match condition {
        Condition::And(parts) => parts.iter().all(|it| holds(it, cell)),
        Condition::Or(parts) => parts.iter().any(|it| holds(it, cell)),
        Condition::Not(inner) => !holds(inner, cell),
        Condition::StartsWith { field, prefix, .. } => match value_of(cell, field) {
            Some(Value::Text(text) | Value::TextFrom(text)) => text.starts_with(prefix.as_str()),
            _ => false,
        },
        Condition::Present { field, .. } => {
            value_of(cell, field).is_some_and(|it| it != Value::Absent)
        }
        Condition::Compare {
            field,
            operator,
            value,
            ..
        } => {
            let (Some(actual), Some(constant)) = (value_of(cell, field), constant(value)) else {
                return false;
            };
            // A comparison with what is absent is false, whichever it is.
            if actual == Value::Absent {
                return false;
            }
            match operator {
                Operator::Equal => actual == constant,
                Operator::NotEqual => actual != constant,
                Operator::Less => actual < constant,
                Operator::LessOrEqual => actual <= constant,
                Operator::Greater => actual > constant,
                Operator::GreaterOrEqual => actual >= constant,
            }
        }
    }
}

/// `amount == 10 and status == failed`
fn spelled(cell: &Cell<'_>) -> String {
    let parts: Vec<String> = cell
        .iter()
        .map(|(field, value)| match value {
            Value::Number(it) => format!("{field} == {}", decimal(*it)),
            Value::Text(text) => format!("{field} == {text}"),
            Value::TextFrom("") => format!("{field} == another text"),
            Value::TextFrom(text) => format!("{field} == another text that starts with \"{text}\""),
            Value::Bool(it) => format!("{field} == {it}"),
            Value::There => format!("present({field})"),
            Value::Absent => format!("no {field}"),
        })
        .collect();
    parts.join(" and ")
}

fn decimal(scaled: i128) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let digits = format!(
        "{:0>width$}",
        scaled.unsigned_abs(),
        width = SCALE_DIGITS + 1
    );
    let (whole, fraction) = digits.split_at(digits.len() - SCALE_DIGITS);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal, scaled};

    #[test]
    fn numbers_are_exact_and_come_back_as_they_were() {
        for it in [
            "0",
            "10",
            "-3",
            "0.1",
            "5000000000",
            "1234567890.12345",
            "-0.5",
        ] {
            assert_eq!(scaled(it).map(decimal).as_deref(), Some(it));
        }
        assert_eq!(scaled("0.1234567890123456"), None);
        assert_eq!(scaled("99999999999999999999"), None);
    }
}

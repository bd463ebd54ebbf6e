//! Comparing decimals exactly. A number of States Language is a double, so decimals travel as text and are compared in two
//! parts: the digits before the point as a number, which is exact below 2^53, and those behind it as text.
//!
//! Text of digits behind a point is in order when the longer one wins a tie. So `a >= b` is asked of `a` with zeros behind
//! it, which makes it the longer one: `.5` with zeros, `.5000`, is at least `.50`, and is not at least `.51`.

use crate::emit::asl::choice::{Operand, Rule};
use crate::emit::asl::payload::{Format, Payload, member};
use crate::model::Operator;

/// At least as many zeros as a decimal can have digits: 38.
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// Whole numbers below this are exact in a double.
pub(crate) const EXACT_BELOW: u64 = 1 << 53;

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    /// Where `parts` was put.
    Parts(String),
    /// A constant.
    Constant {
        /// Below zero.
        negative: bool,
        /// The digits before the point.
        whole: u64,
        /// Those behind it; `0` if there are none.
        fraction: String,
    },
}

/// The parts of the decimal at a path, as comparisons need them. Of `null` every part is `null` or without meaning.
pub(crate) fn parts(path: &str) -> Payload {
    let text = Format::default().value(path).done();
    let digits = format!(
        "States.StringSplit({}, '-.')",
        Format::default().value(path).text(".0").done()
    );
    let whole = format!("States.ArrayGetItem({digits}, 0)");
    let fraction = format!("States.ArrayGetItem({digits}, 1)");
    let padded = Format::default().value(&fraction).text(ZEROS).done();
    Payload::object([
        ("text", Payload::Computed(text)),
        ("whole", Payload::Computed(whole.clone())),
        (
            "number",
            Payload::Computed(format!("States.StringToJson({whole})")),
        ),
        ("fraction", Payload::Computed(fraction)),
        ("padded", Payload::Computed(padded)),
    ])
}

/// A constant's parts; `None` where its whole part is too large to be compared exactly.
pub(crate) fn constant(digits: &str) -> Option<Side> {
    let (sign, plain) = match digits.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, digits),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let whole = whole.parse::<u64>().ok().filter(|it| *it < EXACT_BELOW)?;
    let zero = whole == 0 && fraction.bytes().all(|it| it == b'0');
    Some(Side::Constant {
        negative: sign && !zero,
        whole,
        fraction: fraction.to_owned(),
    })
}

/// The rule that a comparison of two decimals is.
pub(crate) fn compare(left: &Side, operator: Operator, right: &Side) -> Rule {
    let not = |it| Rule::Not(Box::new(it));
    match operator {
        Operator::GreaterOrEqual => at_least(left, right),
        Operator::LessOrEqual => at_least(right, left),
        Operator::Less => not(at_least(left, right)),
        Operator::Greater => not(at_least(right, left)),
        Operator::Equal => Rule::And(vec![at_least(left, right), at_least(right, left)]),
        Operator::NotEqual => not(Rule::And(vec![
            at_least(left, right),
            at_least(right, left),
        ])),
    }
}

/// Two decimals whose whole parts a double cannot tell apart and which are not the same. Only data can be that large.
pub(crate) fn beyond(left: &Side, right: &Side) -> Option<Rule> {
    let (Side::Parts(left), Side::Parts(right)) = (left, right) else {
        return None;
    };
    Some(Rule::And(vec![
        by_path(
            &member(left, "number"),
            "NumericEqualsPath",
            &member(right, "number"),
        ),
        Rule::Not(Box::new(by_path(
            &member(left, "whole"),
            "StringEqualsPath",
            &member(right, "whole"),
        ))),
    ]))
}

/// Whether a side is below zero.
enum Sign {
    Known(bool),
    Asked(Rule),
}

fn sign(side: &Side) -> Sign {
    match side {
        Side::Constant { negative, .. } => Sign::Known(*negative),
        Side::Parts(path) => Sign::Asked(Rule::test(
            member(path, "text"),
            "StringMatches",
            Operand::Text("-*".to_owned()),
        )),
    }
}

/// `left >= right`
fn at_least(left: &Side, right: &Side) -> Rule {
    // Sign of the left, sign of the right, and what else must hold.
    let ways = [
        (false, true, None),
        (false, false, Some(size_at_least(left, right))),
        (true, true, Some(size_at_least(right, left))),
    ];
    let mut rules = Vec::new();
    for (left_negative, right_negative, size) in ways {
        let mut all = Vec::new();
        let possible = [(sign(left), left_negative), (sign(right), right_negative)]
            .into_iter()
            .all(|(sign, wanted)| match sign {
                Sign::Known(is) => is == wanted,
                Sign::Asked(rule) if wanted => {
                    all.push(rule);
                    true
                }
                Sign::Asked(rule) => {
                    all.push(Rule::Not(Box::new(rule)));
                    true
                }
            });
        all.extend(size);
        if possible {
            rules.push(Rule::all(all));
        }
    }
    match rules.pop() {
        Some(only) if rules.is_empty() => only,
        Some(last) => {
            rules.push(last);
            Rule::Or(rules)
        }
        None => Rule::Or(rules),
    }
}

/// The same without signs.
fn size_at_least(left: &Side, right: &Side) -> Rule {
    let (more, same, rest) = match (left, right) {
        (Side::Parts(left), Side::Parts(right)) => {
            let (a, b) = (member(left, "number"), member(right, "number"));
            (
                by_path(&a, "NumericGreaterThanPath", &b),
                by_path(&a, "NumericEqualsPath", &b),
                by_path(
                    &member(left, "padded"),
                    "StringGreaterThanEqualsPath",
                    &member(right, "fraction"),
                ),
            )
        }
        (
            Side::Parts(left),
            Side::Constant {
                whole, fraction, ..
            },
        ) => (
            by_number(&member(left, "number"), "NumericGreaterThan", *whole),
            by_number(&member(left, "number"), "NumericEquals", *whole),
            Rule::test(
                member(left, "padded"),
                "StringGreaterThanEquals",
                Operand::Text(fraction.clone()),
            ),
        ),
        (
            Side::Constant {
                whole, fraction, ..
            },
            Side::Parts(right),
        ) => (
            by_number(&member(right, "number"), "NumericLessThan", *whole),
            by_number(&member(right, "number"), "NumericEquals", *whole),
            Rule::test(
                member(right, "fraction"),
                "StringLessThanEquals",
                Operand::Text(format!("{fraction}{ZEROS}")),
            ),
        ),
        // The checker wants a binding on the left.
        (Side::Constant { .. }, Side::Constant { .. }) => return Rule::Or(Vec::new()),
    };
    Rule::Or(vec![more, Rule::And(vec![same, rest])])
}

fn by_path(variable: &str, operator: &'static str, other: &str) -> Rule {
    Rule::test(variable, operator, Operand::Text(other.to_owned()))
}

fn by_number(variable: &str, operator: &'static str, whole: u64) -> Rule {
    Rule::test(variable, operator, Operand::Number(whole.into()))
}

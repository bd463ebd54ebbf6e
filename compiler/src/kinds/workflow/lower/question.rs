//! The conditions of `if` as rules of a Choice state, and what has to be computed before they can be asked.

use crate::emit::asl::choice::{Operand, Rule};
use crate::emit::asl::payload::{Payload, is_plain, member};
use crate::model::{Expression, ExpressionKind, Literal, Operator, Test, Type};

use super::condition::comparison;
use super::exact::{self, Side};
use super::value::{Scope, payload};

/// Where what is computed for a Choice stands: overwritten by the next one.
const ASKED: &str = "$._asked";

/// The questions of one `if`.
#[derive(Debug)]
pub(crate) struct Questions<'a> {
    scope: &'a Scope,
    /// Members of `_asked`: parts of decimals, and texts that a Choice cannot hold.
    prepared: Vec<(String, Payload)>,
    /// Comparisons that cannot be decided.
    beyond: Vec<Rule>,
}

impl<'a> Questions<'a> {
    pub(crate) fn new(scope: &'a Scope) -> Self {
        Self {
            scope,
            prepared: Vec::new(),
            beyond: Vec::new(),
        }
    }

    /// What a Pass has to put into `_asked` first, if anything, and the rules of comparisons that cannot be decided.
    pub(crate) fn done(self) -> (Option<Payload>, Vec<Rule>) {
        let prepared = (!self.prepared.is_empty()).then_some(Payload::Object(self.prepared));
        (prepared, self.beyond)
    }

    /// The rule of a condition.
    pub(crate) fn rule(&mut self, test: &Test) -> Rule {
        match test {
            Test::Compare {
                left,
                operator,
                right,
            } => self.compare(left, *operator, right),
            Test::StartsWith { value, prefix } => {
                let path = self.path(value);
                let mut rules = match value.ty {
                    Type::Optional(_) => there(&path),
                    _ => Vec::new(),
                };
                rules.push(Rule::starts_with(path, prefix));
                Rule::all(rules)
            }
            Test::Present(value) => Rule::And(there(&self.path(value))),
            Test::And(parts) => Rule::all(parts.iter().map(|it| self.rule(it)).collect()),
            Test::Or(parts) => Rule::Or(parts.iter().map(|it| self.rule(it)).collect()),
            Test::Not(inner) => Rule::Not(Box::new(self.rule(inner))),
        }
    }

    fn path(&self, value: &Expression) -> String {
        match payload(self.scope, value) {
            Payload::Computed(path) => path,
            _ => String::new(),
        }
    }

    fn prepare(&mut self, payload: Payload) -> String {
        let found = self.prepared.iter().find(|(_, it)| *it == payload);
        let name = match found {
            Some((name, _)) => name.clone(),
            None => {
                let name = format!("v{}", self.prepared.len().saturating_add(1));
                self.prepared.push((name.clone(), payload));
                name
            }
        };
        member(ASKED, &name)
    }

    /// A comparison, false where a side is absent.
    fn compare(&mut self, left: &Expression, operator: Operator, right: &Expression) -> Rule {
        let mut rules = Vec::new();
        for side in [left, right] {
            if matches!(side.ty, Type::Optional(_)) {
                rules.extend(there(&self.path(side)));
            }
        }
        let base = left.ty.base();
        if *base == Type::Decimal {
            let (left, right) = (self.side(left), self.side(right));
            if let Some(beyond) = exact::beyond(&left, &right) {
                let mut asked = rules.clone();
                asked.push(beyond);
                self.beyond.push(Rule::And(asked));
            }
            rules.push(exact::compare(&left, operator, &right));
            return Rule::all(rules);
        }
        let (name, negated) = comparison(base, operator);
        let test = self.test(&self.path(left), name, right);
        rules.push(if negated {
            Rule::Not(Box::new(test))
        } else {
            test
        });
        Rule::all(rules)
    }

    fn side(&mut self, value: &Expression) -> Side {
        if let ExpressionKind::Literal(Literal::Number(digits)) = &value.kind
            && let Some(side) = exact::constant(digits)
        {
            return side;
        }
        let path = self.path(value);
        Side::Parts(self.prepare(exact::parts(&path)))
    }

    fn test(&mut self, variable: &str, operator: &'static str, right: &Expression) -> Rule {
        let operand = match &right.kind {
            ExpressionKind::Literal(Literal::Bool(value)) => Operand::Bool(*value),
            ExpressionKind::Literal(Literal::Number(digits)) => match digits.parse() {
                Ok(number) => Operand::Number(number),
                Err(_) => Operand::Text(digits.clone()),
            },
            ExpressionKind::Literal(Literal::String(text) | Literal::Variant(text))
                if is_plain(text) =>
            {
                Operand::Text(text.clone())
            }
            _ => {
                let path = match (&right.kind, payload(self.scope, right)) {
                    (
                        ExpressionKind::Path(_) | ExpressionKind::StartedAt,
                        Payload::Computed(path),
                    ) => path,
                    (_, made) => self.prepare(made),
                };
                return Rule::test(variable, with_path(operator), Operand::Text(path));
            }
        };
        Rule::test(variable, operator, operand)
    }
}

/// The value is there and not `null`.
fn there(path: &str) -> Vec<Rule> {
    vec![
        Rule::present(path),
        Rule::Not(Box::new(Rule::test(path, "IsNull", Operand::Bool(true)))),
    ]
}

/// The operator that compares with what stands at a path.
fn with_path(operator: &'static str) -> &'static str {
    match operator {
        "NumericEquals" => "NumericEqualsPath",
        "NumericLessThan" => "NumericLessThanPath",
        "NumericLessThanEquals" => "NumericLessThanEqualsPath",
        "NumericGreaterThan" => "NumericGreaterThanPath",
        "NumericGreaterThanEquals" => "NumericGreaterThanEqualsPath",
        "TimestampEquals" => "TimestampEqualsPath",
        "TimestampLessThan" => "TimestampLessThanPath",
        "TimestampLessThanEquals" => "TimestampLessThanEqualsPath",
        "TimestampGreaterThan" => "TimestampGreaterThanPath",
        "TimestampGreaterThanEquals" => "TimestampGreaterThanEqualsPath",
        "BooleanEquals" => "BooleanEqualsPath",
        _ => "StringEqualsPath",
    }
}

/// A condition as a person says it: `refund.amount > 500`.
pub(crate) fn words(test: &Test) -> String {
    let join = |parts: &[Test], word: &str| {
        let parts: Vec<String> = parts.iter().map(words).collect();
        parts.join(word)
    };
    match test {
        Test::Compare {
            left,
            operator,
            right,
        } => {
            format!(
                "{} {} {}",
                value_words(left),
                operator.sign(),
                value_words(right)
            )
        }
        Test::StartsWith { value, prefix } => {
            format!("{} starts_with \"{prefix}\"", value_words(value))
        }
        Test::Present(value) => format!("present({})", value_words(value)),
        Test::And(parts) => join(parts, " and "),
        Test::Or(parts) => format!("({})", join(parts, " or ")),
        Test::Not(inner) => format!("not ({})", words(inner)),
    }
}

/// A value as it is written, as far as it is a name or a plain constant.
pub(crate) fn value_words(value: &Expression) -> String {
    match &value.kind {
        ExpressionKind::Path(names) => names.join("."),
        ExpressionKind::StartedAt => "started_at".to_owned(),
        ExpressionKind::Literal(Literal::Bool(it)) => it.to_string(),
        ExpressionKind::Literal(Literal::Number(it) | Literal::Variant(it)) => it.clone(),
        ExpressionKind::Literal(Literal::String(it)) if is_plain(it) => format!("\"{it}\""),
        ExpressionKind::Literal(Literal::String(_)) | ExpressionKind::Text(_) => {
            "a text".to_owned()
        }
        ExpressionKind::Made { name, .. } => name.clone(),
    }
}

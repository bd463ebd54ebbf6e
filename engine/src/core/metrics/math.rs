//! Metric math, as far as the compiler emits it: numbers, ids, `+ - * /`, `SUM` `MIN` `MAX` `AVG` of a list, `FILL` and `IF`.
//!
//! Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". An expression gives no value for a period in
//! which a part of it has none; a division by zero gives none either. Anything else is refused when the template is read.

use std::collections::BTreeSet;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::core) enum Expression {
    Number(f64),
    Id(String),
    List(Vec<Expression>),
    Negative(Box<Expression>),
    Binary(char, Box<Expression>, Box<Expression>),
    Compare(&'static str, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
}

const COMPARISONS: [&str; 6] = [">=", "<=", "==", "!=", ">", "<"];
const FUNCTIONS: [(&str, std::ops::RangeInclusive<usize>); 6] = [
    ("SUM", 1..=1),
    ("MIN", 1..=1),
    ("MAX", 1..=1),
    ("AVG", 1..=1),
    ("FILL", 2..=2),
    ("IF", 2..=3),
];
/// Depth of parentheses.
const DEPTH_MAX: usize = 32;

/// Refuses an expression that is not understood, or uses an id that no query has.
pub(crate) fn check_expression(text: &str, ids: &[&str]) -> Result<(), String> {
    let expression = Expression::parse(text)
        .ok_or_else(|| format!("the expression `{text}` is not evaluated locally"))?;
    match expression.unknown(ids) {
        None => Ok(()),
        Some(id) => Err(format!(
            "the expression `{text}` uses `{id}`, which no query is called"
        )),
    }
}

impl Expression {
    pub(in crate::core) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text };
        let expression = parser.comparison(DEPTH_MAX)?;
        parser.rest.trim().is_empty().then_some(expression)
    }

    /// The ids that it uses, each once.
    pub(in crate::core) fn ids(&self) -> BTreeSet<&str> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Id(id) => BTreeSet::from([id.as_str()]),
            Self::List(all) | Self::Call(_, all) => all.iter().flat_map(Self::ids).collect(),
            Self::Negative(one) => one.ids(),
            Self::Binary(_, left, right) | Self::Compare(_, left, right) => {
                left.ids().into_iter().chain(right.ids()).collect()
            }
        }
    }

    fn unknown(&self, ids: &[&str]) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Id(id) => (!ids.contains(&id.as_str())).then_some(id),
            Self::List(all) | Self::Call(_, all) => all.iter().find_map(|it| it.unknown(ids)),
            Self::Negative(one) => one.unknown(ids),
            Self::Binary(_, left, right) | Self::Compare(_, left, right) => {
                left.unknown(ids).or_else(|| right.unknown(ids))
            }
        }
    }

    /// The value in one period; `value` gives that of an id.
    pub(in crate::core) fn value(&self, value: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
        let truth = |holds: bool| Some(if holds { 1.0 } else { 0.0 });
        match self {
            Self::Number(number) => Some(*number),
            Self::Id(id) => value(id),
            Self::List(_) => None,
            Self::Negative(one) => one.value(value).map(|it| -it),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(value)?, right.value(value)?);
                match operator {
                    '+' => Some(left + right),
                    '-' => Some(left - right),
                    '*' => Some(left * right),
                    _ => (right != 0.0).then_some(left / right),
                }
            }
            Self::Compare(operator, left, right) => {
                let (left, right) = (left.value(value)?, right.value(value)?);
                truth(match *operator {
                    ">=" => left >= right,
                    "<=" => left <= right,
                    "==" => left == right,
                    "!=" => left != right,
                    ">" => left > right,
                    _ => left < right,
                })
            }
            Self::Call(name, arguments) => called(name, arguments, value),
        }
    }
}

fn called(
    name: &str,
    arguments: &[Expression],
    value: &dyn Fn(&str) -> Option<f64>,
) -> Option<f64> {
    match (name, arguments) {
        ("FILL", [of, with]) => of.value(value).or_else(|| with.value(value)),
        ("IF", [condition, then]) => match condition.value(value)? {
            0.0 => None,
            _ => then.value(value),
        },
        ("IF", [condition, then, otherwise]) => match condition.value(value)? {
            0.0 => otherwise.value(value),
            _ => then.value(value),
        },
        (_, [list]) => {
            let items = match list {
                Expression::List(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            // Parts without a value are left out, as CloudWatch does over a list.
            let values: Vec<f64> = items.iter().filter_map(|it| it.value(value)).collect();
            let sum: f64 = values.iter().sum();
            #[expect(clippy::cast_precision_loss, reason = "an expression has few parts")]
            let count = values.len() as f64;
            let extreme = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick);
            match name {
                _ if values.is_empty() => None,
                "SUM" => Some(sum),
                "AVG" => Some(sum / count),
                "MIN" => extreme(f64::min),
                _ => extreme(f64::max),
            }
        }
        _ => None,
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn comparison(&mut self, depth: usize) -> Option<Expression> {
        let left = self.sum(depth)?;
        let Some(operator) = COMPARISONS.into_iter().find(|it| self.eat(it)) else {
            return Some(left);
        };
        let right = self.sum(depth)?;
        Some(Expression::Compare(
            operator,
            Box::new(left),
            Box::new(right),
        ))
    }

    fn sum(&mut self, depth: usize) -> Option<Expression> {
        let mut left = self.product(depth)?;
        while let Some(operator) = ['+', '-'].into_iter().find(|it| self.eat(&it.to_string())) {
            let right = self.product(depth)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Some(left)
    }

    fn product(&mut self, depth: usize) -> Option<Expression> {
        let mut left = self.one(depth)?;
        while let Some(operator) = ['*', '/'].into_iter().find(|it| self.eat(&it.to_string())) {
            let right = self.one(depth)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Some(left)
    }

    fn one(&mut self, depth: usize) -> Option<Expression> {
        let below = depth.checked_sub(1)?;
        if self.eat("-") {
            return Some(Expression::Negative(Box::new(self.one(below)?)));
        }
        if self.eat("(") {
            let inside = self.comparison(below)?;
            return self.eat(")").then_some(inside);
        }
        if self.eat("[") {
            return self.list("]", below).map(Expression::List);
        }
        let rest = self.rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        self.rest = after;
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return word.parse().ok().map(Expression::Number);
        }
        if self.eat("(") {
            let name = word.to_ascii_uppercase();
            let arguments = self.list(")", below)?;
            let known = FUNCTIONS.iter().find(|(it, _)| *it == name);
            let fits = known.is_some_and(|(_, counts)| counts.contains(&arguments.len()));
            return fits.then_some(Expression::Call(name, arguments));
        }
        let is_id = word.starts_with(|c: char| c.is_ascii_lowercase()) && !word.contains('.');
        is_id.then(|| Expression::Id(word.to_owned()))
    }

    fn list(&mut self, end: &str, depth: usize) -> Option<Vec<Expression>> {
        let mut items = vec![self.comparison(depth)?];
        while self.eat(",") {
            items.push(self.comparison(depth)?);
        }
        self.eat(end).then_some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<f64> {
        Expression::parse(text).unwrap().value(&|id| match id {
            "errors" => Some(3.0),
            "invocations" => Some(200.0),
            "zero" => Some(0.0),
            _ => None,
        })
    }

    #[test]
    fn expressions_give_values_or_none() {
        let cases = [
            ("100 * errors / invocations", Some(1.5)),
            ("100 * errors / zero", None),
            ("errors + none", None),
            ("SUM([FILL(errors, 0), FILL(none, 0)])", Some(3.0)),
            ("SUM([errors, none])", Some(3.0)),
            ("SUM([none, none])", None),
            (
                "MAX([errors, invocations]) - MIN([errors, 1.5])",
                Some(198.5),
            ),
            ("AVG([errors, invocations])", Some(101.5)),
            ("IF(invocations > 100, errors, 0)", Some(3.0)),
            ("IF(invocations < 100, errors)", None),
            ("-(errors - 1) * 2", Some(-4.0)),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        for text in [
            "",
            "1 +",
            "RATE(errors)",
            "SUM(METRICS())",
            "errors errors",
            "SUM([",
            "FILL(errors)",
            &"(".repeat(1000),
        ] {
            assert!(check_expression(text, &["errors"]).is_err(), "{text}");
        }
        assert!(check_expression("errors + other", &["errors"]).is_err());
        assert_eq!(check_expression("errors * 2", &["errors"]), Ok(()));
    }
}

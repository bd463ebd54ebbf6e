//! `where`: what DynamoDB's JSON can say goes into the Pipe's filter, the rest into a Choice at the start of the machine.

mod filter;

use serde_json::Number;

use crate::emit::asl::choice::{Operand, Rule};
use crate::emit::asl::payload::{Payload, is_plain, member};
use crate::emit::piece::text_of;
use crate::model::{Condition, Literal, Operator, Pipeline, Type, Workflow};

use super::exact::{self, Side};
use super::record::{NEW_IMAGE, attribute_kind};

pub(crate) use filter::{pattern, stream_pattern};

/// A part of `where` that an event pattern can say: the field is one of these values, or none of them.
struct Term {
    field: String,
    kind: &'static str,
    optional: bool,
    values: Vec<Wanted>,
    negated: bool,
}

/// What a term asks of a value.
enum Wanted {
    Is(Literal),
    StartsWith(String),
    Present,
}

/// Splits `where` into what the filter says and what is left.
fn split(pipeline: &Pipeline, workflow: &Workflow) -> (Vec<Term>, Vec<Condition>) {
    split_filter(pipeline, workflow.table(), workflow.filter.as_ref())
}

fn split_filter(
    pipeline: &Pipeline,
    table: &str,
    filter: Option<&Condition>,
) -> (Vec<Term>, Vec<Condition>) {
    let sort = pipeline
        .tables
        .get(table)
        .and_then(|it| it.sort.as_ref())
        .map(|(name, _)| name.as_str());
    let parts = match filter {
        None => Vec::new(),
        Some(Condition::And(parts)) => parts.clone(),
        Some(other) => vec![other.clone()],
    };
    let mut terms = Vec::new();
    let mut rest = Vec::new();
    for part in parts {
        match term(&part, sort) {
            Some(term) => terms.push(term),
            None => rest.push(part),
        }
    }
    (terms, rest)
}

fn term(condition: &Condition, sort: Option<&str>) -> Option<Term> {
    match condition {
        Condition::Compare {
            field,
            ty,
            operator,
            value,
        } => {
            // The sort key's attribute is more than the field's value.
            if sort == Some(field.as_str()) || !says_exactly(ty, value) {
                return None;
            }
            let negated = match operator {
                Operator::Equal => false,
                Operator::NotEqual => true,
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => return None,
            };
            // `anything-but` takes no truth value; what is not the one is the other.
            let (value, negated) = match value {
                Literal::Bool(value) => (Literal::Bool(value ^ negated), false),
                other => (other.clone(), negated),
            };
            let optional = matches!(ty, Type::Optional(_));
            Some(Term {
                field: field.clone(),
                kind: attribute_kind(ty),
                optional,
                values: vec![Wanted::Is(value)],
                negated,
            })
        }
        Condition::StartsWith {
            field,
            optional,
            prefix,
        } => Some(Term {
            field: field.clone(),
            kind: attribute_kind(&Type::String),
            optional: *optional,
            values: vec![Wanted::StartsWith(prefix.clone())],
            negated: false,
        }),
        // The attribute of a list or record has more inside, and a filter asks what is innermost only whether it is there.
        Condition::Present { ty, .. } if matches!(attribute_kind(ty), "L" | "M") => None,
        Condition::Present { field, ty } => Some(Term {
            field: field.clone(),
            kind: attribute_kind(ty),
            optional: true,
            values: vec![Wanted::Present],
            negated: false,
        }),
        Condition::Or(parts) => {
            let mut parts = parts.iter();
            let mut first = term(parts.next()?, sort)?;
            for part in parts {
                let other = term(part, sort)?;
                if other.field != first.field || other.negated || first.negated {
                    return None;
                }
                first.values.extend(other.values);
            }
            Some(first)
        }
        Condition::And(_) | Condition::Not(_) => None,
    }
}

/// True where equal values have equal text: not decimals, of which `1.5` and `1.50` are one.
fn says_exactly(ty: &Type, value: &Literal) -> bool {
    match ty {
        Type::String | Type::Enum(_) | Type::Provider | Type::Bool => true,
        Type::Int => {
            matches!(value, Literal::Number(digits) if digits.parse::<i64>().is_ok_and(|it| it.to_string() == *digits))
        }
        Type::Optional(inner) => says_exactly(inner, value),
        Type::Decimal
        | Type::Timestamp
        | Type::EpochMillis
        | Type::Record(_)
        | Type::Event(_)
        | Type::List(_)
        | Type::Request
        | Type::Accepted => false,
    }
}

/// The first Choice: the filter once more, on the raw record. A filter can be edited and an execution started by hand.
pub(crate) fn selected(pipeline: &Pipeline, workflow: &Workflow) -> Rule {
    let name = text_of((NEW_IMAGE, "._event.S"));
    let mut rules = vec![
        Rule::string_equals("$[0].eventName", "INSERT"),
        Rule::present(name.clone()),
        Rule::string_equals(name, &workflow.event),
    ];
    let (terms, _) = split(pipeline, workflow);
    for term in terms.iter().filter(|it| it.values.iter().all(plain)) {
        let variable = member(&member(NEW_IMAGE, &term.field), term.kind);
        if term.optional {
            rules.push(Rule::present(variable.clone()));
        }
        // That it is there has just been asked.
        if matches!(term.values.as_slice(), [Wanted::Present]) {
            continue;
        }
        let mut tests: Vec<Rule> = term
            .values
            .iter()
            .map(|it| raw_test(&variable, it))
            .collect();
        let any = if tests.len() == 1 {
            tests.pop().unwrap_or(Rule::Or(Vec::new()))
        } else {
            Rule::Or(tests)
        };
        rules.push(if term.negated {
            Rule::Not(Box::new(any))
        } else {
            any
        });
    }
    Rule::And(rules)
}

fn raw_test(variable: &str, wanted: &Wanted) -> Rule {
    match wanted {
        Wanted::Is(Literal::String(text) | Literal::Variant(text) | Literal::Number(text)) => {
            Rule::string_equals(variable, text)
        }
        Wanted::Is(Literal::Bool(value)) => {
            Rule::test(variable, "BooleanEquals", Operand::Bool(*value))
        }
        Wanted::StartsWith(prefix) => Rule::starts_with(variable, prefix),
        Wanted::Present => Rule::present(variable),
    }
}

/// A Choice holds its texts as they are, so a text that CloudFormation would read cannot stand in one.
fn plain(wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Is(Literal::String(text) | Literal::Variant(text)) => is_plain(text),
        Wanted::Is(Literal::Number(_) | Literal::Bool(_)) => true,
        // `refusals` has shown those that are not.
        Wanted::StartsWith(_) | Wanted::Present => true,
    }
}

/// The second Choice, on the event in its types: what the filter cannot say.
pub(crate) fn rest(pipeline: &Pipeline, workflow: &Workflow) -> Option<Rule> {
    let rules: Vec<Rule> = remaining(pipeline, workflow)
        .iter()
        .map(|it| rule(workflow, it))
        .collect();
    if rules.is_empty() {
        None
    } else {
        Some(Rule::all(rules))
    }
}

/// What the first Choice leaves open.
fn remaining(pipeline: &Pipeline, workflow: &Workflow) -> Vec<Condition> {
    let (terms, mut rest) = split(pipeline, workflow);
    for term in terms.into_iter().filter(|it| !it.values.iter().all(plain)) {
        let ty = pipeline
            .events
            .get(&workflow.event)
            .and_then(|it| it.fields.iter().find(|it| it.name == term.field));
        let ty = ty.map_or(Type::String, |it| it.ty.clone());
        let operator = if term.negated {
            Operator::NotEqual
        } else {
            Operator::Equal
        };
        let field = term.field;
        let tests = term.values.into_iter().map(|wanted| match wanted {
            Wanted::Is(value) => Condition::Compare {
                field: field.clone(),
                ty: ty.clone(),
                operator,
                value,
            },
            Wanted::StartsWith(prefix) => Condition::StartsWith {
                field: field.clone(),
                optional: term.optional,
                prefix,
            },
            Wanted::Present => Condition::Present {
                field: field.clone(),
                ty: ty.clone(),
            },
        });
        rest.push(Condition::Or(tests.collect()));
    }
    rest
}

fn rule(workflow: &Workflow, condition: &Condition) -> Rule {
    match condition {
        Condition::And(parts) => Rule::all(parts.iter().map(|it| rule(workflow, it)).collect()),
        Condition::Or(parts) => match parts.as_slice() {
            [only] => rule(workflow, only),
            _ => Rule::Or(parts.iter().map(|it| rule(workflow, it)).collect()),
        },
        Condition::Not(inner) => Rule::Not(Box::new(rule(workflow, inner))),
        Condition::Compare {
            field,
            ty,
            operator,
            value,
        } => compare(workflow, field, ty, *operator, value),
        Condition::StartsWith {
            field,
            optional,
            prefix,
        } => {
            let variable = variable(workflow, field);
            let test = Rule::starts_with(variable.clone(), prefix);
            if *optional {
                unless_absent(variable, test)
            } else {
                test
            }
        }
        Condition::Present { field, .. } => not_null(variable(workflow, field)),
    }
}

/// Where the second Choice finds a field.
fn variable(workflow: &Workflow, field: &str) -> String {
    member(&member("$", &workflow.binding), field)
}

fn compare(
    workflow: &Workflow,
    field: &str,
    ty: &Type,
    operator: Operator,
    value: &Literal,
) -> Rule {
    let base = ty.base();
    let variable = variable(workflow, field);
    let test = match value {
        Literal::Number(digits) if *base == Type::Decimal => {
            let parts = Side::Parts(member("$._where", field));
            // A larger constant is refused.
            exact::constant(digits).map_or(Rule::Or(Vec::new()), |it| {
                exact::compare(&parts, operator, &it)
            })
        }
        _ => plain_test(&variable, base, operator, value),
    };
    if matches!(ty, Type::Optional(_)) {
        return unless_absent(variable, test);
    }
    test
}

/// An absent field is null here, and equal, unequal, less or more than nothing.
fn unless_absent(variable: String, test: Rule) -> Rule {
    Rule::And(vec![not_null(variable), test])
}

fn not_null(variable: String) -> Rule {
    let absent = Rule::test(variable, "IsNull", Operand::Bool(true));
    Rule::Not(Box::new(absent))
}

/// A comparison that States Language has an operator for.
fn plain_test(variable: &str, base: &Type, operator: Operator, value: &Literal) -> Rule {
    let (operator, negated) = comparison(base, operator);
    let test = match value {
        Literal::Number(digits) => match digits.parse::<Number>() {
            Ok(number) => Rule::test(variable, operator, Operand::Number(number)),
            Err(_) => Rule::string_equals(variable, digits),
        },
        Literal::Bool(value) => Rule::test(variable, operator, Operand::Bool(*value)),
        Literal::String(text) | Literal::Variant(text) if is_plain(text) => {
            Rule::test(variable, operator, Operand::Text(text.clone()))
        }
        Literal::String(text) | Literal::Variant(text) => Rule::test(
            variable,
            "StringEqualsPath",
            Operand::Text(member("$._where", &operand_name(text))),
        ),
    };
    if negated {
        Rule::Not(Box::new(test))
    } else {
        test
    }
}

/// The Choice operator, and whether its answer is turned around.
pub(super) fn comparison(ty: &Type, operator: Operator) -> (&'static str, bool) {
    let [equals, less, less_or_equal, greater, greater_or_equal] = match ty {
        Type::Int | Type::Decimal | Type::EpochMillis => [
            "NumericEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        Type::Timestamp => [
            "TimestampEquals",
            "TimestampLessThan",
            "TimestampLessThanEquals",
            "TimestampGreaterThan",
            "TimestampGreaterThanEquals",
        ],
        Type::Bool => ["BooleanEquals"; 5],
        Type::String
        | Type::Enum(_)
        | Type::Record(_)
        | Type::Event(_)
        | Type::List(_)
        | Type::Optional(_)
        | Type::Provider
        | Type::Request
        | Type::Accepted => [
            "StringEquals",
            "StringLessThan",
            "StringLessThanEquals",
            "StringGreaterThan",
            "StringGreaterThanEquals",
        ],
    };
    match operator {
        Operator::Equal => (equals, false),
        Operator::NotEqual => (equals, true),
        Operator::Less => (less, false),
        Operator::LessOrEqual => (less_or_equal, false),
        Operator::Greater => (greater, false),
        Operator::GreaterOrEqual => (greater_or_equal, false),
    }
}

/// What the second Choice compares and cannot read from the event: decimals as numbers, texts that CloudFormation would read.
pub(crate) fn operands(pipeline: &Pipeline, workflow: &Workflow) -> Vec<(String, Payload)> {
    let mut operands: Vec<(String, Payload)> = Vec::new();
    for condition in remaining(pipeline, workflow) {
        collect(&condition, &mut operands);
    }
    operands
}

fn collect(condition: &Condition, operands: &mut Vec<(String, Payload)>) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            parts.iter().for_each(|it| collect(it, operands))
        }
        Condition::Not(inner) => collect(inner, operands),
        Condition::StartsWith { .. } | Condition::Present { .. } => {}
        Condition::Compare {
            field, ty, value, ..
        } => {
            let operand = match value {
                _ if *ty.base() == Type::Decimal => {
                    // A filter cannot compare numbers at all, and a Choice only doubles.
                    let digits = member(&member("$.image", field), "N");
                    Some((field.clone(), exact::parts(&digits)))
                }
                Literal::String(text) | Literal::Variant(text) if !is_plain(text) => {
                    Some((operand_name(text), Payload::text(text)))
                }
                Literal::String(_)
                | Literal::Variant(_)
                | Literal::Number(_)
                | Literal::Bool(_) => None,
            };
            if let Some(operand) =
                operand.filter(|(name, _)| !operands.iter().any(|(it, _)| it == name))
            {
                operands.push(operand);
            }
        }
    }
}

fn operand_name(text: &str) -> String {
    format!("text_{}", crate::lower::names::hash(text.as_bytes(), 8))
}

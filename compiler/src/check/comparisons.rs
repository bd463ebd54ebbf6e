//! The conditions of `if`: bindings compared with constants and with each other, and `present(…)`.

use pipe_dsl::tree::{Expr, ExprKind};

use crate::check::conditions::{
    STARTS_WITH, always_there, asked_presence, beginning, operator_of, report_no_condition,
};
use crate::check::context::Context;
use crate::check::flow::Flow;
use crate::check::types::spelled;
use crate::check::value;
use crate::diag;
use crate::model::{Expression, ExpressionKind, Literal, Operator, Test, Type};

/// Reads a condition.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    expr: &'t Expr<'t>,
) -> Option<Test> {
    match &expr.kind {
        ExprKind::And(parts) => {
            // What a part has found to be there is there for the parts after it.
            let before = flow.present.len();
            let mut read_parts = Vec::new();
            let mut whole = true;
            for part in parts {
                let test = read(cx, flow, part);
                whole &= test.is_some();
                if let Some(test) = &test {
                    flow.present.extend(present(test));
                }
                read_parts.extend(test);
            }
            flow.present.truncate(before);
            whole.then_some(Test::And(read_parts))
        }
        ExprKind::Or(parts) => {
            let parts: Vec<Option<Test>> = parts.iter().map(|it| read(cx, flow, it)).collect();
            parts
                .into_iter()
                .collect::<Option<Vec<Test>>>()
                .map(Test::Or)
        }
        ExprKind::Not(inner) => Some(Test::Not(Box::new(read(cx, flow, inner)?))),
        ExprKind::Parens(inner) => read(cx, flow, inner),
        ExprKind::Compare {
            left,
            operator,
            right,
        } => compare(cx, flow, left, operator, right),
        ExprKind::Name(_) => {
            let left = value::any_path(cx, flow, expr, true)?;
            if *left.ty.base() != Type::Bool {
                not_a_comparison(cx, expr);
                return None;
            }
            let right = Expression {
                kind: ExpressionKind::Literal(Literal::Bool(true)),
                ty: Type::Bool,
                origin: left.origin,
            };
            Some(Test::Compare {
                left,
                operator: Operator::Equal,
                right,
            })
        }
        _ => match asked_presence(expr) {
            Some(value) => presence(cx, flow, value),
            None => {
                not_a_comparison(cx, expr);
                None
            }
        },
    }
}

fn not_a_comparison(cx: &mut Context<'_>, expr: &Expr) {
    report_no_condition(
        cx,
        expr,
        "`binding.field == value` belongs here",
        "comparisons, `present(binding.field)` and fields of type `bool` are joined by `and`, `or`, `not`",
    );
}

fn presence(cx: &mut Context<'_>, flow: &Flow<'_>, value: &Expr) -> Option<Test> {
    let read = value::any_path(cx, flow, value, true)?;
    if !matches!(read.ty, Type::Optional(_)) {
        always_there(cx, value.span, &read.ty);
        return None;
    }
    Some(Test::Present(read))
}

/// The fields that are there wherever the condition holds.
pub(crate) fn present(test: &Test) -> Vec<String> {
    match test {
        Test::Present(it) => match &it.kind {
            ExpressionKind::Path(names) => vec![names.join(".")],
            _ => Vec::new(),
        },
        Test::And(parts) => parts.iter().flat_map(present).collect(),
        Test::Compare { .. } | Test::StartsWith { .. } | Test::Or(_) | Test::Not(_) => Vec::new(),
    }
}

fn compare<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    left: &'t Expr<'t>,
    operator: &str,
    right: &'t Expr<'t>,
) -> Option<Test> {
    if !matches!(left.kind, ExprKind::Name(_)) {
        cx.report(
            diag::P0210
                .at(left.span, "the left side is a constant")
                .label("a binding or a field of one belongs here"),
        );
        return None;
    }
    let read = value::any_path(cx, flow, left, true)?;
    if operator == STARTS_WITH {
        let prefix = beginning(cx, left, &read.ty, right)?;
        return Some(Test::StartsWith {
            value: read,
            prefix,
        });
    }
    let ty = read.ty.base().clone();
    let comparable = matches!(
        ty,
        Type::String
            | Type::Int
            | Type::Decimal
            | Type::Bool
            | Type::Timestamp
            | Type::EpochMillis
            | Type::Enum(_)
            | Type::Provider
    );
    if !comparable {
        let message = format!("`{}` cannot be compared", spelled(&read.ty));
        cx.report(
            diag::P0210
                .at(left.span, message)
                .label("not a single value"),
        );
        return None;
    }
    let ordered = matches!(
        ty,
        Type::Int | Type::Decimal | Type::EpochMillis | Type::Timestamp
    );
    if !ordered && !matches!(operator, "==" | "!=") {
        let message = format!("`{operator}` cannot order `{}`", spelled(&read.ty));
        cx.report(
            diag::P0204
                .at(left.span.to(right.span), message)
                .label("only numbers and times are ordered")
                .help("compare with `==` or `!=`"),
        );
        return None;
    }
    let operator = operator_of(operator)?;
    let right = other_side(cx, flow, right, &ty)?;
    Some(Test::Compare {
        left: read,
        operator,
        right,
    })
}

/// The right side: a binding of the same type, perhaps absent, or a constant of it.
fn other_side<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    expr: &'t Expr<'t>,
    ty: &Type,
) -> Option<Expression> {
    let is_binding = match &expr.kind {
        ExprKind::Name(words) => words.first().is_some_and(|first| {
            flow.bindings.iter().any(|it| it.name == first.text) || first.text == "started_at"
        }),
        _ => false,
    };
    if !is_binding {
        return value::read(cx, flow, expr, ty, "the left side");
    }
    let read = value::any_path(cx, flow, expr, true)?;
    let fits = match (read.ty.base(), ty) {
        (Type::Enum(a), Type::Enum(b)) => a.iter().any(|it| b.contains(it)),
        (a, b) => a == b,
    };
    if !fits {
        let message = format!(
            "`{}` cannot be compared with `{}`",
            spelled(ty),
            spelled(&read.ty)
        );
        cx.report(
            diag::P0202
                .at(expr.span, message)
                .label(format!("`{}` belongs here", spelled(ty))),
        );
        return None;
    }
    Some(read)
}

//! `where` conditions over the fields of an edge's event.

use pipe_dsl::tree::{Expr, ExprKind, Span};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::identity::report_no_field;
use crate::check::slips;
use crate::check::types::{self, spelled};
use crate::diag;
use crate::model::{Condition, Field, Literal, Operator, Type};

/// What a condition is about.
pub(crate) struct Subject<'a> {
    /// The event's name.
    pub(crate) event: &'a str,
    /// Its fields.
    pub(crate) fields: &'a [Field],
}

/// Reads a condition.
pub(crate) fn read(cx: &mut Context<'_>, expr: &Expr, subject: &Subject<'_>) -> Option<Condition> {
    match &expr.kind {
        ExprKind::And(parts) => all(cx, parts, subject).map(Condition::And),
        ExprKind::Or(parts) => all(cx, parts, subject).map(Condition::Or),
        ExprKind::Not(inner) => Some(Condition::Not(Box::new(read(cx, inner, subject)?))),
        ExprKind::Parens(inner) => read(cx, inner, subject),
        ExprKind::Compare {
            left,
            operator,
            right,
        } => compare(cx, left, operator, right, subject),
        ExprKind::Name(_) => truth(cx, expr, subject),
        _ => match asked_presence(expr) {
            Some(value) => presence(cx, value, subject),
            None => not_a_condition(cx, expr),
        },
    }
}

/// The word that asks whether a field is there.
const PRESENT: &str = "present";

/// What stands in `present(…)`, in whichever kind of condition.
pub(crate) fn asked_presence<'t>(expr: &'t Expr<'t>) -> Option<&'t Expr<'t>> {
    let ExprKind::Call { name, arguments } = &expr.kind else {
        return None;
    };
    match (name.as_slice(), arguments.as_slice()) {
        ([name], [argument]) if name.text == PRESENT && argument.name.is_none() => {
            match argument.value.as_slice() {
                [value] => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reports a `present(…)` of what can never be absent.
pub(crate) fn always_there(cx: &mut Context<'_>, at: Span, ty: &Type) {
    cx.report(
        diag::P0210
            .at(at, "this is always there")
            .label(format!("`{}`", spelled(ty))),
    );
}

fn presence(cx: &mut Context<'_>, value: &Expr, subject: &Subject<'_>) -> Option<Condition> {
    let field = field(cx, value, subject, "what is asked for is not a field")?;
    if !matches!(field.ty, Type::Optional(_)) {
        always_there(cx, value.span, &field.ty);
        return None;
    }
    Some(Condition::Present {
        field: field.name.clone(),
        ty: field.ty.clone(),
    })
}

/// A field of type `bool` that stands alone says that it is true.
fn truth(cx: &mut Context<'_>, expr: &Expr, subject: &Subject<'_>) -> Option<Condition> {
    if expr.as_word().is_none() {
        return not_a_condition(cx, expr);
    }
    let field = field(cx, expr, subject, "")?;
    if *field.ty.base() != Type::Bool {
        return not_a_condition(cx, expr);
    }
    Some(Condition::Compare {
        field: field.name.clone(),
        ty: field.ty.clone(),
        operator: Operator::Equal,
        value: Literal::Bool(true),
    })
}

/// The field that stands here, or what is said where something else does.
fn field<'f>(
    cx: &mut Context<'_>,
    expr: &Expr,
    subject: &Subject<'f>,
    otherwise: &str,
) -> Option<&'f Field> {
    let Some(word) = expr.as_word() else {
        cx.report(
            diag::P0210
                .at(expr.span, otherwise)
                .label("a field of the event belongs here"),
        );
        return None;
    };
    cx.expect_field(word, subject.fields);
    let field = subject.fields.iter().find(|it| it.name == word.text);
    field.or_else(|| report_no_field(cx, word, subject.event, subject.fields))
}

fn not_a_condition<T>(cx: &mut Context<'_>, expr: &Expr) -> Option<T> {
    report_no_condition(
        cx,
        expr,
        "`field == constant` belongs here",
        "comparisons, `present(field)` and fields of type `bool` are joined by `and`, `or`, `not`",
    );
    None
}

/// Reports what is no condition, which may be a misspelled `present(…)`.
pub(crate) fn report_no_condition(cx: &mut Context<'_>, expr: &Expr, label: &str, help: &str) {
    let it = diag::P0210.at(expr.span, "this is not a condition");
    let it = it.label(label).help(help);
    let called = match &expr.kind {
        ExprKind::Call { name, .. } => name.first().filter(|it| it.text != PRESENT),
        _ => None,
    };
    cx.report(match called {
        Some(word) => it.meant(word.span, nearest(word.text, std::iter::once(PRESENT))),
        None => it,
    });
}

fn all(cx: &mut Context<'_>, parts: &[Expr], subject: &Subject<'_>) -> Option<Vec<Condition>> {
    let read: Vec<Option<Condition>> = parts.iter().map(|it| read(cx, it, subject)).collect();
    read.into_iter().collect()
}

fn compare(
    cx: &mut Context<'_>,
    left: &Expr,
    operator: &str,
    right: &Expr,
    subject: &Subject<'_>,
) -> Option<Condition> {
    let field = field(cx, left, subject, "the left side is not a field")?;
    cx.expect_variant(right.span, &field.ty);
    if operator == STARTS_WITH {
        let prefix = beginning(cx, left, &field.ty, right)?;
        return Some(Condition::StartsWith {
            field: field.name.clone(),
            optional: matches!(field.ty, Type::Optional(_)),
            prefix,
        });
    }
    let operator_kind = operator_of(operator)?;
    check_comparable(cx, left, operator, right, field)?;
    let other_field = right
        .as_word()
        .is_some_and(|it| subject.fields.iter().any(|field| field.name == it.text));
    match types::literal(right, &types::with_providers(cx, &field.ty)) {
        Ok(value) => Some(Condition::Compare {
            field: field.name.clone(),
            ty: field.ty.clone(),
            operator: operator_kind,
            value,
        }),
        Err(_) if other_field => {
            cx.report(
                diag::P0210
                    .at(right.span, "two fields cannot be compared")
                    .label("a constant belongs here")
                    .help("a stream filter compares with constants; let a function compare fields"),
            );
            None
        }
        Err(_) if right.as_word().is_some_and(|it| slips::param(cx, it)) => None,
        Err(misfit) => {
            let ty = types::with_providers(cx, &field.ty);
            types::report_misfit(cx, right, &ty, misfit, &format!("`{}`", field.name));
            None
        }
    }
}

/// The operator that asks how a text begins.
pub(crate) const STARTS_WITH: &str = "starts_with";

/// The right side of `starts_with`: a text in quotes that is not empty, of a left side that is a text.
pub(crate) fn beginning(
    cx: &mut Context<'_>,
    left: &Expr,
    ty: &Type,
    right: &Expr,
) -> Option<String> {
    let base = ty.base();
    if *base != Type::String {
        let message = format!("`{}` is no text that could begin with another", spelled(ty));
        let help = match base {
            Type::Enum(_) | Type::Provider => "name each variant: `a == one or a == two`",
            _ => "compare with `==` or `!=`, numbers also with `<`, `<=`, `>`, `>=`",
        };
        cx.report(
            diag::P0210
                .at(left.span, message)
                .label("not a `string`")
                .help(help),
        );
        return None;
    }
    match types::literal(right, base) {
        Ok(Literal::String(text)) if text.is_empty() => {
            cx.report(
                diag::P0210
                    .at(right.span, "every text begins with an empty one")
                    .label("empty"),
            );
            None
        }
        Ok(Literal::String(text)) => Some(text),
        _ => {
            cx.report(
                diag::P0210
                    .at(
                        right.span,
                        "a text is compared with a constant beginning only",
                    )
                    .label("a text in quotes belongs here"),
            );
            None
        }
    }
}

/// Whether the operator can compare the field with anything.
fn check_comparable(
    cx: &mut Context<'_>,
    left: &Expr,
    operator: &str,
    right: &Expr,
    field: &Field,
) -> Option<()> {
    let base = field.ty.base();
    let ordered = matches!(base, Type::Int | Type::Decimal | Type::EpochMillis);
    if !ordered && !matches!(operator, "==" | "!=") {
        let message = format!(
            "`{}` is `{}`, which `{operator}` cannot order",
            field.name,
            spelled(&field.ty)
        );
        let span = left.span.to(right.span);
        cx.report(
            diag::P0204
                .at(span, message)
                .label("only numbers are ordered")
                .help("compare with `==` or `!=`"),
        );
        return None;
    }
    let comparable = matches!(
        base,
        Type::String
            | Type::Int
            | Type::Decimal
            | Type::Bool
            | Type::EpochMillis
            | Type::Enum(_)
            | Type::Provider
    );
    if !comparable {
        let message = format!(
            "`{}` is `{}`, which cannot be compared with a constant",
            field.name,
            spelled(&field.ty)
        );
        cx.report(
            diag::P0210
                .at(left.span, message)
                .label("cannot be compared"),
        );
        return None;
    }
    Some(())
}

/// The operator that a text spells.
pub(crate) fn operator_of(text: &str) -> Option<Operator> {
    Some(match text {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

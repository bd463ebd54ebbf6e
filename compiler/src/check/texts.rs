//! Texts with values in them: `Refund ${refund.refundId}`.

use pipe_dsl::tree::{Expr, ExprKind, Span, Word};

use crate::check::context::Context;
use crate::check::flow::Flow;
use crate::check::types::spelled;
use crate::check::value::{any_path, fields_of};
use crate::diag;
use crate::model::{Expression, ExpressionKind, Part, Type};

/// `Refund ${refund.refundId}`
pub(crate) fn read(
    cx: &mut Context<'_>,
    flow: &Flow<'_>,
    text: &str,
    at: Span,
) -> Option<Expression> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let Some((inside, after)) = after.split_once('}') else {
            cx.report(
                diag::P0213
                    .at(at, "`${` is never closed in this text")
                    .label("`${binding.field}` belongs here"),
            );
            return None;
        };
        parts.push(hole(cx, flow, inside.trim(), at)?);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Some(Expression {
        kind: ExpressionKind::Text(parts),
        ty: Type::String,
        origin: cx.origin(at),
    })
}

/// What stands between `${` and `}`.
fn hole(cx: &mut Context<'_>, flow: &Flow<'_>, inside: &str, at: Span) -> Option<Part> {
    let mut words: Vec<Word> = inside
        .split('.')
        .map(|it| Word { text: it, span: at })
        .collect();
    let is_date = words.len() > 1 && words.last().is_some_and(|it| it.text == "date");
    if is_date {
        let field = Expr {
            kind: ExprKind::Name(words.clone().into()),
            span: at,
        };
        // A field that is called `date` is that field.
        let declared = words.len() > 2 && has_field(cx, flow, &words);
        if declared {
            return any_path(cx, flow, &field, false).map(Part::Value);
        }
        words.pop();
    }
    let expr = Expr {
        kind: ExprKind::Name(words.into()),
        span: at,
    };
    let value = any_path(cx, flow, &expr, false)?;
    let single = matches!(
        value.ty,
        Type::String
            | Type::Int
            | Type::Decimal
            | Type::Bool
            | Type::Timestamp
            | Type::EpochMillis
            | Type::Enum(_)
            | Type::Provider
    );
    let fits = if is_date {
        value.ty == Type::Timestamp
    } else {
        single
    };
    if !fits {
        let wanted = if is_date {
            "a `timestamp`"
        } else {
            "a single value"
        };
        let message = format!("`{inside}` is `{}`", spelled(&value.ty));
        cx.report(
            diag::P0202
                .at(at, message)
                .label(format!("{wanted} belongs into a text")),
        );
        return None;
    }
    Some(if is_date {
        Part::Date(value)
    } else {
        Part::Value(value)
    })
}

/// Whether the last word is a declared field of what the words before it name.
fn has_field(cx: &Context<'_>, flow: &Flow<'_>, words: &[Word]) -> bool {
    let Some((first, fields)) = words.split_first() else {
        return false;
    };
    let binding = flow.bindings.iter().find(|it| it.name == first.text);
    let mut ty = binding.and_then(|it| it.ty.clone());
    for word in fields {
        let Some(found) = ty.as_ref().and_then(|it| fields_of(cx, it)) else {
            return false;
        };
        let Some(field) = found.1.iter().find(|it| it.name == word.text) else {
            return false;
        };
        ty = Some(field.ty.clone());
    }
    true
}

//! Values in a workflow: constants, bindings and their fields, `started_at`.

use std::collections::BTreeMap;

use pipe_dsl::tree::{Block, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::flow::Flow;
use crate::check::identity::report_no_field;
use crate::check::types::{self, spelled};
use crate::diag;
use crate::model::{Default, Expression, ExpressionKind, Field, Type};

/// A name that stands for a value.
pub(crate) struct Binding {
    pub(crate) name: String,
    /// `None` where an error was reported already.
    pub(crate) ty: Option<Type>,
    pub(crate) span: Span,
    /// The catch that goes on without setting it.
    pub(crate) unset_by: Option<Span>,
}

/// Reads a value of a type; `subject` names what it is for.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    expr: &'t Expr,
    wanted: &Type,
    subject: &str,
) -> Option<Expression> {
    let origin = cx.origin(expr.span);
    if let ExprKind::Name(words) = &expr.kind {
        let variant = matches!(wanted, Type::Enum(_)) && words.len() == 1;
        let first = words.first()?;
        if flow.bindings.iter().any(|it| it.name == first.text) {
            let ty = path(cx, flow, words)?;
            return fitting(cx, expr, ty, wanted, subject).map(|ty| Expression {
                kind: ExpressionKind::Path(words.iter().map(|it| it.text.clone()).collect()),
                ty,
                origin,
            });
        }
        if expr.is_word("started_at") {
            return fitting(cx, expr, Type::Timestamp, wanted, subject).map(|ty| Expression {
                kind: ExpressionKind::StartedAt,
                ty,
                origin,
            });
        }
        let constant = expr.is_word("true") || expr.is_word("false");
        if !variant && !constant {
            unknown_binding(cx, flow, first);
            return None;
        }
    }
    let base = if let Type::Optional(inner) = wanted {
        inner.as_ref()
    } else {
        wanted
    };
    match types::literal(expr, base) {
        Ok(literal) if *base != Type::Timestamp => Some(Expression {
            kind: ExpressionKind::Literal(literal),
            ty: base.clone(),
            origin,
        }),
        Ok(_) => None,
        Err(misfit) => {
            types::report_misfit(cx, expr, wanted, misfit, subject);
            None
        }
    }
}

fn unknown_binding(cx: &mut Context<'_>, flow: &Flow<'_>, word: &Word) {
    let names = flow
        .bindings
        .iter()
        .map(|it| it.name.as_str())
        .chain(["started_at"]);
    let it = diag::P0103
        .at(word.span, format!("`{}` is not bound here", word.text))
        .label("a value belongs here")
        .nearest(&word.text, word.span, names);
    cx.report(it);
}

/// The type of `binding.field.field`.
fn path(cx: &mut Context<'_>, flow: &Flow<'_>, words: &[Word]) -> Option<Type> {
    let (first, fields) = words.split_first()?;
    let binding = flow.bindings.iter().find(|it| it.name == first.text)?;
    if let Some(catch) = binding.unset_by {
        let message = format!("`{}` may not be set here", first.text);
        cx.report(
            diag::P0303
                .at(first.span, message)
                .label("used here")
                .second(catch, "goes on without it")
                .help("end that `catch` with `fail`"),
        );
        return None;
    }
    let mut ty = binding.ty.clone()?;
    for word in fields {
        let (name, found) = match &ty {
            Type::Record(name) => {
                let record = cx.model.types.get(name).or(cx.model.errors.get(name));
                (name.clone(), record.map(|it| it.fields.clone()))
            }
            Type::Event(name) => (
                name.clone(),
                cx.model.events.get(name).map(|it| it.fields.clone()),
            ),
            other => {
                let message = format!("`{}` has no fields", spelled(other));
                cx.report(diag::P0214.at(word.span, message).label("no such field"));
                return None;
            }
        };
        let found = found?;
        let Some(field) = found.iter().find(|it| it.name == word.text) else {
            report_no_field(cx, word, &name, &found);
            return None;
        };
        if matches!(field.ty, Type::Optional(_)) {
            let message = format!("`{}` may be absent", word.text);
            cx.report(
                diag::P0212
                    .at(word.span, message)
                    .label(format!("`{}`", spelled(&field.ty)))
                    .help("a workflow works with values that are always there: give the field a default"),
            );
            return None;
        }
        ty = field.ty.clone();
    }
    Some(ty)
}

/// The type, if a value of it fits where another is wanted.
fn fitting(
    cx: &mut Context<'_>,
    expr: &Expr,
    ty: Type,
    wanted: &Type,
    subject: &str,
) -> Option<Type> {
    let base = if let Type::Optional(inner) = wanted {
        inner.as_ref()
    } else {
        wanted
    };
    let fits = match (&ty, base) {
        (Type::Enum(have), Type::Enum(can)) => have.iter().all(|it| can.contains(it)),
        (have, want) => have == want,
    };
    if fits {
        return Some(ty);
    }
    let message = format!(
        "{subject} is `{}`, but this is `{}`",
        spelled(wanted),
        spelled(&ty)
    );
    cx.report(
        diag::P0202
            .at(expr.span, message)
            .label(format!("`{}` belongs here", spelled(wanted))),
    );
    None
}

/// The fields of `{ field: value }` in the order of their declaration, complete.
pub(crate) fn record<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    owner: &str,
    fields: &[Field],
    block: Option<&'t Block>,
    at: Span,
) -> Vec<(String, Expression)> {
    let mut given: BTreeMap<&'t str, (&'t Word, &'t [Phrase])> = BTreeMap::new();
    for entry in block.map(|it| it.entries.as_slice()).unwrap_or_default() {
        let EntryKind::Attribute(it) = &entry.kind else {
            cx.report(
                diag::P0306
                    .at(entry.span, "this is not a field")
                    .label("`field: value` belongs here"),
            );
            continue;
        };
        if !fields.iter().any(|field| field.name == it.key.text) {
            report_no_field(cx, &it.key, owner, fields);
            continue;
        }
        if let Some((first, _)) = given.get(it.key.text.as_str()) {
            let message = format!("field `{}` is given twice", it.key.text);
            cx.report(
                diag::P0114
                    .at(it.key.span, message)
                    .label("again here")
                    .second(first.span, "first given here"),
            );
            continue;
        }
        given.insert(&it.key.text, (&it.key, &it.values));
    }
    let mut out = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for field in fields {
        match given.get(field.name.as_str()) {
            Some((key, values)) => {
                let subject = format!("`{}`", field.name);
                if let Some(value) = single(cx, key, values)
                    && let Some(value) = read(cx, flow, value, &field.ty, &subject)
                {
                    out.push((field.name.clone(), value));
                }
            }
            None => match filled(cx, field, block.map_or(at, |it| it.span)) {
                Some(value) => out.push((field.name.clone(), value)),
                None if matches!(field.ty, Type::Optional(_)) => {}
                None => missing.push(&field.name),
            },
        }
    }
    if !missing.is_empty() {
        let message = format!("`{owner}` needs `{}`", missing.join("`, `"));
        let server_set = fields
            .iter()
            .any(|it| missing.contains(&it.name.as_str()) && it.default.is_some());
        let it = diag::P0206.at(at, message).label("missing");
        cx.report(if server_set {
            it.help("defaults that a delivery sets do not apply in a workflow")
        } else {
            it
        });
    }
    out
}

/// The constant that stands in for a field that is not written.
fn filled(cx: &Context<'_>, field: &Field, at: Span) -> Option<Expression> {
    match &field.default {
        Some(Default::Literal(literal)) => Some(Expression {
            kind: ExpressionKind::Literal(literal.clone()),
            ty: field.ty.clone(),
            origin: cx.origin(at),
        }),
        Some(Default::ReceivedAt | Default::Uuid) | None => None,
    }
}

fn single<'t>(cx: &mut Context<'t>, key: &Word, values: &'t [Phrase]) -> Option<&'t Expr> {
    if let [phrase] = values
        && let ([expr], None) = (phrase.items.as_slice(), &phrase.default)
    {
        return Some(expr);
    }
    let span = values
        .iter()
        .map(|it| it.span)
        .reduce(Span::to)
        .unwrap_or(key.span);
    cx.report_form(span, &key.text, "one value");
    None
}

//! Values in a workflow: constants, bindings and their fields, `started_at`, texts with values in them, events and records made of them.

use std::collections::BTreeMap;

use pipe_dsl::tree::{Block, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::flow::Flow;
use crate::check::identity::report_no_field;
use crate::check::slips;
use crate::check::texts;
use crate::check::types::{self, spelled};
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Default, Expression, ExpressionKind, Field, Type};

/// A name that stands for a value.
pub(crate) struct Binding {
    pub(crate) name: String,
    /// `None` where an error was reported already.
    pub(crate) ty: Option<Type>,
    pub(crate) span: Span,
    /// The catch that goes on without setting it, or the `done` that may come before it.
    pub(crate) unset_by: Option<Span>,
    /// What a branch of a `parallel` has bound; a branch has no value of its own.
    pub(crate) members: Option<Vec<Binding>>,
}

impl Binding {
    /// A value that is always set.
    pub(crate) fn of(word: &Word, ty: Option<Type>) -> Binding {
        Binding {
            name: word.text.to_owned(),
            ty,
            span: word.span,
            unset_by: None,
            members: None,
        }
    }
}

/// Reads a value of a type; `subject` names what it is for.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    expr: &'t Expr<'t>,
    wanted: &Type,
    subject: &str,
) -> Option<Expression> {
    let origin = cx.origin(expr.span);
    cx.expect_variant(expr.span, wanted);
    if let ExprKind::Name(words) = &expr.kind {
        let variant = matches!(wanted, Type::Enum(_)) && words.len() == 1;
        let first = words.first()?;
        expect_binding(cx, flow, first);
        if flow.bindings.iter().any(|it| it.name == first.text) {
            let ty = path(cx, flow, words, false)?;
            return fitting(cx, expr, ty, wanted, subject).map(|ty| Expression {
                kind: ExpressionKind::Path(words.iter().map(|it| it.text.to_owned()).collect()),
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
    let base = wanted.base();
    if let (ExprKind::String(text), Type::String) = (&expr.kind, base)
        && text.contains("${")
    {
        return texts::read(cx, flow, text, expr.span);
    }
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

pub(crate) fn expect_binding(cx: &mut Context<'_>, flow: &Flow<'_>, word: &Word) {
    cx.expect(word.span, || {
        let typed = |it: &Binding| {
            let ty = it.ty.as_ref().map(spelled);
            (it.name.clone(), ty.unwrap_or_default())
        };
        let own = ("started_at".to_owned(), spelled(&Type::Timestamp));
        Expected::Binding(flow.bindings.iter().map(typed).chain([own]).collect())
    });
}

/// Notes that an event or record belongs at the word: a binding, or the name of one that is made in place.
pub(crate) fn expect_message(cx: &mut Context<'_>, flow: &Flow<'_>, word: &Word) {
    expect_binding(cx, flow, word);
    cx.expect(word.span, || {
        Expected::Name(vec![KindId::Event, KindId::Record])
    });
}

fn unknown_binding(cx: &mut Context<'_>, flow: &Flow<'_>, word: &Word) {
    if slips::param(cx, word) {
        return;
    }
    let names = flow
        .bindings
        .iter()
        .map(|it| it.name.as_str())
        .chain(["started_at"]);
    let it = diag::P0103
        .at(word.span, format!("`{}` is not bound here", word.text))
        .label("a value belongs here")
        .nearest(word.text, word.span, names);
    cx.report(it);
}

/// A binding or a field of one, or `started_at`, whatever its type. With `absent` it may be a field that may be absent.
pub(crate) fn any_path(
    cx: &mut Context<'_>,
    flow: &Flow<'_>,
    expr: &Expr,
    absent: bool,
) -> Option<Expression> {
    let origin = cx.origin(expr.span);
    let ExprKind::Name(words) = &expr.kind else {
        cx.report(
            diag::P0306
                .at(expr.span, "this is not a value of the workflow")
                .label("a binding or a field of one belongs here"),
        );
        return None;
    };
    let first = words.first()?;
    expect_binding(cx, flow, first);
    let bound = flow.bindings.iter().any(|it| it.name == first.text);
    if !bound && expr.is_word("started_at") {
        return Some(Expression {
            kind: ExpressionKind::StartedAt,
            ty: Type::Timestamp,
            origin,
        });
    }
    if !bound {
        unknown_binding(cx, flow, first);
        return None;
    }
    let ty = path(cx, flow, words, absent)?;
    Some(Expression {
        kind: ExpressionKind::Path(words.iter().map(|it| it.text.to_owned()).collect()),
        ty,
        origin,
    })
}

/// An event or record: a binding or field, or one made in place, `NAME { field: value }`.
pub(crate) fn message<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    items: &'t [Expr<'t>],
    at: Span,
) -> Option<Expression> {
    match items {
        [value] => {
            if let Some(word) = value.as_word() {
                expect_message(cx, flow, word);
            }
            let read = any_path(cx, flow, value, false)?;
            if matches!(read.ty, Type::Event(_) | Type::Record(_)) {
                return Some(read);
            }
            let message = format!("this is `{}`", spelled(&read.ty));
            cx.report(
                diag::P0202
                    .at(value.span, message)
                    .label("an event or a record belongs here"),
            );
            None
        }
        [name, block] if block.as_block().is_some() => {
            let word = name.as_word();
            if word.is_none() {
                cx.report(
                    diag::P0306
                        .at(name.span, "this names no event or type")
                        .label("an event or a type belongs here"),
                );
            }
            made(cx, flow, word?, block.as_block()?)
        }
        _ => {
            let span = items.iter().map(|it| it.span).reduce(Span::to);
            cx.report(
                diag::P0306
                    .at(span.unwrap_or(at), "this is not a value")
                    .label("a binding or `EVENT { field: value }` belongs here"),
            );
            None
        }
    }
}

/// `NAME { field: value }`
pub(crate) fn made<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    word: &'t Word<'t>,
    block: &'t Block<'t>,
) -> Option<Expression> {
    let name = cx.resolve(word, &[KindId::Event, KindId::Record])?;
    let (ty, fields) = match cx.model.events.get(name) {
        Some(event) => (Type::Event(name.to_owned()), event.fields.clone()),
        None => {
            let fields = cx.model.types.get(name)?.fields.clone();
            (Type::Record(name.to_owned()), fields)
        }
    };
    let fields = record(cx, flow, name, &fields, Some(block), word.span);
    Some(Expression {
        kind: ExpressionKind::Made {
            name: name.to_owned(),
            fields,
        },
        ty,
        origin: cx.origin(word.span),
    })
}

/// The same where a type is wanted.
pub(crate) fn made_as<'t>(
    cx: &mut Context<'t>,
    flow: &Flow<'t>,
    name: &'t Expr<'t>,
    block: &'t Expr<'t>,
    wanted: &Type,
) -> Option<Expression> {
    let Some(word) = name.as_word() else {
        cx.report(
            diag::P0306
                .at(name.span, "this names no event or type")
                .label("an event or a type belongs here"),
        );
        return None;
    };
    let read = made(cx, flow, word, block.as_block()?)?;
    fitting(cx, name, read.ty.clone(), wanted, "the argument").map(|_| read)
}

/// The fields of a record or event, with its name.
pub(crate) fn fields_of(cx: &Context<'_>, ty: &Type) -> Option<(String, Vec<Field>)> {
    match ty {
        Type::Record(name) => {
            let record = cx.model.types.get(name).or(cx.model.errors.get(name))?;
            Some((name.clone(), record.fields.clone()))
        }
        Type::Event(name) => Some((name.clone(), cx.model.events.get(name)?.fields.clone())),
        _ => None,
    }
}

/// The type of `binding.field.field`. With `absent` the last field may be one that may be absent.
fn path(cx: &mut Context<'_>, flow: &Flow<'_>, words: &[Word], absent: bool) -> Option<Type> {
    let (binding, mut upto) = bound(cx, flow, words)?;
    let mut ty = binding.ty.clone()?;
    for word in words.iter().skip(upto) {
        upto = upto.saturating_add(1);
        let field = field(cx, &ty, word)?;
        ty = field.ty.clone();
        let Type::Optional(inner) = &ty else {
            continue;
        };
        let reached: Vec<&str> = words.iter().take(upto).map(|it| it.text).collect();
        let reached = reached.join(".");
        if flow.present.contains(&reached) {
            ty = inner.as_ref().clone();
        } else if !absent || upto < words.len() {
            let message = format!("`{}` may be absent", word.text);
            let help = format!(
                "ask `if present({reached}) {{ … }}` around it, or give the field a default"
            );
            cx.report(
                diag::P0212
                    .at(word.span, message)
                    .label(format!("`{}`", spelled(&field.ty)))
                    .help(help),
            );
            return None;
        }
    }
    Some(ty)
}

/// The binding that a path begins with, and how many of its words name it: two for what a branch has bound.
fn bound<'f>(
    cx: &mut Context<'_>,
    flow: &'f Flow<'_>,
    words: &[Word],
) -> Option<(&'f Binding, usize)> {
    let first = words.first()?;
    let mut binding = flow.bindings.iter().find(|it| it.name == first.text)?;
    let mut named = 1;
    if let Some(members) = &binding.members {
        let Some(second) = words.get(1) else {
            let message = format!("the branch `{}` has no value of its own", first.text);
            cx.report(
                diag::P0214
                    .at(first.span, message)
                    .label("what it has bound belongs behind it"),
            );
            return None;
        };
        let Some(member) = members.iter().find(|it| it.name == second.text) else {
            let message = format!("the branch `{}` binds no `{}`", first.text, second.text);
            let it = diag::P0214
                .at(second.span, message)
                .label("not bound there");
            let names = members.iter().map(|it| it.name.as_str());
            cx.report(it.nearest(second.text, second.span, names));
            return None;
        };
        binding = member;
        named = 2;
    }
    if let Some(catch) = binding.unset_by {
        let message = format!("`{}` may not be set here", binding.name);
        cx.report(
            diag::P0303
                .at(first.span, message)
                .label("used here")
                .second(catch, "goes on without it")
                .help("end that `catch` with `fail`"),
        );
        return None;
    }
    Some((binding, named))
}

/// A field of an event or record.
fn field(cx: &mut Context<'_>, ty: &Type, word: &Word) -> Option<Field> {
    if !matches!(ty, Type::Record(_) | Type::Event(_)) {
        let message = format!("`{}` has no fields", spelled(ty));
        cx.report(diag::P0214.at(word.span, message).label("no such field"));
        return None;
    }
    let (name, found) = fields_of(cx, ty)?;
    cx.expect_field(word, &found);
    let field = found.iter().find(|it| it.name == word.text);
    let meant = field.or_else(|| report_no_field(cx, word, &name, &found));
    meant.cloned()
}

/// The type, if a value of it fits where another is wanted.
fn fitting(
    cx: &mut Context<'_>,
    expr: &Expr,
    ty: Type,
    wanted: &Type,
    subject: &str,
) -> Option<Type> {
    let base = wanted.base();
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
    block: Option<&'t Block<'t>>,
    at: Span,
) -> Vec<(String, Expression)> {
    let mut given: BTreeMap<&str, (&'t Word<'t>, &'t [Phrase<'t>])> = BTreeMap::new();
    for entry in block.map(|it| it.entries.as_slice()).unwrap_or_default() {
        let EntryKind::Attribute(it) = &entry.kind else {
            if let EntryKind::Statement(it) = &entry.kind
                && let Some(word) = it.items.first().and_then(Expr::as_word)
            {
                cx.expect_field(word, fields);
            }
            cx.report(
                diag::P0306
                    .at(entry.span, "this is not a field")
                    .label("`field: value` belongs here"),
            );
            continue;
        };
        cx.expect_field(&it.key, fields);
        let known = fields.iter().find(|field| field.name == it.key.text);
        let Some(field) = known.or_else(|| report_no_field(cx, &it.key, owner, fields)) else {
            continue;
        };
        let name = field.name.as_str();
        if let Some((first, _)) = given.get(name).filter(|_| known.is_some()) {
            let message = format!("field `{}` is given twice", it.key.text);
            cx.report(
                diag::P0114
                    .at(it.key.span, message)
                    .label("again here")
                    .second(first.span, "first given here"),
            );
            continue;
        }
        given.entry(name).or_insert((&it.key, &it.values));
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

fn single<'t>(cx: &mut Context<'t>, key: &Word, values: &'t [Phrase<'t>]) -> Option<&'t Expr<'t>> {
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
    cx.report_form(span, key.text, "one value");
    None
}

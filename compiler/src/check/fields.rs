//! Fields of records, events and errors, with spreads expanded.

use std::collections::{BTreeMap, BTreeSet};

use pipe_dsl::tree::{Attribute, Block, Body, Declaration, Entry, EntryKind, Expr, Span, Word};

use crate::check::builtin;
use crate::check::context::Context;
use crate::check::names::{NAME_BYTES_MAX, article, is_alike, snake};
use crate::check::types::{self, Place};
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Default, Field, Record, Type};

/// Most fields of one record.
const FIELDS_MAX: usize = 200;
/// Deepest chain of spreads.
const SPREADS_MAX: usize = 16;

/// The record that a declaration of fields makes.
pub(crate) fn record<'t>(
    cx: &mut Context<'t>,
    name: &'t Word<'t>,
    it: &'t Declaration<'t>,
) -> Option<Record> {
    let fields = expand(cx, name.text, it, 0)?;
    Some(Record {
        name: name.text.to_owned(),
        fields,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    })
}

fn block<'t>(it: &'t Declaration<'t>) -> Option<&'t Block<'t>> {
    match &it.body {
        Body::Phrase(phrase) => phrase.items.last().and_then(Expr::as_block),
        Body::Attribute(_) => None,
    }
}

/// The fields of a declaration that was read.
fn known<'m>(cx: &'m Context<'_>, name: &str) -> Option<&'m [Field]> {
    let record = cx.model.types.get(name).map(|it| it.fields.as_slice());
    record.or_else(|| cx.model.events.get(name).map(|it| it.fields.as_slice()))
}

/// All fields of a declaration, which is expanded once: what is spread before it is read is remembered until then.
fn expand<'t>(
    cx: &mut Context<'t>,
    name: &'t str,
    it: &'t Declaration<'t>,
    depth: usize,
) -> Option<Vec<Field>> {
    if let Some(expanded) = cx.expanded.get(name) {
        return expanded.clone();
    }
    cx.expanded.insert(name, None);
    let entries = block(it)
        .map(|it| it.entries.as_slice())
        .unwrap_or_default();
    let mut fields: Vec<Field> = Vec::with_capacity(entries.len());
    let mut given: Vec<Span> = Vec::new();
    for entry in entries {
        match &entry.kind {
            EntryKind::Attribute(attribute) => match field(cx, entry, attribute) {
                Some(field) => add(cx, &mut fields, &mut given, field, attribute.key.span),
                None => drop(cx.incomplete.insert(name)),
            },
            EntryKind::Spread(words) => {
                match spread(cx, words, entry.span, depth) {
                    Some(spread) => {
                        for field in spread {
                            add(cx, &mut fields, &mut given, field, entry.span);
                        }
                    }
                    None => drop(cx.incomplete.insert(name)),
                }
                if words.iter().any(|it| cx.incomplete.contains(it.text)) {
                    cx.incomplete.insert(name);
                }
            }
            EntryKind::Statement(phrase) => {
                let owner = &it.kind.text;
                let message = format!("this is no field of {} `{owner}`", article(owner));
                let it = diag::P0306
                    .at(entry.span, message)
                    .label("a field is `name: type`");
                cx.report(it.missing_colon(phrase, |_| true));
                cx.incomplete.insert(name);
            }
        }
        if fields.len() > FIELDS_MAX {
            let message = format!("more than {FIELDS_MAX} fields");
            cx.report(diag::P0408.at(entry.span, message).label("one too many"));
            break;
        }
    }
    if depth > 0 {
        cx.expanded.insert(name, Some(fields.clone()));
    } else {
        cx.expanded.remove(name);
    }
    Some(fields)
}

/// Adds a field, unless it is in Rust what another is. `given` are the places of the fields so far.
fn add(
    cx: &mut Context<'_>,
    fields: &mut Vec<Field>,
    given: &mut Vec<Span>,
    field: Field,
    at: Span,
) {
    let same = |other: &Field| {
        is_alike(&other.name, &field.name) && snake(&other.name) == snake(&field.name)
    };
    let mut places = fields.iter().zip(given.iter());
    let twin = places.find(|(other, _)| same(other));
    match twin.map(|(other, first)| (&other.name, first)) {
        Some((other, first)) if *other == field.name => {
            let message = format!("field `{other}` is given twice");
            cx.report(
                diag::P0114
                    .at(at, message)
                    .label("again here")
                    .second(*first, "first given here"),
            );
        }
        Some((other, first)) => {
            let message = format!(
                "fields `{other}` and `{}` would be the same in Rust",
                field.name
            );
            let label = format!("both become `{}`", snake(&field.name));
            cx.report(
                diag::P0113
                    .at(at, message)
                    .label(label)
                    .second(*first, "the other one"),
            );
        }
        None => {
            given.push(at);
            fields.push(field);
        }
    }
}

fn spread<'t>(
    cx: &mut Context<'t>,
    words: &'t [Word<'t>],
    at: Span,
    depth: usize,
) -> Option<Vec<Field>> {
    let [word] = words else {
        cx.report(
            diag::P0010
                .at(at, "a spread names one type")
                .label("not a type"),
        );
        return None;
    };
    let name = cx.resolve(word, &[KindId::Record, KindId::Event])?;
    let source = cx.symbols.get(name)?.declaration;
    if depth >= SPREADS_MAX {
        let message = format!("spreads are nested deeper than {SPREADS_MAX}");
        cx.report(diag::P0408.at(at, message).label("one too many"));
        return None;
    }
    let read = known(cx, name).map(<[Field]>::to_vec);
    let fields = read.or_else(|| expand(cx, name, source, depth + 1));
    if fields.is_none() {
        let message = format!("`{name}` contains itself");
        cx.report(
            diag::P0211
                .at(at, message)
                .label("spreads what is being expanded"),
        );
    }
    fields
}

fn field<'t>(cx: &mut Context<'t>, entry: &'t Entry<'t>, it: &'t Attribute<'t>) -> Option<Field> {
    let name = it.key.text;
    if name.starts_with('_') || builtin::UNSPEAKABLE.contains(&name) {
        let why = if name.starts_with('_') {
            "names that begin with `_` are pipec's own"
        } else {
            "Rust cannot spell it"
        };
        cx.report(
            diag::P0111
                .at(it.key.span, format!("`{name}` cannot be a field"))
                .label(why),
        );
        return None;
    }
    if name.len() > NAME_BYTES_MAX * 2 {
        let message = format!("a field name of {} characters is too long", name.len());
        cx.report(
            diag::P0403
                .at(it.key.span, message)
                .label(format!("at most {}", NAME_BYTES_MAX * 2)),
        );
        return None;
    }
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, name, "one type");
        return None;
    };
    let [ty] = phrase.items.as_slice() else {
        cx.report_form(phrase.span, name, "one type");
        return None;
    };
    let ty = types::read(cx, ty, Place::Field)?;
    let default = match &phrase.default {
        None => None,
        Some(value) => default(cx, value, &ty, name),
    };
    let origin = cx.origin(entry.span);
    Some(Field {
        name: name.to_owned(),
        ty,
        default,
        doc: entry.doc.clone(),
        origin,
    })
}

fn default(cx: &mut Context<'_>, value: &[Expr], ty: &Type, name: &str) -> Option<Default> {
    let [expr] = value else {
        if let Some(second) = value.get(1) {
            cx.report(
                diag::P0205
                    .at(second.span, "a default is one value")
                    .label("does not belong here"),
            );
        }
        return None;
    };
    if matches!(ty, Type::Optional(_)) {
        let message = format!("`{name}` is optional and has a default");
        cx.report(
            diag::P0205
                .at(expr.span, message)
                .label("never needed")
                .help("a field with a default is never absent: leave out the `?`"),
        );
        return None;
    }
    let word = expr
        .as_word()
        .map(|it| it.text)
        .filter(|_| !matches!(ty, Type::Enum(_)));
    let special = match word {
        Some("received_at") => Some((
            Default::ReceivedAt,
            matches!(ty, Type::Timestamp | Type::EpochMillis),
        )),
        Some("uuid") => Some((Default::Uuid, *ty == Type::String)),
        _ => None,
    };
    match special {
        Some((default, true)) => return Some(default),
        Some((_, false)) => {
            let message = format!(
                "`{}` is not {} `{}`",
                word.unwrap_or_default(),
                article(&types::spelled(ty)),
                types::spelled(ty)
            );
            cx.report(
                diag::P0205
                    .at(expr.span, message)
                    .label("does not fit the field's type"),
            );
            return None;
        }
        None => {}
    }
    match types::literal(expr, &types::with_providers(cx, ty)) {
        Ok(literal) if *ty != Type::Timestamp => Some(Default::Literal(literal)),
        _ => {
            let message = format!("this is not a default for `{}`", types::spelled(ty));
            let it = diag::P0205
                .at(expr.span, message)
                .label("does not fit the field's type");
            let variants = if let Type::Enum(variants) = ty {
                variants.as_slice()
            } else {
                &[]
            };
            let written = word
                .or(expr.as_word().map(|it| it.text))
                .unwrap_or_default();
            let it = it.nearest(written, expr.span, variants.iter().map(String::as_str));
            cx.report(it);
            None
        }
    }
}

/// Reports records that contain themselves without a list in between; they would need endless memory.
pub(crate) fn check_recursion(cx: &mut Context<'_>) {
    let edges: BTreeMap<&str, BTreeSet<&str>> = cx
        .model
        .types
        .iter()
        .map(|(name, it)| {
            (
                name.as_str(),
                it.fields
                    .iter()
                    .filter_map(|it| contained(&it.ty))
                    .collect(),
            )
        })
        .collect();
    // Records whose parts are all finite are finite; what is left over when no more can be taken is not.
    let mut finite: BTreeSet<&str> = BTreeSet::new();
    loop {
        let more: Vec<&str> = edges
            .iter()
            .filter(|(name, parts)| {
                !finite.contains(*name)
                    && parts
                        .iter()
                        .all(|it| finite.contains(it) || !edges.contains_key(it))
            })
            .map(|(name, _)| *name)
            .collect();
        if more.is_empty() {
            break;
        }
        finite.extend(more);
    }
    let endless = edges.keys().find(|it| !finite.contains(*it));
    let Some(symbol) = endless.and_then(|it| cx.symbols.get(*it)).copied() else {
        return;
    };
    let message = format!("`{}` contains itself", endless.copied().unwrap_or_default());
    cx.report(
        diag::P0211
            .at(symbol.span, message)
            .label("never ends")
            .help("put a list in between: `[T]` may be empty"),
    );
}

fn contained(ty: &Type) -> Option<&str> {
    match ty {
        Type::Record(name) => Some(name),
        Type::Optional(inner) => contained(inner),
        _ => None,
    }
}

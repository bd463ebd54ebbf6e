//! What tells facts apart: `once` of events, keys of tables.

use pipe_dsl::tree::{Expr, Span, Word};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::head;
use crate::check::names::article;
use crate::check::types::spelled;
use crate::diag;
use crate::model::{Default, Field, Record, Type};

/// The fields of `once`, checked.
pub(crate) fn once<'t>(
    cx: &mut Context<'t>,
    name: &Word,
    clause: Option<&'t Expr<'t>>,
    record: &Record,
) -> Vec<String> {
    let Some(clause) = clause else {
        let message = format!("event `{}` does not say what makes it one event", name.text);
        cx.report(
            diag::P0207
                .at(name.span, message)
                .label("`once` is missing")
                .help("name the fields that are equal when a delivery comes again: `once paymentId, status`"),
        );
        return Vec::new();
    };
    let mut once: Vec<String> = Vec::new();
    for word in head::names(cx, clause) {
        cx.expect_field(word, &record.fields);
        let known = record.fields.iter().find(|it| it.name == word.text);
        let meant = known.or_else(|| report_no_field(cx, word, &record.name, &record.fields));
        let Some(field) = meant else {
            continue;
        };
        if once.contains(&field.name) {
            let message = format!("`{}` is listed twice", word.text);
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        if !identifies(&field.ty) {
            let message = format!(
                "{0} `{1}` cannot be part of an identity",
                article(&spelled(&field.ty)),
                spelled(&field.ty)
            );
            let help =
                "a string, int, bool, timestamp, epoch_millis or enum that is always there can";
            cx.report(
                diag::P0207
                    .at(word.span, message)
                    .label("cannot be compared exactly")
                    .help(help),
            );
        } else if field.default == Some(Default::ReceivedAt) {
            let message = format!(
                "`{}` is set anew at each delivery when it is absent",
                word.text
            );
            let help =
                "a repeated delivery would be a new event; name fields that the provider sends";
            cx.report(
                diag::P0207
                    .at(word.span, message)
                    .label("has the default `received_at`")
                    .help(help),
            );
        }
        once.push(field.name.clone());
    }
    once
}

/// Reports a field that a record does not have, and gives the one that it is near to: the rest is checked as if that were written.
pub(crate) fn report_no_field<'f>(
    cx: &mut Context<'_>,
    word: &Word,
    owner: &str,
    fields: &'f [Field],
) -> Option<&'f Field> {
    if cx.unreadable.contains(owner) || cx.incomplete.contains(owner) {
        return None;
    }
    let message = format!("`{owner}` has no field `{}`", word.text);
    let all: Vec<&str> = fields.iter().map(|it| it.name.as_str()).take(20).collect();
    let help = if all.is_empty() {
        "it has none at all".to_owned()
    } else {
        format!("it has `{}`", all.join("`, `"))
    };
    let it = diag::P0214
        .at(word.span, message)
        .label("no such field")
        .help(help);
    let meant = nearest(word.text, fields.iter().map(|it| it.name.as_str()));
    cx.report_slip(it, word.span, meant);
    fields.iter().find(|it| Some(it.name.as_str()) == meant)
}

fn identifies(ty: &Type) -> bool {
    matches!(
        ty,
        Type::String
            | Type::Int
            | Type::Bool
            | Type::Timestamp
            | Type::EpochMillis
            | Type::Enum(_)
            | Type::Provider
    )
}

/// The partition key: a text that every held event has.
pub(crate) fn partition(cx: &mut Context<'_>, word: Option<&Word>, holds: &[String]) -> String {
    let Some(word) = word else {
        return String::new();
    };
    for ty in key_types(cx, word, holds) {
        if !matches!(ty, Type::String | Type::Enum(_) | Type::Provider) {
            report_key(cx, word.span, "partition", &ty, "a string or an enum");
        }
    }
    word.text.to_owned()
}

/// The sort key and its type, which all held events share.
pub(crate) fn sort(
    cx: &mut Context<'_>,
    word: Option<&Word>,
    partition: Option<&Word>,
    holds: &[String],
) -> Option<(String, Type)> {
    let word = word?;
    if partition.is_some_and(|it| it.text == word.text) {
        let message = format!("`{}` is the partition already", word.text);
        cx.report(diag::P0208.at(word.span, message).label("cannot be both"));
        return None;
    }
    let types = key_types(cx, word, holds);
    let first = types.first().cloned()?;
    for ty in &types {
        if !matches!(ty, Type::Timestamp | Type::EpochMillis) {
            report_key(cx, word.span, "sort", ty, "a timestamp or epoch_millis");
        } else if *ty != first {
            let message = format!(
                "`{}` is `{}` in one event and `{}` in another",
                word.text,
                spelled(&first),
                spelled(ty)
            );
            cx.report(
                diag::P0208
                    .at(word.span, message)
                    .label("a key has one type"),
            );
        }
    }
    Some((word.text.to_owned(), first))
}

fn report_key(cx: &mut Context<'_>, at: Span, key: &str, ty: &Type, wanted: &str) {
    let message = format!(
        "{0} `{1}` cannot be the {key} key",
        article(&spelled(ty)),
        spelled(ty)
    );
    cx.report(diag::P0208.at(at, message).label(format!("{wanted} can")));
}

/// The type of a key in each held event; reports events that do not have it.
fn key_types(cx: &mut Context<'_>, word: &Word, holds: &[String]) -> Vec<Type> {
    if cx.expected.is_some() {
        let held = holds.iter().filter_map(|it| cx.model.events.get(it));
        let fields: Vec<Field> = held.flat_map(|it| it.fields.clone()).collect();
        cx.expect_field(word, &fields);
    }
    let mut types = Vec::new();
    for name in holds {
        let Some(event) = cx.model.events.get(name) else {
            continue;
        };
        match event.fields.iter().find(|it| it.name == word.text) {
            Some(field) => types.push(field.ty.clone()),
            None if cx.incomplete.contains(name.as_str()) => {}
            None => {
                let message = format!(
                    "`{name}` has no field `{}`, which is a key of this table",
                    word.text
                );
                let declared = cx.symbols.get(name.as_str()).map(|it| it.span);
                let names: Vec<String> = event.fields.iter().map(|it| it.name.clone()).collect();
                let mut it = diag::P0208
                    .at(word.span, message)
                    .label("every held event has the keys");
                it.secondary.extend(declared.map(|span| diag::Label {
                    span,
                    text: "held, without the field".to_owned(),
                }));
                cx.report(it.nearest(word.text, word.span, names.iter().map(String::as_str)));
            }
        }
    }
    types
}

/// A key of an index and its type: a field that at least one held event has, with one type in all that have it.
pub(crate) fn index_key(
    cx: &mut Context<'_>,
    word: &Word,
    holds: &[String],
) -> Option<(String, Type)> {
    if cx.is_asked() {
        let all = held_fields(cx, holds);
        cx.expect_field(word, &all);
    }
    let mut found: Option<Type> = None;
    for event in holds {
        let Some(event) = cx.model.events.get(event) else {
            continue;
        };
        let Some(field) = event.fields.iter().find(|it| it.name == word.text) else {
            continue;
        };
        // A fact without the field is not in the index.
        let ty = field.ty.base().clone();
        match &found {
            Some(first) if *first != ty && !(is_text(first) && is_text(&ty)) => {
                let message = format!(
                    "`{}` is `{}` in one event and `{}` in another",
                    word.text,
                    spelled(first),
                    spelled(&ty)
                );
                let it = diag::P0208.at(word.span, message);
                cx.report(it.label("a key has one type"));
                return None;
            }
            Some(_) => {}
            None => found = Some(ty),
        }
    }
    let Some(ty) = found else {
        if !holds.iter().any(|it| cx.incomplete.contains(it.as_str())) {
            let message = format!("no held event has a field `{}`", word.text);
            let it = diag::P0208
                .at(word.span, message)
                .label("nothing would be found");
            let all = held_fields(cx, holds);
            cx.report(it.nearest(word.text, word.span, all.iter().map(|it| it.name.as_str())));
        }
        return None;
    };
    let fits = is_text(&ty)
        || matches!(
            ty,
            Type::Int | Type::Decimal | Type::Timestamp | Type::EpochMillis
        );
    if !fits {
        report_key(
            cx,
            word.span,
            "index",
            &ty,
            "a string, enum, number or instant",
        );
        return None;
    }
    Some((word.text.to_owned(), ty))
}

/// The fields of all events that a table holds.
fn held_fields(cx: &Context<'_>, holds: &[String]) -> Vec<Field> {
    let held = holds.iter().filter_map(|it| cx.model.events.get(it));
    held.flat_map(|it| it.fields.iter().cloned()).collect()
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Enum(_) | Type::Provider)
}

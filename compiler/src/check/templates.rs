//! Texts with values in them: `webhooks/${timestamp.date}/${paymentId}.json`, `/orders/${suffix}/config`.

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::check::names::article;
use crate::check::types::spelled;
use crate::diag;
use crate::model::{Field, Piece, Template, Type};

/// Most characters of an object's key or a physical name as written.
const CHARACTERS_MAX: usize = 512;

/// What may stand between `${` and `}`.
pub(crate) enum Place<'a> {
    /// A physical name: `suffix` alone.
    Name,
    /// The key of an object: fields of what is written.
    Key {
        /// The name of its type.
        owner: &'a str,
        /// Its fields.
        fields: &'a [Field],
    },
}

/// Reads a text.
pub(crate) fn read(
    cx: &mut Context<'_>,
    text: &str,
    span: Span,
    place: &Place<'_>,
) -> Option<Template> {
    if text.is_empty() || text.len() > CHARACTERS_MAX {
        let message = format!("this text must have 1 to {CHARACTERS_MAX} characters");
        cx.report(diag::P0216.at(span, message).label("unfit"));
        return None;
    }
    let mut pieces = Template::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let Some((inner, after)) = after.split_once('}') else {
            cx.report(
                diag::P0216
                    .at(span, "`${` is never closed by `}`")
                    .label("in this text"),
            );
            return None;
        };
        pieces.push(piece(cx, inner.trim(), span, place)?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(pieces)
}

fn piece(cx: &mut Context<'_>, inner: &str, span: Span, place: &Place<'_>) -> Option<Piece> {
    let (owner, fields) = match place {
        Place::Name if inner == "suffix" => return Some(Piece::Suffix),
        Place::Name => {
            let message = format!("`${{{inner}}}` has no value in a name");
            cx.report(
                diag::P0216
                    .at(span, message)
                    .label("in this text")
                    .help("`${suffix}` is the environment's suffix; a name has no other value"),
            );
            return None;
        }
        Place::Key { owner, fields } => (*owner, *fields),
    };
    let (name, part) = inner.split_once('.').unwrap_or((inner, ""));
    let Some(field) = fields.iter().find(|it| it.name == name) else {
        if cx.incomplete.contains(owner) || cx.unreadable.contains(owner) {
            return None;
        }
        let message = format!("`{owner}` has no field `{name}`");
        let all: Vec<&str> = fields.iter().map(|it| it.name.as_str()).take(20).collect();
        let it = diag::P0216.at(span, message).label("in this text");
        cx.report(it.help(format!("it has `{}`", all.join("`, `"))));
        return None;
    };
    let is_instant = matches!(field.ty, Type::Timestamp | Type::EpochMillis);
    match part {
        "" if is_text(&field.ty) => Some(Piece::Field(name.to_owned())),
        "date" if is_instant => Some(Piece::Date(name.to_owned())),
        _ => {
            let ty = spelled(&field.ty);
            let what = if part.is_empty() {
                "text".to_owned()
            } else {
                format!("`.{part}`")
            };
            let message = format!("`{name}` is {} `{ty}`, which has no {what}", article(&ty));
            let help = "a string, enum, int, bool or instant that is always there has a text; an instant has `.date`, its day in UTC";
            cx.report(
                diag::P0216
                    .at(span, message)
                    .label("in this text")
                    .help(help),
            );
            None
        }
    }
}

/// What has one text, and always the same.
fn is_text(ty: &Type) -> bool {
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

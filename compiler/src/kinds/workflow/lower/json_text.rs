//! An event or record as JSON text, as services take messages. The digits of a decimal stand in it as a JSON number, exactly:
//! text has no doubles.

use crate::emit::asl::payload::{Format, Payload, member};
use crate::emit::piece::text_of;
use crate::model::{Expression, ExpressionKind, Pipeline, Type};

use super::value::{Scope, fields, payload};

/// The text of a value of the workflow.
pub(crate) fn json_text(pipeline: &Pipeline, scope: &Scope, value: &Expression) -> Payload {
    Payload::Computed(of(pipeline, scope, value, Format::default()).done())
}

fn of(pipeline: &Pipeline, scope: &Scope, value: &Expression, format: Format) -> Format {
    if let ExpressionKind::Made {
        fields: members, ..
    } = &value.kind
    {
        let mut format = format.text("{");
        for (index, (name, value)) in members.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            format = format.text(&format!("{comma}{}:", quoted(name)));
            format = of(pipeline, scope, value, format);
        }
        return format.text("}");
    }
    at(pipeline, &payload(scope, value), &value.ty, format)
}

fn at(pipeline: &Pipeline, value: &Payload, ty: &Type, format: Format) -> Format {
    match (ty, value) {
        // Where it is absent it is `null`, which Format writes so.
        (Type::Optional(inner), _) if single_number(inner) => format.payload(value),
        (Type::Optional(_), Payload::Computed(path)) => format.value(&to_text(path)),
        (Type::Optional(inner), _) => at(pipeline, value, inner, format),
        (Type::Decimal | Type::Int | Type::EpochMillis | Type::Bool, _) => format.payload(value),
        (Type::Record(name) | Type::Event(name), Payload::Computed(path)) => {
            let mut format = format.text("{");
            for (index, field) in fields(pipeline, name).iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                format = format.text(&format!("{comma}{}:", quoted(&field.name)));
                let inner = Payload::Computed(member(path, &field.name));
                format = at(pipeline, &inner, &field.ty, format);
            }
            format.text("}")
        }
        (_, Payload::Constant(text)) => format.text(&quoted(text)),
        (_, Payload::Computed(path)) => format.value(&to_text(path)),
        (_, other) => format.payload(other),
    }
}

fn single_number(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Decimal | Type::Int | Type::EpochMillis | Type::Bool
    )
}

/// Text in quotes with its escapes, lists, and `null`.
fn to_text(path: &str) -> String {
    text_of(("States.JsonToString(", path, ")"))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

//! Made-up webhook bodies: one value per field of the event that a route takes.

use pipe_compiler::model::{Field, Pipeline, Type};
use serde_json::{Map, Value};

/// A body of `fields`. `serial` makes names and identifiers of different bodies differ; fields with a default are left to it
/// unless they tell bodies apart.
pub(crate) fn body(pipeline: &Pipeline, fields: &[Field], serial: &str) -> Value {
    let present = fields
        .iter()
        .filter(|field| field.default.is_none() && !matches!(field.ty, Type::Optional(_)));
    Value::Object(
        present
            .map(|field| (field.name.clone(), value(pipeline, field, serial)))
            .collect::<Map<_, _>>(),
    )
}

fn value(pipeline: &Pipeline, field: &Field, serial: &str) -> Value {
    match &field.ty {
        Type::String => Value::String(text(&field.name, serial)),
        Type::Int => Value::from(1),
        // A number literal with its digits: money is never a float, not even here.
        Type::Decimal => serde_json::from_str("99.99").unwrap_or(Value::Null),
        Type::Bool => Value::Bool(true),
        Type::Timestamp => Value::String("2026-01-02T03:04:05.678Z".to_owned()),
        Type::EpochMillis => Value::from(1_767_323_045_678_i64),
        Type::Enum(variants) => variants
            .first()
            .map_or(Value::Null, |first| Value::String(first.clone())),
        Type::Record(name) | Type::Event(name) => {
            let record = pipeline.types.get(name).map(|record| &record.fields);
            let fields = record.or_else(|| pipeline.events.get(name).map(|event| &event.fields));
            fields.map_or(Value::Null, |fields| body(pipeline, fields, serial))
        }
        Type::List(inner) => {
            let one = Field {
                ty: (**inner).clone(),
                ..field.clone()
            };
            Value::Array(vec![value(pipeline, &one, serial)])
        }
        Type::Provider => pipeline
            .providers
            .keys()
            .next()
            .map_or(Value::Null, |it| Value::String(it.clone())),
        Type::Optional(_) | Type::Request | Type::Accepted => Value::Null,
    }
}

/// `paymentId` is `pay_1a2b`, `transaction_id` is `tra_1a2b`: a stem that people recognise, and the serial.
fn text(field: &str, serial: &str) -> String {
    let stem = ["Id", "_id", "ID"]
        .iter()
        .find_map(|suffix| field.strip_suffix(suffix));
    match stem {
        Some(stem) => format!(
            "{}_{serial}",
            stem.to_lowercase().chars().take(3).collect::<String>()
        ),
        // What every handler that looks at it takes.
        None if field == "currency" => "USD".to_owned(),
        None => "example".to_owned(),
    }
}

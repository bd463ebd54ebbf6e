//! Made-up webhook bodies: one value per field of the event that a route takes.

use pipe_compiler::model::{Default, Field, Pipeline, Type};
use serde_json::{Map, Value};

/// Numbers up to here are whole for every reader of JSON.
const WHOLE_MAX: u64 = (1 << 53) - 1;

/// A body of `fields`. `serial`, in hex, makes names and identifiers of different bodies differ; fields with a default are left to it
/// unless they tell bodies apart: `uuid` is made of the bytes, which would be the same.
pub(crate) fn body(pipeline: &Pipeline, fields: &[Field], serial: &str) -> Value {
    let present = fields
        .iter()
        .filter(|field| matches!(field.default, None | Some(Default::Uuid)))
        .filter(|field| !matches!(field.ty, Type::Optional(_)));
    Value::Object(
        present
            .map(|field| (field.name.clone(), value(pipeline, field, serial)))
            .collect::<Map<_, _>>(),
    )
}

fn value(pipeline: &Pipeline, field: &Field, serial: &str) -> Value {
    match &field.ty {
        Type::String if is_identity(pipeline, field) => {
            Value::String(identifier(&field.name, serial))
        }
        Type::String => Value::String(text(&field.name, serial)),
        Type::Int if is_identity(pipeline, field) => Value::from(number(serial)),
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

/// Whether a field makes of two bodies two facts: an event names it after `once`, or it is made of the body's bytes.
fn is_identity(pipeline: &Pipeline, field: &Field) -> bool {
    let mut events = pipeline.events.values();
    field.default == Some(Default::Uuid) || events.any(|event| event.once.contains(&field.name))
}

/// `paymentId` is `pay_1a2b`, `transaction_id` is `tra_1a2b`: a stem that people recognise, and the serial.
fn identifier(field: &str, serial: &str) -> String {
    let stem = stem(field).map(|stem| stem.to_lowercase().chars().take(3).collect());
    let stem: String = stem.unwrap_or_else(|| field.to_owned());
    format!("{stem}_{serial}")
}

fn stem(field: &str) -> Option<&str> {
    let mut suffixes = ["Id", "_id", "ID"].into_iter();
    suffixes.find_map(|suffix| field.strip_suffix(suffix))
}

/// The serial as a number, of which its end counts: there the bodies of one command differ.
fn number(serial: &str) -> u64 {
    u64::from_str_radix(serial, 16).unwrap_or_default() & WHOLE_MAX
}

fn text(field: &str, serial: &str) -> String {
    match stem(field) {
        Some(_) => identifier(field, serial),
        // What every handler that looks at it takes.
        None if field == "currency" => "USD".to_owned(),
        None => "example".to_owned(),
    }
}

//! Workflow values to payloads and to DynamoDB attributes.

use serde_json::Number;

use crate::emit::asl::payload::{Format, Payload, member};
use crate::model::{Expression, ExpressionKind, Field, Literal, Pipeline, Type};

/// Where the execution's start stands in the state data, with exactly three decimals.
pub(crate) const STARTED_AT: &str = "$.started_at";

/// `${ProcessFunction}`, which `DefinitionSubstitutions` fills.
pub(crate) fn placeholder(id: &str) -> String {
    format!("${{{id}}}")
}

/// How the machine's bindings lie in its state data: the event directly, everything else under `value`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The event's binding.
    pub(crate) event: &'a str,
}

/// The value of an expression as a payload.
pub(crate) fn payload(scope: Scope<'_>, expression: &Expression) -> Payload {
    match &expression.kind {
        ExpressionKind::StartedAt => Payload::computed(STARTED_AT),
        ExpressionKind::Path(names) => Payload::computed(path(scope, names)),
        ExpressionKind::Literal(literal) => constant(literal, &expression.ty),
    }
}

fn path(scope: Scope<'_>, names: &[String]) -> String {
    let mut names = names.iter();
    let Some(binding) = names.next() else {
        return "$".to_owned();
    };
    let mut path = member("$", binding);
    if binding != scope.event {
        path.push_str(".value");
    }
    for name in names {
        path = member(&path, name);
    }
    path
}

fn constant(literal: &Literal, ty: &Type) -> Payload {
    match literal {
        Literal::String(text) | Literal::Variant(text) => Payload::text(text),
        Literal::Bool(value) => Payload::Bool(*value),
        // Decimals travel as strings: a number of States Language is a double.
        Literal::Number(digits) if *ty == Type::Decimal => Payload::text(digits),
        Literal::Number(digits) => number(digits),
    }
}

/// A whole number, or for want of one its digits.
pub(crate) fn number(digits: &str) -> Payload {
    digits
        .parse::<Number>()
        .map_or_else(|_| Payload::text(digits), Payload::Number)
}

/// The value of an expression as a DynamoDB attribute.
pub(crate) fn attribute(pipeline: &Pipeline, scope: Scope<'_>, expression: &Expression) -> Payload {
    attribute_of(pipeline, &payload(scope, expression), &expression.ty)
}

fn attribute_of(pipeline: &Pipeline, value: &Payload, ty: &Type) -> Payload {
    match ty {
        Type::String | Type::Enum(_) | Type::Timestamp | Type::Provider => {
            typed("S", value.clone())
        }
        Type::Decimal => typed("N", value.clone()),
        Type::Int | Type::EpochMillis => typed("N", digits(value)),
        Type::Bool => typed("BOOL", value.clone()),
        Type::Record(name) | Type::Event(name) => {
            let fields = fields(pipeline, name);
            let Payload::Computed(path) = value else {
                return typed("M", value.clone());
            };
            let members = fields.iter().map(|field| {
                let inner = Payload::computed(member(path, &field.name));
                (
                    field.name.clone(),
                    attribute_of(pipeline, &inner, &field.ty),
                )
            });
            typed("M", Payload::Object(members.collect()))
        }
        // `refuse.rs` keeps these from getting here.
        Type::List(_) | Type::Optional(_) | Type::Request => typed("S", value.clone()),
    }
}

/// DynamoDB takes numbers as text.
fn digits(value: &Payload) -> Payload {
    match value {
        Payload::Number(number) => Payload::Constant(number.to_string()),
        Payload::Computed(path) => Payload::Computed(Format::default().value(path).done()),
        Payload::Constant(_) | Payload::Bool(_) | Payload::Object(_) | Payload::List(_) => {
            value.clone()
        }
    }
}

/// `{"S": …}`
pub(crate) fn typed(kind: &str, value: Payload) -> Payload {
    Payload::object([(kind, value)])
}

/// The fields of a record or event.
pub(crate) fn fields<'a>(pipeline: &'a Pipeline, name: &str) -> &'a [Field] {
    let record = pipeline
        .types
        .get(name)
        .or_else(|| pipeline.errors.get(name))
        .map(|it| it.fields.as_slice());
    record
        .or_else(|| pipeline.events.get(name).map(|it| it.fields.as_slice()))
        .unwrap_or(&[])
}

/// Why a workflow cannot read a field of this type out of a stream record, if it cannot.
pub(crate) fn unsupported_field(
    pipeline: &Pipeline,
    ty: &Type,
    nested: bool,
) -> Option<&'static str> {
    match ty {
        Type::String
        | Type::Enum(_)
        | Type::Timestamp
        | Type::Decimal
        | Type::Int
        | Type::EpochMillis
        | Type::Provider
        | Type::Bool => None,
        Type::Record(name) | Type::Event(name) => fields(pipeline, name)
            .iter()
            .find_map(|field| unsupported_field(pipeline, &field.ty, true)),
        Type::Request => Some("a workflow cannot hold a request"),
        Type::List(inner) => match **inner {
            Type::String | Type::Enum(_) | Type::Timestamp | Type::Decimal | Type::Bool => None,
            _ => {
                Some("a workflow reads only lists of text, decimals and truth values from an event")
            }
        },
        Type::Optional(inner) => match **inner {
            _ if nested => {
                Some("a workflow cannot tell an absent field inside a record from a wrong one")
            }
            Type::Record(_) | Type::Event(_) | Type::List(_) | Type::Optional(_) => {
                Some("a workflow reads an optional field only when it is a single value")
            }
            _ => None,
        },
    }
}

//! Workflow values to payloads and to DynamoDB attributes.

use std::collections::BTreeMap;

use serde_json::Number;

use crate::emit::asl::payload::{Format, Payload, member};
use crate::emit::piece::text_of;
use crate::model::{Expression, ExpressionKind, Field, Literal, Part, Pipeline, Type};

/// Where the execution's start stands in the state data, with exactly three decimals.
pub(crate) const STARTED_AT: &str = "$.started_at";

/// Where the sort key of the recorded event stands, exactly as it is in the table. Only in a workflow with `on:` a table that has one.
pub(crate) const RECORDED_SORT: &str = "$._sort";

/// Where the place in the turns of `for` stands: `/3`, `/3/0`. Only inside a `for`.
pub(crate) const TURN: &str = "$._turn";

/// `${ProcessFunction}`, which `DefinitionSubstitutions` fills.
pub(crate) fn placeholder(id: &str) -> String {
    format!("${{{id}}}")
}

/// Where the bindings lie in the state data. The event and the item of a `for` lie at their name, what a state has made lies
/// under `value` of its name, and what a branch has bound where its `parallel` put it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    paths: BTreeMap<String, String>,
    /// True inside a `for`, where a state runs once for each item.
    pub(crate) turns: bool,
    /// The event that was recorded in a table and so began the workflow: its binding, and the table.
    pub(crate) recorded: Option<(String, String)>,
}

impl Scope {
    /// A binding that lies at its own name.
    pub(crate) fn bind(&mut self, name: &str) {
        self.paths.insert(name.to_owned(), member("$", name));
    }

    /// A binding that lies under `value` of its name: an output, an error's fields.
    pub(crate) fn bind_value(&mut self, name: &str) {
        self.paths
            .insert(name.to_owned(), format!("{}.value", member("$", name)));
    }

    /// A branch's binding, `ledger.entry`, which lies at a path.
    pub(crate) fn bind_at(&mut self, name: &str, path: String) {
        self.paths.insert(name.to_owned(), path);
    }

    /// The members of the state data that bindings lie in, in order: what a turn of a `for` takes along.
    pub(crate) fn members(&self) -> Vec<String> {
        let mut members: Vec<String> = Vec::new();
        for path in self.paths.values() {
            let name = path.trim_start_matches("$.");
            let name = name.split('.').next().unwrap_or(name).to_owned();
            if !members.contains(&name) {
                members.push(name);
            }
        }
        members
    }

    /// True where this is the event as it stands in this table, whose key is known.
    pub(crate) fn is_recorded(&self, of: &Expression, table: &str) -> bool {
        matches!((&of.kind, &self.recorded), (ExpressionKind::Path(names), Some((binding, place)))
            if place == table && names.as_slice() == std::slice::from_ref(binding))
    }

    /// Who acts: this execution in this state, and in a `for` in this turn. The same on every retry and redrive.
    pub(crate) fn actor(&self, execution: &str) -> String {
        let name = Format::default()
            .value(execution)
            .text("/")
            .value("$$.State.Name");
        if self.turns {
            name.value(TURN).done()
        } else {
            name.done()
        }
    }

    /// Where a binding, or a field of one, lies.
    pub(crate) fn path(&self, names: &[String]) -> String {
        let two = names.iter().take(2).cloned().collect::<Vec<_>>().join(".");
        let (found, used) = match (self.paths.get(&two), names.first()) {
            (Some(path), _) => (path.clone(), 2),
            (None, Some(first)) => {
                let path = self.paths.get(first).cloned();
                (path.unwrap_or_else(|| member("$", first)), 1)
            }
            (None, None) => return "$".to_owned(),
        };
        names
            .iter()
            .skip(used)
            .fold(found, |path, name| member(&path, name))
    }
}

/// The value of an expression as a payload.
pub(crate) fn payload(scope: &Scope, expression: &Expression) -> Payload {
    match &expression.kind {
        ExpressionKind::StartedAt => Payload::computed(STARTED_AT),
        ExpressionKind::Path(names) => Payload::Computed(scope.path(names)),
        ExpressionKind::Literal(literal) => constant(literal, &expression.ty),
        ExpressionKind::Text(parts) => Payload::Computed(text(scope, parts)),
        ExpressionKind::Made { fields, .. } => Payload::Object(
            fields
                .iter()
                .map(|(name, it)| (name.clone(), payload(scope, it)))
                .collect(),
        ),
    }
}

/// One text out of texts and values.
fn text(scope: &Scope, parts: &[Part]) -> String {
    let mut format = Format::default();
    for part in parts {
        format = match part {
            Part::Text(text) => format.text(text),
            Part::Value(value) => format.payload(&payload(scope, value)),
            Part::Date(value) => match payload(scope, value) {
                // The day is what stands before the `T`.
                Payload::Computed(path) => format.value(&text_of((
                    "States.ArrayGetItem(States.StringSplit(",
                    path,
                    ", 'T'), 0)",
                ))),
                other => format.payload(&other),
            },
        };
    }
    format.done()
}

/// A field of an event or record, wherever that comes from.
pub(crate) fn field_of(scope: &Scope, value: &Expression, name: &str) -> Payload {
    match &value.kind {
        ExpressionKind::Made { fields, .. } => fields
            .iter()
            .find(|(it, _)| it == name)
            .map_or_else(|| Payload::text(""), |(_, it)| payload(scope, it)),
        _ => match payload(scope, value) {
            Payload::Computed(path) => Payload::Computed(member(&path, name)),
            other => other,
        },
    }
}

/// The value at a path with `null` for each field that it may lack, so that every field can be named.
pub(crate) fn complete(pipeline: &Pipeline, path: &str, ty: &Type) -> String {
    let (Type::Record(name) | Type::Event(name)) = ty else {
        return path.to_owned();
    };
    let absent: Vec<String> = fields(pipeline, name)
        .iter()
        .filter(|it| matches!(it.ty, Type::Optional(_)))
        .map(|it| format!(r#""{}":null"#, it.name))
        .collect();
    if absent.is_empty() {
        return path.to_owned();
    }
    format!(
        "States.JsonMerge(States.StringToJson('{{{}}}'), {path}, false)",
        absent.join(",")
    )
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
pub(crate) fn attribute(pipeline: &Pipeline, scope: &Scope, expression: &Expression) -> Payload {
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
            let inner = |name: &str| match value {
                Payload::Computed(path) => Some(Payload::computed(member(path, name))),
                Payload::Object(members) => members
                    .iter()
                    .find(|(it, _)| it == name)
                    .map(|(_, value)| value.clone()),
                _ => None,
            };
            let members = fields(pipeline, name).iter().filter_map(|field| {
                let value = attribute_of(pipeline, &inner(&field.name)?, &field.ty);
                Some((field.name.clone(), value))
            });
            typed("M", Payload::Object(members.collect()))
        }
        // `refuse.rs` keeps these from getting here.
        Type::List(_) | Type::Optional(_) | Type::Request | Type::Accepted => {
            typed("S", value.clone())
        }
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
        Type::Request | Type::Accepted => Some("a workflow cannot hold a request"),
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

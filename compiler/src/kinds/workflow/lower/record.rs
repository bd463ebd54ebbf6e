//! The first states of a machine: out of the raw stream record come the event, when the execution began, and the trace.

use crate::emit::asl::payload::{Format, Payload, member};
use crate::emit::asl::{Next, Pass};
use crate::model::{Event, Field, Pipeline, Table, Type, Workflow};

use super::condition;
use super::value::{complete, fields};

/// The pipe hands over an array with one record of the table's stream.
pub(crate) const NEW_IMAGE: &str = "$[0].dynamodb.NewImage";

/// Puts the record's image where absent attributes have a value: a path to what is not there would end the execution.
pub(crate) fn image(event: &Event, next: Next) -> Pass {
    let mut absent = vec![r#""_trace":{"S":""}"#.to_owned()];
    for field in &event.fields {
        if let Type::Optional(inner) = &field.ty {
            let default = match **inner {
                // States.StringToJson makes null of an empty text.
                Type::Int | Type::EpochMillis => r#"{"N":""}"#,
                Type::Decimal => r#"{"N":null}"#,
                Type::Bool => r#"{"BOOL":null}"#,
                _ => r#"{"S":null}"#,
            };
            absent.push(format!(r#""{}":{default}"#, field.name));
        }
    }
    let defaults = absent.join(",");
    let merged =
        format!("States.JsonMerge(States.StringToJson('{{{defaults}}}'), {NEW_IMAGE}, false)");
    Pass {
        comment: Some(
            "The record as it was written; what it may lack gets an empty value.".to_owned(),
        ),
        parameters: Payload::object([("image", Payload::Computed(merged))]),
        result_path: None,
        next,
    }
}

/// Makes the scope of the workflow out of the image.
pub(crate) fn scope(
    pipeline: &Pipeline,
    workflow: &Workflow,
    event: &Event,
    table: &Table,
    next: Next,
) -> Pass {
    let sort = table.sort.as_ref().map(|(name, _)| name.as_str());
    let members = event.fields.iter().map(|field| {
        let is_key = sort == Some(field.name.as_str());
        (
            field.name.clone(),
            decoded(pipeline, "$.image", field, is_key),
        )
    });
    let mut scope = vec![
        (workflow.binding.clone(), Payload::Object(members.collect())),
        ("started_at".to_owned(), Payload::Computed(started_at())),
        ("trace".to_owned(), Payload::computed("$.image._trace.S")),
        (
            "_partition".to_owned(),
            Payload::Computed(key_text(event, &table.partition)),
        ),
    ];
    if let Some(sort) = sort {
        scope.push(("_sort".to_owned(), Payload::Computed(key_text(event, sort))));
    }
    let operands = condition::operands(pipeline, workflow);
    if !operands.is_empty() {
        scope.push(("_where".to_owned(), Payload::Object(operands)));
    }
    Pass {
        comment: Some("The event in the types of the spec, when this execution began, and the trace it belongs to.".to_owned()),
        parameters: Payload::Object(scope),
        result_path: None,
        next,
    }
}

/// The same where `start` begins it: the input is the scope, the event under its binding, as plain JSON with decimals as text.
pub(crate) fn started(pipeline: &Pipeline, workflow: &Workflow, next: Next) -> Pass {
    let input = member("$", &workflow.binding);
    let event = complete(pipeline, &input, &Type::Event(workflow.event.clone()));
    let scope = vec![
        (workflow.binding.clone(), Payload::Computed(event)),
        ("started_at".to_owned(), Payload::Computed(started_at())),
        // Its trace is the execution's own: a later start with the same input has to be the same start.
        ("trace".to_owned(), Payload::Constant(String::new())),
    ];
    Pass {
        comment: Some(
            "The event, with null for what it lacks, and when this execution began.".to_owned(),
        ),
        parameters: Payload::Object(scope),
        result_path: None,
        next,
    }
}

/// When the execution began, with exactly three decimals. AWS leaves them out when they are zero.
fn started_at() -> String {
    let padded = Format::default()
        .value("$$.Execution.StartTime")
        .text(".000")
        .done();
    let parts = format!("States.StringSplit({padded}, '.Z')");
    Format::default()
        .value(&format!("States.ArrayGetItem({parts}, 0)"))
        .text(".")
        .value(&format!("States.ArrayGetItem({parts}, 1)"))
        .text("Z")
        .done()
}

/// A key attribute as it stands in the table.
fn key_text(event: &Event, name: &str) -> String {
    let numeric = event
        .fields
        .iter()
        .any(|it| it.name == name && attribute_kind(&it.ty) == "N");
    member(&member("$.image", name), if numeric { "N" } else { "S" })
}

fn decoded(pipeline: &Pipeline, image: &str, field: &Field, is_sort_key: bool) -> Payload {
    let attribute = member(image, &field.name);
    if is_sort_key {
        return sort_value(&attribute, &field.ty);
    }
    value(pipeline, &attribute, &field.ty)
}

/// The sort key carries a suffix that makes facts of one instant differ; the value is what stands before it.
fn sort_value(attribute: &str, ty: &Type) -> Payload {
    let kind = attribute_kind(ty);
    let text = member(attribute, kind);
    let separator = if kind == "N" { "." } else { "#" };
    let first = format!("States.ArrayGetItem(States.StringSplit({text}, '{separator}'), 0)");
    match ty {
        Type::Int | Type::EpochMillis => Payload::Computed(format!("States.StringToJson({first})")),
        _ => Payload::Computed(first),
    }
}

fn value(pipeline: &Pipeline, attribute: &str, ty: &Type) -> Payload {
    match ty {
        Type::Int | Type::EpochMillis => {
            Payload::Computed(format!("States.StringToJson({attribute}.N)"))
        }
        Type::Record(name) | Type::Event(name) => {
            let inside = format!("{attribute}.M");
            let members = fields(pipeline, name).iter();
            let members = members.map(|it| {
                (
                    it.name.clone(),
                    value(pipeline, &member(&inside, &it.name), &it.ty),
                )
            });
            Payload::Object(members.collect())
        }
        Type::List(inner) => {
            Payload::Computed(format!("{attribute}.L[*].{}", attribute_kind(inner)))
        }
        Type::Optional(inner) => value(pipeline, attribute, inner),
        Type::String
        | Type::Enum(_)
        | Type::Timestamp
        | Type::Decimal
        | Type::Bool
        | Type::Provider
        | Type::Request
        | Type::Accepted => Payload::Computed(format!("{attribute}.{}", attribute_kind(ty))),
    }
}

/// DynamoDB's type for a wire type.
pub(crate) fn attribute_kind(ty: &Type) -> &'static str {
    match ty {
        Type::String
        | Type::Enum(_)
        | Type::Timestamp
        | Type::Provider
        | Type::Request
        | Type::Accepted => "S",
        Type::Int | Type::Decimal | Type::EpochMillis => "N",
        Type::Bool => "BOOL",
        Type::Record(_) | Type::Event(_) => "M",
        Type::List(_) => "L",
        Type::Optional(inner) => attribute_kind(inner),
    }
}

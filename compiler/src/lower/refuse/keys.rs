//! Keys that a workflow cannot make: a value before the last is escaped by the runtime, and States Language cannot replace text.

use pipe_runtime::claim::PARTITION_PREFIX as CLAIM;

use crate::diag;
use crate::kinds::workflow::lower::sort_fields;
use crate::model::{
    Effect, Event, Expression, ExpressionKind, Literal, Origin, Part, Pipeline, Statement, Type,
    Workflow,
};

use super::Refusal;

/// The `append`s and `update`s of a workflow whose key could be another one than the runtime's.
pub(super) fn refusals(pipeline: &Pipeline, workflow: &Workflow, refusals: &mut Vec<Refusal>) {
    Statement::walk(&workflow.body, &mut |it| {
        refusals.extend(refused(pipeline, workflow, it));
    });
}

fn refused(pipeline: &Pipeline, workflow: &Workflow, statement: &Statement) -> Option<Refusal> {
    match statement {
        Statement::Append {
            event,
            fields,
            table,
            origin,
            ..
        } => {
            // The sort key has these values too, in the same order and without the partition's: where the claim is right, so is it.
            let event = pipeline.events.get(event)?;
            let given = |name: &str| fields.iter().find(|(it, _)| it == name);
            let partition = &pipeline.tables.get(table)?.partition;
            if given(partition).is_some_and(|(_, value)| is_claimed(value)) {
                return Some(reserved(*origin, event, partition));
            }
            let (_, before) = event.once.split_last()?;
            let free = before
                .iter()
                .find(|name| given(name).is_some_and(|(_, value)| is_free(value)))?;
            Some(refusal(*origin, "append", event, free))
        }
        Statement::Effect {
            effect: Effect::Update { table, of, .. },
            origin,
            ..
        } => {
            let Type::Event(event) = &of.ty else {
                return None;
            };
            let event = pipeline.events.get(event)?;
            let declared = pipeline.tables.get(table)?;
            // The record that began the workflow has its key.
            let is_recorded = workflow.on.as_ref() == Some(table)
                && matches!(&of.kind, ExpressionKind::Path(names) if *names == [workflow.binding.clone()]);
            if is_recorded || declared.sort.is_none() {
                return None;
            }
            let names = sort_fields(declared, event);
            let (_, before) = names.split_last()?;
            let is_text = |name: &str| {
                let field = event.fields.iter().find(|it| it.name == name);
                field.is_some_and(|it| it.ty == Type::String)
            };
            let free = before.iter().find(|name| is_text(name))?;
            Some(refusal(*origin, "update", event, free))
        }
        _ => None,
    }
}

/// Whether a text may have a `#` or `%` in it: enums, numbers and instants have none, and of a text in the spec it is known.
fn is_free(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Literal(Literal::String(text)) => text.contains(['#', '%']),
        _ => value.ty == Type::String,
    }
}

/// Whether a text begins as only the partitions of claims may, which a handler's append refuses as well.
fn is_claimed(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Literal(Literal::String(text)) => text.starts_with(CLAIM),
        ExpressionKind::Text(parts) => {
            matches!(parts.first(), Some(Part::Text(text)) if text.starts_with(CLAIM))
        }
        _ => false,
    }
}

fn reserved(origin: Origin, event: &Event, partition: &str) -> Refusal {
    Refusal {
        code: &diag::P0314,
        origin,
        message: format!(
            "`{}` cannot be recorded under a `{partition}` that begins with `{CLAIM}`: so begin the keys by which an event is recorded once",
            event.name
        ),
    }
}

fn refusal(origin: Origin, verb: &str, event: &Event, free: &str) -> Refusal {
    let (name, once) = (&event.name, event.once.join(", "));
    Refusal {
        code: &diag::P0314,
        origin,
        message: format!(
            "a workflow cannot {verb} `{name}`, which is `once {once}`: `{free}` is text that may have `#` or `%`, and States Language cannot escape \
             them. Name it last after `once`, make it an enum or a number, or let a function do this"
        ),
    }
}

//! What a checked pipeline may say and AWS offers no way to do. The checker shows these; nothing is emitted for such a pipeline.

use crate::model::{Catch, Event, Expression, Origin, Pipeline, Statement, Type, Workflow};

use super::workflow::unsupported_field;

/// Something that cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where it stands.
    pub origin: Origin,
    /// Why it cannot be, as a diagnostic says it.
    pub message: String,
}

/// Everything that cannot be lowered; empty for a pipeline that `compile` may be given.
pub fn refusals(pipeline: &Pipeline) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for workflow in pipeline.workflows.values() {
        event(pipeline, workflow, &mut refusals);
        block(pipeline, &workflow.body, &mut refusals);
    }
    refusals
}

fn event(pipeline: &Pipeline, workflow: &Workflow, refusals: &mut Vec<Refusal>) {
    let fields = pipeline
        .events
        .get(&workflow.event)
        .map_or(&[][..], |it: &Event| &it.fields);
    for field in fields {
        if let Some(reason) = unsupported_field(pipeline, &field.ty, false) {
            let message = format!(
                "`{}` cannot start a workflow with its field `{}`: {reason}",
                workflow.event, field.name
            );
            refusals.push(Refusal {
                origin: workflow.on_origin,
                message,
            });
        }
    }
}

fn block(pipeline: &Pipeline, statements: &[Statement], refusals: &mut Vec<Refusal>) {
    for statement in statements {
        match statement {
            Statement::Call { catches, .. } => {
                for Catch { body, .. } in catches {
                    block(pipeline, body, refusals);
                }
            }
            Statement::Append {
                event,
                fields,
                table,
                origin,
            } => {
                append(pipeline, event, fields, refusals);
                let sort = pipeline.tables.get(table).and_then(|it| it.sort.as_ref());
                if sort.is_some_and(|(_, ty)| super::table::sort_type(ty) == "N") {
                    let message = format!(
                        "a workflow cannot append to `{table}`: States Language cannot make its numeric sort key unique"
                    );
                    refusals.push(Refusal {
                        origin: *origin,
                        message,
                    });
                }
            }
            Statement::Fail { .. } => {}
        }
    }
}

fn append(
    pipeline: &Pipeline,
    event: &str,
    fields: &[(String, Expression)],
    refusals: &mut Vec<Refusal>,
) {
    for (name, expression) in fields {
        let reason = match &expression.ty {
            Type::Optional(_) => Some("a workflow cannot leave an absent value out of an item"),
            Type::List(_) => Some("a workflow cannot turn a list into a DynamoDB list"),
            ty => unsupported_field(pipeline, ty, true),
        };
        if let Some(reason) = reason {
            let message = format!("field `{name}` of `{event}` cannot be appended here: {reason}");
            refusals.push(Refusal {
                origin: expression.origin,
                message,
            });
        }
    }
}

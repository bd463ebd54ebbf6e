//! Partitions that only claims have, `claim#…`: a fact under one would take the place of the claim by which another is recorded, or a workflow
//! begun, once. A handler's append looks at its value; here a value that may begin so is asked about first, where a fact could lie where a claim does.

use pipe_runtime::claim::PARTITION_PREFIX as CLAIM;

use crate::emit::asl::choice::{Operand, Rule};
use crate::model::{Expression, ExpressionKind, Part, Pipeline, Statement, Table, Type};

use super::value::Scope;

/// What holds where an `append` would record under a partition of claims; `None` where it never would.
pub(super) fn asked(pipeline: &Pipeline, scope: &Scope, statement: &Statement) -> Option<Rule> {
    let Statement::Append {
        event,
        fields,
        table,
        ..
    } = statement
    else {
        return None;
    };
    let table = pipeline.tables.get(table)?;
    if !can_meet(pipeline, event, table) {
        return None;
    }
    let (_, value) = fields.iter().find(|(name, _)| *name == table.partition)?;
    rule(pipeline, scope, value)
}

/// Whether a fact's key can be a claim's. Where the table has a sort key, a claim on an event has one that no fact has, and a claim on a start
/// that of the fact that starts, in which the event's name stands.
fn can_meet(pipeline: &Pipeline, event: &str, table: &Table) -> bool {
    let mut workflows = pipeline.workflows.values();
    table.sort.is_none()
        || workflows.any(|it| it.on.as_ref() == Some(&table.name) && it.event == event)
}

/// What holds of a value that begins as only claims may; `None` where it cannot.
fn rule(pipeline: &Pipeline, scope: &Scope, value: &Expression) -> Option<Rule> {
    match &value.kind {
        ExpressionKind::Path(names) if *value.ty.base() == Type::String => {
            let was_asked = is_recorded_partition(pipeline, scope, names);
            (!was_asked).then(|| Rule::starts_with(scope.path(names), CLAIM))
        }
        ExpressionKind::Text(parts) => of_text(scope, parts),
        // What is written in the spec is refused by `lower/refuse/keys.rs`; nothing else has a `#`.
        _ => None,
    }
}

/// A partition that was asked about when the event that began the workflow was recorded.
fn is_recorded_partition(pipeline: &Pipeline, scope: &Scope, names: &[String]) -> bool {
    let Some((binding, table)) = &scope.recorded else {
        return false;
    };
    let partition = pipeline.tables.get(table).map(|it| &it.partition);
    matches!(names, [first, field] if first == binding && Some(field) == partition)
}

fn of_text(scope: &Scope, parts: &[Part]) -> Option<Rule> {
    let mut rest = CLAIM;
    let mut parts = parts.iter().peekable();
    // Text that is a beginning of `claim#` leaves the rest of it to the value behind.
    while let Some(Part::Text(text)) = parts.peek() {
        rest = rest.strip_prefix(text.as_str())?;
        parts.next();
    }
    let Some(Part::Value(value)) = parts.next() else {
        return None;
    };
    let ExpressionKind::Path(names) = &value.kind else {
        return None;
    };
    let is_text = matches!(
        value.ty.base(),
        Type::String | Type::Enum(_) | Type::Provider
    );
    if !is_text {
        return None;
    }
    let path = scope.path(names);
    let mut rules = vec![Rule::starts_with(path.clone(), rest)];
    for (at, _) in rest.char_indices() {
        let (value, behind) = rest.split_at(at);
        let goes_on = match parts.peek() {
            None | Some(Part::Date(_)) => false,
            Some(Part::Text(text)) => text.starts_with(behind) || behind.starts_with(text.as_str()),
            Some(Part::Value(_)) => true,
        };
        if goes_on {
            let value = Operand::Text(value.to_owned());
            rules.push(Rule::test(path.clone(), "StringEquals", value));
        }
    }
    Some(match rules.len() {
        1 => rules.remove(0),
        _ => Rule::Or(rules),
    })
}

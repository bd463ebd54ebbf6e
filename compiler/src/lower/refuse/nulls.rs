//! Conditions that would take `null` for something that is there. A workflow writes one for each field that the event it sends on lacks,
//! and no pattern of EventBridge or SNS can ask for everything but `null`.

use crate::diag;
use crate::model::{
    Condition, Effect, Expression, ExpressionKind, Operator, Origin, Pipeline, Statement, Type,
};

use super::Refusal;

/// Where something is sent to whose conditions are patterns.
#[derive(Clone, Copy)]
pub(super) enum Through<'a> {
    Bus(&'a str),
    Topic(&'a str),
}

/// The condition of a rule or subscription on this event, where a workflow sends one whose `null` it would misread.
pub(super) fn refusal(
    pipeline: &Pipeline,
    through: Through<'_>,
    event: &str,
    condition: &Condition,
    origin: Origin,
) -> Option<Refusal> {
    let fields = &pipeline.events.get(event)?.fields;
    let mut optional = fields
        .iter()
        .filter(|it| matches!(it.ty, Type::Optional(_)))
        .filter(|it| misreads(condition, &it.name, false));
    optional.find_map(|field| {
        let sends = |body: &[Statement]| {
            let mut found = false;
            Statement::walk(body, &mut |it| {
                let sent = sent(it, through);
                found |= sent.is_some_and(|it| is_sent_on(it, event));
            });
            found
        };
        let mut workflows = pipeline.workflows.values();
        let workflow = workflows.find(|it| sends(&it.body))?;
        Some(Refusal {
            code: &diag::P0210,
            origin,
            message: format!(
                "`{}` may be absent, and `{}` sends it as `null` then, which a pattern takes for something that is there; let a function send the event",
                field.name, workflow.name
            ),
        })
    })
}

/// True where the pattern of a condition answers otherwise for `null` than for a field that is not there.
fn misreads(condition: &Condition, name: &str, negated: bool) -> bool {
    match condition {
        Condition::Present { field, .. } => field == name,
        Condition::Compare {
            field, operator, ..
        } => field == name && (negated || *operator == Operator::NotEqual),
        Condition::StartsWith { field, .. } => field == name && negated,
        Condition::And(parts) | Condition::Or(parts) => {
            parts.iter().any(|it| misreads(it, name, negated))
        }
        Condition::Not(inner) => misreads(inner, name, true),
    }
}

fn sent<'a>(statement: &'a Statement, through: Through<'_>) -> Option<&'a Expression> {
    let Statement::Effect { effect, .. } = statement else {
        return None;
    };
    match (effect, through) {
        (Effect::SendBus { value, bus }, Through::Bus(name)) => (bus == name).then_some(value),
        (Effect::Publish { value, topic }, Through::Topic(name)) => {
            (topic == name).then_some(value)
        }
        _ => None,
    }
}

/// Of a value that is made in place, what is not given is not written, and what is given is there.
fn is_sent_on(value: &Expression, event: &str) -> bool {
    let made = matches!(value.kind, ExpressionKind::Made { .. });
    !made && matches!(&value.ty, Type::Event(name) if name == event)
}

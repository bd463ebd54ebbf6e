//! What the states of a statement are called: what a person sees in the console and in the history.

use crate::emit::piece::text_of;
use crate::model::{Effect, Statement, Test, Type, Wait};

use super::question::{value_words, words};

/// The name of a statement's first state.
pub(super) fn title(statement: &Statement) -> String {
    match statement {
        Statement::Call {
            binding: Some(binding),
            function,
            ..
        } => text_of((binding, ": ", function)),
        Statement::Call {
            binding: None,
            function,
            ..
        } => function.clone(),
        Statement::Append { event, .. } => text_of(("append ", event)),
        Statement::Effect { effect, .. } => effect_title(effect),
        Statement::If { arms, .. } => {
            let first = arms.first().map(|(test, _)| question(test));
            first.unwrap_or_else(|| "if".to_owned())
        }
        Statement::Expect { test, .. } => format!("expect {}", words(test)),
        Statement::Match { subject, .. } => format!("Which {}?", value_words(subject)),
        Statement::Wait {
            wait: Wait::ForS(seconds),
            ..
        } => format!("wait {}", duration(*seconds)),
        Statement::Wait {
            wait: Wait::Until(time),
            ..
        } => format!("wait until {}", value_words(time)),
        Statement::Parallel { branches, .. } => {
            let names: Vec<&str> = branches.iter().map(|it| it.name.as_str()).collect();
            format!("parallel: {}", names.join(", "))
        }
        Statement::For { item, items, .. } => format!("for {item} in {}", value_words(items)),
        Statement::Fail { error, .. } => text_of(("fail ", error)),
        Statement::Done { .. } => "done".to_owned(),
    }
}

/// `Is refund.amount > 500?`
fn question(test: &Test) -> String {
    format!("Is {}?", words(test))
}

fn effect_title(effect: &Effect) -> String {
    let name = |ty: &Type| match ty {
        Type::Event(name) | Type::Record(name) => name.clone(),
        _ => String::new(),
    };
    match effect {
        Effect::Publish { value, topic } => format!("publish {} to {topic}", name(&value.ty)),
        Effect::Alert { topic, .. } => text_of(("publish to ", topic)),
        Effect::SendQueue { value, queue } => format!("send {} to {queue}", name(&value.ty)),
        Effect::SendBus { value, bus } => format!("send {} to {bus}", name(&value.ty)),
        Effect::Put { value, bucket, .. } => format!("put {} to {bucket}", name(&value.ty)),
        Effect::Update { table, field, .. } => text_of(("update ", table, ".", field)),
        Effect::Start { workflow, .. } => text_of(("start ", workflow)),
    }
}

/// `90s`, `5m`, `2h`, `7d`: the largest unit that says it whole.
fn duration(seconds: u64) -> String {
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    text_of((seconds, "s"))
}

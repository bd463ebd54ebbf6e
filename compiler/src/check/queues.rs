//! What holds between a queue, what is sent to it, what takes from it and its dead letters.

use pipe_dsl::tree::{Broken, Span};

use crate::check::context::{Context, span_of};
use crate::check::quantity;
use crate::check::types::spelled;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Field, Queue, Trigger, Type, Verb};

/// How many times the consumer's timeout a message is hidden. AWS: "Using Lambda with Amazon SQS".
const VISIBILITY_FACTOR: u32 = 6;
/// What SQS hides a message for when nobody says.
const VISIBILITY_S: u32 = 30;
/// Longest visibility timeout of SQS.
const VISIBILITY_MAX_S: u32 = 43_200;
/// Days that messages are kept, and dead letters.
const RETENTION_S: u32 = 4 * 86_400;
const DEAD_RETENTION_S: u32 = 14 * 86_400;

/// Checks all queues and fills in what depends on others.
pub(crate) fn check(cx: &mut Context<'_>) {
    let queues: Vec<Queue> = cx.model.queues.values().cloned().collect();
    for queue in &queues {
        let consumer = consumer(cx, queue);
        messages(cx, queue, consumer.as_ref());
        visibility(cx, queue, consumer.as_ref());
    }
    for queue in &queues {
        retention(cx, queue);
    }
    for queue in &queues {
        dead_letters(cx, queue);
    }
}

/// The function that takes from a queue.
struct Consumer {
    name: String,
    input: Type,
    timeout_s: u32,
    at: Span,
}

/// The consumer; reports a second one.
fn consumer(cx: &mut Context<'_>, queue: &Queue) -> Option<Consumer> {
    let mut found: Option<Consumer> = None;
    let mut second = Vec::new();
    for function in cx.model.functions.values() {
        let Trigger::Queue {
            queue: source,
            origin,
            ..
        } = &function.trigger
        else {
            continue;
        };
        if *source != queue.name {
            continue;
        }
        let at = span_of(*origin);
        match &found {
            None => {
                found = Some(Consumer {
                    name: function.name.clone(),
                    input: function.input.clone(),
                    timeout_s: function.timeout_s,
                    at,
                });
            }
            Some(first) => {
                let message = format!(
                    "`{}` and `{}` both take from `{}`",
                    first.name, function.name, queue.name
                );
                second.push(
                    diag::P0315
                        .at(at, message)
                        .label("each message goes to one of them, and nobody says which")
                        .second(first.at, "the other one")
                        .help("a topic gives each message to every subscriber"),
                );
            }
        }
    }
    for it in second {
        cx.report(it);
    }
    found
}

/// One type of message, and of a FIFO queue the field that groups it.
fn messages(cx: &mut Context<'_>, queue: &Queue, consumer: Option<&Consumer>) {
    let sends: Vec<_> = cx
        .sends
        .iter()
        .filter(|it| it.queue == queue.name)
        .cloned()
        .collect();
    let first = match (consumer, sends.first()) {
        (Some(it), _) => Some((it.input.clone(), it.at, "takes")),
        (None, Some(it)) => Some((it.message.clone(), it.span, "is sent")),
        (None, None) => None,
    };
    let Some((ty, at, takes)) = first else {
        capability(cx, queue);
        return;
    };
    for sent in sends.iter().filter(|it| it.message != ty) {
        let message = format!(
            "`{}` is sent here, but `{}` {takes} `{}`",
            spelled(&sent.message),
            queue.name,
            spelled(&ty)
        );
        cx.report(
            diag::P0221
                .at(sent.span, message)
                .label(format!("a `{}`", spelled(&sent.message)))
                .second(at, format!("`{}` here", spelled(&ty)))
                .help("the messages of a queue are of one type: declare a queue for each"),
        );
    }
    if queue.fifo {
        group(cx, queue, &ty);
    }
}

/// True if some function could not be read: it may be the one that says what a queue's messages are.
pub(crate) fn lacks_functions(cx: &Context<'_>) -> bool {
    let mut functions = cx.symbols.iter().filter(|it| it.1.kind == KindId::Function);
    let broken = |it: &Broken| it.kind.as_ref().is_none_or(|it| it.text == "function");
    functions.any(|it| !cx.model.functions.contains_key(*it.0)) || cx.tree.broken.iter().any(broken)
}

/// A handler may be granted to send, and then nothing but a consumer says what.
fn capability(cx: &mut Context<'_>, queue: &Queue) {
    if lacks_functions(cx) {
        return;
    }
    let grant = cx
        .model
        .grants
        .values()
        .flat_map(|it| &it.permissions)
        .find(|it| it.verb == Verb::Send && it.resource == queue.name)
        .map(|it| span_of(it.origin));
    if let Some(at) = grant {
        let declared = cx.name_span(&queue.name);
        cx.report(
            diag::P0221
                .at(
                    at,
                    format!("nothing says what the messages of `{}` are", queue.name),
                )
                .label("of which type?")
                .second(declared, "nothing takes from it")
                .help("let a function take its messages: what it takes is what is sent"),
        );
    }
}

fn group(cx: &mut Context<'_>, queue: &Queue, ty: &Type) {
    let at = cx.place(&queue.name, "group");
    let Some(group) = &queue.group else {
        cx.report(
            diag::P0410
                .at(
                    at,
                    format!(
                        "`{}` does not say what its messages are ordered by",
                        queue.name
                    ),
                )
                .label("`group:` is missing")
                .help(format!(
                    "name a field of `{}`: messages of equal value keep their order",
                    spelled(ty)
                )),
        );
        return;
    };
    let Some(fields) = cx.fields_of(ty) else {
        return;
    };
    let fits = |it: &Field| {
        matches!(
            it.ty,
            Type::String | Type::Int | Type::Bool | Type::Enum(_) | Type::Provider
        )
    };
    match fields.iter().find(|it| it.name == *group) {
        Some(field) if fits(field) => {}
        Some(field) => {
            let message = format!(
                "`{group}` is `{}`, which cannot group messages",
                spelled(&field.ty)
            );
            let it = diag::P0410.at(at, message);
            cx.report(it.label("a string, enum, int or bool that is always there can"));
        }
        None if cx.incomplete.contains(spelled(ty).as_str()) => {}
        None => {
            let message = format!(
                "the messages of `{}` are `{}`, which has no field `{group}`",
                queue.name,
                spelled(ty)
            );
            let it = diag::P0410.at(at, message).label("no such field");
            let names: Vec<&str> = fields.iter().map(|it| it.name.as_str()).collect();
            cx.report(it.help(format!("it has `{}`", names.join("`, `"))));
        }
    }
}

fn visibility(cx: &mut Context<'_>, queue: &Queue, consumer: Option<&Consumer>) {
    let needed = consumer.map_or(VISIBILITY_S, |it| {
        it.timeout_s
            .saturating_mul(VISIBILITY_FACTOR)
            .min(VISIBILITY_MAX_S)
    });
    if queue.visibility_s == 0 {
        if let Some(it) = cx.model.queues.get_mut(&queue.name) {
            it.visibility_s = needed;
        }
        return;
    }
    let Some(consumer) = consumer.filter(|_| queue.visibility_s < needed) else {
        return;
    };
    let at = cx.place(&queue.name, "visibility");
    let function = cx.place(&consumer.name, "timeout");
    let message = format!(
        "`{}` shows a message again after {}, while `{}` may still work on it",
        queue.name,
        quantity::spelled_s(queue.visibility_s),
        consumer.name
    );
    let help = format!(
        "at least {VISIBILITY_FACTOR} times the timeout of {}, which is {}; without the line it is just that",
        quantity::spelled_s(consumer.timeout_s),
        quantity::spelled_s(needed)
    );
    cx.report(
        diag::P0409
            .at(at, message)
            .label("too short")
            .second(function, "works so long")
            .help(help)
            .suggest(at, format!("visibility: {}", quantity::spelled_s(needed))),
    );
}

/// A dead-letter queue keeps longer than those that it serves.
fn retention(cx: &mut Context<'_>, queue: &Queue) {
    let is_dead = is_dead_letter(cx, &queue.name);
    if queue.retention_s == 0
        && let Some(it) = cx.model.queues.get_mut(&queue.name)
    {
        it.retention_s = if is_dead {
            DEAD_RETENTION_S
        } else {
            RETENTION_S
        };
    }
}

fn is_dead_letter(cx: &Context<'_>, name: &str) -> bool {
    let mut all = cx.model.queues.values();
    all.any(|it| it.dead_letter.as_ref().is_some_and(|it| it.0 == name))
}

fn dead_letters(cx: &mut Context<'_>, queue: &Queue) {
    let name = &queue.name;
    let Some((dead, _)) = &queue.dead_letter else {
        if !is_dead_letter(cx, name) && !cx.places.contains_key(&(name.as_str(), "dead_letter")) {
            let at = cx.name_span(name);
            cx.report(
                diag::P0410
                    .at(at, format!("`{name}` has no dead-letter queue"))
                    .label("what always fails would be tried until it expires, and then be lost")
                    .help(format!(
                        "declare `queue {name}_dlq` and say `dead_letter: {name}_dlq after 5`"
                    )),
            );
        }
        return;
    };
    let at = cx.place(name, "dead_letter");
    let (Some(mine), Some(other)) = (cx.model.queues.get(name), cx.model.queues.get(dead)) else {
        return;
    };
    let second = cx.name_span(dead);
    let fault = if dead == name {
        Some(format!("`{name}` is its own dead-letter queue"))
    } else if mine.fifo != other.fifo {
        let kind = if mine.fifo {
            "a FIFO queue"
        } else {
            "a standard queue"
        };
        Some(format!("`{name}` is {kind} and `{dead}` is none"))
    } else if other.dead_letter.is_some() {
        Some(format!("`{dead}` has dead letters of its own"))
    } else if other.retention_s <= mine.retention_s {
        Some(format!(
            "`{dead}` keeps messages for {}, not longer than `{name}` with {}",
            quantity::spelled_s(other.retention_s),
            quantity::spelled_s(mine.retention_s)
        ))
    } else if cx.families.contains(dead.as_str()) && !cx.families.contains(name.as_str()) {
        Some(format!(
            "`{dead}` is one for each provider, and `{name}` is not"
        ))
    } else {
        None
    };
    if let Some(message) = fault {
        cx.report(
            diag::P0410
                .at(at, message)
                .label("cannot take its dead letters")
                .second(second, "declared here"),
        );
    }
}

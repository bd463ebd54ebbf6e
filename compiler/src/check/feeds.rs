//! `on:` of functions and queues: what feeds them.

use pipe_dsl::tree::{Attribute, Phrase, Span};

use crate::check::clauses::{self, Clauses};
use crate::check::context::{Context, span_of};
use crate::check::queues;
use crate::check::sinks;
use crate::check::types::spelled;
use crate::diag;
use crate::kinds::{KindId, Value};
use crate::model::{Subscription, Trigger, Type, Verb};

/// Most messages of one call; AWS: "Configuring scaling behavior for SQS event source mappings", "Lambda parameters for DynamoDB Streams".
const BATCH: Value = Value::Whole {
    min: 1,
    max: 10_000,
};
/// MaximumBatchingWindowInSeconds.
const WINDOW: Value = Value::Duration {
    min_s: 1,
    max_s: 300,
};
/// Most messages of one call without a window, and of a FIFO queue always.
const BATCH_WITHOUT_WINDOW: u32 = 10;

const FORM: &str = "a queue, table or topic: `inbox batch 10`, `orders where amount > 5`, `news where kind == refund`";

/// Reads `on:` of a function.
pub(crate) fn function<'t>(
    cx: &mut Context<'t>,
    it: &'t Attribute<'t>,
    name: &'t str,
    input: &Type,
) -> Option<Trigger> {
    let phrase = single(cx, it)?;
    let clauses = clauses::read(cx, phrase, &["where", "batch", "window"], "on", FORM)?;
    let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
        cx.report_form(phrase.span, "on", FORM);
        return None;
    };
    let source = cx.resolve(word, &[KindId::Queue, KindId::Table, KindId::Topic])?;
    let trigger = match cx.symbols.get(source).map(|it| it.kind) {
        Some(KindId::Queue) => queue(cx, source, &clauses, name, word.span),
        Some(KindId::Table) => stream(cx, source, &clauses, input, word.span),
        _ => topic(cx, source, &clauses, input, word.span).map(Trigger::Topic),
    }?;
    if cx.families.contains(name) && !matches!(trigger, Trigger::Queue { .. }) {
        let message = format!("`{name}` is one for each provider, and `{source}` is not");
        cx.report(
            diag::P0316
                .at(word.span, message)
                .label("each of them would get everything")
                .help("a function `per provider` takes the messages of a queue `per provider`"),
        );
    }
    Some(trigger)
}

fn single<'t>(cx: &mut Context<'t>, it: &'t Attribute<'t>) -> Option<&'t Phrase<'t>> {
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, "on", FORM);
        return None;
    };
    Some(phrase)
}

fn refuse_clauses(cx: &mut Context<'_>, clauses: &Clauses<'_>, words: &[&str], of: &str) {
    for word in words {
        if let Some(value) = clauses.get(word) {
            cx.report(
                diag::P0213
                    .at(value.span, format!("{of} has no `{word}`"))
                    .label("does not belong here"),
            );
        }
    }
}

fn number(cx: &mut Context<'_>, clauses: &Clauses<'_>, word: &str, value: &Value) -> Option<u32> {
    let expr = clauses.get(word)?;
    clauses::quantity(cx, expr, value, word).map(|it| u32::try_from(it).unwrap_or(u32::MAX))
}

fn queue<'t>(
    cx: &mut Context<'t>,
    source: &'t str,
    clauses: &Clauses<'t>,
    name: &'t str,
    at: Span,
) -> Option<Trigger> {
    refuse_clauses(cx, clauses, &["where"], "the consumer of a queue");
    cx.edge(name, Verb::Receive, source, at, "receives from");
    let batch = number(cx, clauses, "batch", &BATCH).unwrap_or(10);
    let window_s = number(cx, clauses, "window", &WINDOW).unwrap_or(0);
    let fifo = cx.model.queues.get(source).is_some_and(|it| it.fifo);
    if fifo && let Some(window) = clauses.get("window") {
        cx.report(
            diag::P0213
                .at(window.span, "a FIFO queue has no batching window")
                .label("does not belong here"),
        );
    }
    if batch > BATCH_WITHOUT_WINDOW
        && (fifo || window_s == 0)
        && let Some(expr) = clauses.get("batch")
    {
        let why = if fifo {
            "of a FIFO queue"
        } else {
            "without `window`"
        };
        let message = format!("a batch {why} has at most {BATCH_WITHOUT_WINDOW} messages");
        let it = diag::P0401.at(expr.span, message).label("too many");
        cx.report(if fifo {
            it
        } else {
            it.help("a larger one waits for its messages: `window 5s`")
        });
    }
    let (mine, theirs) = (cx.families.contains(name), cx.families.contains(source));
    if mine != theirs {
        let (one, each) = if mine { (source, name) } else { (name, source) };
        let declared = cx.name_span(each);
        cx.report(
            diag::P0316
                .at(
                    at,
                    format!("`{each}` is one for each provider, and `{one}` is not"),
                )
                .label("each needs its own")
                .second(declared, "declared `per provider`")
                .help(format!("declare `{one}` `per provider` too")),
        );
        return None;
    }
    Some(Trigger::Queue {
        queue: source.to_owned(),
        batch,
        window_s,
        origin: cx.origin(at),
    })
}

fn stream<'t>(
    cx: &mut Context<'t>,
    table: &'t str,
    clauses: &Clauses<'t>,
    input: &Type,
    at: Span,
) -> Option<Trigger> {
    refuse_clauses(cx, clauses, &["window"], "the consumer of a table");
    let holds = cx.model.tables.get(table).map(|it| it.holds.clone())?;
    let event = held(cx, table, &holds, input, at)?;
    let filter = match clauses.get("where") {
        Some(condition) => Some(sinks::of_type(cx, condition, input)?),
        None => None,
    };
    Some(Trigger::Stream {
        table: table.to_owned(),
        event,
        filter,
        batch: number(cx, clauses, "batch", &BATCH).unwrap_or(10),
        origin: cx.origin(at),
    })
}

/// The input as an event that a table or topic holds.
fn held(
    cx: &mut Context<'_>,
    source: &str,
    holds: &[String],
    input: &Type,
    at: Span,
) -> Option<String> {
    if let Type::Event(event) = input
        && !cx.lacks(source, holds, event)
    {
        return Some(event.clone());
    }
    if cx.incomplete.contains(source) {
        return None;
    }
    if holds.is_empty() {
        let declared = cx.name_span(source);
        cx.report(
            diag::P0215
                .at(
                    at,
                    format!("`{source}` holds no events that could be taken from it"),
                )
                .label("nothing comes from here")
                .second(declared, "declared without `holds`"),
        );
        return None;
    }
    let message = format!("`{source}` does not hold `{}`", spelled(input));
    let it = diag::P0209.at(at, message).label("never comes from here");
    cx.report(it.help(format!("it holds `{}`", holds.join("`, `"))));
    None
}

fn topic<'t>(
    cx: &mut Context<'t>,
    topic: &'t str,
    clauses: &Clauses<'t>,
    input: &Type,
    at: Span,
) -> Option<Subscription> {
    refuse_clauses(
        cx,
        clauses,
        &["batch", "window"],
        "the subscriber of a topic",
    );
    cx.heard.insert(topic);
    let holds = cx.model.topics.get(topic).map(|it| it.holds.clone())?;
    held(cx, topic, &holds, input, at)?;
    let filter = match clauses.get("where") {
        Some(condition) => Some(sinks::of_type(cx, condition, input)?),
        None => None,
    };
    Some(Subscription {
        topic: topic.to_owned(),
        filter,
        origin: cx.origin(at),
    })
}

/// Reads `on: TOPIC where …` of queues, now that their consumers say what their messages are.
pub(crate) fn queues(cx: &mut Context<'_>) {
    for (name, attribute) in std::mem::take(&mut cx.subscribed) {
        let Some(phrase) = single(cx, attribute) else {
            continue;
        };
        let form = "a topic, and `where` with a condition";
        let Some(clauses) = clauses::read(cx, phrase, &["where"], "on", form) else {
            continue;
        };
        let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
            cx.report_form(phrase.span, "on", form);
            continue;
        };
        let Some(source) = cx.resolve(word, &[KindId::Topic]) else {
            continue;
        };
        if cx.families.contains(name) {
            cx.report(
                diag::P0316
                    .at(
                        word.span,
                        format!("`{name}` is one for each provider, and `{source}` is not"),
                    )
                    .label("each of them would get everything"),
            );
            continue;
        }
        if cx.model.queues.get(name).is_some_and(|it| it.fifo) {
            cx.report(
                diag::P0410
                    .at(word.span, "a topic cannot feed a FIFO queue")
                    .label("takes standard queues only")
                    .help("topics are standard ones: they keep no order"),
            );
            continue;
        }
        let Some(input) = message(cx, name, source, word.span) else {
            continue;
        };
        if let Some(subscription) = topic(cx, source, &clauses, &input, word.span)
            && let Some(queue) = cx.model.queues.get_mut(name)
        {
            queue.on = Some(subscription);
        }
    }
}

/// What a subscribed queue's messages are: what its consumer takes, else the one event that the topic holds.
fn message(cx: &mut Context<'_>, queue: &str, topic: &str, at: Span) -> Option<Type> {
    let consumer = cx.model.functions.values().find(|it| {
        matches!(cx.fed.get(&it.name), Some((Trigger::Queue { queue: source, .. }, _)) if source == queue)
    });
    if let Some(consumer) = consumer {
        return Some(consumer.input.clone());
    }
    let held = cx.model.topics.get(topic)?;
    match held.holds.as_slice() {
        _ if cx.incomplete.contains(topic) || queues::lacks_functions(cx) => None,
        [one] => Some(Type::Event(one.clone())),
        _ => {
            let second = span_of(held.origin);
            cx.report(
                diag::P0221
                    .at(
                        at,
                        format!("nothing says which events of `{topic}` `{queue}` takes"),
                    )
                    .label("of one of several types")
                    .second(second, "holds several events")
                    .help("let a function take its messages: what it takes is what comes"),
            );
            None
        }
    }
}

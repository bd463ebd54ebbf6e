//! The statements that make a service do something: `append`, `publish`, `send`, `put`, `update`, `start`.

use pipe_dsl::tree::{Expr, ExprKind, Phrase, Span, Word};

use crate::check::catches;
use crate::check::context::{Context, Sent};
use crate::check::expected::Expected;
use crate::check::flow::{Flow, wrong_form};
use crate::check::types::spelled;
use crate::check::value;
use crate::diag;
use crate::kinds::{KindId, workflow_signature};
use crate::model::{Effect, Expression, ExpressionKind, Part, Statement, Type, Verb};

/// Characters of an SNS subject. AWS: `Publish`, `Subject`.
const SUBJECT_CHARACTERS_MAX: usize = 100;

/// The catches of a statement that raises no declared error.
fn caught<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Vec<crate::model::Catch> {
    let word = phrase.items.first().and_then(Expr::as_word).cloned();
    let word = word.unwrap_or(Word {
        text: "",
        span: phrase.span,
    });
    catches::read(cx, flow, below, Some(&[]), &word, "statement").0
}

/// The statement of an effect, with its catches, which are read even where the effect could not be.
pub(crate) fn effect<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
    effect: Option<Effect>,
) -> Option<Statement> {
    let catches = caught(cx, flow, phrase, below);
    Some(Statement::Effect {
        effect: effect?,
        catches,
        origin: cx.origin(phrase.span),
    })
}

/// `… to NAME`: what stands between the first word and `to`, the name, and what follows it.
fn split_to<'t>(phrase: &'t Phrase<'t>) -> Option<(&'t [Expr<'t>], &'t Word<'t>, &'t [Expr<'t>])> {
    let at = phrase.items.iter().rposition(|it| it.is_word("to"))?;
    let value = phrase.items.get(1..at)?;
    let (target, rest) = phrase.items.get(at.saturating_add(1)..)?.split_first()?;
    Some((value, target.as_word()?, rest)).filter(|_| !value.is_empty())
}

/// `append EVENT { … } to TABLE`
pub(crate) fn append<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = appended(cx, flow, phrase);
    let catches = caught(cx, flow, phrase, below);
    let (event, fields, table) = read?;
    Some(Statement::Append {
        event,
        fields,
        table,
        catches,
        origin: cx.origin(phrase.span),
    })
}

/// Event, fields, table.
type Appended = (String, Vec<(String, Expression)>, String);

fn appended<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Appended> {
    let [_, event, block, to, table] = phrase.items.as_slice() else {
        if let Some(word) = phrase.items.get(1).and_then(Expr::as_word) {
            cx.expect(word.span, || Expected::Name(vec![KindId::Event]));
        }
        wrong_form(cx, phrase);
        return None;
    };
    let (Some(event), Some(block), Some(table)) =
        (event.as_word(), block.as_block(), table.as_word())
    else {
        wrong_form(cx, phrase);
        return None;
    };
    if !to.is_word("to") {
        wrong_form(cx, phrase);
        return None;
    }
    let name = cx.resolve(event, &[KindId::Event]);
    let target = cx.resolve(table, &[KindId::Table]);
    if let Some(target) = target {
        cx.edge(flow.name, Verb::Append, target, table.span, "appends to");
    }
    let (name, target) = (name?, target?);
    let holds = cx
        .model
        .tables
        .get(target)
        .map(|it| it.holds.clone())
        .unwrap_or_default();
    if holds.iter().any(|it| it == name) {
        cx.recorded.insert(name.to_owned());
    } else if cx.lacks(target, &holds, name) {
        report_not_held(
            cx,
            target,
            name,
            &holds,
            event.span,
            "cannot be recorded there",
        );
    }
    let fields = cx.model.events.get(name).map(|it| it.fields.clone())?;
    let fields = value::record(cx, flow, name, &fields, Some(block), event.span);
    Some((name.to_owned(), fields, target.to_owned()))
}

pub(crate) fn report_not_held(
    cx: &mut Context<'_>,
    target: &str,
    name: &str,
    holds: &[String],
    at: Span,
    label: &str,
) {
    let declared = cx.symbols.get(target).map(|it| it.span).unwrap_or_default();
    let message = format!("`{target}` does not hold `{name}`");
    let second = if holds.is_empty() {
        "holds no event".to_owned()
    } else {
        format!("holds `{}`", holds.join("`, `"))
    };
    cx.report(
        diag::P0209
            .at(at, message)
            .label(label)
            .second(declared, second),
    );
}

/// The span of a value that may be a name and a block.
fn span_of(items: &[Expr], otherwise: Span) -> Span {
    items
        .iter()
        .map(|it| it.span)
        .reduce(Span::to)
        .unwrap_or(otherwise)
}

/// Reports that `WORD value to TARGET` has not that form, and notes what belongs at its words as far as they are written.
fn unfinished(
    cx: &mut Context<'_>,
    flow: &Flow<'_>,
    phrase: &Phrase,
    target: &[KindId],
    clauses: &'static [&'static str],
) {
    let mut items = phrase.items.iter().skip(1).peekable();
    if let Some(word) = items.next().and_then(Expr::as_word) {
        value::expect_message(cx, flow, word);
    }
    // The fields of what is made in place.
    items.next_if(|it| it.as_block().is_some());
    let words = items.map(Expr::as_word);
    let expected = [
        Expected::Choice(&["to"]),
        Expected::Name(target.to_vec()),
        Expected::Choice(clauses),
    ];
    for (word, expected) in words.zip(expected) {
        if let Some(word) = word {
            cx.expect(word.span, || expected);
        }
    }
    wrong_form(cx, phrase);
}

/// `publish VALUE to TOPIC`, `publish "subject", "text" to TOPIC`
pub(crate) fn publish<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = published(cx, flow, phrase);
    effect(cx, flow, phrase, below, read)
}

fn published<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Effect> {
    let Some((written, word, [])) = split_to(phrase) else {
        unfinished(cx, flow, phrase, &[KindId::Topic], &[]);
        return None;
    };
    let topic = cx.resolve(word, &[KindId::Topic]);
    if let Some(topic) = topic {
        cx.edge(flow.name, Verb::Send, topic, word.span, "publishes to");
    }
    let holds = topic
        .and_then(|it| cx.model.topics.get(it))
        .map(|it| it.holds.clone());
    if let [
        Expr {
            kind: ExprKind::Several(both),
            ..
        },
    ] = written
        && let [subject, text] = both.as_slice()
    {
        let subject = value::read(cx, flow, subject, &Type::String, "the subject");
        let text = value::read(cx, flow, text, &Type::String, "the text");
        if let (Some(holds), Some(topic)) = (holds.filter(|it| !it.is_empty()), topic) {
            let message = format!("`{topic}` takes events, not a subject and a text");
            cx.report(
                diag::P0209
                    .at(span_of(written, phrase.span), message)
                    .label(format!("`{}` belongs here", holds.join("` or `"))),
            );
        }
        let subject = subject?;
        check_subject(cx, &subject);
        return Some(Effect::Alert {
            subject,
            text: text?,
            topic: topic?.to_owned(),
        });
    }
    let read = value::message(cx, flow, written, phrase.span)?;
    let (topic, holds) = (topic?, holds?);
    held_event(cx, topic, &read, &holds, span_of(written, phrase.span))?;
    Some(Effect::Publish {
        value: read,
        topic: topic.to_owned(),
    })
}

/// A topic or bus takes the events that it holds.
fn held_event(
    cx: &mut Context<'_>,
    target: &str,
    value: &Expression,
    holds: &[String],
    at: Span,
) -> Option<()> {
    let name = spelled(&value.ty);
    let held = matches!(value.ty, Type::Event(_)) && holds.contains(&name);
    if held {
        return Some(());
    }
    if cx.lacks(target, holds, &name) {
        report_not_held(cx, target, &name, holds, at, "cannot be sent there");
    }
    None
}

/// What is known now of a subject must fit; the values in it are the author's to keep short.
fn check_subject(cx: &mut Context<'_>, subject: &Expression) {
    let texts: Vec<&str> = match &subject.kind {
        ExpressionKind::Literal(crate::model::Literal::String(text)) => vec![text],
        ExpressionKind::Text(parts) => parts
            .iter()
            .filter_map(|it| match it {
                Part::Text(text) => Some(text.as_str()),
                Part::Value(_) | Part::Date(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let characters: usize = texts.iter().map(|it| it.chars().count()).sum();
    let plain = texts
        .iter()
        .flat_map(|it| it.chars())
        .all(|it| it.is_ascii() && !it.is_ascii_control());
    if characters > SUBJECT_CHARACTERS_MAX || !plain {
        let span = Span {
            start: subject.origin.start,
            end: subject.origin.end,
        };
        let message =
            format!("a subject is at most {SUBJECT_CHARACTERS_MAX} ASCII characters on one line");
        cx.report(diag::P0401.at(span, message).label("does not fit"));
    }
}

/// `send VALUE to QUEUE`, `send VALUE to BUS`
pub(crate) fn send<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = sent(cx, flow, phrase);
    effect(cx, flow, phrase, below, read)
}

fn sent<'t>(cx: &mut Context<'t>, flow: &mut Flow<'t>, phrase: &'t Phrase<'t>) -> Option<Effect> {
    let Some((written, word, [])) = split_to(phrase) else {
        unfinished(cx, flow, phrase, &[KindId::Queue, KindId::Bus], &[]);
        return None;
    };
    let target = cx.resolve(word, &[KindId::Queue, KindId::Bus]);
    if let Some(target) = target {
        cx.edge(flow.name, Verb::Send, target, word.span, "sends to");
    }
    let value = value::message(cx, flow, written, phrase.span)?;
    let target = target?;
    let span = span_of(written, phrase.span);
    if let Some(bus) = cx.model.buses.get(target) {
        let holds: Vec<String> = bus.holds.iter().map(|(event, _)| event.clone()).collect();
        held_event(cx, target, &value, &holds, span)?;
        return Some(Effect::SendBus {
            value,
            bus: target.to_owned(),
        });
    }
    cx.sends.push(Sent {
        queue: target.to_owned(),
        message: value.ty.clone(),
        span,
    });
    Some(Effect::SendQueue {
        value,
        queue: target.to_owned(),
    })
}

/// `put VALUE to BUCKET key "…"`
pub(crate) fn put<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = written(cx, flow, phrase);
    effect(cx, flow, phrase, below, read)
}

fn written<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Effect> {
    let Some((value, word, [key, text])) = split_to(phrase) else {
        unfinished(cx, flow, phrase, &[KindId::Bucket], &["key"]);
        return None;
    };
    if !key.is_word("key") {
        wrong_form(cx, phrase);
        return None;
    }
    let bucket = cx.resolve(word, &[KindId::Bucket]);
    if let Some(bucket) = bucket {
        cx.edge(
            flow.name,
            Verb::Write,
            bucket,
            word.span,
            "puts objects into",
        );
    }
    let value = value::message(cx, flow, value, phrase.span);
    let key = value::read(cx, flow, text, &Type::String, "the key");
    Some(Effect::Put {
        value: value?,
        bucket: bucket?.to_owned(),
        key: key?,
    })
}

/// `start WORKFLOW(event)`
pub(crate) fn start<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = started(cx, flow, phrase);
    effect(cx, flow, phrase, below, read)
}

fn started<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Effect> {
    let [
        _,
        Expr {
            kind: ExprKind::Call { name, arguments },
            ..
        },
    ] = phrase.items.as_slice()
    else {
        wrong_form(cx, phrase);
        return None;
    };
    let ([word], [argument]) = (name.as_slice(), arguments.as_slice()) else {
        wrong_form(cx, phrase);
        return None;
    };
    let target = cx.resolve(word, &[KindId::Workflow]);
    let input = value::message(cx, flow, &argument.value, argument.span);
    let target = target?;
    let symbol = cx.symbols.get(target);
    let declared = symbol.and_then(|it| workflow_signature(it.declaration));
    let Some((event, on)) = declared else {
        // Its head is wrong, which was or will be reported.
        return None;
    };
    if let Some(on) = on {
        let message = format!("`{target}` is started by what is recorded, not by another workflow");
        cx.report(
            diag::P0331
                .at(word.span, message)
                .label("has an `on:`")
                .second(on, "started by this")
                .help("record the event that it waits for, or take out its `on:`"),
        );
        return None;
    }
    cx.edge(flow.name, Verb::Start, target, word.span, "starts");
    if target == flow.name {
        let message = format!("`{target}` starts itself");
        cx.report(
            diag::P0307
                .at(word.span, message)
                .label("started here")
                .help("a chain that has no end costs without end"),
        );
    }
    let input = input?;
    // One that is not declared is reported in the head of the workflow that takes it.
    if !cx.symbols.contains_key(event) {
        return None;
    }
    if input.ty != Type::Event(event.to_owned()) {
        let message = format!(
            "`{target}` takes `{event}`, but this is `{}`",
            spelled(&input.ty)
        );
        let label = format!("`{event}` belongs here");
        cx.report(diag::P0202.at(argument.span, message).label(label));
        return None;
    }
    Some(Effect::Start {
        workflow: target.to_owned(),
        input,
    })
}

//! `expect:`, `append:`, `write:` and `send:` of routes and functions: what an output must be, where it goes, and whether it may go there.

use pipe_dsl::tree::{ExprKind, Phrase, Span};

use crate::check::attributes::Attributes;
use crate::check::cases;
use crate::check::clauses::{self, Clauses};
use crate::check::conditions::{self, Subject};
use crate::check::context::{Context, Sent};
use crate::check::slips;
use crate::check::strict;
use crate::check::targets::{self, Named};
use crate::check::templates;
use crate::check::types::spelled;
use crate::diag::{self, Diagnostic};
use crate::kinds::KindId;
use crate::model::{Condition, Default, Expectation, Piece, Sink, SinkTo, Target, Type, Verb};

/// The attributes that are sinks.
pub(crate) const SINKS: &[&str] = &["append", "write", "send"];

/// Whose output it is.
pub(crate) struct Source<'a> {
    /// The function that acts, as declared.
    pub(crate) function: &'a str,
    /// What it gives back.
    pub(crate) output: Option<&'a Type>,
    /// Where the sinks are written.
    pub(crate) place: targets::Place,
}

impl Source<'_> {
    /// True for the handler of a route whose own declaration could not be read.
    fn is_unreadable(&self, cx: &Context<'_>) -> bool {
        matches!(self.place, targets::Place::Route(_))
            && !cx.model.functions.contains_key(self.function)
    }
}

/// One value of the output: what a list holds, what an optional may be.
pub(crate) fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Optional(inner) => item(inner),
        _ => ty,
    }
}

/// Reads `expect:`.
pub(crate) fn expectation<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    source: &Source<'_>,
) -> Option<Expectation> {
    let written = attributes.first("expect")?;
    let [phrase] = written.values.as_slice() else {
        return None;
    };
    let [condition] = phrase.items.as_slice() else {
        if slips::operator_among(cx, &phrase.items) {
            return None;
        }
        cx.report_form(phrase.span, "expect", "a condition");
        return None;
    };
    if slips::equals_in_condition(cx, phrase) {
        return None;
    }
    let Some(ty) = source.output else {
        if !source.is_unreadable(cx) {
            let function = source.function;
            let declared = cx.name_span(function);
            cx.report(
                diag::P0215
                    .at(
                        written.span,
                        format!(
                            "`{function}` gives nothing back that something could be expected of"
                        ),
                    )
                    .label("of nothing")
                    .second(declared, "declared without an output")
                    .help("give it one: `-> TYPE`"),
            );
        }
        return None;
    };
    Some(Expectation {
        condition: strict::condition(of_type(cx, condition, &item(ty).clone())?),
        origin: cx.origin(written.span),
    })
}

/// Reads all sinks, in the order in which they are written.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    source: &Source<'_>,
) -> Vec<Sink> {
    let mut written: Vec<(&'static str, &'t Phrase<'t>)> = Vec::new();
    for key in SINKS {
        let values = attributes.all(key).flat_map(|it| &it.values);
        written.extend(values.map(|it| (*key, it)));
    }
    written.sort_by_key(|(_, it)| it.span);
    let mut sinks: Vec<Sink> = Vec::new();
    for (key, phrase) in written {
        let appended = sinks.iter().any(|it| matches!(it.to, SinkTo::Append(_)));
        let sink = match key {
            "append" => append(cx, phrase, source),
            "write" => write(cx, phrase, source, appended),
            _ => send(cx, phrase, source),
        };
        let Some(sink) = sink else { continue };
        let twin = |it: &Sink| it.to == sink.to && it.filter == sink.filter;
        if let Some(first) = sinks.iter().find(|it| twin(it)) {
            let first = crate::check::context::span_of(first.origin);
            cx.report(
                diag::P0105
                    .at(phrase.span, format!("this {key} is written twice"))
                    .label("again here")
                    .second(first, "first written here"),
            );
            continue;
        }
        sinks.push(sink);
    }
    sinks
}

fn append<'t>(cx: &mut Context<'t>, phrase: &'t Phrase<'t>, source: &Source<'_>) -> Option<Sink> {
    let form = "a table, and `where` with a condition";
    let clauses = clauses::read(cx, phrase, &["where"], "append", form)?;
    let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
        cx.report_form(phrase.span, "append", form);
        return None;
    };
    let table = cx.resolve(word, &[KindId::Table])?;
    cx.edge(
        source.function,
        Verb::Append,
        table,
        word.span,
        "appends to",
    );
    check_append(cx, table, word.span, source);
    let filter = filter(cx, &clauses, source)?;
    Some(Sink {
        to: SinkTo::Append(table.to_owned()),
        filter,
        origin: cx.origin(word.span),
    })
}

/// What is given back must be an event that the table holds.
fn check_append(cx: &mut Context<'_>, table: &str, at: Span, source: &Source<'_>) {
    let function = source.function;
    let Some(holds) = cx.model.tables.get(table).map(|it| it.holds.clone()) else {
        return;
    };
    if source.is_unreadable(cx) || holds.is_empty() {
        return;
    }
    let message = match source.output.map(item) {
        Some(Type::Event(event)) if holds.contains(event) => {
            cx.recorded.insert(event.clone());
            return;
        }
        Some(Type::Event(event)) if !cx.lacks(table, &holds, event) => return,
        Some(Type::Event(event)) => format!("`{table}` does not hold `{event}`"),
        Some(_) => format!("`{function}` gives back no event that `{table}` could record"),
        None => format!("`{function}` gives nothing back that `{table}` could record"),
    };
    let help = format!("`{table}` holds `{}`", holds.join("`, `"));
    let declared = cx.name_span(function);
    cx.report(
        diag::P0209
            .at(at, message)
            .label("cannot be recorded here")
            .second(declared, "its output is declared here")
            .help(help),
    );
}

fn write<'t>(
    cx: &mut Context<'t>,
    phrase: &'t Phrase<'t>,
    source: &Source<'_>,
    appended: bool,
) -> Option<Sink> {
    let form = "a bucket and a key: `archive key \"${orderId}.json\"`";
    let clauses = clauses::read(cx, phrase, &["key", "where"], "write", form)?;
    let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
        cx.report_form(phrase.span, "write", form);
        return None;
    };
    let bucket = cx.resolve(word, &[KindId::Bucket])?;
    cx.edge(source.function, Verb::Write, bucket, word.span, "writes to");
    let Some(key) = clauses.get("key") else {
        cx.report_form(phrase.span, "write", form);
        return None;
    };
    let ExprKind::String(text) = &key.kind else {
        cx.report_form(key.span, "key", "a text in quotes");
        return None;
    };
    let ty = output(cx, source, bucket, word.span)?;
    let fields = cx.fields_of(&ty)?;
    let owner = spelled(&ty);
    let place = templates::Place::Key {
        owner: &owner,
        fields: &fields,
    };
    let at = key.span;
    let key = templates::read(cx, text, at, &place)?;
    let by_delivery = matches!(source.place, targets::Place::Route(_)) && !appended;
    check_key(cx, &key, at, bucket, &ty, by_delivery);
    let filter = filter(cx, &clauses, source)?;
    Some(Sink {
        to: SinkTo::Write {
            bucket: bucket.to_owned(),
            key,
        },
        filter,
        origin: cx.origin(word.span),
    })
}

/// Two events should be two objects, and one event that is delivered again the same object.
fn check_key(
    cx: &mut Context<'_>,
    key: &[Piece],
    at: Span,
    bucket: &str,
    ty: &Type,
    by_delivery: bool,
) {
    let found = key_fault(cx, key, at, bucket, ty, by_delivery);
    found.into_iter().for_each(|it| cx.report(it));
}

fn key_fault(
    cx: &Context<'_>,
    key: &[Piece],
    at: Span,
    bucket: &str,
    ty: &Type,
    by_delivery: bool,
) -> Option<Diagnostic> {
    let Type::Event(event) = ty else { return None };
    let event = cx.model.events.get(event)?;
    let versioned = cx.model.buckets.get(bucket).is_none_or(|it| it.versioned);
    let missing = event.once.iter().find(|once| {
        !key.iter()
            .any(|it| matches!(it, Piece::Field(field) if field == *once))
    });
    if let (false, Some(once)) = (versioned, missing) {
        let message = format!(
            "two `{}` that differ in `{once}` alone are one object",
            event.name
        );
        return Some(
            diag::P0121
                .at(at, message)
                .label(format!("without `${{{once}}}`"))
                .help("put it into the key, or keep both: `versioned: true`"),
        );
    }
    let anew = key.iter().find_map(|it| match it {
        Piece::Field(name) | Piece::Date(name) => event
            .fields
            .iter()
            .find(|it| it.name == *name && it.default == Some(Default::ReceivedAt)),
        Piece::Text(_) | Piece::Suffix => None,
    });
    let field = anew.filter(|_| by_delivery)?;
    let message = format!(
        "a delivery that comes again may have another `{}`, and so another key",
        field.name
    );
    Some(
        diag::P0121
            .at(at, message)
            .label("changes with the delivery")
            .second(
                crate::check::context::span_of(field.origin),
                "the time of arrival when it is absent",
            )
            .help("append the event before: what comes again is then taken as it was recorded"),
    )
}

/// The type of one value that goes out; reports a function that gives nothing back.
fn output(cx: &mut Context<'_>, source: &Source<'_>, to: &str, at: Span) -> Option<Type> {
    if let Some(ty) = source.output {
        return Some(item(ty).clone());
    }
    if source.is_unreadable(cx) {
        return None;
    }
    let function = source.function;
    let declared = cx.name_span(function);
    cx.report(
        diag::P0215
            .at(
                at,
                format!("`{function}` gives nothing back that could go to `{to}`"),
            )
            .label("nothing goes here")
            .second(declared, "declared without an output")
            .help("give it one: `-> TYPE`"),
    );
    None
}

fn send<'t>(cx: &mut Context<'t>, phrase: &'t Phrase<'t>, source: &Source<'_>) -> Option<Sink> {
    let form = "a queue, topic or bus, and `where` with a condition";
    let clauses = clauses::read(cx, phrase, &["where"], "send", form)?;
    let named = targets::read(cx, &clauses, source.place)?;
    cx.edge(
        source.function,
        Verb::Send,
        &named.resource,
        named.span,
        "sends to",
    );
    let ty = output(cx, source, &named.declared, named.span)?;
    check_target(cx, &named, &ty);
    let filter = filter(cx, &clauses, source)?;
    Some(Sink {
        to: SinkTo::Send(named.target),
        filter,
        origin: cx.origin(named.span),
    })
}

/// Whether a value may be sent to a target.
pub(crate) fn check_target(cx: &mut Context<'_>, named: &Named, ty: &Type) {
    let name = &named.declared;
    let holds: Vec<String> = match &named.target {
        Target::Queue(_) | Target::QueueOfProvider(_) => {
            cx.sends.push(Sent {
                queue: name.clone(),
                message: ty.clone(),
                span: named.span,
            });
            return;
        }
        Target::Topic(topic) => match cx.model.topics.get(topic) {
            Some(it) => it.holds.clone(),
            None => return,
        },
        Target::Bus(bus) => match cx.model.buses.get(bus) {
            Some(it) => it.holds.iter().map(|it| it.0.clone()).collect(),
            None => return,
        },
        Target::Function(_) | Target::Log { .. } => return,
    };
    let held = matches!(ty, Type::Event(event) if holds.contains(event));
    if held || !cx.lacks(name, &holds, &spelled(ty)) {
        return;
    }
    let declared = cx.name_span(name);
    let message = format!("`{name}` does not hold `{}`", spelled(ty));
    let (label, help) = if holds.is_empty() {
        (
            "declared without `holds`",
            format!(
                "it takes alerts and alarms; events go to a topic that says `holds: {}`",
                spelled(ty)
            ),
        )
    } else {
        (
            "declared here",
            format!("it holds `{}`", holds.join("`, `")),
        )
    };
    cx.report(
        diag::P0215
            .at(named.span, message)
            .label("does not belong here")
            .second(declared, label)
            .help(help),
    );
}

/// `where` over the fields of the output; the outer option is empty where it could not be read.
fn filter<'t>(
    cx: &mut Context<'t>,
    clauses: &Clauses<'t>,
    source: &Source<'_>,
) -> Option<Option<Condition>> {
    let Some(condition) = clauses.get("where") else {
        return Some(None);
    };
    let ty = item(source.output?).clone();
    of_type(cx, condition, &ty).map(Some)
}

/// A condition over the fields of a type.
pub(crate) fn of_type(
    cx: &mut Context<'_>,
    condition: &pipe_dsl::tree::Expr,
    ty: &Type,
) -> Option<Condition> {
    let owner = spelled(ty);
    let read = cx.with_fields(ty, |cx, fields| {
        let subject = Subject {
            event: &owner,
            fields,
        };
        conditions::read(cx, condition, &subject)
    });
    let read = read??;
    cases::check_possible(cx, &read, condition.span);
    Some(read)
}

//! `workflow NAME(binding: EVENT) fails ERROR { on: …, statements }`: what happens after an event is recorded.

pub(crate) mod lower;

use pipe_dsl::tree::{
    Attribute as Written, Body, Declaration, EntryKind, Expr, ExprKind, Phrase, Span, Word,
};

use super::function::RETENTION;
use super::{Attribute, Kind, KindId, Presence, Service, Symbol, Unused, Value};
use crate::check::attributes::Attributes;
use crate::check::conditions::{self, Subject};
use crate::check::context::Context;
use crate::check::flow::{self, Flow};
use crate::check::head::{self, Parts};
use crate::check::{cases, clauses, slips};
use crate::diag;
use crate::model::{self, Condition, Verb};

pub(super) const KIND: Kind = Kind {
    keyword: "workflow",
    doc: "A state machine that runs once for each event that is recorded and fits `where`, or once for each `start`. Its effects happen once, however often it is retried.",
    form: "workflow NAME(BINDING: EVENT) fails ERROR { on: TABLE where CONDITION … }",
    example: r#"workflow ship(order: OrderPlaced) fails Unpacked {
  on: orders where amount > 0

  expect order.amount <= 5000 else {
    fail Unpacked { reason: "more than a parcel is insured for" }
  }
  parcel = pack(order) retry patiently
  catch NoStock as empty {
    fail Unpacked { reason: empty.item }
  }
  catch any {
    fail Unpacked { reason: "the packing did not answer" }
  }
  append OrderPacked { orderId: order.orderId, timestamp: started_at, parcel: parcel.id } to orders
}"#,
    becomes: &[
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Pipes::Pipe",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::StepFunctions::StateMachine",
    ],
    attributes: &[
        Attribute {
            name: "on",
            doc: "The table whose new events start it, and which of them: `payment_events where status == pending`. Without it, `start` begins it.",
            value: Value::Special("a table, and `where` with a condition"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "timeout",
            doc: "Longest run, all waits included.",
            // TimeoutSeconds of a Standard workflow: one year.
            value: Value::Duration {
                min_s: 1,
                max_s: 31_536_000,
            },
            presence: Presence::Default("1h"),
        },
        Attribute {
            name: "expect",
            doc: "Why it may hand on amounts that nothing has compared.",
            value: Value::Special("`off because \"…\"`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "watch",
            doc: "Why no alarm tells of its failures.",
            value: Value::Special("`off because \"…\"`"),
            presence: Presence::Optional,
        },
        RETENTION,
    ],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Start],
    service: Some(Service {
        endpoint: "states",
        actions: "states",
        uses_key: true,
    }),
    symbol: Symbol::Function,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &["fails"]) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    let fails = head::errors(cx, parts.clause("fails"));
    let Some((name, binding, event)) = signature(cx, it, &parts) else {
        return;
    };
    let start = attributes
        .first("on")
        .map(|_| start(cx, &attributes, event, binding.1));
    let unwatched_because = attributes
        .first("watch")
        .and_then(|it| clauses::attribute_off(cx, it));
    let uncompared_because = attributes.first("expect").and_then(|it| uncompared(cx, it));
    let mut flow = Flow::new(name.text, &fails, binding.0, event);
    let body = flow::body(cx, &mut flow, &attributes.statements);
    flow::check_fails(cx, &flow, parts.clause("fails"));
    // Without `on:` it is `start` that begins it; an `on:` that is wrong was reported.
    let (on, filter, on_span) = match start {
        None => (None, None, name.span),
        Some(None) => return,
        Some(Some((on, filter, span))) => {
            flow::check_loop(cx, &body, &on, event, span);
            (Some(on), filter, span)
        }
    };
    let workflow = model::Workflow {
        name: name.text.to_owned(),
        binding: binding.0.text.to_owned(),
        event: event.to_owned(),
        on,
        filter,
        on_origin: cx.origin(on_span),
        fails,
        body,
        timeout_s: cx.quantity(&attributes, "timeout"),
        retention_days: u32::try_from(cx.quantity(&attributes, "retention")).unwrap_or(u32::MAX),
        unwatched_because,
        uncompared_because,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.timeout_at.insert(
        name.text.to_owned(),
        attributes.span("timeout").unwrap_or(name.span),
    );
    cx.model.workflows.insert(name.text.to_owned(), workflow);
}

/// `expect: off because "…"`. A condition is no attribute of a workflow.
fn uncompared<'t>(cx: &mut Context<'t>, it: &'t Written) -> Option<String> {
    let first = it.values.first().and_then(|it| it.items.first());
    if first.is_some_and(|it| it.as_word().is_some_and(|it| it.text == "off")) {
        return clauses::attribute_off(cx, it);
    }
    cx.report(
        diag::P0213
            .at(it.span, "`expect` takes `off because \"…\"`")
            .label("`off because \"…\"` belongs here")
            .help("what a workflow expects is a statement, without a colon: `expect CONDITION else { … }`"),
    );
    None
}

/// `NAME(binding: Event)`: the name, the binding with its event's word, the event.
type Signature<'t> = (&'t Word<'t>, (&'t Word<'t>, Span), &'t str);

fn signature<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    parts: &Parts<'t>,
) -> Option<Signature<'t>> {
    let at = parts
        .main
        .get(1)
        .or(parts.main.first())
        .map_or(it.kind.span, |it| it.span);
    if let [
        Expr {
            kind: ExprKind::Call { name, arguments },
            ..
        },
    ] = parts.main
        && let ([name], [argument]) = (name.as_slice(), arguments.as_slice())
        && let (Some(binding), [value]) = (&argument.name, argument.value.as_slice())
        && let Some(word) = value.as_word()
    {
        let event = cx.resolve(word, &[KindId::Event])?;
        return cx.declared_as(name, KindId::Workflow).then_some((
            name,
            (binding, word.span),
            event,
        ));
    }
    head::report_form(cx, it, at, &KIND);
    None
}

/// The event of a workflow and where its `on:` stands, out of its declaration alone: `start` may stand above it.
pub(crate) fn signature_of<'t>(it: &'t Declaration<'t>) -> Option<(&'t str, Option<Span>)> {
    let Body::Phrase(phrase) = &it.body else {
        return None;
    };
    let ExprKind::Call { arguments, .. } = &phrase.items.first()?.kind else {
        return None;
    };
    let [argument] = arguments.as_slice() else {
        return None;
    };
    let [event] = argument.value.as_slice() else {
        return None;
    };
    let block = phrase.items.iter().find_map(Expr::as_block)?;
    let on = block.entries.iter().find_map(|it| match &it.kind {
        EntryKind::Attribute(it) if it.key.text == "on" => Some(it.span),
        _ => None,
    });
    Some((event.as_word()?.text, on))
}

/// `on: TABLE where CONDITION`
fn start<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    event: &str,
    event_at: Span,
) -> Option<(String, Option<Condition>, Span)> {
    let written = attributes.first("on")?;
    let form = "a table, and `where` with a condition";
    let [
        Phrase {
            items,
            default: None,
            ..
        },
    ] = written.values.as_slice()
    else {
        let mut phrases = written.values.iter();
        if !phrases.any(|it| slips::single_equals(cx, it)) {
            cx.report_form(written.span, "on", form);
        }
        return None;
    };
    let (table, condition) = match items.as_slice() {
        [table] => (table, None),
        [table, word, condition] if word.is_word("where") => (table, Some(condition)),
        _ if slips::operator_among(cx, items) => return None,
        _ => {
            cx.report_form(written.span, "on", form);
            return None;
        }
    };
    let Some(word) = table.as_word() else {
        cx.report_form(table.span, "on", form);
        return None;
    };
    let table = cx.resolve(word, &[KindId::Table])?.to_owned();
    let holds = cx.model.tables.get(&table).map(|it| it.holds.clone());
    if let Some(holds) = holds
        && cx.lacks(&table, &holds, event)
    {
        let message = format!("`{table}` does not hold `{event}`, so this never starts");
        cx.report(
            diag::P0209
                .at(word.span, message)
                .label(format!("holds `{}`", holds.join("`, `")))
                .second(event_at, "the event that it waits for"),
        );
    }
    let fields = cx.model.events.get(event).map(|it| it.fields.clone())?;
    let filter = match condition {
        Some(condition) => {
            let subject = Subject {
                event,
                fields: &fields,
            };
            let read = conditions::read(cx, condition, &subject)?;
            cases::check_possible(cx, &read, condition.span);
            Some(read)
        }
        None => None,
    };
    Some((table, filter, written.span))
}

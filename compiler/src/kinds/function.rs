//! `function NAME(INPUT) -> OUTPUT fails ERROR { … }`: business logic that the user writes.

pub(crate) mod lower;

use pipe_dsl::tree::{Declaration, Expr, ExprKind, Word};

use super::{Attribute, Kind, KindId, Presence, Service, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::feeds;
use crate::check::head::{self, Parts};
use crate::check::sinks::{self, Source};
use crate::check::targets::Place;
use crate::check::types;
use crate::model::{self, Type, Verb};

pub(super) const KIND: Kind = Kind {
    keyword: "function",
    doc: "Business logic that you write in Rust: one trait to implement, one Lambda function. An output `T?` may be none and `[T]` several: what is done with the output is done with each. A route's handler may take `Request`, which is the raw body with its headers and path, or `Accepted`, which is one of the events that the route accepts.",
    form: "function NAME(INPUT) -> OUTPUT fails ERROR, ERROR per provider { … }",
    example: r#"function take(OrderPlaced) -> OrderPlaced
function record(OrderPlaced) -> OrderPlaced {
  on:      inbox batch 10
  append:  orders
  write:   kept key "${orderId}.json"
  send:    order_bus, news where amount > 100
  network: private
}
function pack(OrderPlaced) -> Parcel fails NoStock { timeout: 30s }
function note(OrderPlaced)"#,
    becomes: &[
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ],
    attributes: &[
        Attribute {
            name: "memory",
            doc: "Memory of the Lambda function; its share of CPU follows.",
            value: Value::Size {
                unit_bytes: 1 << 20,
                min: 128,
                max: 10_240,
            },
            presence: Presence::Default("256MB"),
        },
        Attribute {
            name: "timeout",
            doc: "Longest run of one invocation.",
            value: Value::Duration {
                min_s: 1,
                max_s: 900,
            },
            presence: Presence::Default("10s"),
        },
        Attribute {
            name: "concurrency",
            doc: "Reserved concurrent executions; 100 of an account's 1000 stay unreserved.",
            value: Value::Whole { min: 1, max: 900 },
            presence: Presence::Default("10"),
        },
        RETENTION,
        Attribute {
            name: "network",
            doc: "The private network it runs in; `none` where `defaults` give one that it does not want.",
            value: Value::Reference(KindId::Network),
            presence: Presence::Optional,
        },
        Attribute {
            name: "on",
            doc: "What feeds it: a queue, a table's new events, a topic.",
            value: Value::Special(
                "a queue, table or topic: `inbox batch 10 window 5s`, `orders where amount > 5 batch 10`, `news where kind == refund`",
            ),
            presence: Presence::Optional,
        },
        Attribute {
            name: "expect",
            doc: "What its output must be. A message for which it is anything else has failed, is counted in `unexpected`, and nothing is done with the output.",
            value: Value::Special(
                "a condition over the fields of the output: `amount > 0 and currency == \"EUR\"`",
            ),
            presence: Presence::Optional,
        },
        Attribute {
            name: "append",
            doc: "Tables that its output is recorded in, in order.",
            value: Value::List("tables, each perhaps with `where` and a condition"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "write",
            doc: "Buckets that its output is kept in, and under which key.",
            value: Value::List("a bucket and a key: `archive key \"${orderId}.json\"`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "send",
            doc: "Queues, topics and buses that its output goes to.",
            value: Value::List("a queue, topic or bus, each perhaps with `where` and a condition"),
            presence: Presence::Optional,
        },
    ],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Call],
    service: Some(Service {
        endpoint: "lambda",
        actions: "lambda",
        uses_key: true,
    }),
    symbol: Symbol::Function,
    nested: &[],
};

/// How long a log group keeps its lines.
pub(super) const RETENTION: Attribute = Attribute {
    name: "retention",
    doc: "How long its log group keeps lines.",
    value: Value::Retention,
    presence: Presence::Default("30d"),
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &["fails", "per"]) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    head::check_family(cx, &parts);
    let Some((name, input, output)) = signature(cx, it, &parts) else {
        return;
    };
    let fails = head::errors(cx, parts.clause("fails"));
    cx.keep_places(name.text, &attributes);
    let family = cx.families.contains(name.text);
    let source = Source {
        function: name.text,
        output: output.as_ref(),
        place: Place::Function(family),
    };
    let expect = sinks::expectation(cx, &attributes, &source);
    let sinks = sinks::read(cx, &attributes, &source);
    if let Some(on) = attributes.first("on")
        && let Some(trigger) = feeds::function(cx, on, name.text, &input)
    {
        cx.fed.insert(name.text.to_owned(), (trigger, on.span));
    }
    let network = cx.reference(&attributes, "network").map(str::to_owned);
    let number = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    let function = model::Function {
        name: name.text.to_owned(),
        member: None,
        input,
        output,
        fails,
        memory_mb: number(cx.quantity(&attributes, "memory")),
        timeout_s: number(cx.quantity(&attributes, "timeout")),
        concurrency: number(cx.quantity(&attributes, "concurrency")),
        retention_days: number(cx.quantity(&attributes, "retention")),
        network,
        expect,
        sinks,
        trigger: model::Trigger::Nothing,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    let timeout_at = attributes.span("timeout").unwrap_or(name.span);
    cx.timeout_at.insert(name.text.to_owned(), timeout_at);
    if !attributes.is_own("timeout") {
        cx.inherited_timeout.insert(name.text.to_owned());
    }
    cx.model.functions.insert(name.text.to_owned(), function);
}

/// `NAME(INPUT) -> OUTPUT`
fn signature<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    parts: &Parts<'t>,
) -> Option<(&'t Word<'t>, Type, Option<Type>)> {
    let (call, rest) = parts.main.split_first()?;
    let ExprKind::Call { name, arguments } = &call.kind else {
        head::report_form(cx, it, call.span, &KIND);
        return None;
    };
    let ([name], [argument]) = (name.as_slice(), arguments.as_slice()) else {
        head::report_form(cx, it, call.span, &KIND);
        return None;
    };
    let (None, [input]) = (&argument.name, argument.value.as_slice()) else {
        head::report_form(cx, it, argument.span, &KIND);
        return None;
    };
    let output = match rest {
        [] => None,
        [
            Expr {
                kind: ExprKind::Arrow(output),
                ..
            },
        ] => Some(output.as_ref()),
        [other, ..] => {
            head::report_form(cx, it, other.span, &KIND);
            return None;
        }
    };
    let input = types::read(cx, input, types::Place::Input)?;
    let output = match output {
        Some(output) => Some(types::read(cx, output, types::Place::Output)?),
        None => None,
    };
    cx.declared_as(name, KindId::Function)
        .then_some((name, input, output))
}

//! `function NAME(INPUT) -> OUTPUT fails ERROR { … }`: business logic that the user writes.

use pipe_dsl::tree::{Declaration, Expr, ExprKind, Word};

use super::{Attribute, Kind, KindId, Presence, Value};
use crate::check::context::Context;
use crate::check::head::{self, Parts};
use crate::check::types::{self, Place};
use crate::diag;
use crate::model::{self, Type};

pub(super) const KIND: Kind = Kind {
    keyword: "function",
    doc: "Business logic that you write in Rust: one trait to implement, one Lambda function.",
    form: "function NAME(INPUT) -> OUTPUT fails ERROR, ERROR { … }",
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
        later("network", "The private network it runs in."),
        later("on", "The queue that feeds it."),
        later("append", "A table that its output is recorded in."),
        later("write", "A bucket that its output is kept in."),
        later("send", "A queue, topic or bus that its output goes to."),
    ],
    named: true,
};

/// How long a log group keeps its lines.
pub(super) const RETENTION: Attribute = Attribute {
    name: "retention",
    doc: "How long its log group keeps lines.",
    value: Value::Retention,
    presence: Presence::Default("30d"),
};

/// An attribute of the language that this version does not compile.
pub(super) const fn later(name: &'static str, doc: &'static str) -> Attribute {
    Attribute {
        name,
        doc,
        value: Value::Special("later"),
        presence: Presence::Later,
    }
}

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration) {
    let Some(parts) = head::parts(cx, it, &KIND, &["fails", "per"]) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    for nested in &attributes.statements {
        cx.report_no_statement(nested, &KIND);
    }
    if let Some(per) = parts.clause("per") {
        cx.report(diag::P0107.at(per.span, "`per` is not compiled by this version of pipec"));
    }
    let Some((name, input, output)) = signature(cx, it, &parts) else {
        return;
    };
    let fails = head::errors(cx, parts.clause("fails"));
    let number = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    let function = model::Function {
        name: name.text.clone(),
        member: None,
        input,
        output,
        fails,
        memory_mb: number(cx.quantity(&attributes, "memory")),
        timeout_s: number(cx.quantity(&attributes, "timeout")),
        concurrency: number(cx.quantity(&attributes, "concurrency")),
        retention_days: number(cx.quantity(&attributes, "retention")),
        network: None,
        sinks: Vec::new(),
        trigger: model::Trigger::Nothing,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    let timeout_at = attributes.span("timeout").unwrap_or(name.span);
    cx.timeout_at.insert(name.text.clone(), timeout_at);
    cx.model.functions.insert(name.text.clone(), function);
}

/// `NAME(INPUT) -> OUTPUT`
fn signature<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration,
    parts: &Parts<'t>,
) -> Option<(&'t Word, Type, Option<Type>)> {
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
    let input = types::read(cx, input, Place::Function)?;
    let output = match output {
        Some(output) => Some(types::read(cx, output, Place::Function)?),
        None => None,
    };
    cx.declared_as(name, KindId::Function)
        .then_some((name, input, output))
}

//! `grant NAME { verb: resource }`: the whole authority of a function or workflow.

use pipe_dsl::tree::{Declaration, Word};

use super::function::later;
use super::{Attribute, Kind, KindId, Presence, Value};
use crate::check::attributes::Attributes;
use crate::check::context::Context;
use crate::check::{grants, head};
use crate::diag;
use crate::model::{self, Permission, Verb};

pub(super) const KIND: Kind = Kind {
    keyword: "grant",
    doc: "Everything that a function or workflow may do with resources. What the spec itself makes it do must be granted; what else is granted becomes a capability of the handler.",
    form: "grant NAME { verb: resource, resource }",
    attributes: &[
        verb("read", "Secrets, and tables whose events may be read back."),
        verb("append", "Tables that events may be recorded in."),
        verb("call", "Functions that a workflow calls."),
        later("write", "Buckets that may be written to."),
        later("send", "Queues, topics and buses that may be sent to."),
        later("receive", "Queues that may be received from."),
        later("update", "Fields of a table that may change."),
    ],
    named: false,
};

const fn verb(name: &'static str, doc: &'static str) -> Attribute {
    Attribute {
        name,
        doc,
        value: Value::Special("names of resources"),
        presence: Presence::Optional,
    }
}

/// Verb, its word, and the kinds that it fits.
const VERBS: &[(Verb, &str, &[KindId])] = &[
    (Verb::Read, "read", &[KindId::Secret, KindId::Table]),
    (Verb::Append, "append", &[KindId::Table]),
    (Verb::Call, "call", &[KindId::Function]),
];

/// The word of a verb.
pub(crate) fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Read => "read",
        Verb::Append => "append",
        Verb::Call => "call",
        Verb::Receive => "receive",
        Verb::Send => "send",
        Verb::Write => "write",
        Verb::Update => "update",
        Verb::Start => "start",
    }
}

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    for nested in &attributes.statements {
        cx.report_no_statement(nested, &KIND);
    }
    let permissions = permissions(cx, name, &attributes);
    let Some(to) = cx.resolve(name, &[KindId::Function, KindId::Workflow]) else {
        return;
    };
    if let Some(first) = cx.model.grants.get(to) {
        let first = pipe_dsl::tree::Span {
            start: first.origin.start,
            end: first.origin.end,
        };
        let message = format!("`{to}` has two grants");
        cx.report(
            diag::P0104
                .at(name.span, message)
                .label("again here")
                .second(first, "first granted here")
                .help("put all of it into one grant"),
        );
        return;
    }
    let grant = model::Grant {
        to: to.to_owned(),
        permissions,
        origin: cx.head_origin(it),
    };
    grants::remember(cx, to, block, name.span);
    cx.model.grants.insert(to.to_owned(), grant);
}

fn permissions<'t>(
    cx: &mut Context<'t>,
    subject: &Word,
    attributes: &Attributes<'t>,
) -> Vec<Permission> {
    // In the order written, so that reports read like the spec.
    let mut verbs: Vec<_> = VERBS
        .iter()
        .filter_map(|it| Some((attributes.span(it.1)?, it)))
        .collect();
    verbs.sort_by_key(|(span, _)| *span);
    let mut permissions: Vec<Permission> = Vec::new();
    let is_function = cx
        .symbols
        .get(subject.text.as_str())
        .is_some_and(|it| it.kind == KindId::Function);
    for (span, (verb, keyword, kinds)) in verbs {
        if *verb == Verb::Call && is_function {
            let message = "a function cannot be granted to call another";
            let help = "calls are made by workflows, which retry and record them";
            cx.report(
                diag::P0604
                    .at(span, message)
                    .label("only for workflows")
                    .help(help),
            );
            continue;
        }
        for word in cx.words(attributes, keyword) {
            let Some(resource) = cx.resolve(word, kinds) else {
                continue;
            };
            if permissions
                .iter()
                .any(|it| it.verb == *verb && it.resource == resource)
            {
                let message = format!("`{keyword}: {resource}` is granted twice");
                cx.report(diag::P0602.at(word.span, message).label("again here"));
                continue;
            }
            permissions.push(Permission {
                verb: *verb,
                resource: resource.to_owned(),
                field: None,
                used_by_edge: false,
                origin: cx.origin(word.span),
            });
        }
    }
    permissions
}

//! `table NAME { … }`: an append-only event log.

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, KindId, Presence, Value, key};
use crate::check::context::Context;
use crate::check::{head, identity};
use crate::diag;
use crate::model;

pub(super) const KIND: Kind = Kind {
    keyword: "table",
    doc: "The event log: append-only, on demand, encrypted, with point-in-time recovery and a stream that starts workflows.",
    form: "table NAME { … }",
    attributes: &[
        Attribute {
            name: "partition",
            doc: "The field by which facts belong together; every held event has it.",
            value: Value::Special("a field"),
            presence: Presence::Required,
        },
        Attribute {
            name: "sort",
            doc: "The field that orders the facts of a partition: a `timestamp` or `epoch_millis`.",
            value: Value::Special("a field"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "holds",
            doc: "The events that may be recorded in it.",
            value: Value::Special("events"),
            presence: Presence::Required,
        },
        key::ON_DELETE,
    ],
    named: true,
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    for nested in &attributes.statements {
        let index = nested.items.first().is_some_and(|it| it.is_word("index"));
        if index {
            cx.report(diag::P0107.at(
                nested.span,
                "`index` is not compiled by this version of pipec",
            ));
        } else {
            cx.report_no_statement(nested, &KIND);
        }
    }
    let mut holds: Vec<String> = Vec::new();
    let mut spans = Vec::new();
    for word in cx.words(&attributes, "holds") {
        let Some(event) = cx.resolve(word, &[KindId::Event]) else {
            continue;
        };
        if holds.iter().any(|it| it == event) {
            let message = format!("`{event}` is held twice");
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        holds.push(event.to_owned());
        spans.push(word.span);
    }
    let partition = cx.words(&attributes, "partition").first().copied();
    let sort = cx.words(&attributes, "sort").first().copied();
    let partition_name = identity::partition(cx, partition, &holds);
    let sort = identity::sort(cx, sort, partition, &holds);
    let retain = cx.choice(&attributes, "on_delete") == "retain";
    let table = model::Table {
        name: name.text.clone(),
        partition: partition_name,
        sort,
        holds,
        indexes: Vec::new(),
        retain,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.held_at.insert(name.text.clone(), spans);
    cx.model.tables.insert(name.text.clone(), table);
}

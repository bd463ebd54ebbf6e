//! `event NAME once FIELD, … { … }`: a fact that is recorded.

use pipe_dsl::tree::Declaration;

use super::{Kind, Symbol, Unused};
use crate::check::context::Context;
use crate::check::{fields, head, identity};
use crate::declared::part_of_others;
use crate::model;

pub(super) const KIND: Kind = Kind {
    keyword: "event",
    doc: "A fact that is recorded once. Two deliveries that are equal in the `once` fields are the same fact. The second is a duplicate if it says the same, however it is written and whenever it came; with another content it is refused, and counted in `mismatched`.",
    form: "event NAME once FIELD, FIELD { field: type = default }",
    example: "event OrderPlaced once orderId {
  orderId:   string
  timestamp: timestamp = received_at
  amount:    decimal
}
event OrderPacked once orderId { orderId: string, timestamp: timestamp, parcel: string }",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Event,
    nested: &[],
};

part_of_others!(model::Event);

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &["once"]) else {
        return;
    };
    let Some(name) = head::name(cx, it, &parts, &KIND) else {
        return;
    };
    let Some(record) = fields::record(cx, name, it) else {
        return;
    };
    let once = identity::once(cx, name, parts.clause("once"), &record);
    let model::Record {
        name,
        fields,
        doc,
        origin,
    } = record;
    cx.model.events.insert(
        name.clone(),
        model::Event {
            name,
            fields,
            once,
            doc,
            origin,
        },
    );
}

//! `type NAME { … }`: a record.

use pipe_dsl::tree::Declaration;

use super::{Kind, Symbol, Unused};
use crate::check::context::Context;
use crate::check::{fields, head};
use crate::declared::part_of_others;
use crate::model;

pub(super) const KIND: Kind = Kind {
    keyword: "type",
    doc: "A record: fields with their types, for outputs, for nested values, and to be spread into events with `..NAME`.",
    form: "type NAME { field: type = default }",
    example: "type Parcel { id: string, weight: decimal? }",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Struct,
    nested: &[],
};

part_of_others!(model::Record);

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, _)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    if let Some(record) = fields::record(cx, name, it) {
        cx.model.types.insert(name.text.to_owned(), record);
    }
}

//! `error NAME { … }`: a failure with its fields.

use pipe_dsl::tree::Declaration;

use super::{Kind, Symbol, Unused};
use crate::check::context::Context;
use crate::check::{fields, head};

pub(super) const KIND: Kind = Kind {
    keyword: "error",
    doc: "A failure that a function raises or a workflow ends with, and what it tells. `Throttled` and `Timeout` are built in.",
    form: "error NAME { field: type }",
    example: "error NoStock  { item: string }
error Unpacked { reason: string }",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Struct,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, _)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    if let Some(record) = fields::record(cx, name, it) {
        cx.model.errors.insert(name.text.to_owned(), record);
    }
}

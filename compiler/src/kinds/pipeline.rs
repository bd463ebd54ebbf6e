//! `pipeline NAME`: names the file's pipeline.

use pipe_dsl::tree::Declaration;

use super::{Kind, Symbol, Unused};
use crate::check::context::Context;
use crate::check::head;

pub(super) const KIND: Kind = Kind {
    keyword: "pipeline",
    doc: "Names the pipeline. The file is called the same: `pipeline payments` stands in `payments.pipe`.",
    form: "pipeline NAME",
    example: "pipeline shop",
    becomes: &[],
    attributes: &[],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    if let Some((name, None)) = head::name_and_block(cx, it, &KIND) {
        cx.check_snake_case(name);
        cx.model.name = name.text.to_owned();
    }
}

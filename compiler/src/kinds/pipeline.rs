//! `pipeline NAME { … }`: names the file's pipeline.

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::head;

pub(super) const KIND: Kind = Kind {
    keyword: "pipeline",
    doc: "Names the pipeline. The file is called the same: `pipeline payments` stands in `payments.pipe`.",
    form: "pipeline NAME { … }",
    example: "pipeline shop",
    becomes: &[],
    attributes: &[Attribute {
        name: "retention",
        doc: "How long the log groups keep lines that are no function's and no workflow's: those of the API, of networks and of pipes. Not written, more than the twelve months of PCI DSS 10.5.1.",
        value: Value::Retention,
        presence: Presence::Default("400d"),
    }],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    cx.check_snake_case(name);
    let days = cx.quantity(&attributes, "retention");
    cx.model.retention_days = u32::try_from(days).unwrap_or(u32::MAX);
    cx.model.name = name.text.to_owned();
}

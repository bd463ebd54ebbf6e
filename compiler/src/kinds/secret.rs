//! `secret NAME`: a value that is only ever read.

use pipe_dsl::tree::Declaration;

use super::{Kind, Unused};
use crate::check::context::Context;
use crate::check::head;
use crate::model;

pub(super) const KIND: Kind = Kind {
    keyword: "secret",
    doc: "A value that is made outside the stack and only ever read, at run time, by name. It never appears in an artifact.",
    form: "secret NAME",
    example: "/// The key that the provider signs with.
secret hook_key",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Asked,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    cx.attributes(it.kind.span, block, &KIND);
    let name = name.text.to_owned();
    let secret = model::Secret {
        name: name.clone(),
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.secrets.insert(name, secret);
}

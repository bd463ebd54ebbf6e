//! `key { … }`: the pipeline's one customer-managed key.

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Unused, Value};
use crate::check::context::Context;
use crate::check::head;

pub(super) const KIND: Kind = Kind {
    keyword: "key",
    doc: "Changes the pipeline's customer-managed KMS key, which is always there and encrypts everything at rest.",
    form: "key { … }",
    example: "key { on_delete: retain }",
    becomes: &["AWS::KMS::Key"],
    attributes: &[ON_DELETE],
    named: false,
    unused: Unused::Acts,
    nested: &[],
};

/// What becomes of a resource when the stack is deleted.
pub(super) const ON_DELETE: Attribute = Attribute {
    name: "on_delete",
    doc: "What becomes of it when the stack is deleted: `delete` or `retain`.",
    value: Value::Choice(&["delete", "retain"]),
    presence: Presence::Default("delete"),
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(block) = head::block_alone(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, Some(block), &KIND);
    cx.model.key.retain = cx.choice(&attributes, "on_delete") == "retain";
    cx.model.key.origin = cx.head_origin(it);
}

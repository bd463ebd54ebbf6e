//! `key { … }`: the pipeline's one customer-managed key.

pub(crate) mod lower;

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::head;
use crate::model::Origin;

/// The pipeline's key in KMS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Key {
    /// `on_delete: retain` keeps the key when the stack goes.
    pub retain: bool,
    /// Where `key { … }` stands; the `pipeline` line when it is not written.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "key",
    doc: "Changes the pipeline's customer-managed KMS key, which is always there and encrypts everything at rest.",
    form: "key { … }",
    example: "key { on_delete: retain }",
    becomes: &["AWS::KMS::Key"],
    attributes: &[ON_DELETE],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
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

//! `defaults KIND { … }`: attributes for every declaration of a kind that does not say otherwise.

use pipe_dsl::tree::Declaration;

use super::{Kind, KindId, Symbol, Unused};
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::head;
use crate::diag;

pub(super) const KIND: Kind = Kind {
    keyword: "defaults",
    doc: "Attributes for every declaration of a kind that does not give them itself.",
    form: "defaults KIND { … }",
    example: "defaults function { timeout: 5s }",
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
    let Some((word, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    cx.expect(word.span, || Expected::Kind);
    let Some(id) = KindId::of(word.text) else {
        cx.report_unknown_kind(word);
        return;
    };
    let kind = id.kind();
    if kind.attributes.is_empty() {
        cx.report(
            diag::P0108
                .at(
                    word.span,
                    format!(
                        "a `{}` has no attributes that could have defaults",
                        kind.keyword
                    ),
                )
                .label("has no attributes"),
        );
        return;
    }
    if let Some(first) = cx.defaults.get(&id) {
        let second = first.span;
        let message = format!("`defaults {}` is declared twice", kind.keyword);
        cx.report(
            diag::P0104
                .at(word.span, message)
                .label("again here")
                .second(second, "first declared here"),
        );
        return;
    }
    if let Some(block) = block {
        cx.check_defaults(id, block);
        cx.defaults.insert(id, block);
    }
    if !cx
        .tree
        .declarations
        .iter()
        .any(|it| it.kind.text == kind.keyword)
        && cx.tree.broken.is_empty()
    {
        let message = format!(
            "no `{}` is declared that could use these defaults",
            kind.keyword
        );
        cx.report(diag::P0115.at(word.span, message).label("nothing uses it"));
    }
}

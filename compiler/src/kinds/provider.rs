//! `provider NAME { verify: … }`: a sender of webhooks with its own signature.

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::{head, verify};
use crate::declared::part_of_others;
use crate::diag;
use crate::model::{Origin, Verify};

/// A sender of webhooks with its own signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Declared name, which is also the path's: `stripe`.
    pub name: String,
    /// Always a scheme or `off because`, never `PerProvider`.
    pub verify: Verify,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "provider",
    doc: "A sender of webhooks and how it signs. `Provider` is the type whose values are the declared ones; `{provider}` in a route's path names one, and what is declared `per provider` is made for each.",
    form: "provider NAME { verify: … }",
    example: "provider github { verify: github(secret: hook_key) }",
    becomes: &[],
    attributes: &[Attribute {
        name: "verify",
        doc: "The signature scheme, or `off because \"…\"`.",
        value: Value::Special("a scheme with its arguments, or `off because \"…\"`"),
        presence: Presence::Required,
    }],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

/// Most providers: CloudFormation takes 500 resources, and each family makes several for each.
const PROVIDERS_MAX: usize = 50;

part_of_others!(Provider);

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let Some(verify) = attributes
        .first("verify")
        .and_then(|it| verify::read(cx, it, verify::Place::Provider))
    else {
        return;
    };
    verify::warn_of_strangers(cx, &verify, "the handler of its routes");
    if cx.model.providers.len() >= PROVIDERS_MAX {
        let message = format!("more than {PROVIDERS_MAX} providers");
        cx.report(diag::P0408.at(name.span, message).label("one too many"));
        return;
    }
    let provider = Provider {
        name: name.text.to_owned(),
        verify,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.providers.insert(name.text.to_owned(), provider);
}

//! `api_key NAME { … }`: a key with quota and rate for a known caller.

pub(crate) mod lower;

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::{head, rates};
use crate::model::Origin;

/// A key with quota and rate for a known caller.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Declared name.
    pub name: String,
    /// `quota: 10000 per day`: count and `DAY`, `WEEK` or `MONTH`.
    pub quota: Option<(u32, &'static str)>,
    /// Steady requests per second.
    pub rate_per_s: u32,
    /// Burst above the rate.
    pub burst: u32,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "api_key",
    doc: "A key that a known caller shows as `x-api-key`, with its own rate and quota. API Gateway makes its value. Providers of webhooks cannot send one: it is for a relay.",
    form: "api_key NAME { … }",
    example: "api_key partners { quota: 10000 per day }",
    becomes: &[
        "AWS::ApiGateway::ApiKey",
        "AWS::ApiGateway::UsagePlan",
        "AWS::ApiGateway::UsagePlanKey",
    ],
    attributes: &[
        Attribute {
            name: "quota",
            doc: "Most requests of a `day`, `week` or `month`; one more is answered 429.",
            value: Value::Special("a quota such as `10000 per day`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "rate",
            doc: "Requests per second and the burst above them.",
            value: Value::Special("a rate such as `50 per second burst 100`"),
            presence: Presence::Default("50 per second burst 100"),
        },
    ],
    named: true,
    unused: Unused::Warned,
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
    let (rate_per_s, burst) = rates::per_second(cx, attributes.first("rate"), (50, 100));
    let key = ApiKey {
        name: name.text.to_owned(),
        quota: rates::quota(cx, attributes.first("quota")),
        rate_per_s,
        burst,
        origin: cx.head_origin(it),
    };
    cx.model.api_keys.insert(name.text.to_owned(), key);
}

//! Deliveries whose signature covers a checksum of the body: the runtime lets through one body for each, which it knows from a table.

use pipe_runtime::sign;

use crate::check::context::{Context, span_of};
use crate::diag;
use crate::model::{Answer, Route, SinkTo, Verify};

/// Warns of each route that takes such deliveries and has no table to remember them in.
pub(crate) fn check(cx: &mut Context<'_>) {
    let forgets = |it: &&Route| !remembers(it) && verifies_checksum(cx, it);
    let forgetful = cx.model.routes.iter().filter(forgets);
    let forgetful: Vec<_> = forgetful.map(|it| it.origin).collect();
    for origin in forgetful {
        let it = diag::P0507.at(
            span_of(origin),
            "nothing durable remembers which body a transmission came with",
        );
        cx.report(
            it.label("the signature covers a checksum, which another body can be made to fit")
                .help("give the route an `append:`, or `accept:` with `other: TABLE`; the first body is then remembered in that table"),
        );
    }
}

/// True where a second body can be made to fit a signature, so that the runtime remembers the first.
pub(crate) fn verifies_checksum(cx: &Context<'_>, route: &Route) -> bool {
    cx.model.ways(&route.verify).any(|it| match it {
        Verify::Scheme { scheme, .. } => sign::scheme(scheme).is_some_and(|it| !it.covers_body()),
        Verify::PerProvider { .. } | Verify::Off { .. } => false,
    })
}

/// A route that only replies does nothing with a body.
fn remembers(route: &Route) -> bool {
    let appends = |it: &crate::model::Sink| matches!(it.to, SinkTo::Append(_));
    matches!(route.answer, Answer::Reply(_))
        || route.accept.is_some()
        || route.sinks.iter().any(appends)
}

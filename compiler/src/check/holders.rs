//! Which functions and secrets have a metric that the runtime counts. It counts what happens, and an alarm on what cannot happen would
//! never tell anybody anything.

use pipe_dsl::tree::Word;
use pipe_runtime::sign::{self, Rotation};

use crate::check::context::Context;
use crate::check::transmissions::verifies_checksum;
use crate::diag;
use crate::metrics::{Holders, MetricSpec, SubjectKind};
use crate::model::{Route, Sink, SinkTo, Verb, Verify};

/// Whether the function or secret of this declared name has it.
pub(crate) fn has(cx: &Context<'_>, holders: Holders, name: &str) -> bool {
    match holders {
        Holders::All => true,
        Holders::Serving => routes(cx, name).next().is_some(),
        Holders::Receiving => {
            routes(cx, name).next().is_some()
                || cx.fed.contains_key(name)
                || cx.ruled.contains_key(name)
        }
        Holders::Recording => {
            let function = cx.model.functions.get(name);
            function.is_some_and(|it| appends(&it.sinks))
                || routes(cx, name).any(|it| appends(&it.sinks) || verifies_checksum(cx, it))
                || has_capability(cx, name)
        }
        Holders::Expecting => {
            let function = cx.model.functions.get(name);
            function.is_some_and(|it| it.expect.is_some())
                || routes(cx, name).any(|it| it.expect.is_some())
        }
        Holders::Accepting => routes(cx, name).any(|it| it.accept.is_some()),
        Holders::Verifying => cx.model.routes.iter().any(|it| verifies_with(cx, it, name)),
    }
}

/// Reports that what is named does not have the metric, and says what has it.
pub(crate) fn report(cx: &mut Context<'_>, subject: &Word, metric: &Word, spec: &MetricSpec) {
    let names: Vec<&String> = match spec.of {
        SubjectKind::Secret => cx.model.secrets.keys().collect(),
        _ => cx.model.functions.keys().collect(),
    };
    let names = names.into_iter().filter(|it| has(cx, spec.holders, it));
    let names: Vec<String> = names.map(|it| format!("`{it}`")).collect();
    let help = if names.is_empty() {
        "this pipeline has none".to_owned()
    } else {
        format!("here that is {}", names.join(", "))
    };
    let message = format!("`{}` has no `{}`", subject.text, spec.word);
    let it = diag::P0217.at(subject.span.to(metric.span), message);
    let only = format!("only {} has it", spec.holders.phrase());
    cx.report(it.label(only).help(help));
}

/// The routes that a function serves: as their handler, or at its URL.
fn routes<'c>(cx: &'c Context<'_>, function: &str) -> impl Iterator<Item = &'c Route> {
    cx.model
        .routes
        .iter()
        .filter(move |it| it.handler() == Some(function) || it.via.as_deref() == Some(function))
}

fn appends(sinks: &[Sink]) -> bool {
    let mut sinks = sinks.iter();
    sinks.any(|it| matches!(it.to, SinkTo::Append(_)))
}

/// Whether the function's code may append: a grant of it that no sink, no `other:` of its route needs.
fn has_capability(cx: &Context<'_>, function: &str) -> bool {
    let needed = |table: &str| {
        let mut edges = cx.edges.iter();
        edges.any(|it| it.verb == Verb::Append && it.subject == function && it.resource == table)
    };
    let grants = cx.model.grants.values().filter(|it| it.to == function);
    let mut granted = grants.flat_map(|it| &it.permissions);
    granted.any(|it| it.verb == Verb::Append && !needed(&it.resource))
}

fn verifies_with(cx: &Context<'_>, route: &Route, secret: &str) -> bool {
    cx.model.ways(&route.verify).any(|it| match it {
        Verify::Scheme { scheme, .. } => {
            let rotates = sign::scheme(scheme).is_some_and(|it| it.rotation == Rotation::Overlap);
            rotates && it.secret() == Some(secret)
        }
        Verify::PerProvider { .. } | Verify::Off { .. } => false,
    })
}

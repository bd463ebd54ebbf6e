//! Who calls each function.

use std::collections::BTreeMap;

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::diag;
use crate::model::{Origin, Statement, Trigger};

/// Orders the routes and gives each function its trigger.
pub(crate) fn assign(cx: &mut Context<'_>) {
    cx.model
        .routes
        .sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    let mut callers: BTreeMap<String, Vec<(String, Origin)>> = BTreeMap::new();
    for workflow in cx.model.workflows.values() {
        calls(&workflow.body, &mut |function, origin| {
            callers
                .entry(function.to_owned())
                .or_default()
                .push((workflow.name.clone(), origin));
        });
    }
    let mut handled: BTreeMap<String, (usize, Origin)> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, route) in cx.model.routes.iter().enumerate() {
        let place = span(route.origin);
        let Some(handler) = route.handler() else {
            continue;
        };
        if let Some((_, first)) = handled.get(handler) {
            let message = format!("`{handler}` is the handler of two routes");
            found.push(
                diag::P0309
                    .at(place, message)
                    .label("also handled here")
                    .second(span(*first), "handled here"),
            );
        } else {
            handled.insert(handler.to_owned(), (index, route.origin));
        }
        if let Some((workflow, call)) = callers.get(handler).and_then(|it| it.first()) {
            let message =
                format!("`{handler}` is the handler of a route and called by `{workflow}`");
            let it = diag::P0309
                .at(span(*call), message)
                .label("called here")
                .second(place, "handles this route");
            found.push(it.help("write two functions: one for each caller"));
        }
    }
    for (name, function) in &mut cx.model.functions {
        function.trigger = match (handled.get(name), callers.get(name)) {
            (Some((index, _)), _) => Trigger::Route(*index),
            (None, Some(calls)) => {
                let mut workflows: Vec<String> = calls.iter().map(|it| it.0.clone()).collect();
                workflows.dedup();
                Trigger::Workflows(workflows)
            }
            (None, None) => Trigger::Nothing,
        };
    }
    if let [first, rest @ ..] = cx.model.routes.as_slice() {
        for route in rest.iter().filter(|it| it.stage != first.stage) {
            let message = format!(
                "stage `{}` here and `{}` elsewhere",
                route.stage, first.stage
            );
            found.push(
                diag::P0313
                    .at(span(route.origin), message)
                    .label(format!("on `{}`", route.stage))
                    .second(span(first.origin), format!("on `{}`", first.stage))
                    .help("the routes of a pipeline are one API with one stage"),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

fn span(origin: Origin) -> Span {
    Span {
        start: origin.start,
        end: origin.end,
    }
}

/// Every call in statements and their catches.
pub(crate) fn calls(body: &[Statement], visit: &mut impl FnMut(&str, Origin)) {
    for statement in body {
        if let Statement::Call {
            function,
            catches,
            origin,
            ..
        } = statement
        {
            visit(function, *origin);
            for it in catches {
                calls(&it.body, visit);
            }
        }
    }
}

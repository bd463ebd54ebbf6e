//! Who calls each function.

use std::collections::BTreeMap;

use pipe_dsl::tree::Span;

use crate::check::context::{Context, span_of};
use crate::check::types::spelled;
use crate::diag::{self, Diagnostic};
use crate::model::{Function, Origin, Statement, Trigger, Type};

/// One thing that calls a function.
struct Caller {
    /// `handles a route`, for a sentence.
    what: String,
    trigger: Trigger,
    at: Span,
}

/// Orders the routes and gives each function its trigger.
pub(crate) fn assign(cx: &mut Context<'_>) {
    cx.model
        .routes
        .sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    let mut callers: BTreeMap<String, Vec<Caller>> = BTreeMap::new();
    let mut found = Vec::new();
    handlers(cx, &mut callers, &mut found);
    for (name, (trigger, at)) in &cx.fed {
        callers.entry(name.clone()).or_default().push(Caller {
            what: "is fed by `on:`".to_owned(),
            trigger: trigger.clone(),
            at: *at,
        });
    }
    for (name, rules) in &cx.ruled {
        if let Some((rule, at)) = rules.first() {
            let mut names: Vec<String> = rules.iter().map(|it| it.0.clone()).collect();
            names.sort();
            callers.entry(name.clone()).or_default().push(Caller {
                what: format!("is sent to by `{rule}`"),
                trigger: Trigger::Rules(names),
                at: *at,
            });
        }
    }
    called(cx, &mut callers);
    for (name, all) in &callers {
        if let [first, second, ..] = all.as_slice() {
            let message = format!("`{name}` {} and {}", first.what, second.what);
            let it = diag::P0309
                .at(second.at, message)
                .label("called here")
                .second(first.at, "and here");
            found.push(it.help("write two functions: one for each caller"));
        }
    }
    for (name, function) in &mut cx.model.functions {
        let first = callers.get(name).and_then(|it| it.first());
        function.trigger = first.map_or(Trigger::Nothing, |it| it.trigger.clone());
    }
    for function in cx.model.functions.values() {
        check_output(cx, function, callers.get(&function.name), &mut found);
    }
    stages(cx, &mut found);
    for it in found {
        cx.report(it);
    }
}

fn handlers(
    cx: &Context<'_>,
    callers: &mut BTreeMap<String, Vec<Caller>>,
    found: &mut Vec<Diagnostic>,
) {
    let mut handled: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (index, route) in cx.model.routes.iter().enumerate() {
        let at = span_of(route.origin);
        let Some(handler) = route.handler() else {
            continue;
        };
        let places = handled.entry(handler).or_default();
        places.push(at);
        if places.len() > 1 {
            continue;
        }
        callers.entry(handler.to_owned()).or_default().push(Caller {
            what: "handles a route".to_owned(),
            trigger: Trigger::Route(index),
            at,
        });
    }
    // Once for a handler, however many routes it has.
    for (handler, places) in handled {
        let [first, second, ..] = places.as_slice() else {
            continue;
        };
        let count = if places.len() == 2 {
            "two".to_owned()
        } else {
            places.len().to_string()
        };
        let message = format!("`{handler}` is the handler of {count} routes");
        found.push(
            diag::P0309
                .at(*second, message)
                .label("also handled here")
                .second(*first, "handled here"),
        );
    }
}

/// Functions that workflows call.
fn called(cx: &Context<'_>, callers: &mut BTreeMap<String, Vec<Caller>>) {
    let mut all: BTreeMap<String, Vec<(String, Origin)>> = BTreeMap::new();
    for workflow in cx.model.workflows.values() {
        calls(&workflow.body, &mut |function, origin| {
            all.entry(function.to_owned())
                .or_default()
                .push((workflow.name.clone(), origin));
        });
    }
    for (function, calls) in all {
        let Some((workflow, origin)) = calls.first() else {
            continue;
        };
        let mut workflows: Vec<String> = calls.iter().map(|it| it.0.clone()).collect();
        workflows.dedup();
        callers.entry(function).or_default().push(Caller {
            what: format!("is called by `{workflow}`"),
            at: span_of(*origin),
            trigger: Trigger::Workflows(workflows),
        });
    }
}

/// The output of a route's handler is the route's, that of a called function the workflow's; only a route's handler takes `Request` or
/// `Accepted`.
fn check_output(
    cx: &Context<'_>,
    function: &Function,
    callers: Option<&Vec<Caller>>,
    found: &mut Vec<Diagnostic>,
) {
    let name = &function.name;
    let at = callers.and_then(|it| it.first()).map(|it| it.at);
    let whose = match &function.trigger {
        Trigger::Route(_) => Some("the route says what is done with its output"),
        Trigger::Workflows(_) => Some("the workflow says what is done with its output"),
        _ => None,
    };
    let expected = function.expect.as_ref().map(|it| it.origin);
    let used = expected.or(function.sinks.first().map(|it| it.origin));
    if let (Some(whose), Some(used), Some(at)) = (whose, used, at) {
        found.push(
            diag::P0317
                .at(span_of(used), format!("{whose}, not `{name}`"))
                .label("belongs to its caller")
                .second(at, "called here"),
        );
    }
    if matches!(function.input, Type::Request | Type::Accepted)
        && !matches!(function.trigger, Trigger::Route(_) | Trigger::Nothing)
    {
        let it = diag::P0201.at(
            cx.name_span(name),
            format!(
                "`{name}` takes `{}`, but no route calls it",
                spelled(&function.input)
            ),
        );
        found.push(match at {
            Some(at) => it
                .label("only a route's handler can")
                .second(at, "called here"),
            None => it.label("only a route's handler can"),
        });
    }
}

/// The routes of the API are on one stage; a function URL has none, and is said to be on that one.
fn stages(cx: &mut Context<'_>, found: &mut Vec<Diagnostic>) {
    let routes = cx.model.routes.iter().filter(|it| it.via.is_none());
    let api: Vec<(String, Origin)> = routes.map(|it| (it.stage.clone(), it.origin)).collect();
    let Some(((first, origin), rest)) = api.split_first() else {
        return;
    };
    for (stage, other) in rest.iter().filter(|it| it.0 != *first) {
        found.push(
            diag::P0313
                .at(
                    span_of(*other),
                    format!("stage `{stage}` here and `{first}` elsewhere"),
                )
                .label(format!("on `{stage}`"))
                .second(span_of(*origin), format!("on `{first}`"))
                .help("the routes of a pipeline are one API with one stage"),
        );
    }
    for route in cx.model.routes.iter_mut().filter(|it| it.via.is_some()) {
        route.stage.clone_from(first);
    }
}

/// Every call in statements and the blocks inside them.
pub(crate) fn calls(body: &[Statement], visit: &mut impl FnMut(&str, Origin)) {
    Statement::walk(body, &mut |statement| {
        if let Statement::Call {
            function, origin, ..
        } = statement
        {
            visit(function, *origin);
        }
    });
}

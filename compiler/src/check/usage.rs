//! Warnings about what is declared and of no use.

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::diag;
use crate::kinds::{KindId, Unused};
use crate::model::{Permission, Trigger, Verb};

/// Reports what nothing uses. Only asked when everything else is right: a use may stand in what could not be read.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for (name, symbol) in &cx.symbols {
        let used = symbol.used;
        let it = match symbol.kind {
            KindId::Function => {
                let called = cx
                    .model
                    .functions
                    .get(*name)
                    .is_none_or(|it| it.trigger != Trigger::Nothing);
                (!called).then(|| {
                    let message = format!("nothing calls `{name}`");
                    diag::P0116
                        .at(symbol.span, message)
                        .help("name it as a `handler:` or call it in a workflow")
                })
            }
            KindId::Secret if !used => {
                let message = format!("nobody reads `{name}`");
                Some(
                    diag::P0117
                        .at(symbol.span, message)
                        .help("verify a route with it or grant it to a function"),
                )
            }
            KindId::Workflow => {
                let waits = cx.model.workflows.get(*name);
                let dead = waits.is_some_and(|it| it.on.is_none()) && !is_started(cx, name);
                dead.then(|| {
                    diag::P0122
                        .at(symbol.span, format!("nothing starts `{name}`"))
                        .help(format!("give it an `on: TABLE`, say `start {name}(…)` in another workflow, or grant `start: {name}` to a function"))
                })
            }
            _ if used => None,
            kind if kind.kind().unused != Unused::Warned => None,
            kind => {
                let message = format!("{} `{name}` is never used", kind.kind().keyword);
                Some(diag::P0115.at(symbol.span, message))
            }
        };
        found.extend(it.map(|it| it.label("declared here")));
    }
    for it in found {
        cx.report(it);
    }
    check_recorded(cx);
}

/// True if another workflow starts it or a function may: an edge needs a grant as well. Its own `start` begins nothing.
fn is_started(cx: &Context<'_>, name: &str) -> bool {
    cx.model.grants.iter().any(|(actor, grant)| {
        let starts = |it: &Permission| it.verb == Verb::Start && it.resource == name;
        actor != name && grant.permissions.iter().any(starts)
    })
}

/// An event that a table holds but nothing can put there.
fn check_recorded(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for table in cx.model.tables.values() {
        // A function with the capability to append may record any held event.
        let by_capability = cx
            .model
            .grants
            .values()
            .flat_map(|it| &it.permissions)
            .any(|it| it.verb == Verb::Append && it.resource == table.name && !it.used_by_edge);
        let spans = cx
            .held_at
            .get(&table.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for (event, span) in table.holds.iter().zip(spans) {
            let recorded = by_capability || cx.recorded.contains(event);
            if !recorded {
                let message = format!("nothing records `{event}` in `{}`", table.name);
                found.push((*span, message));
            }
        }
    }
    for (span, message) in found {
        report_never_recorded(cx, span, message);
    }
}

fn report_never_recorded(cx: &mut Context<'_>, span: Span, message: String) {
    cx.report(
        diag::P0118
            .at(span, message)
            .label("held here")
            .help("append it in a route or a workflow, or take it out of `holds`"),
    );
}

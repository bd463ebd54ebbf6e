//! Workflows that act on a payment before its amount was compared with anything. A signature says who has sent a delivery, not that its
//! amount is the one agreed upon: a genuine payment of one dollar must not settle an order of two thousand.

mod ways;

use std::collections::BTreeSet;

use self::ways::{Amounts, Given, Ways, zero};
use crate::check::context::{Context, span_of};
use crate::check::sinks::item;
use crate::check::strict;
use crate::diag;
use crate::model::{
    Condition, Expectation, Literal, Operator, Permission, Pipeline, Sink, SinkTo, Statement, Type,
    Verb, Workflow,
};

const HELP: &str = "a signature says who sent it, not that it is the amount agreed upon: write `expect … else { … }` above, or `expect:` where the event is recorded, or say `expect: off because \"…\"`";

/// Warns once of each workflow that acts too early.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    let model = &cx.model;
    let amounts = Amounts {
        carried_by: &|ty| carries_amount(cx, ty),
        input_of: &|name| model.functions.get(name).map(|it| &it.input),
    };
    for workflow in model.workflows.values() {
        if workflow.uncompared_because.is_some() {
            continue;
        }
        let compared = is_compared(&amounts, model, workflow, &mut BTreeSet::new());
        let ways = Ways::follow(&amounts, workflow, compared);
        if let Some((function, at)) = ways.earliest() {
            let message = format!("`{function}` acts before any amount was compared");
            found.push(
                diag::P0508
                    .at(span_of(at), message)
                    .label(format!("acts on what `{}` says", workflow.event))
                    .second(cx.name_span(&workflow.name), "compares none before")
                    .help(HELP),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

/// True where an amount was compared before the workflow begins: in its `where`, by whatever records its event, by whatever starts it.
fn is_compared<'c>(
    amounts: &'c Amounts<'c>,
    model: &'c Pipeline,
    workflow: &'c Workflow,
    seen: &mut BTreeSet<&'c str>,
) -> bool {
    let filter = workflow.filter.clone().map(strict::condition);
    if filter.as_ref().is_some_and(on_amount) {
        return true;
    }
    let mut sources = Vec::new();
    for other in model.workflows.values() {
        if other.name == workflow.name || !gives_any(other, workflow) || !seen.insert(&other.name) {
            continue;
        }
        let before = other.uncompared_because.is_some() || is_compared(amounts, model, other, seen);
        seen.remove(other.name.as_str());
        let ways = Ways::follow(amounts, other, before);
        let given = ways.gives.iter().filter(|it| it.0.begins(workflow));
        sources.extend(given.map(|it| it.1));
    }
    let by_code = is_given_by_code(model, workflow);
    match workflow.on.as_deref() {
        // Of what only the code of a function records, nothing was expected.
        Some(table) if by_code && holds_only(model, table, &workflow.event) => sources.push(false),
        None if !by_code => {}
        table => {
            let outputs = outputs(model, &workflow.event, table);
            if outputs.is_empty() && (by_code || sources.is_empty()) {
                sources.push(false);
            }
            sources.extend(outputs);
        }
    }
    sources.iter().all(|it| *it)
}

/// Whether a table holds this event alone, so that whoever may append to it may append that.
fn holds_only(model: &Pipeline, table: &str, event: &str) -> bool {
    let table = model.tables.get(table);
    table.is_some_and(|it| it.holds.iter().all(|it| it == event))
}

fn gives_any(giver: &Workflow, taker: &Workflow) -> bool {
    let mut gives = false;
    Statement::walk(&giver.body, &mut |it| {
        gives |= Given::of(it).is_some_and(|it| it.begins(taker));
    });
    gives
}

/// Whether the code of a function may start it, or record in its table what no sink does.
fn is_given_by_code(model: &Pipeline, workflow: &Workflow) -> bool {
    let of = |it: &Permission| match &workflow.on {
        Some(table) => it.verb == Verb::Append && !it.used_by_edge && it.resource == *table,
        None => it.verb == Verb::Start && it.resource == workflow.name,
    };
    let mut grants = model.grants.values();
    grants.any(|it| model.functions.contains_key(&it.to) && it.permissions.iter().any(of))
}

/// Of each route and function that records the event in this table, or that sends it anywhere where no table is said, whether an amount
/// is expected of it.
fn outputs(model: &Pipeline, event: &str, table: Option<&str>) -> Vec<bool> {
    let passes_on = |sinks: &[Sink]| {
        let mut sinks = sinks.iter();
        sinks.any(|it| match (&it.to, table) {
            (SinkTo::Append(to), Some(table)) => to == table,
            (SinkTo::Append(_) | SinkTo::Send(_), None) => true,
            _ => false,
        })
    };
    let gives = |function: &str| {
        let output = model
            .functions
            .get(function)
            .and_then(|it| it.output.as_ref());
        matches!(output.map(item), Some(Type::Event(it)) if it == event)
    };
    let expects = |it: &Option<Expectation>| it.as_ref().is_some_and(|it| on_amount(&it.condition));
    let routes = model.routes.iter();
    let routes = routes.filter(|it| it.handler().is_some_and(gives) && passes_on(&it.sinks));
    let functions = model.functions.values();
    let functions = functions.filter(|it| gives(&it.name) && passes_on(&it.sinks));
    let of_routes = routes.map(|it| expects(&it.expect));
    of_routes
        .chain(functions.map(|it| expects(&it.expect)))
        .collect()
}

/// True where a condition cannot hold without an amount having been compared, with anything but zero.
fn on_amount(condition: &Condition) -> bool {
    match condition {
        Condition::Compare {
            ty,
            operator,
            value,
            ..
        } => {
            let to_zero = matches!(value, Literal::Number(digits) if zero(digits));
            *ty.base() == Type::Decimal && *operator != Operator::NotEqual && !to_zero
        }
        Condition::StartsWith { .. } | Condition::Present { .. } => false,
        Condition::And(parts) => parts.iter().any(on_amount),
        Condition::Or(parts) => parts.iter().all(on_amount),
        Condition::Not(inner) => on_amount(inner),
    }
}

/// True for a value with a `decimal` in it.
fn carries_amount(cx: &Context<'_>, ty: &Type) -> bool {
    match ty {
        Type::Decimal => true,
        Type::List(inner) | Type::Optional(inner) => carries_amount(cx, inner),
        Type::Record(_) | Type::Event(_) => {
            let fields = cx.fields_of(ty).unwrap_or_default();
            fields.iter().any(|it| carries_amount(cx, &it.ty))
        }
        _ => false,
    }
}

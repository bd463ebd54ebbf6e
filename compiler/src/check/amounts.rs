//! Amounts that a workflow hands to functions and that nobody has compared. A signature says who has sent a delivery, not that its amount
//! is the one agreed upon: a genuine payment of one dollar must not settle an order of two thousand.

use std::collections::BTreeSet;

use crate::check::context::{Context, span_of};
use crate::check::sinks::item;
use crate::diag;
use crate::model::{
    Condition, Effect, Expectation, Expression, ExpressionKind, Function, Origin, Permission,
    Route, SinkTo, Statement, Test, Type, Verb, Workflow,
};

const HELP: &str = "a signature says who sent it, not that it is the amount agreed upon: write `expect … else { … }` above, or `expect:` where the event is recorded, or say `expect: off because \"…\"`";

/// Warns once of each workflow that hands on an amount nothing was expected of.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for workflow in cx.model.workflows.values() {
        if workflow.uncompared_because.is_some() {
            continue;
        }
        let mut ways = Ways::of(cx, workflow);
        let compared = is_filtered(workflow) || is_expected(cx, workflow, &mut BTreeSet::new());
        ways.block(&workflow.body, compared);
        if let Some((function, at)) = ways.found {
            let message = format!("`{function}` is given an amount that nothing has compared");
            found.push(
                diag::P0508
                    .at(span_of(at), message)
                    .label(format!("an amount of `{}` goes on", workflow.event))
                    .second(cx.name_span(&workflow.name), "compares none before")
                    .help(HELP),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

/// The ways through a workflow, up to the first amount that is handed on too early.
struct Ways<'c, 't> {
    cx: &'c Context<'t>,
    /// Bindings that some condition or `match` looks at.
    decided_by: BTreeSet<&'c str>,
    /// Bindings of what functions have answered that were given an amount: a decision by one is a comparison made in code.
    answers: BTreeSet<&'c str>,
    found: Option<(&'c str, Origin)>,
}

impl<'c, 't> Ways<'c, 't> {
    fn of(cx: &'c Context<'t>, workflow: &'c Workflow) -> Self {
        let mut decided_by = BTreeSet::new();
        Statement::walk(&workflow.body, &mut |it| {
            for value in decided(it) {
                decided_by.extend(binding(value));
            }
        });
        Self {
            cx,
            decided_by,
            answers: BTreeSet::new(),
            found: None,
        }
    }

    /// Goes through a block; gives whether an amount has been compared when it ends.
    fn block(&mut self, body: &'c [Statement], mut compared: bool) -> bool {
        for statement in body {
            if let Statement::Call {
                binding,
                function,
                origin,
                ..
            } = statement
            {
                self.call(binding.as_deref(), function, *origin, compared);
            }
            compared |= self.compares(statement);
            let catches = statement.catches().len();
            let blocks = statement.blocks();
            let own = blocks.len().saturating_sub(catches);
            let mut ways = Vec::new();
            for (index, block) in blocks.into_iter().enumerate() {
                let after = self.block(block, compared);
                if index < own && !Statement::ends(block) {
                    ways.push(after);
                }
            }
            compared |= match statement {
                Statement::If { .. } | Statement::Match { .. } => {
                    !ways.is_empty() && ways.iter().all(|it| *it)
                }
                Statement::Parallel { .. } => ways.contains(&true),
                _ => false,
            };
        }
        compared
    }

    /// A function whose answer is looked at is asked something; any other that is given an amount acts on it.
    fn call(&mut self, binding: Option<&'c str>, function: &'c str, at: Origin, compared: bool) {
        let declared = self.cx.model.functions.get(function);
        if !declared.is_some_and(|it| carries_amount(self.cx, &it.input)) {
            return;
        }
        let asked = binding.filter(|it| self.decided_by.contains(it));
        self.answers.extend(asked);
        if asked.is_none() && !compared && self.found.is_none() {
            self.found = Some((function, at));
        }
    }

    /// True where the statement itself compares an amount, or decides by what a function said that was given one.
    fn compares(&self, statement: &'c Statement) -> bool {
        let mut values = decided(statement).into_iter();
        values.any(|it| {
            *it.ty.base() == Type::Decimal
                || binding(it).is_some_and(|it| self.answers.contains(it))
        })
    }
}

/// The left sides of what a statement decides by, and the right sides that are bindings.
fn decided(statement: &Statement) -> Vec<&Expression> {
    let mut values = Vec::new();
    match statement {
        Statement::If { arms, .. } => {
            for (test, _) in arms {
                operands(test, &mut values);
            }
        }
        Statement::Expect { test, .. } => operands(test, &mut values),
        Statement::Match { subject, .. } => values.push(subject),
        _ => {}
    }
    values
}

fn operands<'a>(test: &'a Test, values: &mut Vec<&'a Expression>) {
    match test {
        Test::Compare { left, right, .. } => values.extend([left, right]),
        Test::StartsWith { value, .. } | Test::Present(value) => values.push(value),
        Test::And(parts) | Test::Or(parts) => {
            for part in parts {
                operands(part, values);
            }
        }
        Test::Not(inner) => operands(inner, values),
    }
}

/// The binding that a value is of.
fn binding(value: &Expression) -> Option<&str> {
    match &value.kind {
        ExpressionKind::Path(names) => names.first().map(String::as_str),
        _ => None,
    }
}

/// `where` of its `on:` compares an amount.
fn is_filtered(workflow: &Workflow) -> bool {
    workflow.filter.as_ref().is_some_and(on_amount)
}

fn on_amount(condition: &Condition) -> bool {
    match condition {
        Condition::Compare { ty, .. } => *ty.base() == Type::Decimal,
        Condition::StartsWith { .. } => false,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(on_amount),
        Condition::Not(inner) => on_amount(inner),
    }
}

/// True where everything that the workflow's event may come from has compared an amount before.
fn is_expected<'c>(
    cx: &'c Context<'_>,
    workflow: &'c Workflow,
    seen: &mut BTreeSet<&'c str>,
) -> bool {
    let mut sources = Vec::new();
    let others = cx.model.workflows.values();
    for other in others.filter(|it| it.name != workflow.name) {
        if gives(other, workflow) && seen.insert(&other.name) {
            sources.push(compares_anywhere(other) || is_expected(cx, other, seen));
        }
    }
    let of = |it: &Permission| match &workflow.on {
        Some(table) => it.verb == Verb::Append && !it.used_by_edge && it.resource == *table,
        None => it.verb == Verb::Start && it.resource == workflow.name,
    };
    let is_function = |it: &str| cx.model.functions.contains_key(it);
    let by_code = cx.model.grants.values().any(|it| {
        let mut permissions = it.permissions.iter();
        is_function(&it.to) && permissions.any(of)
    });
    if workflow.on.is_some() || by_code {
        sources.extend(outputs(cx, workflow));
    }
    // What the code of a function records by a grant, nothing can be expected of.
    let beyond = workflow.on.is_some() && by_code;
    !beyond && sources.iter().all(|it| *it)
}

/// Of each route and function that gives the event back, whether an amount is expected of it.
fn outputs(cx: &Context<'_>, workflow: &Workflow) -> Vec<bool> {
    let is_event = |it: &Function| {
        let output = it.output.as_ref().map(item);
        matches!(output, Some(Type::Event(event)) if *event == workflow.event)
    };
    let expects = |it: &Option<Expectation>| {
        let it = it.as_ref();
        it.is_some_and(|it| on_amount(&it.condition))
    };
    let handles = |it: &Route| {
        let handler = it.handler().and_then(|it| cx.model.functions.get(it));
        handler.is_some_and(is_event)
    };
    let routes = cx.model.routes.iter().filter(|it| handles(it));
    let functions = cx.model.functions.values();
    let functions = functions.filter(|it| is_event(it) && records(it));
    let of_routes = routes.map(|it| expects(&it.expect));
    of_routes
        .chain(functions.map(|it| expects(&it.expect)))
        .collect()
}

fn records(function: &Function) -> bool {
    let mut sinks = function.sinks.iter();
    sinks.any(|it| matches!(it.to, SinkTo::Append(_) | SinkTo::Send(_)))
}

/// Whether one workflow starts the other or records its event.
fn gives(giver: &Workflow, taker: &Workflow) -> bool {
    let mut gives = false;
    Statement::walk(&giver.body, &mut |it| {
        gives |= match it {
            Statement::Append { event, table, .. } => {
                *event == taker.event && taker.on.as_ref() == Some(table)
            }
            Statement::Effect {
                effect: Effect::Start { workflow, .. },
                ..
            } => *workflow == taker.name,
            _ => false,
        };
    });
    gives
}

fn compares_anywhere(workflow: &Workflow) -> bool {
    let mut compares = is_filtered(workflow) || workflow.uncompared_because.is_some();
    Statement::walk(&workflow.body, &mut |it| {
        let mut values = decided(it).into_iter();
        compares |= values.any(|it| *it.ty.base() == Type::Decimal);
    });
    compares
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

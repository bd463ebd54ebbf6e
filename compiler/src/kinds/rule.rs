//! `rule NAME on BUS where CONDITION send TARGETS`: a route from a bus by condition.

pub(crate) mod lower;

use pipe_dsl::tree::{Body, Declaration, Expr};

use super::{Kind, KindId, Symbol, Unused};
use crate::check::bus_rules::{self, On};
use crate::check::clauses;
use crate::check::context::{Context, head_span, span_of};
use crate::check::{head, names};
use crate::model::{Condition, Origin, Target};

/// A rule on a bus, alone or as a case of a `rules` group.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name; of a case `<group>_<case>`.
    pub name: String,
    /// Group and case, for a case.
    pub case: Option<(String, String)>,
    /// The bus.
    pub bus: String,
    /// The event that it takes.
    pub event: String,
    /// Which of them.
    pub condition: Option<Condition>,
    /// Where they go, in order.
    pub sends: Vec<Target>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "rule",
    doc: "Takes the events of a bus that fit, and sends each to functions, queues, topics or a log. Rules are independent: an event may fit several. `of EVENT` says which one, where the bus holds several.",
    form: "rule NAME on BUS of EVENT where CONDITION send TARGET, TARGET",
    example: "rule large on order_bus where amount > 1000 send ops",
    becomes: &["AWS::Events::Rule"],
    attributes: &[],
    named: true,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Body::Phrase(phrase) = &it.body else {
        head::report_form(cx, it, head_span(it), &KIND);
        return;
    };
    let items = phrase.items.as_slice();
    let send = items.iter().skip(1).position(|it| it.is_word("send"));
    let Some((head, targets)) = send.map(|at| items.split_at(at + 1)) else {
        head::report_form(cx, it, head_span(it), &KIND);
        return;
    };
    let targets = targets.get(1..).unwrap_or_default();
    let head: Vec<&Expr> = head.iter().collect();
    let span = head_span(it);
    let words = &["on", "of", "where"];
    let Some(clauses) = clauses::of_items(cx, &head, span, words, "rule", KIND.form) else {
        return;
    };
    let (Some(name), Some(bus)) = (
        clauses.single().and_then(Expr::as_word),
        clauses.get("on").and_then(Expr::as_word),
    ) else {
        head::report_form(cx, it, span, &KIND);
        return;
    };
    if !cx.declared_as(name, KindId::Rule) || targets.iter().any(|it| it.as_block().is_some()) {
        if let Some(block) = targets.iter().find(|it| it.as_block().is_some()) {
            head::report_form(cx, it, block.span, &KIND);
        }
        return;
    }
    let Some(On { bus, event }) = bus_rules::on(cx, bus, clauses.get("of")) else {
        return;
    };
    let condition = match clauses.get("where") {
        Some(expr) => match bus_rules::condition(cx, expr, &event) {
            Some(it) => Some(it),
            None => return,
        },
        None => None,
    };
    let sends = bus_rules::targets(cx, &bus_rules::flat(targets), name.text, &event);
    let rule = Rule {
        name: name.text.to_owned(),
        case: None,
        bus,
        event,
        condition,
        sends,
        doc: it.doc.clone(),
        origin: cx.origin(span),
    };
    if let Some(other) = cx.model.rules.get(&rule.name) {
        let other = span_of(other.origin);
        names::report_made(cx, &rule.name, name.span, other);
        return;
    }
    cx.model.rules.insert(name.text.to_owned(), rule);
}

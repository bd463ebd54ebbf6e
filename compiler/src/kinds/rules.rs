//! `rules NAME on BUS { case: CONDITION send TARGETS }`: a range split into cases.

use pipe_dsl::tree::{Attribute, Declaration, Entry, EntryKind, Expr, Span};

use super::{Kind, Symbol, Unused};
use crate::check::bus_rules::{self, On};
use crate::check::context::{Context, span_of};
use crate::check::head;
use crate::check::names::{self, article};
use crate::check::slips;
use crate::diag;
use crate::model;

pub(super) const KIND: Kind = Kind {
    keyword: "rules",
    doc: "Splits the events of a bus into cases: each event fits exactly one of them, and the case's name travels with it. A gap between cases is an error, and so is an overlap.",
    form: "rules NAME on BUS of EVENT { CASE: CONDITION send TARGET, TARGET }",
    example: "rules sizes on order_bus {
  small: amount < 10 send log small_orders retention 30d
  usual: amount >= 10 send note
}",
    becomes: &[
        "AWS::Events::Rule",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::ResourcePolicy",
    ],
    attributes: &[],
    named: true,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &["on", "of"]) else {
        return;
    };
    let Some(name) = head::name(cx, it, &parts, &KIND) else {
        return;
    };
    let (Some(bus), Some(block)) = (parts.clause("on").and_then(Expr::as_word), parts.block) else {
        head::report_form(cx, it, name.span, &KIND);
        return;
    };
    let Some(On { bus, event }) = bus_rules::on(cx, bus, parts.clause("of")) else {
        return;
    };
    let mut cases: Vec<(String, Span)> = Vec::new();
    let mut whole = true;
    for entry in &block.entries {
        let EntryKind::Attribute(written) = &entry.kind else {
            let message = format!("this is no case of {} `{}`", article("rules"), "rules");
            cx.report(
                diag::P0306
                    .at(entry.span, message)
                    .label("a case is `name: condition send target`"),
            );
            whole = false;
            continue;
        };
        if let Some((other, first)) = cases.iter().find(|it| it.0 == written.key.text) {
            let message = format!("case `{other}` is given twice");
            cx.report(
                diag::P0105
                    .at(written.key.span, message)
                    .label("again here")
                    .second(*first, "first given here"),
            );
            continue;
        }
        cases.push((written.key.text.to_owned(), written.key.span));
        cx.check_snake_case(&written.key);
        match case(cx, entry, written, name.text, &bus, &event) {
            Some(rule) => {
                if let Some(other) = cx.model.rules.get(&rule.name) {
                    let other = span_of(other.origin);
                    names::report_made(cx, &rule.name, written.key.span, other);
                    whole = false;
                    continue;
                }
                cx.model.rules.insert(rule.name.clone(), rule);
            }
            None => whole = false,
        }
    }
    if whole {
        cx.groups.push((name.text.to_owned(), name.span, cases));
    }
}

/// `high: amount > 10000 send payment_alerts`
fn case<'t>(
    cx: &mut Context<'t>,
    entry: &'t Entry<'t>,
    it: &'t Attribute<'t>,
    group: &str,
    bus: &str,
    event: &str,
) -> Option<model::Rule> {
    let form = "a condition, and `send` with targets";
    let case = it.key.text;
    let (first, more) = it.values.split_first()?;
    let [condition, send, target @ ..] = first.items.as_slice() else {
        cx.report_form(first.span, case, form);
        return None;
    };
    if !send.is_word("send") && slips::operator(cx, send) {
        return None;
    }
    if !send.is_word("send") || it.values.iter().any(|it| it.default.is_some()) {
        cx.report_form(first.span, case, form);
        return None;
    }
    let condition = bus_rules::condition(cx, condition, event)?;
    let name = format!("{group}_{case}");
    let mut targets = vec![target.iter().collect::<Vec<&Expr>>()];
    targets.extend(more.iter().map(|it| it.items.iter().collect()));
    let sends = bus_rules::targets(cx, &targets, &name, event);
    let origin = cx.origin(entry.span);
    Some(model::Rule {
        name,
        case: Some((group.to_owned(), case.to_owned())),
        bus: bus.to_owned(),
        event: event.to_owned(),
        condition: Some(condition),
        sends,
        doc: entry.doc.clone(),
        origin,
    })
}

//! What `rule` and `rules` share: the bus and its event, conditions that EventBridge can compare, targets.

use pipe_dsl::tree::{Expr, ExprKind, Word};

use crate::check::cases;
use crate::check::clauses;
use crate::check::conditions::{self, Subject};
use crate::check::context::Context;
use crate::check::sinks;
use crate::check::targets::{self, Place};
use crate::check::types::spelled;
use crate::diag;
use crate::kinds::KindId;
use crate::limits;
use crate::model::{Condition, Literal, Target, Type};

/// EventBridge compares numbers between these bounds, to about 15 digits. AWS: "Comparison operators for use in event patterns".
const NUMBER_MAX: i64 = 5_000_000_000;
const DIGITS_MAX: usize = 15;
const TARGETS_MAX: usize = limits::RULE_TARGETS.most;

/// The bus of a rule and the one event that it takes.
pub(crate) struct On {
    pub(crate) bus: String,
    pub(crate) event: String,
}

/// Reads `on BUS of EVENT`.
pub(crate) fn on<'t>(
    cx: &mut Context<'t>,
    word: &'t Word<'t>,
    of: Option<&'t Expr<'t>>,
) -> Option<On> {
    let bus = cx.resolve(word, &[KindId::Bus])?;
    let holds: Vec<String> = {
        let it = cx.model.buses.get(bus)?;
        it.holds.iter().map(|it| it.0.clone()).collect()
    };
    let event = match (of, holds.as_slice()) {
        (Some(expr), _) => {
            let Some(word) = expr.as_word() else {
                cx.report_form(expr.span, "of", "an event");
                return None;
            };
            let event = cx.resolve(word, &[KindId::Event])?;
            if cx.lacks(bus, &holds, event) {
                let message = format!("`{bus}` does not hold `{event}`, so this never fires");
                let it = diag::P0209.at(word.span, message);
                cx.report(it.label(format!("holds `{}`", holds.join("`, `"))));
                return None;
            }
            event.to_owned()
        }
        // Which one is meant could be said by what could not be read.
        (None, _) if cx.incomplete.contains(bus) => return None,
        (None, [one]) => one.clone(),
        (None, []) => return None,
        (None, [first, ..]) => {
            cx.report(
                diag::P0221
                    .at(word.span, format!("`{bus}` holds several events"))
                    .label("which of them?")
                    .help(format!("say it: `on {bus} of {first}`")),
            );
            return None;
        }
    };
    cx.ruled_events.insert((event.clone(), bus.to_owned()));
    Some(On {
        bus: bus.to_owned(),
        event,
    })
}

/// Reads a condition over the event, with constants that EventBridge can compare.
pub(crate) fn condition(cx: &mut Context<'_>, expr: &Expr, event: &str) -> Option<Condition> {
    let ty = Type::Event(event.to_owned());
    let condition = cx.with_fields(&ty, |cx, fields| {
        conditions::read(cx, expr, &Subject { event, fields })
    });
    let condition = condition??;
    if !check_numbers(cx, expr, &condition) {
        return None;
    }
    cases::check_possible(cx, &condition, expr.span);
    Some(condition)
}

/// Reports the first number that is too large or has too many digits.
fn check_numbers(cx: &mut Context<'_>, expr: &Expr, condition: &Condition) -> bool {
    let Some(digits) = unfit(condition) else {
        return true;
    };
    let at = find(expr, digits).unwrap_or(expr);
    cx.report(
        diag::P0413
            .at(at.span, format!("a bus cannot compare with {digits}"))
            .label("out of range")
            .help(format!("EventBridge compares numbers from -{NUMBER_MAX} to {NUMBER_MAX}, with up to {DIGITS_MAX} digits")),
    );
    false
}

fn unfit(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Compare {
            value: Literal::Number(digits),
            ..
        } => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            let count = digits.bytes().filter(u8::is_ascii_digit).count();
            let whole: Option<i64> = whole.parse().ok();
            let inside = whole.is_some_and(|it| {
                it.abs() < NUMBER_MAX
                    || (it.abs() == NUMBER_MAX && fraction.bytes().all(|it| it == b'0'))
            });
            (!inside || count > DIGITS_MAX).then_some(digits)
        }
        Condition::Compare { .. } | Condition::StartsWith { .. } | Condition::Present { .. } => {
            None
        }
        Condition::And(parts) | Condition::Or(parts) => parts.iter().find_map(unfit),
        Condition::Not(inner) => unfit(inner),
    }
}

/// Where a number stands.
fn find<'t>(expr: &'t Expr<'t>, wanted: &str) -> Option<&'t Expr<'t>> {
    match &expr.kind {
        ExprKind::Number { digits, .. } => (*digits == wanted).then_some(expr),
        ExprKind::Compare { right, .. } => find(right, wanted),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().find_map(|it| find(it, wanted)),
        ExprKind::Not(inner) | ExprKind::Parens(inner) => find(inner, wanted),
        _ => None,
    }
}

/// What stands after `send` in a head, one list for each target: a comma is part of the expression before it.
pub(crate) fn flat<'t>(items: &'t [Expr<'t>]) -> Vec<Vec<&'t Expr<'t>>> {
    let mut targets: Vec<Vec<&Expr>> = vec![Vec::new()];
    for item in items {
        let parts = match &item.kind {
            ExprKind::Several(parts) => parts.as_slice(),
            _ => std::slice::from_ref(item),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                targets.push(Vec::new());
            }
            if let Some(last) = targets.last_mut() {
                last.push(part);
            }
        }
    }
    targets
}

/// Reads the targets of a rule.
pub(crate) fn targets<'t>(
    cx: &mut Context<'t>,
    written: &[Vec<&'t Expr<'t>>],
    rule: &str,
    event: &str,
) -> Vec<Target> {
    let form = "a function, queue, topic, or `log NAME retention 30d`";
    let ty = Type::Event(event.to_owned());
    let mut targets: Vec<Target> = Vec::new();
    for items in written {
        let spans = items
            .iter()
            .map(|it| it.span)
            .reduce(pipe_dsl::tree::Span::to);
        let Some(span) = spans else { continue };
        let Some(clauses) = clauses::of_items(cx, items, span, &["retention"], "send", form) else {
            continue;
        };
        let Some(named) = targets::read(cx, &clauses, Place::Rule) else {
            continue;
        };
        if targets.contains(&named.target) {
            let message = format!("`{}` is sent to twice", named.declared);
            cx.report(diag::P0105.at(named.span, message).label("again here"));
            continue;
        }
        if targets.len() >= TARGETS_MAX {
            let message = format!("a rule has at most {TARGETS_MAX} targets");
            cx.report(diag::P0408.at(named.span, message).label("one too many"));
            break;
        }
        check(cx, &named, &ty, rule);
        targets.push(named.target);
    }
    targets
}

fn check(cx: &mut Context<'_>, named: &targets::Named, ty: &Type, rule: &str) {
    let name = &named.declared;
    match &named.target {
        Target::Function(function) => {
            let input = cx.model.functions.get(function).map(|it| it.input.clone());
            if input.as_ref().is_some_and(|it| it != ty) {
                let declared = cx.name_span(name);
                cx.report(
                    diag::P0215
                        .at(
                            named.span,
                            format!("`{name}` does not take `{}`", spelled(ty)),
                        )
                        .label("does not belong here")
                        .second(declared, "its input is declared here"),
                );
            }
            cx.ruled
                .entry(function.clone())
                .or_default()
                .push((rule.to_owned(), named.span));
        }
        Target::Queue(_) => {
            if cx.model.queues.get(name).is_some_and(|it| it.fifo) {
                let declared = cx.name_span(name);
                cx.report(
                    diag::P0410
                        .at(
                            named.span,
                            "a rule cannot send to a FIFO queue by a field of the event",
                        )
                        .label("takes standard queues only")
                        .second(declared, "declared with `fifo: true`"),
                );
                return;
            }
            sinks::check_target(cx, named, ty);
        }
        // A topic without `holds` takes what rules send, for people to read.
        Target::Topic(topic)
            if cx
                .model
                .topics
                .get(topic)
                .is_some_and(|it| it.holds.is_empty()) => {}
        Target::Log {
            name,
            retention_days,
        } => log(cx, name, *retention_days, named),
        _ => sinks::check_target(cx, named, ty),
    }
}

/// Several rules may write one log, which has one retention.
fn log(cx: &mut Context<'_>, name: &str, days: u32, named: &targets::Named) {
    let known = cx.logs.get(name).copied();
    match known {
        None => drop(cx.logs.insert(name.to_owned(), (days, named.span))),
        Some((first, at)) if first != days => {
            cx.report(
                diag::P0104
                    .at(
                        named.span,
                        format!("log `{name}` is kept for {days}d here and {first}d elsewhere"),
                    )
                    .label("another retention")
                    .second(at, "first written here"),
            );
        }
        Some(_) => {}
    }
}

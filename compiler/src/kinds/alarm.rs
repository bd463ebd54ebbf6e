//! `alarm NAME { when: METRIC > NUMBER for 5m, send: TOPIC }`: a condition on a metric and whom it tells.

pub(crate) mod lower;

use pipe_dsl::tree::{Attribute as Written, Declaration, Expr, ExprKind, Span};

use super::{Attribute, Kind, KindId, Presence, Symbol, Unused, Value};
use crate::check::context::{Context, span_of};
use crate::check::metric::{self, Seen};
use crate::check::{clauses, conditions, head, names, quantity};
use crate::diag;
use crate::metrics::MetricSpec;
use crate::model::{Metric, Operator, Origin};

/// A condition on a metric and whom it tells. One for each member of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Name; where the declaration covers several, `<declared>_<member>`.
    pub name: String,
    /// As declared.
    pub declared: String,
    /// What is watched.
    pub metric: Metric,
    /// `<`, `<=`, `>`, `>=`.
    pub operator: Operator,
    /// Digits as written; of a `%` the number before it.
    pub threshold: String,
    /// `for 5m`, in seconds.
    pub for_s: u32,
    /// Topics that are told, in order.
    pub send: Vec<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "alarm",
    doc: "A condition on a metric and whom it tells. On a family or on `functions` it is one alarm for each member that has the metric.",
    form: "alarm NAME { when: SUBJECT.METRIC > NUMBER for 5m, send: TOPIC }",
    example: "alarm unshipped    { when: ship.failed > 0 for 5m, send: ops }
alarm dead_letters { when: inbox_dlq.depth > 0 for 5m, send: ops }",
    becomes: &["AWS::CloudWatch::Alarm"],
    attributes: &[
        Attribute {
            name: "when",
            doc: "The condition, and how long it holds before it is told. A ratio is compared with a percentage.",
            value: Value::Special("a condition such as `inbox_dlq.depth > 0 for 5m`"),
            presence: Presence::Required,
        },
        Attribute {
            name: "send",
            doc: "The topics that are told.",
            value: Value::List("topics"),
            presence: Presence::Required,
        },
    ],
    named: true,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

/// Whole minutes, up to the day that CloudWatch evaluates.
const FOR: Value = Value::Duration {
    min_s: 60,
    max_s: 86_400,
};

/// CloudFormation takes 500 resources.
const ALARMS_MAX: usize = 500;

const FORM: &str = "a condition such as `inbox_dlq.depth > 0 for 5m`";

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let send = topics(cx, &attributes);
    let Some(when) = attributes.first("when").and_then(|it| when(cx, it)) else {
        return;
    };
    if cx.model.alarms.len() + when.seen.len() > ALARMS_MAX {
        let message = format!("more than {ALARMS_MAX} alarms, one for each thing that is watched");
        cx.report(diag::P0408.at(name.span, message).label("too many"));
        return;
    }
    let origin = cx.head_origin(it);
    for Seen { metric, member } in when.seen {
        let alarm = Alarm {
            name: match member {
                Some(member) => format!("{}_{member}", name.text),
                None => name.text.to_owned(),
            },
            declared: name.text.to_owned(),
            metric,
            operator: when.operator,
            threshold: when.threshold.clone(),
            for_s: when.for_s,
            send: send.clone(),
            doc: it.doc.clone(),
            origin,
        };
        if let Some(other) = cx.model.alarms.get(&alarm.name) {
            let other = span_of(other.origin);
            names::report_made(cx, &alarm.name, name.span, other);
            continue;
        }
        cx.model.alarms.insert(alarm.name.clone(), alarm);
    }
}

fn topics<'t>(
    cx: &mut Context<'t>,
    attributes: &crate::check::attributes::Attributes<'t>,
) -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    for word in cx.words(attributes, "send") {
        let Some(topic) = cx.resolve(word, &[KindId::Topic]) else {
            continue;
        };
        if topics.iter().any(|it| it == topic) {
            let message = format!("`{topic}` is told twice");
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        let holds = cx
            .model
            .topics
            .get(topic)
            .is_some_and(|it| !it.holds.is_empty());
        if holds {
            let declared = cx.name_span(topic);
            cx.report(
                diag::P0215
                    .at(
                        word.span,
                        format!("`{topic}` holds events, and an alarm is none"),
                    )
                    .label("its subscribers expect events")
                    .second(declared, "declared with `holds`")
                    .help("declare a topic without `holds` for those who are to be told"),
            );
        }
        topics.push(topic.to_owned());
    }
    topics
}

struct When {
    seen: Vec<Seen>,
    operator: Operator,
    threshold: String,
    for_s: u32,
}

fn when<'t>(cx: &mut Context<'t>, it: &'t Written) -> Option<When> {
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, "when", FORM);
        return None;
    };
    if let Some(being_written) = phrase.items.first() {
        metric::expect(cx, being_written);
    }
    let clauses = clauses::read(cx, phrase, &["for"], "when", FORM)?;
    let (Some(condition), Some(period)) = (clauses.single(), clauses.get("for")) else {
        cx.report_form(phrase.span, "when", FORM);
        return None;
    };
    let ExprKind::Compare {
        left,
        operator,
        right,
    } = &condition.kind
    else {
        cx.report_form(condition.span, "when", FORM);
        return None;
    };
    let (seen, spec) = metric::read(cx, left)?;
    let order = conditions::operator_of(operator)
        .filter(|it| !matches!(it, Operator::Equal | Operator::NotEqual));
    let Some(operator) = order else {
        let at = between(left, right);
        cx.report(
            diag::P0217
                .at(at, "an alarm compares by `<`, `<=`, `>` or `>=`")
                .label("no order"),
        );
        return None;
    };
    let threshold = threshold(cx, right, spec)?;
    let for_s = clauses::quantity(cx, period, &FOR, "for")?;
    if for_s % 60 != 0 {
        cx.report(
            diag::P0401
                .at(
                    period.span,
                    "an alarm looks once a minute: whole minutes belong here",
                )
                .label("not a multiple of 60s"),
        );
        return None;
    }
    Some(When {
        seen,
        operator,
        threshold,
        for_s: u32::try_from(for_s).unwrap_or(u32::MAX),
    })
}

fn between(left: &Expr, right: &Expr) -> Span {
    left.span.to(right.span)
}

/// A duration as the number that the metric counts.
fn in_unit(digits: &str, unit: &str, spec: &MetricSpec) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    let ms = match unit {
        "ms" => 1,
        _ => quantity::duration_unit_s(unit)?.checked_mul(1_000)?,
    };
    let (ms, unit_ms) = (number.checked_mul(ms)?, spec.unit_ms()?);
    ms.is_multiple_of(unit_ms).then_some(ms / unit_ms)
}

/// Digits of a number; with `%` exactly where the metric is a ratio.
fn threshold(cx: &mut Context<'_>, expr: &Expr, spec: &MetricSpec) -> Option<String> {
    let percent = spec.percent;
    let ExprKind::Number { digits, unit } = &expr.kind else {
        cx.report_form(expr.span, "when", "a number");
        return None;
    };
    let wanted = if percent { "%" } else { "" };
    if *unit != wanted {
        let of = match spec.unit_ms() {
            Some(1) => " of milliseconds",
            Some(_) => " of seconds",
            None => "",
        };
        let message = if percent {
            "this metric is a ratio: a percentage belongs here".to_owned()
        } else {
            format!("this metric is a number{of}, written without a unit")
        };
        let converted = in_unit(digits, unit, spec);
        let it = diag::P0217.at(expr.span, message);
        cx.report(if percent && unit.is_empty() {
            it.label("`%` is missing")
                .suggest(expr.span, format!("{digits}%"))
        } else if *unit == "%" {
            it.label("not a ratio").suggest(expr.span, *digits)
        } else if let Some(number) = converted {
            it.label(format!("`{number}` is {digits}{unit}"))
                .suggest(expr.span, number.to_string())
        } else {
            it.label("does not fit")
        });
        return None;
    }
    let whole: Option<u64> = digits.split('.').next().and_then(|it| it.parse().ok());
    let fits = whole.is_some_and(|it| !percent || it <= 100) && digits.len() <= 15;
    if !fits {
        let message = if percent {
            "a percentage is 0 to 100"
        } else {
            "a threshold has at most 15 digits and is not negative"
        };
        cx.report(diag::P0401.at(expr.span, message).label("out of range"));
        return None;
    }
    Some((*digits).to_owned())
}

//! Metrics as alarms and dashboards name them: `webhook_dlq.depth`, `functions.duration.p99`, `route.latency`, `hook_key.previous_key_share`.

use pipe_dsl::tree::{Expr, ExprKind, Word};

use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::holders;
use crate::diag;
use crate::metrics::{self, Holders, METRICS, MetricSpec, STATISTICS, SubjectKind};
use crate::model::{Metric, Subject};

/// All functions.
const FUNCTIONS: &str = "functions";
/// The API.
const ROUTE: &str = "route";

/// More functions than CloudFormation takes resources; the template's own limit reports them.
const SUBJECTS_MAX: usize = 500;

/// What has metrics and a name.
const NAMED: [SubjectKind; 7] = [
    SubjectKind::Function,
    SubjectKind::Queue,
    SubjectKind::Table,
    SubjectKind::Topic,
    SubjectKind::Bus,
    SubjectKind::Workflow,
    SubjectKind::Secret,
];

/// A metric of one thing, and which of several it is.
pub(crate) struct Seen {
    pub(crate) metric: Metric,
    /// The provider of a member of a family, the function among all; absent where only one thing is named.
    pub(crate) member: Option<String>,
}

/// Reads `SUBJECT.METRIC.STATISTIC`, one entry for each member; and what is known of the metric.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    expr: &'t Expr<'t>,
) -> Option<(Vec<Seen>, &'static MetricSpec)> {
    let words = match &expr.kind {
        ExprKind::Name(words) => words.as_slice(),
        _ => &[],
    };
    let (subject, name, statistic) = match words {
        [subject, name] => (subject, name, None),
        [subject, name, statistic] => (subject, name, Some(statistic)),
        _ => {
            expect(cx, expr);
            cx.report(
                diag::P0217
                    .at(expr.span, "this is no metric")
                    .label("`SUBJECT.METRIC` belongs here")
                    .help("a subject is the name of a resource, `functions` or `route`"),
            );
            return None;
        }
    };
    let of = kind_of(cx, subject)?;
    let spec = spec(cx, of, name)?;
    let statistic = match statistic {
        Some(word) => self::statistic(cx, spec, word)?,
        None => spec.statistic,
    };
    let subjects = subjects(cx, subject, name, spec)?;
    let seen = subjects.into_iter().map(|(subject, member)| Seen {
        metric: Metric {
            subject,
            name: spec.word,
            statistic,
        },
        member,
    });
    Some((seen.collect(), spec))
}

/// Notes what belongs at the words of a metric that is still being written: it has no point yet, or is no part of a condition.
pub(crate) fn expect(cx: &mut Context<'_>, expr: &Expr) {
    let ExprKind::Name(words) = &expr.kind else {
        return;
    };
    let Some((subject, behind)) = words.split_first() else {
        return;
    };
    cx.expect(subject.span, || {
        Expected::Name(NAMED.map(SubjectKind::kind).to_vec())
    });
    cx.expect(subject.span, || Expected::Choice(UNNAMED));
    let kind = cx.symbols.get(subject.text).map(|it| it.kind);
    let of = match (kind, subject.text) {
        (Some(kind), _) => NAMED.iter().find(|it| it.kind() == kind).copied(),
        (None, FUNCTIONS) => Some(SubjectKind::Function),
        (None, ROUTE) => Some(SubjectKind::Api),
        (None, _) => None,
    };
    if let (Some(of), Some(word)) = (of, behind.first()) {
        cx.expect(word.span, || Expected::Metric(of));
    }
}

/// Subjects that nobody declares.
const UNNAMED: &[&str] = &[FUNCTIONS, ROUTE];

/// What kind of thing the first word names.
fn kind_of<'t>(cx: &mut Context<'t>, word: &'t Word<'t>) -> Option<SubjectKind> {
    let text = word.text;
    cx.expect(word.span, || Expected::Choice(UNNAMED));
    let declared = cx.symbols.contains_key(text);
    if text == FUNCTIONS && !declared {
        return Some(SubjectKind::Function);
    }
    if text == ROUTE && !declared {
        if !cx.model.routes.iter().any(|it| it.via.is_none()) && !cx.has_errors() {
            cx.report(
                diag::P0217
                    .at(word.span, "there is no API that could have metrics")
                    .label("no route of the API is declared"),
            );
            return None;
        }
        return Some(SubjectKind::Api);
    }
    cx.resolve(word, &NAMED.map(SubjectKind::kind))?;
    let kind = cx.symbols.get(text).map(|it| it.kind)?;
    NAMED.iter().copied().find(|it| it.kind() == kind)
}

type Subjects = Vec<(Subject, Option<String>)>;

/// The things that are named and have the metric.
fn subjects(
    cx: &mut Context<'_>,
    word: &Word,
    metric: &Word,
    spec: &MetricSpec,
) -> Option<Subjects> {
    let text = word.text;
    if spec.of == SubjectKind::Api {
        return Some(vec![(Subject::Api, None)]);
    }
    // Of what could not be read nobody knows what it would count.
    let known = !cx.has_errors_beside_metrics();
    if text == FUNCTIONS && !cx.symbols.contains_key(text) {
        let names = cx.model.functions.keys();
        let names: Vec<String> = names
            .filter(|it| holders::has(cx, spec.holders, it))
            .cloned()
            .collect();
        if names.is_empty() && spec.holders != Holders::All && known {
            holders::report(cx, word, metric, spec);
            return None;
        }
        return Some(every(cx, &names));
    }
    if known && !holders::has(cx, spec.holders, text) {
        holders::report(cx, word, metric, spec);
        return None;
    }
    let subjects = members(cx, text).into_iter().map(|(name, member)| {
        let subject = match spec.of {
            SubjectKind::Function => Subject::Function(name),
            SubjectKind::Queue => Subject::Queue(name),
            SubjectKind::Table => Subject::Table(name),
            SubjectKind::Topic => Subject::Topic(name),
            SubjectKind::Bus => Subject::Bus(name),
            SubjectKind::Workflow => Subject::Workflow(name),
            SubjectKind::Secret => Subject::Secret(name),
            SubjectKind::Api => Subject::Api,
        };
        (subject, member)
    });
    Some(subjects.collect())
}

/// Each of these functions by itself, and each member of a family.
fn every(cx: &Context<'_>, names: &[String]) -> Subjects {
    let mut all = Subjects::new();
    for name in names {
        if all.len() > SUBJECTS_MAX {
            break;
        }
        for (member, _) in members(cx, name) {
            all.push((Subject::Function(member.clone()), Some(member)));
        }
    }
    all.truncate(SUBJECTS_MAX);
    all
}

/// The model names of a declaration, with their providers if it is a family.
fn members(cx: &Context<'_>, name: &str) -> Vec<(String, Option<String>)> {
    if !cx.families.contains(name) {
        return vec![(name.to_owned(), None)];
    }
    let providers = cx.providers().into_iter();
    providers
        .map(|it| (format!("{name}_{it}"), Some(it)))
        .collect()
}

fn spec(cx: &mut Context<'_>, of: SubjectKind, word: &Word) -> Option<&'static MetricSpec> {
    cx.expect(word.span, || Expected::Metric(of));
    let found = metrics::find(of, word.text);
    if found.is_none() {
        let names: Vec<&str> = METRICS
            .iter()
            .filter(|it| it.of == of)
            .map(|it| it.word)
            .collect();
        let elsewhere = METRICS.iter().find(|it| it.word == word.text);
        let elsewhere = elsewhere.map_or_else(String::new, |it| {
            format!("; `{}` is a metric of {}", it.word, it.of.with_article())
        });
        let it = diag::P0217
            .at(
                word.span,
                format!("`{}` is not a metric of this", word.text),
            )
            .label("no such metric")
            .help(format!("it has {}{elsewhere}", names.join(", ")));
        cx.report(it.nearest(word.text, word.span, names.iter().copied()));
    }
    found
}

fn statistic(cx: &mut Context<'_>, spec: &MetricSpec, word: &Word) -> Option<&'static str> {
    cx.expect(word.span, || Expected::Statistic);
    let known = STATISTICS.iter().find(|it| it.0 == word.text);
    let Some((_, name)) = known else {
        let names: Vec<&str> = STATISTICS.iter().map(|it| it.0).collect();
        let it = diag::P0217
            .at(word.span, format!("`{}` is not a statistic", word.text))
            .label("no such statistic")
            .help(format!("statistics are {}", names.join(", ")));
        cx.report(it.nearest(word.text, word.span, names));
        return None;
    };
    if spec.percent {
        cx.report(
            diag::P0217
                .at(word.span, format!("`{}` is a ratio", spec.word))
                .label("has no other statistic"),
        );
        return None;
    }
    Some(name)
}

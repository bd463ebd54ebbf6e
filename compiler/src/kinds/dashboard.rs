//! `dashboard NAME { graph "…" { show: METRICS } }`: graphs of metrics.

pub(crate) mod lower;

use pipe_dsl::tree::{Declaration, ExprKind, Phrase};

use super::{Attribute, Kind, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::{head, metric};
use crate::diag;
use crate::limits;
use crate::model::{Metric, Origin};

/// Graphs of metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// Declared name.
    pub name: String,
    /// Graphs in order.
    pub graphs: Vec<Graph>,
    /// Where it is declared.
    pub origin: Origin,
}

/// `graph "Duration" { show: functions.duration.p99 }`
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Title.
    pub title: String,
    /// What it shows, in order, expanded.
    pub show: Vec<Metric>,
}

pub(super) const KIND: Kind = Kind {
    keyword: "dashboard",
    doc: "Graphs of metrics on one page of CloudWatch, in the order in which they are written.",
    form: "dashboard NAME { graph \"TITLE\" { show: SUBJECT.METRIC, SUBJECT.METRIC.STATISTIC } }",
    example: r#"dashboard shop_overview {
  graph "Waiting" { show: inbox.depth }
  graph "Runs"    { show: functions.invocations, record.duration.p99 }
}"#,
    becomes: &["AWS::CloudWatch::Dashboard"],
    attributes: &[],
    named: true,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[&GRAPH],
};

/// What stands in the braces of a graph.
const GRAPH: Kind = Kind {
    keyword: "graph",
    doc: "One graph of a dashboard.",
    form: "graph \"TITLE\" { show: SUBJECT.METRIC }",
    example: "",
    becomes: &[],
    attributes: &[Attribute {
        name: "show",
        doc: "The metrics; a family and `functions` are a line for each member.",
        value: Value::List("metrics such as `functions.duration.p99`"),
        presence: Presence::Required,
    }],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};
static GRAPH_KIND: Kind = GRAPH;

const METRICS_MAX: usize = limits::GRAPH_METRICS.most;
const GRAPHS_MAX: usize = limits::GRAPHS.most;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    let mut graphs: Vec<Graph> = Vec::new();
    for phrase in &attributes.statements {
        let Some(graph) = graph(cx, phrase) else {
            continue;
        };
        if graphs.len() >= GRAPHS_MAX {
            let message = format!("more than {GRAPHS_MAX} graphs");
            cx.report(diag::P0408.at(phrase.span, message).label("one too many"));
            break;
        }
        graphs.push(graph);
    }
    if attributes.statements.is_empty() {
        cx.report(
            diag::P0106
                .at(name.span, format!("`{}` shows nothing", name.text))
                .label("a graph is missing")
                .help("write `graph \"Errors\" { show: functions.errors }` in its braces"),
        );
    }
    let dashboard = Dashboard {
        name: name.text.to_owned(),
        graphs,
        origin: cx.head_origin(it),
    };
    cx.model.dashboards.insert(name.text.to_owned(), dashboard);
}

fn graph<'t>(cx: &mut Context<'t>, phrase: &'t Phrase<'t>) -> Option<Graph> {
    let (title, block) = match phrase.items.as_slice() {
        [word, title, block] if word.is_word("graph") => match (&title.kind, block.as_block()) {
            (ExprKind::String(title), Some(block)) => (title, block),
            _ => return report_form(cx, phrase),
        },
        _ => return report_form(cx, phrase),
    };
    let attributes = cx.attributes(phrase.span, Some(block), &GRAPH_KIND);
    cx.refuse_statements(&attributes, &GRAPH_KIND);
    let mut show = Vec::new();
    let written = attributes.first("show");
    for phrase in written.map(|it| it.values.as_slice()).unwrap_or_default() {
        let ([expr], None) = (phrase.items.as_slice(), &phrase.default) else {
            cx.report_form(
                phrase.span,
                "show",
                "metrics such as `functions.duration.p99`",
            );
            continue;
        };
        let seen = metric::read(cx, expr).map(|it| it.0).unwrap_or_default();
        show.extend(seen.into_iter().map(|it| it.metric));
        if show.len() > METRICS_MAX {
            let message = format!("more than {METRICS_MAX} metrics in one graph");
            cx.report(diag::P0408.at(phrase.span, message).label("too many"));
            break;
        }
    }
    Some(Graph {
        title: title.to_string(),
        show,
    })
}

fn report_form(cx: &mut Context<'_>, phrase: &Phrase) -> Option<Graph> {
    cx.report(
        diag::P0306
            .at(phrase.span, "this is no graph")
            .label("`graph \"TITLE\" { show: METRIC }` belongs here"),
    );
    None
}

//! `dashboard`: graphs of metrics, two in a row, as the JSON that CloudWatch takes.

use crate::emit::cfn::cloudwatch::{Body, Dashboard, GraphProperties, Line, LineOptions, Widget};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::{Handle, Sub};
use crate::model::{self, Graph, Pipeline};

use super::metric::{self, Series};
use super::prose::readable;
use super::{Stack, names};

/// CloudWatch's grid is 24 columns wide.
const WIDTH: u32 = 12;
const HEIGHT: u32 = 6;

/// Seconds of one point of a line.
const PERIOD_S: u32 = 60;

/// The dashboard's logical id.
pub(crate) fn handle(name: &str) -> Handle<Dashboard> {
    Handle::new(format!("{}Dashboard", names::pascal(name)))
}

/// Adds the dashboard.
pub(crate) fn lower(stack: &mut Stack<'_>, dashboard: &model::Dashboard) {
    let widgets = dashboard
        .graphs
        .iter()
        .zip(0_u32..)
        .map(|(graph, index)| widget(stack.pipeline, graph, index))
        .collect();
    // Our own types have text keys and whole numbers, so this cannot fail; CloudWatch refuses an empty body.
    let body = serde_json::to_string(&Body { widgets }).unwrap_or_default();
    let resource = Dashboard {
        dashboard_name: names::physical(&dashboard.name),
        dashboard_body: Sub::raw(body).done(),
    };
    let pipe = stack.at(&dashboard.origin);
    stack
        .resources
        .add(&handle(&dashboard.name), Resource::new(resource, pipe));
}

fn widget(pipeline: &Pipeline, graph: &Graph, index: u32) -> Widget {
    let mut metrics = Vec::new();
    for shown in &graph.show {
        for series in metric::series(pipeline, shown) {
            lines(&series, &mut metrics);
        }
    }
    Widget {
        kind: "metric",
        x: index % 2 * WIDTH,
        y: index / 2 * HEIGHT,
        width: WIDTH,
        height: HEIGHT,
        properties: GraphProperties {
            title: text(&graph.title),
            view: "timeSeries",
            stacked: false,
            region: Sub::default().parameter("AWS::Region").in_json(),
            period: PERIOD_S,
            metrics,
        },
    }
}

/// One line for a plain metric; for a calculated one its expression, then its terms, which are not drawn.
fn lines(series: &Series, lines: &mut Vec<Line>) {
    let label = Some(text(&series.label));
    let expression_at = lines.len();
    // An id is unique in its graph.
    let ids: Vec<String> = (1..=series.terms.len())
        .map(|it| format!("m{}", expression_at + it))
        .collect();
    let expression = series.expression(&ids);
    if expression.is_some() {
        lines.push(Line {
            metric: Vec::new(),
            options: LineOptions {
                expression: expression.clone(),
                id: Some(format!("e{}", expression_at + 1)),
                label: label.clone(),
                ..LineOptions::default()
            },
        });
    }
    for (term, id) in series.terms.iter().zip(ids) {
        let mut metric = vec![term.namespace.to_owned(), term.name.to_owned()];
        for (name, place) in &term.dimensions {
            metric.push((*name).to_owned());
            metric.push(place.in_text().in_json());
        }
        let stat = Some(series.statistic);
        let options = if expression.is_some() {
            LineOptions {
                id: Some(id),
                stat,
                visible: Some(false),
                ..LineOptions::default()
            }
        } else {
            LineOptions {
                label: label.clone(),
                stat,
                ..LineOptions::default()
            }
        };
        lines.push(Line { metric, options });
    }
}

/// Text of the spec, which CloudFormation must not read as a reference.
fn text(text: &str) -> String {
    Sub::default().text(&readable(text)).in_json()
}

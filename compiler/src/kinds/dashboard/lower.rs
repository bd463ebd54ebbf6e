//! `dashboard`: graphs of metrics, two in a row, as the JSON that CloudWatch takes.

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::cloudwatch::{Body, Dashboard, GraphProperties, Line, LineOptions, Widget};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::{Handle, Sub};
use crate::emit::graph::Picture;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::dashboard::KIND;
use crate::lower::metric::{self, Formula, Series};
use crate::lower::outputs::Outputs;
use crate::lower::prose::readable;
use crate::lower::{Stack, names};
use crate::model::{self, Graph, Pipeline};
use std::borrow::Cow;

/// CloudWatch's grid is 24 columns wide.
const WIDTH: u32 = 12;
const HEIGHT: u32 = 6;

/// Seconds of one point of a line.
const PERIOD_S: u32 = 60;

/// The dashboard's logical id.
pub(crate) fn handle(name: &str) -> Handle<Dashboard> {
    Handle::new(names::id(name, "Dashboard"))
}

impl Declared for model::Dashboard {
    of_kind!(KIND);

    /// Adds the dashboard.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let widgets = self
            .graphs
            .iter()
            .zip(0_u32..)
            .map(|(graph, index)| widget(stack.pipeline, graph, index))
            .collect();
        // Our own types have text keys and whole numbers, so this cannot fail; CloudWatch refuses an empty body.
        let body = serde_json::to_string(&Body { widgets }).unwrap_or_default();
        let resource = Dashboard {
            dashboard_name: names::physical(&self.name),
            dashboard_body: Sub::raw(body).done(),
        };
        let pipe = stack.at(&self.origin);
        stack
            .resources
            .add(&handle(&self.name), Resource::new(resource, pipe));
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let value = Sub::default()
            .text("https://")
            .parameter("AWS::Region")
            .text(".console.aws.amazon.com/cloudwatch/home?region=")
            .parameter("AWS::Region")
            .text("#dashboards:name=")
            .name(&handle(&self.name))
            .done();
        let told = text_of(("Dashboard ", &self.name));
        outputs.add(&self.name, "DashboardUrl", told, value);
    }

    fn draw(&self, _: &mut Picture<'_>) {}

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
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
    let mut label = Some(text(&series.label));
    let stat = Some(series.statistic);
    // An id is unique in its graph.
    let first = lines.len() + 1;
    let id = |index: usize| text_of(("m", first + index));
    let ids: Vec<String> = match series.formula {
        Formula::Plain => Vec::new(),
        Formula::Percentage | Formula::Sum => (0..series.terms.len()).map(id).collect(),
    };
    let expression = series.expression(&ids);
    let is_calculated = expression.is_some();
    if is_calculated {
        lines.push(Line {
            metric: Vec::new(),
            options: LineOptions {
                expression,
                id: Some(text_of(("e", first))),
                label: label.take(),
                ..LineOptions::default()
            },
        });
    }
    let mut ids = ids.into_iter();
    for term in &series.terms {
        let mut metric: Vec<Cow<'static, str>> = Vec::with_capacity(2 + 2 * term.dimensions.len());
        metric.extend([term.namespace.into(), term.name.into()]);
        for (name, place) in &term.dimensions {
            metric.extend([(*name).into(), place.in_text().in_json().into()]);
        }
        let options = LineOptions {
            id: ids.next(),
            label: label.clone(),
            stat,
            visible: is_calculated.then_some(false),
            ..LineOptions::default()
        };
        lines.push(Line { metric, options });
    }
}

/// Text of the spec, which CloudFormation must not read as a reference.
fn text(text: &str) -> String {
    Sub::default().text(&readable(text)).in_json()
}

//! A metric of the spec as CloudWatch has it: series of one resource each, plain or calculated from several.

use crate::kinds::{route, table, workflow};
use pipe_runtime::metric;

use crate::emit::cfn::value::{Any, Id, Sub, Value};
use crate::emit::piece::text_of;
use crate::metrics::{self, MetricSpec, SubjectKind};
use crate::model::{self, Pipeline, Subject};

use super::names;

/// One line of a graph, or what one alarm looks at.
pub(crate) struct Series {
    /// For a person: `webhook_processor error_rate`.
    pub(crate) label: String,
    /// The API's stage, where a metric of `route` has a series for each.
    pub(crate) stage: Option<String>,
    /// The metrics in it.
    pub(crate) terms: Vec<Term>,
    /// How they are put together.
    pub(crate) formula: Formula,
    /// CloudWatch's statistic of each.
    pub(crate) statistic: &'static str,
}

/// How the terms of a series are put together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Formula {
    /// There is one.
    Plain,
    /// Added up.
    Sum,
    /// The first, of a hundred of the second.
    Percentage,
}

/// One metric of one resource.
pub(crate) struct Term {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) dimensions: Vec<(&'static str, Place)>,
}

/// What a dimension names. It is a reference of its own in an alarm, and a part of a text in a dashboard.
#[derive(Clone)]
pub(crate) enum Place {
    /// What `Ref` gives for this logical id.
    Name(Id),
    /// What `Fn::GetAtt` gives.
    Attribute(Id, &'static str),
    /// A physical name.
    Text(Sub),
    /// A name that is known now.
    Word(String),
}

impl Place {
    pub(crate) fn value(&self) -> Value<Any> {
        match self {
            Self::Name(id) => Value::parameter(id.clone()).any(),
            Self::Attribute(id, attribute) => Value::attribute_of(id.clone(), attribute),
            Self::Text(text) => text.clone().done(),
            Self::Word(word) => Value::text(word.clone()).any(),
        }
    }

    pub(crate) fn in_text(&self) -> Sub {
        match self {
            Self::Name(id) => Sub::default().parameter(id),
            Self::Attribute(id, attribute) => Sub::default().attribute(id, attribute),
            Self::Text(text) => text.clone(),
            Self::Word(word) => Sub::default().text(word),
        }
    }
}

impl Series {
    /// The expression over the terms, by the ids they were given.
    pub(crate) fn expression(&self, ids: &[String]) -> Option<String> {
        match (self.formula, ids) {
            (Formula::Plain, _) => None,
            // CloudWatch gives no value where nothing ran, so that a quiet time is no fault.
            (Formula::Percentage, [part, whole, ..]) => {
                Some(text_of(("100 * ", part, " / ", whole)))
            }
            // A counter that counted nothing has no data points, and a sum with a missing part would be missing itself.
            (Formula::Percentage | Formula::Sum, _) => {
                let filled: Vec<String> = ids
                    .iter()
                    .map(|it| text_of(("FILL(", it, ", 0)")))
                    .collect();
                Some(format!("SUM([{}])", filled.join(", ")))
            }
        }
    }
}

/// What the list of metrics says of it. The checker takes no metric that is not in the list.
pub(crate) fn spec(metric: &model::Metric) -> Option<&'static MetricSpec> {
    metrics::find(kind(&metric.subject), metric.name)
}

/// The series of a metric: one, but for `route` one for each stage.
pub(crate) fn series(pipeline: &Pipeline, metric: &model::Metric) -> Vec<Series> {
    let Some(spec) = spec(metric) else {
        return Vec::new();
    };
    let stages = match &metric.subject {
        Subject::Api => stages(pipeline).into_iter().map(Some).collect(),
        _ => vec![None],
    };
    let several = stages.len() > 1;
    let one = |stage: Option<String>| {
        let places = dimensions(pipeline, &metric.subject, stage.as_deref());
        let (formula, terms) = terms(spec, &places);
        let stage = stage.filter(|_| several);
        Series {
            label: label(metric, spec, stage.as_deref()),
            stage,
            terms,
            formula,
            statistic: metric.statistic,
        }
    };
    stages.into_iter().map(one).collect()
}

fn terms(spec: &MetricSpec, places: &[Vec<(&'static str, Place)>]) -> (Formula, Vec<Term>) {
    let (namespace, names) = match spec.value {
        metrics::Value::One(namespace, name) => (namespace, vec![name]),
        metrics::Value::Sum(namespace, names) => (namespace, names.to_vec()),
        metrics::Value::Ratio(namespace, part, whole) => (namespace, vec![part, whole]),
    };
    let mut terms = Vec::new();
    for dimensions in places {
        for name in &names {
            terms.push(Term {
                namespace,
                name,
                dimensions: dimensions.clone(),
            });
        }
    }
    let formula = match spec.value {
        metrics::Value::Ratio(..) => Formula::Percentage,
        metrics::Value::One(..) | metrics::Value::Sum(..) if terms.len() == 1 => Formula::Plain,
        metrics::Value::One(..) | metrics::Value::Sum(..) => Formula::Sum,
    };
    (formula, terms)
}

fn kind(subject: &Subject) -> SubjectKind {
    match subject {
        Subject::Function(_) => SubjectKind::Function,
        Subject::Queue(_) => SubjectKind::Queue,
        Subject::Table(_) => SubjectKind::Table,
        Subject::Topic(_) => SubjectKind::Topic,
        Subject::Bus(_) => SubjectKind::Bus,
        Subject::Workflow(_) => SubjectKind::Workflow,
        Subject::Api => SubjectKind::Api,
        Subject::Secret(_) => SubjectKind::Secret,
    }
}

/// Every set of dimensions under which CloudWatch keeps a part of the metric.
fn dimensions(
    pipeline: &Pipeline,
    subject: &Subject,
    stage: Option<&str>,
) -> Vec<Vec<(&'static str, Place)>> {
    match subject {
        Subject::Function(name) => {
            let id = names::id(name, "Function");
            vec![vec![(metric::FUNCTION_NAME, Place::Name(id.into()))]]
        }
        Subject::Queue(name) => {
            let id = names::id(name, "Queue");
            vec![vec![(
                "QueueName",
                Place::Attribute(id.into(), "QueueName"),
            )]]
        }
        Subject::Table(name) => table_dimensions(pipeline, name),
        Subject::Topic(name) => {
            let id = topic_id(name);
            vec![vec![(
                "TopicName",
                Place::Attribute(id.into(), "TopicName"),
            )]]
        }
        // EventBridge counts by rule.
        Subject::Bus(name) => pipeline
            .rules
            .values()
            .filter(|it| it.bus == *name)
            .map(|it| {
                let bus = Place::Name(bus_id(name).into());
                let rule = Place::Text(names::named(Sub::default(), &it.name));
                vec![("EventBusName", bus), ("RuleName", rule)]
            })
            .collect(),
        Subject::Workflow(name) => {
            let id = workflow::lower::handle(name).id;
            vec![vec![("StateMachineArn", Place::Name(id))]]
        }
        Subject::Api => {
            let stage = stage.unwrap_or_default();
            let api = Place::Text(route::lower::api_name(pipeline, stage));
            let stage = Place::Word(stage.to_owned());
            vec![vec![("ApiName", api), ("Stage", stage)]]
        }
        Subject::Secret(name) => {
            let parameter = Place::Text(names::ssm(&pipeline.name, name));
            vec![vec![(metric::PARAMETER_NAME, parameter)]]
        }
    }
}

/// The table and each of its indexes: what an index throttles is not counted with the table.
fn table_dimensions(pipeline: &Pipeline, name: &str) -> Vec<Vec<(&'static str, Place)>> {
    let table = || ("TableName", Place::Name(table::lower::handle(name).id));
    let mut places = vec![vec![table()]];
    for index in pipeline.tables.get(name).iter().flat_map(|it| &it.indexes) {
        let index = Place::Word(index.name.clone());
        places.push(vec![table(), ("GlobalSecondaryIndexName", index)]);
    }
    places
}

/// Stages of the API in order of their names.
fn stages(pipeline: &Pipeline) -> Vec<String> {
    let routes = pipeline.routes.iter().filter(|it| it.via.is_none());
    let mut stages: Vec<String> = routes.map(|it| it.stage.clone()).collect();
    stages.sort();
    stages.dedup();
    stages
}

fn label(metric: &model::Metric, spec: &MetricSpec, stage: Option<&str>) -> String {
    let subject = match &metric.subject {
        Subject::Function(name)
        | Subject::Queue(name)
        | Subject::Table(name)
        | Subject::Topic(name)
        | Subject::Bus(name)
        | Subject::Workflow(name)
        | Subject::Secret(name) => name.clone(),
        Subject::Api => stage.map_or_else(|| "route".to_owned(), |it| text_of(("route of ", it))),
    };
    let unit = if spec.percent { " (%)" } else { "" };
    let statistic = metrics::STATISTICS
        .iter()
        .find(|(_, it)| *it == metric.statistic && metric.statistic != spec.statistic)
        .map_or_else(String::new, |(word, _)| text_of((" ", word)));
    text_of((subject, " ", &metric.name, statistic, unit))
}

/// Logical id of a topic.
pub(crate) fn topic_id(name: &str) -> String {
    names::id(name, "Topic")
}

/// Logical id of a bus.
pub(crate) fn bus_id(name: &str) -> String {
    names::id(name, "Bus")
}

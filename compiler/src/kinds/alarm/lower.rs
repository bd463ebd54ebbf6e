//! `alarm`: a condition on a metric, and the topics that are told. Also the alarms on what should never happen, which nobody declares.

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::cloudwatch::{
    Alarm, Dimension, MetricMath, MetricName, MetricQuery, MetricStat, OneMetric, Threshold,
    Watched,
};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::alarm::KIND;
use crate::lower::metric::{self, Formula, Series, Term};
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, names};
use crate::model::{self, Operator, Pipeline};

/// Seconds of a period in which a level is looked at.
const LEVEL_PERIOD_S: u32 = 60;

/// CloudWatch looks back one day at most with periods below an hour.
const SHORT_PERIODS_MAX_S: u32 = 86_400;

/// What an implied alarm looks at.
pub(crate) struct Metric {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) statistic: &'static str,
    pub(crate) dimension: Dimension,
}

impl Declared for model::Alarm {
    of_kind!(KIND);

    /// Adds a declared alarm, which is already the one of a single member.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let actions: Vec<Value<Any>> = self.send.iter().map(|it| topic(it)).collect();
        for series in metric::series(stack.pipeline, &self.metric) {
            // Two stages of one API are watched apart: what is slow in one is not mended by the other.
            let name = match &series.stage {
                Some(stage) => text_of((&self.name, "_", stage)),
                None => self.name.clone(),
            };
            let (period, evaluation_periods) = periods(self);
            let resource = Alarm {
                alarm_name: names::physical(&name),
                alarm_description: description(self, &series),
                alarm_actions: actions.clone(),
                of: watched(&series, period),
                evaluation_periods,
                threshold: Threshold(self.threshold.clone()),
                comparison_operator: operator(self.operator),
                treat_missing_data: missing(self),
            };
            let handle = Handle::<Alarm>::new(names::id(&name, "Alarm"));
            stack
                .resources
                .add(&handle, Resource::new(resource, pipe.clone()));
        }
    }

    fn outputs(&self, _: &Stack<'_>, _: &mut Outputs) {}

    fn draw(&self, picture: &mut Picture<'_>) {
        let subject = match &self.metric.subject {
            // One for each function is named after the function, one for each member of a family after its provider.
            model::Subject::Function(name) if self.name == format!("{}_{name}", self.declared) => {
                "functions"
            }
            model::Subject::Function(name)
            | model::Subject::Queue(name)
            | model::Subject::Table(name)
            | model::Subject::Topic(name)
            | model::Subject::Bus(name)
            | model::Subject::Workflow(name)
            | model::Subject::Secret(name) => graph::box_of(picture.pipeline, name),
            model::Subject::Api => "route",
        };
        let mut metrics = crate::metrics::METRICS.iter();
        let is_percentage = metrics.any(|it| it.word == self.metric.name && it.percent);
        let unit = if is_percentage { "%" } else { "" };
        let asked = (
            subject,
            ".",
            &self.metric.name,
            " ",
            self.operator.sign(),
            " ",
        );
        let held = (&self.threshold, unit, " for ", self.for_s, " s");
        let details = vec![text_of((asked, held))];
        picture.add(
            Part::Topic,
            KIND.keyword,
            &self.declared,
            self.origin,
            details,
        );
        for topic in &self.send {
            picture.arrow(&self.declared, topic, "send", self.origin.line);
        }
    }

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

/// Adds an alarm that nobody declares and that goes off when the metric rises above zero. It tells every topic that a declared
/// alarm tells.
pub(crate) fn above_zero(
    stack: &mut Stack<'_>,
    id: impl Into<Id>,
    name: &str,
    meaning: String,
    metric: Metric,
    pipe: &SpecLine,
) {
    let handle = Handle::<Alarm>::new(id);
    let alarm = Alarm {
        alarm_name: names::physical(name),
        alarm_description: meaning,
        alarm_actions: told(stack.pipeline).iter().map(|it| topic(it)).collect(),
        of: Watched::One(OneMetric {
            namespace: metric.namespace,
            metric_name: metric.name,
            dimensions: vec![metric.dimension],
            statistic: Some(metric.statistic),
            extended_statistic: None,
            period: 300,
        }),
        evaluation_periods: 1,
        threshold: Threshold("0".to_owned()),
        comparison_operator: "GreaterThanThreshold",
        treat_missing_data: "notBreaching",
    };
    let mut resource = Resource::new(alarm, pipe.clone());
    if told(stack.pipeline).is_empty() {
        resource = resource.skip(
            "TPL-09",
            "it tells nobody: no alarm of the spec names a topic",
        );
    }
    stack.resources.add(&handle, resource);
}

/// Every topic that a declared alarm tells, by name.
pub(crate) fn told(pipeline: &Pipeline) -> Vec<&str> {
    let alarms = pipeline.alarms.values();
    let mut told: Vec<&str> = alarms.flat_map(|it| &it.send).map(String::as_str).collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// `Ref` of a topic is its ARN.
fn topic(name: &str) -> Value<Any> {
    Value::parameter(metric::topic_id(name)).any()
}

/// Length and number of periods. `for 5m` of a level, such as a queue's depth, is five minutes in a row; of what is counted, or
/// averaged over what happened, it is the five minutes as a whole, since single minutes in between may have nothing to count.
fn periods(alarm: &model::Alarm) -> (u32, u32) {
    let level = metric::spec(&alarm.metric).is_some_and(|it| it.is_level());
    match (level, alarm.for_s) {
        (true, span_s) if span_s <= SHORT_PERIODS_MAX_S => {
            (LEVEL_PERIOD_S, (span_s / LEVEL_PERIOD_S).max(1))
        }
        (true, span_s) => (3_600, span_s / 3_600),
        (false, span_s) => (span_s.max(LEVEL_PERIOD_S), 1),
    }
}

/// No data says that nothing happened: no alarm, unless what is counted should have been more.
fn missing(alarm: &model::Alarm) -> &'static str {
    let below = matches!(alarm.operator, Operator::Less | Operator::LessOrEqual);
    if below && alarm.metric.statistic == "Sum" {
        "breaching"
    } else {
        "notBreaching"
    }
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::GreaterOrEqual => "GreaterThanOrEqualToThreshold",
        Operator::Less => "LessThanThreshold",
        Operator::LessOrEqual => "LessThanOrEqualToThreshold",
        // The checker takes these four only.
        Operator::Greater | Operator::Equal | Operator::NotEqual => "GreaterThanThreshold",
    }
}

/// The spec's own documentation and the condition, so that whoever is woken need not look it up.
fn description(alarm: &model::Alarm, series: &Series) -> String {
    let minutes = alarm.for_s / 60;
    let condition = text_of((
        &series.label,
        " ",
        alarm.operator.sign(),
        " ",
        &alarm.threshold,
        " for ",
        minutes,
        " min",
    ));
    let doc = crate::lower::prose::readable(alarm.doc.trim());
    if doc.is_empty() {
        condition
    } else {
        text_of((doc, " (", condition, ")"))
    }
}

fn watched(series: &Series, period: u32) -> Watched {
    match series.terms.as_slice() {
        [term] if series.formula == Formula::Plain => Watched::One(OneMetric {
            namespace: term.namespace,
            metric_name: term.name,
            dimensions: dimensions(term),
            statistic: Some(series.statistic).filter(|it| !is_percentile(it)),
            extended_statistic: Some(series.statistic).filter(|it| is_percentile(it)),
            period,
        }),
        terms => Watched::Math(math(series, terms, period)),
    }
}

fn math(series: &Series, terms: &[Term], period: u32) -> MetricMath {
    let ids: Vec<String> = terms
        .iter()
        .enumerate()
        .map(|(index, term)| term_id(term, index, terms.len()))
        .collect();
    let mut metrics = vec![MetricQuery {
        id: "value".to_owned(),
        label: Some(series.label.clone()),
        expression: series.expression(&ids),
        metric_stat: None,
        return_data: true,
    }];
    for (id, term) in ids.into_iter().zip(terms) {
        let metric = MetricName {
            namespace: term.namespace,
            metric_name: term.name,
            dimensions: dimensions(term),
        };
        metrics.push(MetricQuery {
            id,
            label: None,
            expression: None,
            metric_stat: Some(MetricStat {
                metric,
                period,
                stat: series.statistic,
            }),
            return_data: false,
        });
    }
    MetricMath { metrics }
}

/// `errors` of the two terms of a ratio, `readThrottleEvents3` where a name can come again.
fn term_id(term: &Term, index: usize, terms: usize) -> String {
    let mut characters = term.name.chars();
    let first = characters.next().map(|it| it.to_ascii_lowercase());
    let name: String = first.into_iter().chain(characters).collect();
    if terms > 2 {
        format!("{name}{}", index + 1)
    } else {
        name
    }
}

fn dimensions(term: &Term) -> Vec<Dimension> {
    let dimension = |(name, place): &(&'static str, metric::Place)| Dimension {
        name,
        value: place.value(),
    };
    term.dimensions.iter().map(dimension).collect()
}

fn is_percentile(statistic: &str) -> bool {
    statistic.starts_with('p')
}

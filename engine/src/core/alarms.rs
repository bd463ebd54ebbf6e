//! Alarms of the template: evaluated every minute on the metrics that the engine keeps, and told to their topics when they change.
//!
//! Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms" ("Evaluating an alarm", "Configuring how alarms treat missing
//! data"). A minute and every period are as long as `--time-scale` makes them.

mod message;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::Output;
use super::metrics::Series;
use super::metrics::math::Expression;
use super::topics::Notification;
use super::{Core, RestoreError, authority};
use crate::artifacts::{Alarm, Deployment, MetricStat, QueryOf, Watched};
use crate::change::Change;
use crate::observe::StepKind;
use message::Changed;
pub(super) use verdict::State;

/// What an alarm is in, since when and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) state: State,
    pub(super) reason: String,
    /// When the state was last said, and when it last became another.
    pub(super) updated_ms: u64,
    pub(super) changed_ms: u64,
}

/// All alarms by name.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    pub(super) by_name: BTreeMap<String, Status>,
    /// When they are looked at next; nothing before the start, or without alarms.
    due_ms: Option<u64>,
}

impl Alarms {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let status = Status {
            state: State::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            updated_ms: 0,
            changed_ms: 0,
        };
        let names = deployment.alarms.iter().map(|it| it.name.clone());
        Self {
            by_name: names.map(|name| (name, status.clone())).collect(),
            due_ms: None,
        }
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let name = text.strip_prefix("alarm/").unwrap_or_default();
        let stored = serde_json::from_slice(value)
            .map_err(|_| RestoreError(format!("a stored alarm is damaged: {text}")))?;
        // The state of an alarm that the template no longer has is kept out of sight.
        if let Some(status) = self.by_name.get_mut(name) {
            *status = stored;
        }
        Ok(())
    }

    pub(super) fn next_ms(&self) -> Option<u64> {
        self.due_ms
    }
}

impl Core {
    /// From now on the alarms are looked at every minute.
    pub(super) fn start_alarms(&mut self, now_ms: u64) {
        for status in self.alarms.by_name.values_mut() {
            if status.updated_ms == 0 {
                (status.updated_ms, status.changed_ms) = (now_ms, now_ms);
            }
        }
        self.alarms.due_ms = self.next_minute_ms(now_ms);
    }

    fn next_minute_ms(&self, now_ms: u64) -> Option<u64> {
        let minute_ms = self.metrics.resolution_ms();
        let next_ms = (now_ms / minute_ms + 1) * minute_ms;
        (!self.deployment.alarms.is_empty()).then_some(next_ms)
    }

    /// Looks at all alarms, when a minute is over.
    pub(super) fn run_alarms(&mut self, now_ms: u64, out: &mut Output) {
        if self.alarms.due_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        // The minute that is over, also when the engine was late.
        let minute_ms = self.metrics.resolution_ms();
        let end_ms = now_ms - now_ms % minute_ms;
        self.measure_queues(end_ms.saturating_sub(1), now_ms);
        self.alarms.due_ms = self.next_minute_ms(now_ms);
        let deployment = self.deployment.clone();
        for alarm in &deployment.alarms {
            let Some(status) = self.alarms.by_name.get(&alarm.name) else {
                continue;
            };
            let points = self.points(alarm, end_ms);
            let values: Vec<Option<f64>> = points.iter().map(|(_, value)| *value).collect();
            let state = verdict::judge(alarm, &values, status.state);
            if state != status.state {
                let reason = message::reason(alarm, state, &points);
                self.change_alarm(alarm, state, reason, now_ms, out);
            }
        }
    }

    /// The watched value of each period that may count, the oldest first, with the period's start.
    fn points(&self, alarm: &Alarm, end_ms: u64) -> Vec<(u64, Option<f64>)> {
        let period_ms = self.period_ms(alarm_period_s(alarm));
        let count = verdict::range(alarm);
        let starts = (1..=count)
            .rev()
            .map(|back| end_ms.saturating_sub(back * period_ms));
        starts
            .map(|start| (start, self.watched(alarm, start, start + period_ms)))
            .collect()
    }

    /// A period on the scaled clock: whole minutes of it.
    pub(super) fn period_ms(&self, period_s: u64) -> u64 {
        let minute_ms = self.metrics.resolution_ms();
        period_s.div_ceil(60).max(1).saturating_mul(minute_ms)
    }

    fn watched(&self, alarm: &Alarm, from_ms: u64, to_ms: u64) -> Option<f64> {
        match &alarm.watched {
            Watched::Metric(metric) => self.metric_value(metric, from_ms, to_ms),
            Watched::Queries(queries) => {
                let returned = queries.iter().find(|it| it.returns)?;
                let find = |id: &str| {
                    let query = queries.iter().find(|it| it.id == id)?;
                    match &query.of {
                        QueryOf::Metric(metric) => self.metric_value(metric, from_ms, to_ms),
                        // Expressions over expressions are not emitted.
                        QueryOf::Expression(_) => None,
                    }
                };
                match &returned.of {
                    QueryOf::Metric(metric) => self.metric_value(metric, from_ms, to_ms),
                    QueryOf::Expression(text) => Expression::parse(text)?.value(&find),
                }
            }
        }
    }

    fn metric_value(&self, metric: &MetricStat, from_ms: u64, to_ms: u64) -> Option<f64> {
        let series = series(metric);
        let datum = self.metrics.between(&series, from_ms, to_ms)?;
        datum.statistic(&metric.statistic)
    }

    pub(super) fn measure_queue(&mut self, name: &str, metric: &str, value: usize, now_ms: u64) {
        if value == 0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "messages of one call are few")]
        let value = value as f64;
        self.metrics
            .add("AWS/SQS", metric, &[("QueueName", name)], value, now_ms);
    }

    /// The depths and ages of the queues, which nothing counts as it happens.
    pub(super) fn measure_queues(&mut self, at_ms: u64, now_ms: u64) {
        let names: Vec<String> = self
            .deployment
            .queues
            .iter()
            .map(|it| it.name.clone())
            .collect();
        for name in names {
            let Some(depth) = self.queues.depth(&name, now_ms) else {
                continue;
            };
            let age_s = depth
                .oldest_sent_ms
                .map_or(0, |sent| now_ms.saturating_sub(sent) / 1000);
            for (metric, value) in [
                ("ApproximateNumberOfMessagesVisible", depth.visible),
                ("ApproximateNumberOfMessagesNotVisible", depth.in_flight),
                ("ApproximateNumberOfMessagesDelayed", depth.delayed),
                ("ApproximateAgeOfOldestMessage", age_s),
            ] {
                #[expect(clippy::cast_precision_loss, reason = "messages and seconds are few")]
                let value = value as f64;
                let dimensions = [("QueueName", name.as_str())];
                self.metrics
                    .add("AWS/SQS", metric, &dimensions, value, at_ms);
            }
        }
    }

    /// An alarm goes into another state, and its actions for that state are done.
    pub(super) fn change_alarm(
        &mut self,
        alarm: &Alarm,
        state: State,
        reason: String,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(status) = self.alarms.by_name.get_mut(&alarm.name) else {
            return;
        };
        let old = status.state;
        status.updated_ms = now_ms;
        if old != state {
            status.changed_ms = now_ms;
        }
        status.state = state;
        status.reason.clone_from(&reason);
        // A struct of texts and numbers always has a JSON form.
        let value = serde_json::to_vec(status).unwrap_or_default();
        let key = format!("alarm/{}", alarm.name).into_bytes();
        out.changes.push(Change::put(key, value));
        let step = StepKind::AlarmChanged {
            alarm: alarm.name.clone(),
            was: old.word().to_owned(),
            state: state.word().to_owned(),
            reason: reason.clone(),
        };
        self.observe(None, step, now_ms, out);
        if old == state || !alarm.actions_enabled {
            return;
        }
        let actions = match state {
            State::Alarm => &alarm.alarm_actions,
            State::Ok => &alarm.ok_actions,
            State::InsufficientData => &alarm.insufficient_actions,
        };
        let changed = Changed {
            alarm,
            old,
            new: state,
            reason: &reason,
            at_ms: now_ms,
        };
        for topic_arn in actions {
            self.tell_topic(&changed, topic_arn, now_ms, out);
        }
    }

    fn tell_topic(
        &mut self,
        changed: &Changed<'_>,
        topic_arn: &str,
        now_ms: u64,
        out: &mut Output,
    ) {
        let cloudwatch = authority::service("cloudwatch.amazonaws.com", &changed.alarm.arn);
        let allowed = self
            .authorize(&cloudwatch, "sns:Publish", topic_arn, &[])
            .and_then(|()| self.authorize_topic_key(&cloudwatch, topic_arn));
        let there = self.deployment.topics.iter().any(|it| it.arn == topic_arn);
        let fault = match allowed {
            Err(denied) => denied.message,
            Ok(()) if !there => "the topic is not made by this template".to_owned(),
            Ok(()) => {
                let message = Notification {
                    topic_arn: topic_arn.to_owned(),
                    subject: Some(changed.subject(&self.deployment.region)),
                    text: changed.body(&self.deployment).to_string(),
                    at_ms: now_ms,
                    ..Notification::default()
                };
                self.notify(message, None, now_ms, out);
                return;
            }
        };
        let step = StepKind::Undelivered {
            from: changed.alarm.name.clone(),
            to: topic_arn.to_owned(),
            error: "NO_PERMISSIONS".to_owned(),
            cause: fault,
            dead_letter_queue: None,
        };
        self.observe(None, step, now_ms, out);
    }
}

pub(super) fn series(metric: &MetricStat) -> Series {
    Series {
        namespace: metric.namespace.clone(),
        name: metric.name.clone(),
        dimensions: metric.dimensions.clone(),
    }
}

/// The period of an alarm: its metric's, or the longest of its queries'.
pub(super) fn alarm_period_s(alarm: &Alarm) -> u64 {
    match &alarm.watched {
        Watched::Metric(metric) => metric.period_s,
        Watched::Queries(queries) => {
            let periods = queries.iter().filter_map(|it| match &it.of {
                QueryOf::Metric(metric) => Some(metric.period_s),
                QueryOf::Expression(_) => None,
            });
            periods.max().unwrap_or(60)
        }
    }
}

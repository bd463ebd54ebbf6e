//! `DescribeAlarms` and `SetAlarmState`.

use serde_json::{Map, Value, json};

use super::{
    ApiError, ApiResult, Core, Output, Series, invalid, list, missing, shown_dimensions, text, time,
};
use crate::artifacts::{Alarm, MetricStat, Query, QueryOf, Watched};
use crate::core::alarms::{self, State};
use crate::core::metrics::numeric;
use crate::core::page::page;

/// One page of alarms.
const PAGE_MAX: f64 = 100.0;

impl Core {
    pub(super) fn describe_alarms(&self, body: &Value) -> ApiResult {
        let names: Vec<&str> = list(body, "AlarmNames").filter_map(Value::as_str).collect();
        if !names.is_empty() && text(body, "AlarmNamePrefix").is_some() {
            return Err(ApiError::new(
                "InvalidParameterCombination",
                "AlarmNamePrefix and AlarmNames cannot be used together.",
            ));
        }
        let most = match body.get("MaxRecords").and_then(numeric) {
            None => PAGE_MAX,
            Some(most) if (1.0..=PAGE_MAX).contains(&most) => most,
            Some(most) => {
                return Err(ApiError::new(
                    "ValidationError",
                    format!(
                        "1 validation error detected: Value '{most}' at 'maxRecords' failed to satisfy constraint: Member must be between 1 and {PAGE_MAX}"
                    ),
                ));
            }
        };
        let mut kinds = list(body, "AlarmTypes")
            .filter_map(Value::as_str)
            .peekable();
        // There are no composite alarms here; without the list, metric alarms are meant.
        let are_wanted = kinds.peek().is_none() || kinds.any(|it| it == "MetricAlarm");
        let prefix = text(body, "AlarmNamePrefix").unwrap_or_default();
        let action = text(body, "ActionPrefix").unwrap_or_default();
        let state = text(body, "StateValue");
        let has_action = |it: &Alarm| {
            let all = [&it.alarm_actions, &it.ok_actions, &it.insufficient_actions];
            action.is_empty() || all.into_iter().flatten().any(|it| it.starts_with(action))
        };
        let wanted = |it: &&Alarm| {
            are_wanted
                && (names.is_empty() || names.contains(&it.name.as_str()))
                && it.name.starts_with(prefix)
                && has_action(it)
                && state
                    .is_none_or(|state| self.state_of(it).is_some_and(|own| own.word() == state))
        };
        let mut alarms: Vec<&Alarm> = self.deployment.alarms.iter().filter(wanted).collect();
        alarms.sort_by_key(|it| &it.name);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number from 1 to 100"
        )]
        let size = most as usize;
        let (page, next) =
            page(alarms, |it| &it.name, size, text(body, "NextToken")).ok_or_else(|| {
                ApiError::new("InvalidNextToken", "The next token specified is invalid.")
            })?;
        let shown: Vec<Value> = page.into_iter().map(|it| self.shown_alarm(it)).collect();
        let mut answer = json!({ "MetricAlarms": shown, "CompositeAlarms": [] });
        if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
            map.insert("NextToken".to_owned(), json!(next));
        }
        Ok(answer)
    }

    fn state_of(&self, alarm: &Alarm) -> Option<State> {
        self.alarms.by_name.get(&alarm.name).map(|it| it.state)
    }

    fn shown_alarm(&self, alarm: &Alarm) -> Value {
        let mut shown = json!({
            "AlarmName": alarm.name, "AlarmArn": alarm.arn, "ActionsEnabled": alarm.actions_enabled,
            "OKActions": alarm.ok_actions, "AlarmActions": alarm.alarm_actions,
            "InsufficientDataActions": alarm.insufficient_actions, "Dimensions": [],
            "EvaluationPeriods": alarm.evaluation_periods, "DatapointsToAlarm": alarm.datapoints_to_alarm,
            "Threshold": alarm.threshold, "ComparisonOperator": alarm.comparison.word(),
            "TreatMissingData": alarm.missing.word(), "AlarmDescription": alarm.description,
        });
        let Some(map) = shown.as_object_mut() else {
            return shown;
        };
        if let Some(status) = self.alarms.by_name.get(&alarm.name) {
            map.insert("StateValue".to_owned(), json!(status.state.word()));
            map.insert("StateReason".to_owned(), json!(status.reason));
            for (key, at_ms) in [
                ("StateUpdatedTimestamp", status.updated_ms),
                ("StateTransitionedTimestamp", status.changed_ms),
                ("AlarmConfigurationUpdatedTimestamp", status.changed_ms),
            ] {
                map.insert(key.to_owned(), time::epoch_seconds(at_ms));
            }
        }
        match &alarm.watched {
            Watched::Metric(metric) => put_metric(metric, map),
            Watched::Queries(queries) => {
                let shown: Vec<Value> = queries.iter().map(shown_query).collect();
                map.insert("Metrics".to_owned(), Value::Array(shown));
            }
        }
        shown
    }

    /// A person's word on an alarm: its actions are done as if it had come by itself.
    pub(super) fn set_alarm_state(
        &mut self,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let required = |key: &str| text(body, key).ok_or_else(|| missing(key));
        let name = required("AlarmName")?;
        let reason = required("StateReason")?;
        let value = required("StateValue")?;
        let state = State::parse(value).ok_or_else(|| {
            invalid(format!(
                "The value {value} for parameter StateValue is invalid."
            ))
        })?;
        let data = text(body, "StateReasonData").map(serde_json::from_str::<Value>);
        if data.is_some_and(|it| it.is_err()) {
            let message = "StateReasonData is not valid JSON.";
            return Err(ApiError::new("InvalidFormat", message));
        }
        let deployment = self.deployment.clone();
        let alarm = deployment.alarms.iter().find(|it| it.name == name);
        let alarm = alarm.ok_or_else(|| ApiError {
            status: 404,
            ..ApiError::new("ResourceNotFound", format!("There is no alarm {name}"))
        })?;
        self.change_alarm(alarm, state, reason.to_owned(), now_ms, out);
        Ok(json!({}))
    }
}

fn put_metric(metric: &MetricStat, map: &mut Map<String, Value>) {
    let series: Series = alarms::series(metric);
    let kind = if metric.statistic.starts_with('p') {
        "ExtendedStatistic"
    } else {
        "Statistic"
    };
    for (key, value) in [
        ("MetricName", json!(metric.name)),
        ("Namespace", json!(metric.namespace)),
        (kind, json!(metric.statistic)),
        ("Dimensions", shown_dimensions(&series)),
        ("Period", json!(metric.period_s)),
    ] {
        map.insert(key.to_owned(), value);
    }
}

fn shown_query(query: &Query) -> Value {
    let mut shown = json!({ "Id": query.id, "ReturnData": query.returns, "Label": query.label });
    let Some(map) = shown.as_object_mut() else {
        return shown;
    };
    match &query.of {
        QueryOf::Expression(text) => map.insert("Expression".to_owned(), json!(text)),
        QueryOf::Metric(metric) => {
            let named = json!({
                "Namespace": metric.namespace, "MetricName": metric.name,
                "Dimensions": shown_dimensions(&alarms::series(metric)),
            });
            map.insert(
                "MetricStat".to_owned(),
                json!({ "Metric": named, "Period": metric.period_s, "Stat": metric.statistic }),
            )
        }
    };
    shown
}

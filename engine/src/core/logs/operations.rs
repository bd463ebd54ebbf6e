//! The operations of CloudWatch Logs.

use serde_json::{Value, json};

use super::super::Core;
use super::super::api::{ApiError, ApiResult};
use super::Line;
use super::search::Search;
use crate::artifacts::LogGroup;

/// Lines of one answer.
const EVENTS_MAX: usize = 10_000;

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

fn not_found(message: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", message)
}

impl Core {
    pub(in crate::core) fn logs(&mut self, operation: &str, body: &Value) -> ApiResult {
        match operation {
            "DescribeLogGroups" => Ok(self.describe_groups(body)),
            "DescribeLogStreams" => self.describe_streams(body),
            "GetLogEvents" => self.log_events(body),
            "FilterLogEvents" => self.filter_events(body),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn describe_groups(&self, body: &Value) -> Value {
        let prefix = text(body, "logGroupNamePrefix").unwrap_or_default();
        let within = text(body, "logGroupNamePattern").unwrap_or_default();
        let groups = self.deployment.log_groups.iter();
        let groups = groups.filter(|it| it.name.starts_with(prefix) && it.name.contains(within));
        let shown = |it: &LogGroup| {
            let lines = self.logs.groups.get(&it.name);
            let bytes: usize = lines
                .into_iter()
                .flatten()
                .map(|(_, line)| line.message.len())
                .sum();
            let mut shown = json!({
                "logGroupName": it.name, "creationTime": 0, "metricFilterCount": 0,
                "arn": format!("{}:*", it.arn), "logGroupArn": it.arn, "storedBytes": bytes,
            });
            if let Some(map) = shown.as_object_mut() {
                if let Some(days) = it.retention_days {
                    map.insert("retentionInDays".to_owned(), json!(days));
                }
                if let Some(key) = &it.kms_key {
                    map.insert("kmsKeyId".to_owned(), json!(key));
                }
            }
            shown
        };
        let mut groups: Vec<&LogGroup> = groups.collect();
        groups.sort_by_key(|it| &it.name);
        json!({ "logGroups": groups.into_iter().map(shown).collect::<Vec<_>>() })
    }

    /// The lines of the group that a request names, by name or ARN.
    fn lines_of(&self, body: &Value) -> Result<Vec<&(u64, Line)>, ApiError> {
        let given = text(body, "logGroupName").or_else(|| text(body, "logGroupIdentifier"));
        let given = given.ok_or_else(|| invalid("logGroupName is missing"))?;
        let name = given.split(":log-group:").last().unwrap_or(given);
        let lines = self.logs.groups.get(name.trim_end_matches(":*"));
        let lines = lines.ok_or_else(|| not_found("The specified log group does not exist."))?;
        Ok(lines.iter().collect())
    }

    fn describe_streams(&self, body: &Value) -> ApiResult {
        let lines = self.lines_of(body)?;
        let prefix = text(body, "logStreamNamePrefix").unwrap_or_default();
        // First and last line of each stream, in the order of the streams' names.
        let mut streams: std::collections::BTreeMap<&str, (u64, u64)> = Default::default();
        for (_, line) in lines.iter().filter(|(_, it)| it.stream.starts_with(prefix)) {
            let times = streams
                .entry(&line.stream)
                .or_insert((line.at_ms, line.at_ms));
            times.1 = times.1.max(line.at_ms);
        }
        let mut streams: Vec<(&str, (u64, u64))> = streams.into_iter().collect();
        if text(body, "orderBy") == Some("LastEventTime") {
            streams.sort_by_key(|(_, (_, last))| *last);
        }
        if body.get("descending").and_then(Value::as_bool) == Some(true) {
            streams.reverse();
        }
        let limit = limit(body, 50);
        let shown = streams.iter().take(limit).map(|(name, (first, last))| {
            json!({
                "logStreamName": name, "creationTime": first, "firstEventTimestamp": first,
                "lastEventTimestamp": last, "lastIngestionTime": last, "storedBytes": 0,
            })
        });
        Ok(json!({ "logStreams": shown.collect::<Vec<_>>() }))
    }

    /// One page: the oldest lines with `startFromHead`, else the newest. A token says after or before which line to go on.
    fn log_events(&self, body: &Value) -> ApiResult {
        let stream = text(body, "logStreamName").unwrap_or_default();
        let mut lines = self.lines_of(body)?;
        lines.retain(|(_, line)| line.stream == stream);
        if lines.is_empty() {
            return Err(not_found("The specified log stream does not exist."));
        }
        let (from, to) = (instant(body, "startTime"), instant(body, "endTime"));
        let within = |at: u64| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to);
        lines.retain(|(_, line)| within(line.at_ms));
        let token = text(body, "nextToken").and_then(|it| it.split_once('/'));
        let number = token.and_then(|(_, number)| number.parse::<u64>().ok());
        let limit = limit(body, EVENTS_MAX);
        let from_head = body.get("startFromHead").and_then(Value::as_bool) == Some(true);
        let page: Vec<&(u64, Line)> = match (token, number) {
            (Some(("f", _)), Some(after)) => lines
                .into_iter()
                .filter(|(it, _)| *it > after)
                .take(limit)
                .collect(),
            (Some(("b", _)), Some(before)) => newest(
                lines.into_iter().filter(|(it, _)| *it < before).collect(),
                limit,
            ),
            _ if from_head => lines.into_iter().take(limit).collect(),
            _ => newest(lines, limit),
        };
        let first = page.first().map(|(it, _)| *it).or(number).unwrap_or(0);
        let last = page.last().map(|(it, _)| *it).or(number).unwrap_or(0);
        let shown = page.iter().map(|(_, line)| {
            json!({ "timestamp": line.at_ms, "message": line.message, "ingestionTime": line.at_ms })
        });
        Ok(json!({
            "events": shown.collect::<Vec<_>>(), "nextForwardToken": format!("f/{last}"),
            "nextBackwardToken": format!("b/{first}"),
        }))
    }

    fn filter_events(&self, body: &Value) -> ApiResult {
        let pattern = text(body, "filterPattern").unwrap_or_default();
        let search = Search::parse(pattern).ok_or_else(|| {
            invalid(format!(
                "the local run does not offer the filter pattern `{pattern}`"
            ))
        })?;
        let streams = body.get("logStreamNames").and_then(Value::as_array);
        let prefix = text(body, "logStreamNamePrefix").unwrap_or_default();
        let (from, to) = (instant(body, "startTime"), instant(body, "endTime"));
        let after = text(body, "nextToken").and_then(|it| it.parse::<u64>().ok());
        let wanted = |(number, line): &&(u64, Line)| {
            after.is_none_or(|after| *number > after)
                && from.is_none_or(|from| line.at_ms >= from)
                && to.is_none_or(|to| line.at_ms <= to)
                && line.stream.starts_with(prefix)
                && streams.is_none_or(|names| {
                    names
                        .iter()
                        .any(|name| name.as_str() == Some(line.stream.as_str()))
                })
                && search.finds(&line.message)
        };
        let mut found = self.lines_of(body)?.into_iter().filter(wanted);
        let page: Vec<&(u64, Line)> = found.by_ref().take(limit(body, EVENTS_MAX)).collect();
        let more = found.next().is_some();
        let shown = page.iter().map(|(number, line)| {
            json!({
                "logStreamName": line.stream, "timestamp": line.at_ms, "message": line.message,
                "ingestionTime": line.at_ms, "eventId": format!("{number:056}"),
            })
        });
        let mut answer = json!({ "events": shown.collect::<Vec<_>>(), "searchedLogStreams": [] });
        if let (true, Some((last, _)), Some(map)) = (more, page.last(), answer.as_object_mut()) {
            map.insert("nextToken".to_owned(), json!(last.to_string()));
        }
        Ok(answer)
    }
}

fn newest(lines: Vec<&(u64, Line)>, limit: usize) -> Vec<&(u64, Line)> {
    let skipped = lines.len().saturating_sub(limit);
    lines.into_iter().skip(skipped).collect()
}

fn instant(body: &Value, key: &str) -> Option<u64> {
    body.get(key).and_then(Value::as_u64)
}

fn limit(body: &Value, max: usize) -> usize {
    let given = body.get("limit").and_then(Value::as_u64);
    let given = given.and_then(|it| usize::try_from(it).ok());
    given.unwrap_or(max).clamp(1, max)
}

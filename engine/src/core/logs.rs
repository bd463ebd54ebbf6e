//! CloudWatch Logs: the groups of the template and the lines in them.
//!
//! What a rule or pipe writes is delivered and so stored; lines of functions are kept in memory until the engine ends. Each group
//! keeps its latest lines only.

mod embedded;
mod operations;
mod search;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::input::Output;
use super::{Core, RestoreError};
use crate::artifacts::Deployment;
use crate::change::Change;

/// Lines that a group keeps.
const LINES_MAX: usize = 10_000;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The group; only in the stored form.
    group: String,
    stream: String,
    at_ms: u64,
    message: String,
    /// Whether it is in the store.
    #[serde(skip)]
    stored: bool,
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Logs {
    groups: BTreeMap<String, VecDeque<(u64, Line)>>,
    last: u64,
}

impl Logs {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let names = deployment.log_groups.iter().map(|it| it.name.clone());
        Self {
            groups: names.map(|name| (name, VecDeque::new())).collect(),
            last: 0,
        }
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let number = text.strip_prefix("log/").and_then(|it| it.parse().ok());
        let line: Option<Line> = serde_json::from_slice(value).ok();
        let (Some(number), Some(mut line)) = (number, line) else {
            return Err(RestoreError(format!(
                "a stored log line is damaged: {text}"
            )));
        };
        line.stored = true;
        self.last = self.last.max(number);
        // Lines of a group that the template no longer has are kept out of sight.
        if let Some(lines) = self.groups.get_mut(&line.group) {
            lines.push_back((number, line));
        }
        Ok(())
    }
}

fn key(number: u64) -> Vec<u8> {
    format!("log/{number:020}").into_bytes()
}

impl Core {
    /// A function has written a line: it goes to the function's group, and what metrics are in it are taken out.
    pub(super) fn on_logged(&mut self, function: &str, line: String, now_ms: u64) {
        if self.silent_functions.contains(function) {
            return;
        }
        let Some(group) = self.function(function).map(|it| it.log_group.clone()) else {
            return;
        };
        for (series, datum, at_ms) in embedded::metrics(&line, now_ms) {
            self.metrics.merge(series, datum, at_ms);
        }
        self.write_log(&group, "local", line, now_ms, None);
    }

    /// Adds a line to a group of the template. With `out` it is stored with the step.
    pub(super) fn write_log(
        &mut self,
        group: &str,
        stream: &str,
        message: String,
        now_ms: u64,
        out: Option<&mut Output>,
    ) {
        let Some(lines) = self.logs.groups.get_mut(group) else {
            return;
        };
        self.logs.last += 1;
        let line = Line {
            group: group.to_owned(),
            stream: stream.to_owned(),
            at_ms: now_ms,
            message,
            stored: out.is_some(),
        };
        #[expect(clippy::cast_precision_loss, reason = "a line has at most 1 MiB")]
        let bytes = line.message.len() as f64;
        if let Some(out) = out {
            // A struct of texts and numbers always has a JSON form.
            let value = serde_json::to_vec(&line).unwrap_or_default();
            out.changes.push(Change::put(key(self.logs.last), value));
            if lines.len() >= LINES_MAX
                && let Some((number, first)) = lines.front()
                && first.stored
            {
                out.changes.push(Change::delete(key(*number)));
            }
        }
        if lines.len() >= LINES_MAX {
            lines.pop_front();
        }
        lines.push_back((self.logs.last, line));
        let dimensions = [("LogGroupName", group)];
        for (metric, value) in [("IncomingLogEvents", 1.0), ("IncomingBytes", bytes)] {
            self.metrics
                .add("AWS/Logs", metric, &dimensions, value, now_ms);
        }
    }
}

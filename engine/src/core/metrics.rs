//! CloudWatch's metrics as the engine keeps them: for each series, what came in by the minute.
//!
//! With `--time-scale` below 1 a minute is shorter too. A metric is no acknowledged data: the engine's own are stored with the first
//! thing that happens ten seconds later, and a crash may lose them; what `PutMetricData` acknowledged is stored at once.

pub(super) mod datum;
pub(super) mod math;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RestoreError;
use super::input::Output;
use crate::change::Change;
pub(super) use datum::Datum;

/// A day: what is older is forgotten.
const RETENTION_MS: u64 = 24 * 60 * 60 * 1000;
/// The engine's own metrics are stored this often.
const SAVE_MS: u64 = 10_000;
/// A minute of CloudWatch, and the shortest that a time scale makes of it.
const MINUTE_MS: u64 = 60_000;
const MINUTE_MS_MIN: u64 = 1_000;

/// Names a series: namespace, metric and dimensions, which are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, String)>,
}

impl Series {
    pub(super) fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let mut dimensions: Vec<_> = dimensions.iter().map(owned).collect();
        dimensions.sort();
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
        }
    }
}

/// All series.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// How long a minute is.
    resolution_ms: u64,
    by_series: BTreeMap<Series, BTreeMap<u64, Datum>>,
    dirty: BTreeSet<(Series, u64)>,
    saved_ms: u64,
}

impl Metrics {
    pub(super) fn new(time_scale: f64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a minute times a factor between 0 and 1"
        )]
        let scaled = (MINUTE_MS as f64 * time_scale.clamp(0.0, 1.0)).round() as u64;
        Self {
            resolution_ms: scaled.max(MINUTE_MS_MIN),
            ..Self::default()
        }
    }

    /// How long a minute of CloudWatch is here.
    pub(super) fn resolution_ms(&self) -> u64 {
        self.resolution_ms
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let damaged = || {
            let key = String::from_utf8_lossy(key);
            RestoreError(format!("a stored metric is damaged: {key}"))
        };
        let text = std::str::from_utf8(key).map_err(|_| damaged())?;
        let named = text
            .strip_prefix("metric/")
            .and_then(|it| it.rsplit_once('/'));
        let (series, start) = named.ok_or_else(damaged)?;
        let series: Series = serde_json::from_str(series).map_err(|_| damaged())?;
        let start: u64 = start.parse().map_err(|_| damaged())?;
        let datum = serde_json::from_slice(value).map_err(|_| damaged())?;
        self.by_series
            .entry(series)
            .or_default()
            .insert(start, datum);
        Ok(())
    }

    /// One value of one of the engine's own metrics.
    pub(super) fn add(
        &mut self,
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        value: f64,
        now_ms: u64,
    ) {
        let mut datum = Datum::default();
        datum.add(value, 1.0);
        let series = Series::new(namespace, name, dimensions);
        self.merge(series, datum, now_ms);
    }

    /// Values that came in at `at_ms`.
    pub(super) fn merge(&mut self, series: Series, datum: Datum, at_ms: u64) {
        let start = at_ms - at_ms % self.resolution_ms;
        let points = self.by_series.entry(series.clone()).or_default();
        points.entry(start).or_default().merge(&datum);
        self.dirty.insert((series, start));
    }

    /// Everything of the series from `from_ms` up to, not including, `to_ms`; nothing when nothing came in.
    pub(super) fn between(&self, series: &Series, from_ms: u64, to_ms: u64) -> Option<Datum> {
        if from_ms >= to_ms {
            return None;
        }
        let points = self.by_series.get(series)?;
        let mut all = points.range(from_ms..to_ms).map(|(_, datum)| datum);
        let mut sum = all.next()?.clone();
        all.for_each(|datum| sum.merge(datum));
        Some(sum)
    }

    /// The names of all series.
    pub(super) fn series(&self) -> impl Iterator<Item = &Series> {
        self.by_series.keys()
    }

    /// Stores what is new, when it is time.
    pub(super) fn save_if_due(&mut self, now_ms: u64, out: &mut Output) {
        if self.saved_ms == 0 {
            self.saved_ms = now_ms;
        }
        if !self.dirty.is_empty() && self.saved_ms.saturating_add(SAVE_MS) <= now_ms {
            self.save(now_ms, out);
        }
    }

    /// Stores what is new, and forgets what is too old.
    pub(super) fn save(&mut self, now_ms: u64, out: &mut Output) {
        self.saved_ms = now_ms;
        for (series, start) in std::mem::take(&mut self.dirty) {
            let datum = self.by_series.get(&series).and_then(|it| it.get(&start));
            // Its maps have texts as keys, so it always has a JSON form.
            let value = serde_json::to_vec(&datum).unwrap_or_default();
            out.changes.push(Change::put(key(&series, start), value));
        }
        let oldest_ms = now_ms.saturating_sub(RETENTION_MS);
        for (series, points) in &mut self.by_series {
            while let Some(entry) = points.first_entry().filter(|it| *it.key() < oldest_ms) {
                out.changes.push(Change::delete(key(series, *entry.key())));
                entry.remove();
            }
        }
        self.by_series.retain(|_, points| !points.is_empty());
    }
}

fn key(series: &Series, start: u64) -> Vec<u8> {
    // A struct of texts always has a JSON form.
    let name = serde_json::to_string(series).unwrap_or_default();
    format!("metric/{name}/{start}").into_bytes()
}

/// A metric's unit, which follows from its name for those that AWS's services give.
pub(super) fn unit(series: &Series) -> &'static str {
    if !series.namespace.starts_with("AWS/") {
        return "None";
    }
    match series.name.as_str() {
        "Duration" | "Latency" | "IntegrationLatency" | "ExecutionTime" => "Milliseconds",
        "ApproximateAgeOfOldestMessage" => "Seconds",
        "PublishSize" | "SentMessageSize" | "IncomingBytes" => "Bytes",
        _ => "Count",
    }
}

/// A number that may be written as text, as the query protocol has it.
pub(super) fn numeric(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

//! Table streams: records wait until every pipe of their table is past them, and each pipe has its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RestoreError;
use super::input::Output;
use crate::artifacts::{Deployment, MappingSource, Pipe};
use crate::change::Change;
use crate::dynamodb::StreamRecord;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Retained {
    pub(super) record: Value,
    pub(super) stored_ms: u64,
}

/// Where a pipe is in its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The last record that is done with.
    pub(super) position: u64,
    /// Failures of the batch that comes next.
    pub(super) attempts: u64,
    /// The batch is not tried before.
    pub(super) retry_ms: u64,
    /// Where the halves of a batch that failed end, the innermost last.
    #[serde(default)]
    pub(super) ends: Vec<u64>,
}

/// All streams and pipes.
#[derive(Debug, Default)]
pub(super) struct Pipes {
    pub(super) pipes: Arc<[(Pipe, String)]>,
    /// Everything that has a place in a stream, pipes and event source mappings: the cursor's name, and the table.
    readers: Vec<(String, String)>,
    /// The table of each stream, by the stream's ARN.
    tables: BTreeMap<String, String>,
    pub(super) cursors: BTreeMap<String, Cursor>,
    pub(super) streams: BTreeMap<String, BTreeMap<u64, Retained>>,
    /// Records that came in during this step; most are gone before they need storing.
    fresh: BTreeSet<(String, u64)>,
    /// Pipes whose missing permission has been told.
    pub(super) told: BTreeSet<String>,
    /// When a pipe has something to do by itself.
    pub(super) wake_ms: Option<u64>,
}

impl Pipes {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let tables = deployment.tables.iter();
        let tables: BTreeMap<String, String> = tables
            .filter_map(|it| Some((it.stream_arn.clone()?, it.name.clone())))
            .collect();
        let pipes: Vec<(Pipe, String)> = deployment
            .pipes
            .iter()
            .filter_map(|pipe| Some((pipe.clone(), tables.get(&pipe.source.stream_arn)?.clone())))
            .collect();
        let mut readers: Vec<(String, String)> = pipes
            .iter()
            .map(|(pipe, table)| (pipe.name.clone(), table.clone()))
            .collect();
        for mapping in &deployment.mappings {
            if let MappingSource::Stream(stream) = &mapping.source
                && let Some(table) = tables.get(&stream.arn)
            {
                readers.push((mapping_reader(&mapping.id), table.clone()));
            }
        }
        Self {
            pipes: pipes.into(),
            readers,
            tables,
            ..Self::default()
        }
    }

    /// The table whose stream has this ARN.
    pub(super) fn table_of(&self, stream_arn: &str) -> Option<String> {
        self.tables.get(stream_arn).cloned()
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let damaged = || {
            RestoreError(format!(
                "a stored stream record or pipe position is damaged: {text}"
            ))
        };
        if let Some(name) = text.strip_prefix("pipe/") {
            self.cursors.insert(
                name.to_owned(),
                serde_json::from_slice(value).map_err(|_| damaged())?,
            );
            return Ok(());
        }
        let (table, sequence) = text
            .strip_prefix("stream/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(damaged)?;
        let sequence: u64 = sequence.parse().map_err(|_| damaged())?;
        let retained = serde_json::from_slice(value).map_err(|_| damaged())?;
        self.streams
            .entry(table.to_owned())
            .or_default()
            .insert(sequence, retained);
        Ok(())
    }

    /// Gives each new pipe its place. Records from before it was made are not retained, so both starting positions
    /// begin with the next one.
    pub(super) fn start(&mut self, out: &mut Output) {
        for (reader, _) in &self.readers {
            if !self.cursors.contains_key(reader) {
                self.cursors.insert(reader.clone(), Cursor::default());
                save(reader, &Cursor::default(), out);
            }
        }
    }

    /// A change of a table: kept while a pipe has it before itself.
    pub(super) fn take_in(&mut self, record: StreamRecord, now_ms: u64) {
        if !self.readers.iter().any(|(_, table)| *table == record.table) {
            return;
        }
        self.fresh.insert((record.table.clone(), record.sequence));
        self.streams.entry(record.table).or_default().insert(
            record.sequence,
            Retained {
                record: record.record,
                stored_ms: now_ms,
            },
        );
    }

    pub(super) fn next_ms(&self) -> Option<u64> {
        self.wake_ms
    }

    /// Whether some stream holds a record at all.
    pub(super) fn anything_new(&self) -> bool {
        self.streams.values().any(|records| !records.is_empty())
    }

    pub(super) fn wake(&mut self, at_ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(at_ms, |known| known.min(at_ms)));
    }

    /// Drops the records that all pipes of their table are past, and stores what stays.
    pub(super) fn settle(&mut self, out: &mut Output) {
        for (table, records) in &mut self.streams {
            let of_table = self.readers.iter().filter(|(_, it)| it == table);
            let done = of_table
                .map(|(reader, _)| self.cursors.get(reader).map_or(0, |cursor| cursor.position))
                .min()
                .unwrap_or(u64::MAX);
            while let Some(entry) = records.first_entry().filter(|entry| *entry.key() <= done) {
                let sequence = *entry.key();
                entry.remove();
                if !self.fresh.remove(&(table.clone(), sequence)) {
                    out.changes
                        .push(Change::delete(stream_key(table, sequence)));
                }
            }
        }
        for (table, sequence) in std::mem::take(&mut self.fresh) {
            if let Some(retained) = self
                .streams
                .get(&table)
                .and_then(|records| records.get(&sequence))
            {
                // A struct of JSON values and numbers always has a JSON form.
                out.changes.push(Change::put(
                    stream_key(&table, sequence),
                    serde_json::to_vec(retained).unwrap_or_default(),
                ));
            }
        }
    }
}

/// The name of a mapping's cursor, which no pipe can have.
pub(super) fn mapping_reader(id: &str) -> String {
    format!("mapping:{id}")
}

fn stream_key(table: &str, sequence: u64) -> Vec<u8> {
    format!("stream/{table}/{sequence:020}").into_bytes()
}

pub(super) fn save(pipe: &str, cursor: &Cursor, out: &mut Output) {
    // A struct of numbers always has a JSON form.
    out.changes.push(Change::put(
        format!("pipe/{pipe}").into_bytes(),
        serde_json::to_vec(cursor).unwrap_or_default(),
    ));
}

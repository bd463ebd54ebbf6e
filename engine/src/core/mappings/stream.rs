//! Mappings of streams: records go to the function in order, one batch at a time. After a failure the checkpoint is the
//! lowest record that failed, a batch that fails is halved where the mapping says so, and what fails for good goes to
//! the on-failure destination.

use serde_json::{Value, json};

use super::BatchId;
use super::response::{Verdict, verdict};
use crate::artifacts::{MappedStream, Mapping, MappingSource};
use crate::core::asynchronous::{Undelivered, told};
use crate::core::input::{Action, Outcome, Output};
use crate::core::pipes::{RETENTION_MS, backoff_ms};
use crate::core::streams::{Cursor, mapping_reader, save};
use crate::core::tables::plain;
use crate::core::{Core, Purpose, time};
use crate::observe::StepKind;

/// The payload of an invocation is at most 6 MB.
const RECORDS_BYTES_MAX: usize = 5 * 1024 * 1024;

/// A record before a mapping.
#[derive(Debug, Clone)]
pub(super) struct Record {
    sequence: u64,
    record: Value,
    stored_ms: u64,
}

/// Records that a function has.
#[derive(Debug, Clone)]
pub(super) struct StreamBatch {
    mapping: Mapping,
    function: String,
    request_id: String,
    records: Vec<Record>,
    begun_ms: u64,
}

/// Why a batch ends at the on-failure destination.
struct Ended<'a> {
    condition: &'a str,
    request_id: String,
    attempts: u64,
    outcome: Option<&'a Outcome>,
}

impl Core {
    pub(super) fn run_stream_mapping(
        &mut self,
        mapping: &Mapping,
        stream: &MappedStream,
        now_ms: u64,
        out: &mut Output,
    ) {
        if self.mappings.stream_batches.contains_key(&mapping.id) {
            return;
        }
        let reader = mapping_reader(&mapping.id);
        let before = self.pipes.cursors.get(&reader).cloned().unwrap_or_default();
        let mut cursor = before.clone();
        self.read_stream(mapping, stream, &mut cursor, now_ms, out);
        if cursor != before {
            save(&reader, &cursor, out);
            self.pipes.cursors.insert(reader, cursor);
        }
    }

    fn read_stream(
        &mut self,
        mapping: &Mapping,
        stream: &MappedStream,
        cursor: &mut Cursor,
        now_ms: u64,
        out: &mut Output,
    ) {
        loop {
            if cursor.retry_ms > now_ms {
                return self.mappings.wake(cursor.retry_ms);
            }
            let records = self.next_records(mapping, stream, cursor);
            let Some(first) = records.first() else {
                return;
            };
            let age_max_ms = stream.max_record_age_s.map_or(RETENTION_MS, |limit| {
                limit.saturating_mul(1000).min(RETENTION_MS)
            });
            if now_ms.saturating_sub(first.stored_ms) > age_max_ms {
                let ended = Ended {
                    condition: "RecordAgeExceeded",
                    request_id: self.ids.uuid(),
                    attempts: cursor.attempts,
                    outcome: None,
                };
                self.give_up_records(mapping, &records, &ended, now_ms, out);
                pass(cursor, &records);
                continue;
            }
            let window_ends_ms = first
                .stored_ms
                .saturating_add(self.scaled(mapping.window_s.saturating_mul(1000)));
            let full = records.len() as u64 >= mapping.batch_size;
            if !full && window_ends_ms > now_ms && cursor.attempts == 0 && cursor.ends.is_empty() {
                return self.mappings.wake(window_ends_ms);
            }
            return self.invoke_records(mapping, stream, records, now_ms, out);
        }
    }

    /// The next records that a filter lets through, as far as the bisection allows. The cursor passes those before them.
    fn next_records(
        &mut self,
        mapping: &Mapping,
        stream: &MappedStream,
        cursor: &mut Cursor,
    ) -> Vec<Record> {
        let table = self.pipes.table_of(&stream.arn);
        let retained = table.and_then(|table| self.pipes.streams.get(&table));
        let end = cursor.ends.last().copied().unwrap_or(u64::MAX);
        let mut records = Vec::new();
        let mut bytes = 0;
        let after = cursor.position.saturating_add(1);
        let range = retained.into_iter().flat_map(|it| it.range(after..));
        for (sequence, retained) in range.take_while(|(sequence, _)| **sequence <= end) {
            let passes = mapping.filters.is_empty()
                || mapping
                    .filters
                    .iter()
                    .any(|filter| filter.matches(&retained.record));
            if passes {
                bytes += retained.record.to_string().len();
                if bytes > RECORDS_BYTES_MAX && !records.is_empty() {
                    break;
                }
                records.push(Record {
                    sequence: *sequence,
                    record: retained.record.clone(),
                    stored_ms: retained.stored_ms,
                });
                if records.len() as u64 >= mapping.batch_size {
                    break;
                }
            } else if records.is_empty() {
                cursor.position = *sequence;
            }
        }
        records
    }

    fn invoke_records(
        &mut self,
        mapping: &Mapping,
        stream: &MappedStream,
        records: Vec<Record>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(function) = self.mapped_function(mapping).map(|it| it.name.clone()) else {
            return;
        };
        let list: Vec<&Value> = records.iter().map(|it| &it.record).collect();
        let payload = json!({ "Records": list }).to_string().into_bytes();
        let trace = self.ids.trace(None, now_ms);
        let purpose = Purpose::Batch(BatchId::Stream(mapping.id.clone()));
        let invocation = self.invocation(purpose, &function, trace, payload, now_ms);
        let table = stream_name(&stream.arn);
        let partition = self.tables.partition_name(&table).unwrap_or_default();
        let subject = |it: &Record| {
            it.record
                .pointer("/dynamodb/Keys")?
                .get(partition)
                .map(plain)
        };
        let subjects: Vec<_> = records.iter().map(subject).collect();
        self.work_is_about_these(invocation.id, subjects);
        let batch = StreamBatch {
            mapping: mapping.clone(),
            function,
            request_id: invocation.request_id.clone(),
            records,
            begun_ms: now_ms,
        };
        self.mappings
            .stream_batches
            .insert(mapping.id.clone(), batch);
        out.actions.push(Action::Invoke(invocation));
    }

    pub(super) fn stream_batch_done(
        &mut self,
        mapping: &str,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(batch) = self.mappings.stream_batches.remove(mapping) else {
            return;
        };
        let reader = mapping_reader(mapping);
        let mut cursor = self.pipes.cursors.get(&reader).cloned().unwrap_or_default();
        let first_failed = match outcome {
            Outcome::Success(payload) if batch.mapping.reports_item_failures => {
                first_failed(payload, &batch.records)
            }
            Outcome::Success(_) => None,
            Outcome::Failure(_) | Outcome::Throttled | Outcome::Unavailable(_) => Some(0),
        };
        let (handled, failed) = batch
            .records
            .split_at(first_failed.unwrap_or(batch.records.len()));
        if !handled.is_empty() {
            pass(&mut cursor, handled);
            self.tell_records(&batch, handled.len(), now_ms, out);
        }
        if !failed.is_empty() {
            self.fail_records(&batch, failed, outcome, &mut cursor, now_ms, out);
        }
        save(&reader, &cursor, out);
        self.pipes.cursors.insert(reader, cursor);
    }

    /// What follows for the records from the first that failed on.
    fn fail_records(
        &mut self,
        batch: &StreamBatch,
        failed: &[Record],
        outcome: &Outcome,
        cursor: &mut Cursor,
        now_ms: u64,
        out: &mut Output,
    ) {
        let MappingSource::Stream(stream) = &batch.mapping.source else {
            return;
        };
        let not_run = outcome.not_run();
        let middle = failed.len().checked_sub(1).map(|last| last / 2);
        let half = middle.and_then(|at| failed.get(at)).filter(|_| {
            // Halving costs no attempt; a function that was not called says nothing about the records.
            stream.bisects && failed.len() > 1 && !not_run
        });
        let wait_ms = match half {
            Some(half) => {
                cursor.ends.push(half.sequence);
                Some(self.scaled(backoff_ms(1)))
            }
            None => {
                cursor.attempts += u64::from(!not_run);
                let again = not_run
                    || stream
                        .max_retries
                        .is_none_or(|limit| cursor.attempts <= limit);
                again.then(|| self.until_again(outcome, backoff_ms(cursor.attempts.max(1))))
            }
        };
        let error = match outcome {
            Outcome::Success(_) => "the function reported a record as failed".to_owned(),
            _ => told(outcome),
        };
        let step = StepKind::DeliveryFailed {
            source: stream_name(&stream.arn),
            function: batch.function.clone(),
            error,
            retry_in_ms: wait_ms,
        };
        self.observe(None, step, now_ms, out);
        match wait_ms {
            Some(wait_ms) => cursor.retry_ms = now_ms.saturating_add(wait_ms.max(1)),
            None => {
                let ended = Ended {
                    condition: "RetryAttemptsExhausted",
                    request_id: batch.request_id.clone(),
                    attempts: cursor.attempts,
                    outcome: Some(outcome),
                };
                self.give_up_records(&batch.mapping, failed, &ended, now_ms, out);
                pass(cursor, failed);
            }
        }
    }

    /// Sends the record of a batch that failed for good: where it is in the stream, not what is in it, as on AWS.
    fn give_up_records(
        &mut self,
        mapping: &Mapping,
        records: &[Record],
        ended: &Ended<'_>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let (MappingSource::Stream(stream), Some(function)) =
            (&mapping.source, self.mapped_function(mapping).cloned())
        else {
            return;
        };
        let Some(destination) = &stream.on_failure_arn else {
            let message = format!(
                "{} dropped {} records: {}, and its mapping has no on-failure destination",
                function.name,
                records.len(),
                ended.condition
            );
            return self.observe(None, StepKind::Notice { message }, now_ms, out);
        };
        let number = |it: Option<&Record>| {
            it.and_then(|it| it.record.pointer("/dynamodb/SequenceNumber").cloned())
                .unwrap_or_default()
        };
        let arrival =
            |it: Option<&Record>| it.map(|it| time::rfc3339(it.stored_ms)).unwrap_or_default();
        let mut body = json!({
            "requestContext": {
                "requestId": ended.request_id, "functionArn": function.arn, "condition": ended.condition,
                "approximateInvokeCount": ended.attempts,
            },
            "version": "1.0",
            "timestamp": time::rfc3339(now_ms),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000", "streamArn": stream.arn, "batchSize": records.len(),
                "startSequenceNumber": number(records.first()), "endSequenceNumber": number(records.last()),
                "approximateArrivalOfFirstRecord": arrival(records.first()), "approximateArrivalOfLastRecord": arrival(records.last()),
            },
        });
        if let (Some(map), Some(outcome)) = (body.as_object_mut(), ended.outcome) {
            let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
            if let (Some(context), Outcome::Failure(_)) = (context.as_object_mut(), outcome) {
                context.insert("functionError".to_owned(), json!("Unhandled"));
            }
            map.insert("responseContext".to_owned(), context);
        }
        let failed = Undelivered {
            function: &function,
            destination,
            condition: ended.condition,
            subject: None,
        };
        self.send_to_destination(failed, body.to_string(), now_ms, out);
    }

    fn tell_records(&self, batch: &StreamBatch, count: usize, now_ms: u64, out: &mut Output) {
        let MappingSource::Stream(stream) = &batch.mapping.source else {
            return;
        };
        let step = StepKind::Delivered {
            source: stream_name(&stream.arn),
            function: batch.function.clone(),
            message: format!("{count} records"),
            duration_ms: now_ms.saturating_sub(batch.begun_ms),
        };
        self.observe(None, step, now_ms, out);
    }
}

/// Moves the cursor behind these records, with everything that counted for them.
fn pass(cursor: &mut Cursor, records: &[Record]) {
    let Some(last) = records.last() else { return };
    cursor.position = last.sequence;
    cursor.attempts = 0;
    cursor.retry_ms = 0;
    cursor.ends.retain(|end| *end > last.sequence);
}

/// The index of the lowest record that the function says it failed on; the first when its answer cannot be read.
fn first_failed(payload: &[u8], records: &[Record]) -> Option<usize> {
    let number = |it: &Record| {
        it.record
            .pointer("/dynamodb/SequenceNumber")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let known: Vec<String> = records.iter().map(number).collect();
    match verdict(payload, &known) {
        Verdict::AllFailed(_) => Some(0),
        Verdict::Failed(ids) => known.iter().position(|it| ids.contains(it)),
    }
}

/// The table's name in a stream's ARN.
fn stream_name(arn: &str) -> String {
    let table = arn.split(":table/").nth(1).unwrap_or(arn);
    table.split('/').next().unwrap_or(table).to_owned()
}

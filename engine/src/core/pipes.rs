//! Pipes: each filters the records before it, starts executions, tries again, and gives up into its dead-letter queue.

use serde_json::{Value, json};

use super::input::Output;
use super::queues::NewMessage;
use super::starting::Start;
use super::streams::{Cursor, save};
use super::tables::Fact;
use super::{Core, authority, time};
use crate::artifacts::{Pipe, PipeTarget};
use crate::dynamodb::StreamRecord;
use crate::observe::StepKind;

/// The wait before a failed batch is tried again: the first, and the longest.
const RETRY_MS: u64 = 1_000;
const RETRY_MS_MAX: u64 = 60_000;
/// How long a stream keeps a record: one day.
pub(super) const RETENTION_MS: u64 = 24 * 60 * 60 * 1_000;

/// The wait after this many failures.
pub(super) fn backoff_ms(attempts: u64) -> u64 {
    RETRY_MS
        .saturating_mul(1 << attempts.saturating_sub(1).min(16))
        .min(RETRY_MS_MAX)
}

/// What a pipe found before itself.
enum Next {
    Nothing,
    /// More may come until then.
    Wait(u64),
    Batch(Vec<(u64, StreamRecord, u64)>),
}

impl Core {
    /// Lets every pipe do all it can now.
    pub(super) fn run_pipes(&mut self, now_ms: u64, out: &mut Output) {
        self.pipes.wake_ms = None;
        if !self.pipes.anything_new() {
            return;
        }
        for (pipe, table) in self.pipes.pipes.clone().iter() {
            let before = self
                .pipes
                .cursors
                .get(&pipe.name)
                .cloned()
                .unwrap_or_default();
            let mut cursor = before.clone();
            if !self.may_read(pipe, now_ms, out) {
                continue;
            }
            self.run_pipe(pipe, table, &mut cursor, now_ms, out);
            if cursor != before {
                save(&pipe.name, &cursor, out);
                self.pipes.cursors.insert(pipe.name.clone(), cursor);
            }
        }
    }

    /// Whether the pipe's role may read the stream; told once when it may not.
    fn may_read(&mut self, pipe: &Pipe, now_ms: u64, out: &mut Output) -> bool {
        let principal = authority::role(&pipe.role_arn, &pipe.name);
        let needed = [
            "dynamodb:DescribeStream",
            "dynamodb:GetShardIterator",
            "dynamodb:GetRecords",
        ];
        let denied = needed.iter().find_map(|action| {
            self.authorize(&principal, action, &pipe.source.stream_arn, &[])
                .err()
        });
        let source = &pipe.source.stream_arn;
        let denied = denied.or_else(|| self.authorize_source_key(&principal, source).err());
        let Some(denied) = denied else { return true };
        if self.pipes.told.insert(pipe.name.clone()) {
            let message = format!("the pipe {} reads nothing. {}", pipe.name, denied.message);
            self.observe(None, StepKind::Notice { message }, now_ms, out);
        }
        false
    }

    fn run_pipe(
        &mut self,
        pipe: &Pipe,
        table: &str,
        cursor: &mut Cursor,
        now_ms: u64,
        out: &mut Output,
    ) {
        loop {
            if cursor.retry_ms > now_ms {
                return self.pipes.wake(cursor.retry_ms);
            }
            let batch = match self.next_batch(pipe, table, cursor, now_ms, out) {
                Next::Nothing => return,
                Next::Wait(at_ms) => return self.pipes.wake(at_ms),
                Next::Batch(batch) => batch,
            };
            let last = batch
                .last()
                .map_or(cursor.position, |(sequence, _, _)| *sequence);
            let oldest_ms = batch.first().map_or(now_ms, |(_, _, stored_ms)| *stored_ms);
            let age_max_ms = pipe.source.max_record_age_s.map_or(RETENTION_MS, |limit| {
                limit.saturating_mul(1000).min(RETENTION_MS)
            });
            if now_ms.saturating_sub(oldest_ms) > age_max_ms {
                self.give_up(
                    pipe,
                    &batch,
                    "MaximumRecordAgeExceeded",
                    cursor.attempts,
                    now_ms,
                    out,
                );
            } else if let Err(error) = self.deliver(pipe, &batch, now_ms, out) {
                cursor.attempts += 1;
                let again = pipe
                    .source
                    .max_retries
                    .is_none_or(|limit| cursor.attempts <= limit);
                let wait_ms = again.then(|| self.scaled(backoff_ms(cursor.attempts)));
                let step = StepKind::PipeFailed {
                    pipe: pipe.name.clone(),
                    error,
                    retry_in_ms: wait_ms,
                };
                self.observe(None, step, now_ms, out);
                if let Some(wait_ms) = wait_ms {
                    cursor.retry_ms = now_ms + wait_ms.max(1);
                    continue;
                }
                self.give_up(
                    pipe,
                    &batch,
                    "RetryAttemptsExhausted",
                    cursor.attempts,
                    now_ms,
                    out,
                );
            }
            *cursor = Cursor {
                position: last,
                ..Cursor::default()
            };
        }
    }

    /// The next records that a filter lets through; those before them that none does are passed over.
    fn next_batch(
        &mut self,
        pipe: &Pipe,
        table: &str,
        cursor: &mut Cursor,
        now_ms: u64,
        out: &mut Output,
    ) -> Next {
        let size = usize::try_from(pipe.source.batch_size)
            .unwrap_or(usize::MAX)
            .max(1);
        let mut batch: Vec<(u64, StreamRecord, u64)> = Vec::new();
        let mut skipped = Vec::new();
        let records = self.pipes.streams.get(table);
        let after = cursor.position + 1;
        for (sequence, retained) in records
            .into_iter()
            .flat_map(|records| records.range(after..))
        {
            let passes = pipe.filters.is_empty()
                || pipe
                    .filters
                    .iter()
                    .any(|filter| filter.matches(&retained.record));
            if passes {
                let stream_arn = pipe.source.stream_arn.clone();
                batch.push((
                    *sequence,
                    StreamRecord {
                        table: table.to_owned(),
                        stream_arn,
                        sequence: *sequence,
                        record: retained.record.clone(),
                    },
                    retained.stored_ms,
                ));
                if batch.len() == size {
                    break;
                }
            } else if batch.is_empty() {
                cursor.position = *sequence;
                skipped.push(StreamRecord {
                    table: table.to_owned(),
                    stream_arn: String::new(),
                    sequence: *sequence,
                    record: retained.record.clone(),
                });
            }
        }
        for record in skipped {
            // That a pipe which only writes a log had nothing to write is no news.
            if let (Some(fact), PipeTarget::Machine(_)) = (Fact::of(&record), &pipe.target) {
                let step = StepKind::PipeSkipped {
                    pipe: pipe.name.clone(),
                    event: fact.event.to_owned(),
                };
                self.observe(self.subject_of(&record), step, now_ms, out);
            }
        }
        let Some((_, _, oldest_ms)) = batch.first() else {
            return Next::Nothing;
        };
        let window_ends_ms = oldest_ms
            .saturating_add(self.scaled(pipe.source.batching_window_s.saturating_mul(1000)));
        if batch.len() < size && window_ends_ms > now_ms {
            return Next::Wait(window_ends_ms);
        }
        Next::Batch(batch)
    }

    /// Starts the machine with the array of records, or writes them to the log, as Pipes does.
    fn deliver(
        &mut self,
        pipe: &Pipe,
        batch: &[(u64, StreamRecord, u64)],
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), String> {
        let machine_arn = match &pipe.target {
            PipeTarget::Machine(arn) => arn,
            PipeTarget::LogGroup(group) => {
                let principal = authority::role(&pipe.role_arn, &pipe.name);
                let arn = format!(
                    "arn:aws:logs:{}:{}:log-group:{group}:log-stream:changes",
                    self.deployment.region, self.deployment.account
                );
                self.authorize(&principal, "logs:PutLogEvents", &arn, &[])
                    .map_err(|denied| format!("AccessDeniedException: {}", denied.message))?;
                for (_, record, _) in batch {
                    let step = StepKind::Log {
                        function: group.clone(),
                        line: record.record.clone(),
                    };
                    self.observe(self.subject_of(record), step, now_ms, out);
                    let line = record.record.to_string();
                    self.write_log(group, "changes", line, now_ms, Some(out));
                }
                return Ok(());
            }
        };
        let principal = authority::role(&pipe.role_arn, &pipe.name);
        self.authorize(&principal, "states:StartExecution", machine_arn, &[])
            .map_err(|denied| format!("AccessDeniedException: {}", denied.message))?;
        let input: Value = batch
            .iter()
            .map(|(_, record, _)| record.record.clone())
            .collect();
        let first = batch.first().map(|(_, record, _)| record);
        let subject = first.and_then(|record| self.subject_of(record));
        let event = first
            .and_then(Fact::of)
            .map(|fact| fact.event.to_owned())
            .unwrap_or_default();
        let name = self.ids.uuid();
        let machine = machine_arn
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        let input = input.to_string();
        let start = Start {
            machine_arn,
            name: Some(name.clone()),
            input: &input,
            subject: subject.clone(),
        };
        let started = StepKind::PipeStarted {
            pipe: pipe.name.clone(),
            machine,
            execution: name,
            event,
        };
        self.start_execution(start, Some(started), now_ms, out)
            .map(|_| ())
            .map_err(|error| format!("{}: {}", error.kind, error.message))
    }

    fn give_up(
        &mut self,
        pipe: &Pipe,
        batch: &[(u64, StreamRecord, u64)],
        condition: &str,
        attempts: u64,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(queue) = pipe
            .source
            .dead_letter_arn
            .as_ref()
            .and_then(|arn| self.queues.name_of(arn))
        else {
            let message = format!(
                "pipe {} dropped {} records: {condition}, and it has no dead-letter queue here",
                pipe.name,
                batch.len()
            );
            return self.observe(None, StepKind::Notice { message }, now_ms, out);
        };
        let principal = authority::role(&pipe.role_arn, &pipe.name);
        let queue_arn = pipe.source.dead_letter_arn.clone().unwrap_or_default();
        if let Err(denied) = self.authorize_send(&principal, &queue_arn) {
            return self.observe(
                None,
                StepKind::Notice {
                    message: denied.message,
                },
                now_ms,
                out,
            );
        }
        let number = |entry: Option<&(u64, StreamRecord, u64)>| {
            entry
                .and_then(|(_, record, _)| {
                    record.record.pointer("/dynamodb/SequenceNumber").cloned()
                })
                .unwrap_or_default()
        };
        let arrival = |entry: Option<&(u64, StreamRecord, u64)>| {
            entry
                .map(|(_, _, stored_ms)| time::rfc3339(*stored_ms))
                .unwrap_or_default()
        };
        let body = json!({
            "context": { "partnerResourceArn": pipe.arn, "condition": condition, "approximateInvokeCount": attempts },
            "version": "1.0",
            "timestamp": time::rfc3339(now_ms),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000", "streamArn": pipe.source.stream_arn, "batchSize": batch.len(),
                "startSequenceNumber": number(batch.first()), "endSequenceNumber": number(batch.last()),
                "approximateArrivalOfFirstRecord": arrival(batch.first()), "approximateArrivalOfLastRecord": arrival(batch.last()),
            },
        });
        let step = match self.send_message(&queue, NewMessage::of(body.to_string()), now_ms, out) {
            Ok(_) => StepKind::DeadLettered {
                queue,
                source: pipe.name.clone(),
                reason: condition.to_owned(),
            },
            Err(error) => StepKind::Notice {
                message: format!("what pipe {} gave up is lost: {}", pipe.name, error.message),
            },
        };
        self.observe(None, step, now_ms, out);
    }
}

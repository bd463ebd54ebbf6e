//! Event source mappings: they read queues and streams with their function's role, call the function with batches, and
//! do with each message what its answer says.

mod queue;
mod response;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::input::{Outcome, Output};
use super::{Core, authority};
use crate::artifacts::{Deployment, Function, Mapping, MappingSource};
use crate::observe::StepKind;

use queue::{Poll, QueueBatch};
use stream::StreamBatch;

/// All mappings and the batches that their functions have.
#[derive(Debug, Default)]
pub(super) struct Mappings {
    list: Arc<[Mapping]>,
    polls: BTreeMap<String, Poll>,
    queue_batches: BTreeMap<u64, QueueBatch>,
    /// By the mapping's id: one batch of a stream is at work at a time.
    stream_batches: BTreeMap<String, StreamBatch>,
    /// Whether a mapping may read its source; roles do not change during a run.
    allowed: BTreeMap<String, bool>,
    last: u64,
    wake_ms: Option<u64>,
}

/// Whom the result of a batch is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BatchId {
    Queue(u64),
    Stream(String),
}

impl Mappings {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let enabled = deployment.mappings.iter().filter(|it| it.enabled);
        Self {
            list: enabled.cloned().collect(),
            ..Self::default()
        }
    }

    /// When a mapping has something to do by itself.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.wake_ms
    }

    fn wake(&mut self, at_ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(at_ms, |known| known.min(at_ms)));
    }
}

impl Core {
    /// Lets every mapping do all it can now.
    pub(super) fn run_mappings(&mut self, now_ms: u64, out: &mut Output) {
        self.mappings.wake_ms = None;
        for mapping in self.mappings.list.clone().iter() {
            if !self.may_read_source(mapping, now_ms, out) {
                continue;
            }
            match &mapping.source {
                MappingSource::Queue {
                    arn,
                    maximum_concurrency,
                } => {
                    if let Some(queue) = self.queues.name_of(arn) {
                        self.run_queue_mapping(mapping, &queue, *maximum_concurrency, now_ms, out);
                    }
                }
                MappingSource::Stream(stream) => {
                    self.run_stream_mapping(mapping, stream, now_ms, out);
                }
            }
        }
    }

    pub(super) fn batch_done(
        &mut self,
        batch: &BatchId,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        match batch {
            BatchId::Queue(number) => self.queue_batch_done(*number, outcome, now_ms, out),
            BatchId::Stream(mapping) => self.stream_batch_done(mapping, outcome, now_ms, out),
        }
    }

    /// The function that a mapping calls.
    fn mapped_function(&self, mapping: &Mapping) -> Option<&Function> {
        let functions = self.deployment.functions.iter();
        functions
            .into_iter()
            .find(|it| it.arn == mapping.function_arn)
    }

    /// Whether the function's role allows what Lambda does for the mapping; told once when it does not.
    fn may_read_source(&mut self, mapping: &Mapping, now_ms: u64, out: &mut Output) -> bool {
        if let Some(allowed) = self.mappings.allowed.get(&mapping.id) {
            return *allowed;
        }
        let Some(function) = self.mapped_function(mapping) else {
            return false;
        };
        let (arn, needed): (&str, &[&str]) = match &mapping.source {
            MappingSource::Queue { arn, .. } => (
                arn,
                &[
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                ],
            ),
            MappingSource::Stream(stream) => (
                &stream.arn,
                &[
                    "dynamodb:DescribeStream",
                    "dynamodb:GetShardIterator",
                    "dynamodb:GetRecords",
                ],
            ),
        };
        let principal = authority::role(&function.role_arn, &function.name);
        let name = function.name.clone();
        let denied = needed
            .iter()
            .find_map(|action| self.authorize(&principal, action, arn, &[]).err())
            .or_else(|| self.authorize_source_key(&principal, arn).err());
        self.mappings
            .allowed
            .insert(mapping.id.clone(), denied.is_none());
        if let Some(denied) = &denied {
            let message = format!("{name} gets nothing from {arn}. {}", denied.message);
            self.observe(None, StepKind::Notice { message }, now_ms, out);
        }
        denied.is_none()
    }
}

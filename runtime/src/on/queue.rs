//! `on: QUEUE`: a batch of messages from SQS, and which of them are to come again.
//!
//! AWS: "Using Lambda with Amazon SQS", "Handling errors for an SQS event source", which says that an empty or unknown id fails the whole
//! batch, so none ever leaves here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{KnownBy, Message};
use crate::condition::Where;
use crate::context::Context;
use crate::lambda::{Invocation, Reply};
use crate::sink::{Output, Sink};
use crate::telemetry::{Outcome, Report};
use crate::value::Value;
use crate::{Failure, Receipt, Timestamp, Trace, json};

/// The part of an invocation's time that must be left for a message to be begun: what is begun too late is done in vain.
const TIME_LEFT_PART: u32 = 5;

/// The queue that a function takes messages from.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// Declared name; of a family the family's.
    pub name: &'static str,
    /// A family has one queue for each provider, and the invocation says which member runs.
    pub per_provider: bool,
    /// In a FIFO queue a failed message holds up those behind it in its group.
    pub fifo: bool,
    /// Receives after which SQS puts a message into the dead-letter queue; none where the queue has none.
    pub receives_max: Option<u32>,
    /// What a message is known by.
    pub known_by: KnownBy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    message_group_id: Option<String>,
    sent_timestamp: Option<String>,
    approximate_receive_count: Option<String>,
    #[serde(rename = "AWSTraceHeader")]
    trace_header: Option<String>,
}

/// Which messages are to come again. `{"batchItemFailures":[]}` says none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failures {
    batch_item_failures: Vec<Failing>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failing {
    item_identifier: String,
}

impl Queue {
    /// True where SQS gives a message to nobody any more once this invocation has failed it. A count that is missing is none.
    fn receives_last(&self, attributes: &Attributes) -> bool {
        let count = attributes.approximate_receive_count.as_deref();
        let count: Option<u32> = count.and_then(|it| it.parse().ok());
        match (count, self.receives_max) {
            (Some(count), Some(most)) => count >= most,
            (None, _) | (_, None) => false,
        }
    }
}

impl Failures {
    pub(super) fn of(ids: impl IntoIterator<Item = String>) -> Self {
        let failing = |item_identifier| Failing { item_identifier };
        Self {
            batch_item_failures: ids.into_iter().map(failing).collect(),
        }
    }
}

impl Invocation {
    /// Serves a batch of a queue, message by message.
    pub async fn queue<I, O, X, H>(self, from: &Queue, handler: H, sinks: &[Sink]) -> Reply
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        if let Some(incoming) = self.asked_by_url() {
            return self.reply(incoming).await;
        }
        let batch: Batch = match serde_json::from_str(self.payload()) {
            Ok(batch) => batch,
            Err(_) => return self.unreadable("a batch of a queue"),
        };
        // An id that is missing could not be named in the answer, and an answer that names none would lose the message.
        if batch.records.iter().any(|it| it.message_id.is_empty()) {
            return self.unreadable("a batch of a queue: a message has no id");
        }
        let name = self.queue_name(from);
        let enough = self.given() / TIME_LEFT_PART;
        let mut stopped = BTreeSet::new();
        let mut failed = Vec::new();
        for record in batch.records {
            let group = record.attributes.message_group_id.clone();
            let group = group.filter(|_| from.fifo).unwrap_or_default();
            let is_done = if from.fifo && stopped.contains(&group) {
                self.not_begun(&name, &record, "behind_a_failure")
            } else if self.remaining() < enough {
                self.not_begun(&name, &record, "too_little_time")
            } else {
                let message = self.message(&name, &record);
                let handled = self.handle(message, from.known_by, &handler, sinks).await;
                handled.is_ok()
            };
            if !is_done {
                // What was received for the last time never comes before those behind it again: SQS puts it into the dead-letter
                // queue first. So they are begun now, in the order that they will have, and do not follow it there.
                if !from.receives_last(&record.attributes) {
                    stopped.insert(group);
                }
                failed.push(record.message_id);
            }
        }
        self.give(&Failures::of(failed))
    }

    fn queue_name(&self, from: &Queue) -> String {
        match self.provider().filter(|_| from.per_provider) {
            Some(provider) => format!("{}_{provider}", from.name),
            None => from.name.to_owned(),
        }
    }

    fn message(&self, queue: &str, record: &Record) -> Message {
        let sent_at = record.attributes.sent_timestamp.as_ref();
        let sent_at = sent_at.and_then(|it| Timestamp::from_millis(it.parse().ok()?).ok());
        let trace = record.attributes.trace_header.as_deref();
        Message {
            heading: format!("{queue} {}", record.message_id),
            receipt: Receipt::new(
                record.body.as_bytes(),
                sent_at.unwrap_or_else(|| self.started_at()),
            ),
            wire: json::parse(record.body.as_bytes()).map_err(|it| it.to_string()),
            id: format!("{queue}/{}", record.message_id),
            scope: None,
            trace: trace.and_then(Trace::parse),
            case: None,
            by: format!("function {} from {queue}", self.function()),
            filter: Where::Always,
        }
    }

    /// Says why a message is left for another time. It is not done.
    fn not_begun(&self, queue: &str, record: &Record, reason: &str) -> bool {
        let report = Report {
            outcome: Some(Outcome::Unavailable),
            reason: Some(reason.to_owned()),
            ..Report::default()
        };
        let heading = format!("{queue} {}", record.message_id);
        self.say(&heading, None, Instant::now(), report);
        false
    }

    /// All of the time that the invocation was given.
    fn given(&self) -> Duration {
        self.remaining() + self.elapsed()
    }
}

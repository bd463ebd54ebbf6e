//! Mappings of queues: messages go to the function in batches, and are deleted or come back as its answer says.

use serde_json::{Value, json};

use super::BatchId;
use super::response::{Verdict, verdict};
use crate::artifacts::Mapping;
use crate::core::asynchronous::told;
use crate::core::input::{Action, Outcome, Output};
use crate::core::queues::{Attribute, AttributeValue, Message, Receive, Received, md5_hex};
use crate::core::{Core, Purpose};
use crate::observe::StepKind;

/// Batches at work at once where the mapping sets no limit: what Lambda begins with.
const CONCURRENCY: u64 = 5;
/// The payload of an invocation is at most 6 MB; what is around the bodies fits into the rest.
const BODIES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The first wait while the function is throttled.
const THROTTLED_MS: u64 = 1_000;

/// What a mapping saw when it found nothing to do: it need not look again before something changes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Poll {
    generation: u64,
    wake_ms: Option<u64>,
}

/// Messages that a function has.
#[derive(Debug, Clone)]
pub(super) struct QueueBatch {
    mapping: Mapping,
    queue: String,
    function: String,
    messages: Vec<Received>,
    received_ms: u64,
    throttles: u32,
    /// While the function is throttled: when it is tried again.
    due_ms: Option<u64>,
}

impl Core {
    pub(super) fn run_queue_mapping(
        &mut self,
        mapping: &Mapping,
        queue: &str,
        maximum_concurrency: Option<u64>,
        now_ms: u64,
        out: &mut Output,
    ) {
        self.retry_throttled(mapping, now_ms, out);
        let most = maximum_concurrency.unwrap_or(CONCURRENCY);
        loop {
            let batches = self.mappings.queue_batches.values();
            let at_work = batches.filter(|it| it.mapping.id == mapping.id).count() as u64;
            if at_work >= most || !self.is_batch_ready(mapping, queue, now_ms) {
                return;
            }
            self.begin_batch(mapping, queue, now_ms, out);
        }
    }

    /// Whether there are enough messages, or the first one has waited for the window. Says when to look again.
    fn is_batch_ready(&mut self, mapping: &Mapping, name: &str, now_ms: u64) -> bool {
        let Some(queue) = self.queues.get(name) else {
            return false;
        };
        let poll = self.mappings.polls.get(&mapping.id).copied();
        let generation = queue.generation();
        if let Some(poll) = poll
            && poll.generation == generation
            && poll.wake_ms.is_none_or(|at_ms| at_ms > now_ms)
        {
            if let Some(at_ms) = poll.wake_ms {
                self.mappings.wake(at_ms);
            }
            return false;
        }
        let size = usize::try_from(mapping.batch_size).unwrap_or(usize::MAX);
        let (mut count, mut first_ms) = (0, u64::MAX);
        for (_, message) in queue.receivable(now_ms).take(size) {
            count += 1;
            first_ms = first_ms.min(message.visible_ms);
        }
        let window_ends_ms =
            first_ms.saturating_add(self.scaled(mapping.window_s.saturating_mul(1000)));
        if count == size || (count > 0 && window_ends_ms <= now_ms) {
            return true;
        }
        let back_ms = self
            .queues
            .get(name)
            .and_then(|it| it.next_visible_ms(now_ms));
        let window = (count > 0).then_some(window_ends_ms);
        let wake_ms = [back_ms, window].into_iter().flatten().min();
        self.mappings.polls.insert(
            mapping.id.clone(),
            Poll {
                generation,
                wake_ms,
            },
        );
        if let Some(at_ms) = wake_ms {
            self.mappings.wake(at_ms);
        }
        false
    }

    fn begin_batch(&mut self, mapping: &Mapping, queue: &str, now_ms: u64, out: &mut Output) {
        let visibility_s = self
            .queues
            .get(queue)
            .map_or(0, |it| it.spec.visibility_timeout_s);
        let wanted = Receive {
            count: mapping.batch_size,
            bytes_max: BODIES_BYTES_MAX,
            hidden_ms: visibility_s.saturating_mul(1000),
            holder: Some(&mapping.id),
        };
        let received = self.receive_messages(queue, wanted, now_ms, out);
        let arn = self
            .queues
            .get(queue)
            .map(|it| it.spec.arn.clone())
            .unwrap_or_default();
        let passes = |it: &Received| {
            let record = self.queue_record(it, &arn);
            mapping.filters.is_empty()
                || mapping
                    .filters
                    .iter()
                    .any(|filter| filter.matches(&filtered(&record)))
        };
        let (messages, dropped): (Vec<_>, Vec<_>) = received.into_iter().partition(passes);
        // What no filter lets through is deleted, as Lambda does.
        let dropped: Vec<u64> = dropped.iter().map(|it| it.number).collect();
        self.queues.delete(queue, &dropped, out);
        let function = self.mapped_function(mapping).map(|it| it.name.clone());
        let (false, Some(function)) = (messages.is_empty(), function) else {
            return;
        };
        self.mappings.last += 1;
        let number = self.mappings.last;
        let batch = QueueBatch {
            mapping: mapping.clone(),
            queue: queue.to_owned(),
            function,
            messages,
            received_ms: now_ms,
            throttles: 0,
            due_ms: None,
        };
        self.invoke_batch(number, &batch, &arn, now_ms, out);
        self.mappings.queue_batches.insert(number, batch);
    }

    fn invoke_batch(
        &mut self,
        number: u64,
        batch: &QueueBatch,
        arn: &str,
        now_ms: u64,
        out: &mut Output,
    ) {
        let records = batch.messages.iter();
        let records: Vec<Value> = records.map(|it| self.queue_record(it, arn)).collect();
        let payload = json!({ "Records": records }).to_string().into_bytes();
        let trace = self.ids.trace(None, now_ms);
        let purpose = Purpose::Batch(BatchId::Queue(number));
        let invocation = self.invocation(purpose, &batch.function, trace, payload, now_ms);
        let subjects = batch.messages.iter().map(|it| it.message.subject.clone());
        self.work_is_about_these(invocation.id, subjects);
        out.actions.push(Action::Invoke(invocation));
    }

    /// A message as the function gets it.
    fn queue_record(&self, received: &Received, arn: &str) -> Value {
        let Received { number, message } = received;
        let attributes = message.attributes.iter();
        let attributes: serde_json::Map<String, Value> = attributes
            .map(|(name, it)| (name.clone(), lambda_attribute(it)))
            .collect();
        json!({
            "messageId": message.id,
            "receiptHandle": message.receipt_handle(*number),
            "body": message.body,
            "attributes": message.system_attributes(*number),
            "messageAttributes": attributes,
            "md5OfBody": md5_hex(message.body.as_bytes()),
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": self.deployment.region,
        })
    }

    pub(super) fn queue_batch_done(
        &mut self,
        number: u64,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(mut batch) = self.mappings.queue_batches.remove(&number) else {
            return;
        };
        let visibility_ms = self
            .queues
            .get(&batch.queue)
            .map_or(0, |it| it.spec.visibility_timeout_s.saturating_mul(1000));
        let held_until_ms = batch.received_ms.saturating_add(visibility_ms);
        if outcome.not_run() && now_ms < held_until_ms {
            // Lambda keeps the batch and tries again while the messages are hidden.
            batch.throttles += 1;
            let wait_ms = THROTTLED_MS.saturating_mul(1 << batch.throttles.min(6));
            batch.due_ms = Some(now_ms.saturating_add(self.until_again(outcome, wait_ms)));
            self.mappings.queue_batches.insert(number, batch);
            return;
        }
        let ids: Vec<String> = batch
            .messages
            .iter()
            .map(|it| it.message.id.clone())
            .collect();
        let verdict = match outcome {
            Outcome::Success(payload) if batch.mapping.reports_item_failures => {
                verdict(payload, &ids)
            }
            Outcome::Success(_) => Verdict::Failed(Vec::new()),
            Outcome::Failure(_) | Outcome::Throttled | Outcome::Unavailable(_) => {
                Verdict::AllFailed(told(outcome))
            }
        };
        self.settle_batch(&batch, &verdict, visibility_ms, now_ms, out);
    }

    /// Deletes what the function has handled, and lets the rest come back after the visibility timeout.
    fn settle_batch(
        &mut self,
        batch: &QueueBatch,
        verdict: &Verdict,
        visibility_ms: u64,
        now_ms: u64,
        out: &mut Output,
    ) {
        let has_failed = |message: &Message| match verdict {
            Verdict::AllFailed(_) => true,
            Verdict::Failed(ids) => ids.contains(&message.id),
        };
        let (mut handled, mut failed) = (Vec::new(), Vec::new());
        for Received { number, message } in &batch.messages {
            let queue = self.queues.get(&batch.queue);
            let current = queue.and_then(|queue| queue.message(*number));
            // The function may have deleted it, or made it visible and somebody else has received it since.
            if !current.is_some_and(|it| it.id == message.id && it.received == message.received) {
                continue;
            }
            if !has_failed(message) {
                handled.push(*number);
            } else if current.is_some_and(|it| it.holder.is_some()) {
                failed.push(*number);
            }
        }
        let visible_ms = batch
            .received_ms
            .saturating_add(self.scaled(visibility_ms))
            .max(now_ms);
        self.queues.delete(&batch.queue, &handled, out);
        self.queues
            .give_back(&batch.queue, &failed, visible_ms, out);
        self.tell_batch(
            batch,
            verdict,
            visible_ms.saturating_sub(now_ms),
            now_ms,
            out,
        );
    }

    fn tell_batch(
        &mut self,
        batch: &QueueBatch,
        verdict: &Verdict,
        retry_in_ms: u64,
        now_ms: u64,
        out: &mut Output,
    ) {
        let error = match verdict {
            Verdict::AllFailed(error) => Some(error.as_str()),
            Verdict::Failed(_) => None,
        };
        for Received { message, .. } in &batch.messages {
            let failed = match verdict {
                Verdict::AllFailed(_) => true,
                Verdict::Failed(ids) => ids.contains(&message.id),
            };
            let step = if failed {
                StepKind::DeliveryFailed {
                    source: batch.queue.clone(),
                    function: batch.function.clone(),
                    error: error
                        .unwrap_or("the function reported it as failed")
                        .to_owned(),
                    retry_in_ms: Some(retry_in_ms),
                }
            } else {
                StepKind::Delivered {
                    source: batch.queue.clone(),
                    function: batch.function.clone(),
                    message: message.id.clone(),
                    duration_ms: now_ms.saturating_sub(batch.received_ms),
                }
            };
            self.observe(message.subject.clone(), step, now_ms, out);
        }
    }

    fn retry_throttled(&mut self, mapping: &Mapping, now_ms: u64, out: &mut Output) {
        let batches = self.mappings.queue_batches.iter();
        let waiting: Vec<(u64, u64)> = batches
            .filter(|(_, it)| it.mapping.id == mapping.id)
            .filter_map(|(number, it)| Some((*number, it.due_ms?)))
            .collect();
        for (number, due_ms) in waiting {
            if due_ms > now_ms {
                self.mappings.wake(due_ms);
                continue;
            }
            let Some(mut batch) = self.mappings.queue_batches.get(&number).cloned() else {
                continue;
            };
            batch.due_ms = None;
            let arn = self.queues.get(&batch.queue).map(|it| it.spec.arn.clone());
            self.invoke_batch(number, &batch, &arn.unwrap_or_default(), now_ms, out);
            self.mappings.queue_batches.insert(number, batch);
        }
    }
}

/// A message attribute as Lambda writes it.
fn lambda_attribute(attribute: &Attribute) -> Value {
    let mut shown =
        json!({ "dataType": attribute.kind, "stringListValues": [], "binaryListValues": [] });
    if let Some(map) = shown.as_object_mut() {
        let (key, text) = match &attribute.value {
            AttributeValue::Text(text) => ("stringValue", text),
            AttributeValue::Binary(text) => ("binaryValue", text),
        };
        map.insert(key.to_owned(), json!(text));
    }
    shown
}

/// What a filter looks at: the record with its body as JSON where it is JSON.
fn filtered(record: &Value) -> Value {
    let mut filtered = record.clone();
    let body = record.get("body").and_then(Value::as_str);
    if let (Some(map), Some(Ok(body))) = (filtered.as_object_mut(), body.map(serde_json::from_str))
    {
        map.insert("body".to_owned(), body);
    }
    filtered
}

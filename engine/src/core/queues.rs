//! SQS: the queues, and what sending, receiving and deleting does to them and to the store.

mod batch;
mod message;
mod moves;
mod operations;
mod polling;
mod queue;
mod request;

use std::collections::BTreeMap;

use serde::Serialize;

use super::api::ApiError;
use super::input::Output;
use super::{Core, RestoreError};
use crate::artifacts::Deployment;
use crate::change::Change;
use crate::observe::StepKind;

pub(super) use message::{Attribute, AttributeValue, Message, NewMessage, md5_hex};
pub(super) use operations::query_code;
pub(super) use polling::Waiting;
pub(super) use queue::{Depth, Queue};

use message::{parse_handle, sequence, sha256_hex};
use queue::Accepted;

/// All queues, by name.
#[derive(Debug, Default)]
pub(super) struct Queues {
    by_name: BTreeMap<String, Queue>,
    /// Tasks that move messages, by their number.
    moves: BTreeMap<u64, moves::MoveTask>,
}

/// What a sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) id: String,
    /// In a FIFO queue.
    pub(super) sequence: Option<String>,
}

/// A message that somebody has received, and its number in the queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Received {
    pub(super) number: u64,
    pub(super) message: Message,
}

/// What a receiver asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receive<'a> {
    pub(super) count: u64,
    /// The most that all bodies together may have.
    pub(super) bytes_max: usize,
    /// How long they are hidden from others.
    pub(super) hidden_ms: u64,
    /// The event source mapping that receives.
    pub(super) holder: Option<&'a str>,
}

impl Queues {
    pub(super) fn new(deployment: &Deployment) -> Self {
        Self {
            by_name: deployment
                .queues
                .iter()
                .map(|it| (it.name.clone(), Queue::new(it.clone())))
                .collect(),
            moves: BTreeMap::new(),
        }
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let damaged = || RestoreError(format!("a stored message is damaged: {text}"));
        let mut parts = text.split('/');
        let kind = parts.next().unwrap_or_default();
        let name = parts.next().unwrap_or_default();
        let number = parts.next().and_then(|it| it.parse::<u64>().ok());
        let number = number.ok_or_else(damaged)?;
        let message: Option<Message> = serde_json::from_slice(value).ok();
        let accepted: Option<Accepted> = serde_json::from_slice(value).ok();
        // Messages of a queue that the template no longer has are kept out of sight.
        let queue = self.by_name.get_mut(name);
        match (kind, message, accepted) {
            ("queue", Some(message), _) => {
                if let Some(queue) = queue {
                    queue.put(number, message);
                }
                Ok(())
            }
            ("deduplication", _, Some(accepted)) => {
                if let Some(queue) = queue {
                    queue.accept(number, accepted);
                }
                Ok(())
            }
            _ => Err(damaged()),
        }
    }

    /// The name of the queue with this ARN.
    pub(super) fn name_of(&self, arn: &str) -> Option<String> {
        self.by_name
            .values()
            .find(|queue| queue.spec.arn == arn)
            .map(|queue| queue.spec.name.clone())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Queue> {
        self.by_name.get(name)
    }

    /// How many messages are in the queue.
    pub(super) fn depth(&self, name: &str, now_ms: u64) -> Option<Depth> {
        self.by_name.get(name).map(|queue| queue.depth(now_ms))
    }

    /// What a mapping's function had when the engine ended comes back at once, and that attempt is not counted: it was
    /// not the function that failed.
    pub(super) fn release_held(&mut self, now_ms: u64, out: &mut Output) {
        for (name, queue) in &mut self.by_name {
            for (number, message) in &mut queue.messages {
                if message.holder.take().is_some() {
                    message.visible_ms = now_ms;
                    message.received = message.received.saturating_sub(1);
                    put(&message_key(name, *number), message, out);
                }
            }
            queue.changed();
        }
    }

    /// Shows the messages again at `visible_ms`, to be received by anybody.
    pub(super) fn give_back(
        &mut self,
        name: &str,
        numbers: &[u64],
        visible_ms: u64,
        out: &mut Output,
    ) {
        let Some(queue) = self.by_name.get_mut(name) else {
            return;
        };
        for number in numbers {
            if let Some(message) = queue.messages.get_mut(number) {
                message.visible_ms = visible_ms;
                message.holder = None;
                put(&message_key(name, *number), message, out);
            }
        }
        queue.changed();
    }

    /// Deletes messages for good.
    pub(super) fn delete(&mut self, name: &str, numbers: &[u64], out: &mut Output) {
        let Some(queue) = self.by_name.get_mut(name) else {
            return;
        };
        for number in numbers {
            if queue.remove(*number).is_some() {
                out.changes.push(Change::delete(message_key(name, *number)));
            }
        }
    }
}

fn message_key(queue: &str, number: u64) -> Vec<u8> {
    format!("queue/{queue}/{number:020}").into_bytes()
}

fn accepted_key(queue: &str, number: u64) -> Vec<u8> {
    format!("deduplication/{queue}/{number:020}").into_bytes()
}

fn put(key: &[u8], value: &impl Serialize, out: &mut Output) {
    // Structs of texts and numbers always have a JSON form.
    out.changes.push(Change::put(
        key.to_vec(),
        serde_json::to_vec(value).unwrap_or_default(),
    ));
}

impl Core {
    /// Puts a message into the queue, or finds in a FIFO queue that it has it already.
    pub(super) fn send_message(
        &mut self,
        queue: &str,
        new: NewMessage,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Sent, ApiError> {
        let id = self.ids.uuid();
        let epoch = self.ids.epoch;
        let subject = new.subject.clone().or_else(|| self.subject_in(&new.body));
        let Some(target) = self.queues.by_name.get_mut(queue) else {
            return Err(operations::no_queue());
        };
        request::check_message(&target.spec, &new)?;
        let deduplication = target.spec.fifo.map(|fifo| {
            let given = new.deduplication.clone();
            let id = given.unwrap_or_else(|| sha256_hex(new.body.as_bytes()));
            let group = new.group.as_deref().unwrap_or_default();
            let scoped = if fifo.deduplicates_per_group {
                format!("{group}/{id}")
            } else {
                id.clone()
            };
            (id, scoped)
        });
        for number in target.forget_accepted(now_ms) {
            out.changes
                .push(Change::delete(accepted_key(queue, number)));
        }
        if let Some((_, scoped)) = &deduplication
            && let Some((number, accepted)) = target.accepted(scoped, now_ms)
        {
            return Ok(Sent {
                id: accepted.message.clone(),
                sequence: Some(sequence(number)),
            });
        }
        let number = target.next_number(epoch);
        if let Some((_, scoped)) = &deduplication {
            let accepted = Accepted {
                id: scoped.clone(),
                sent_ms: now_ms,
                message: id.clone(),
            };
            put(&accepted_key(queue, number), &accepted, out);
            target.accept(number, accepted);
        }
        let delay_s = new.delay_s.unwrap_or(target.spec.delay_s);
        let message = Message {
            id: id.clone(),
            body: new.body,
            sent_ms: now_ms,
            visible_ms: now_ms.saturating_add(delay_s.saturating_mul(1000)),
            received: 0,
            first_received_ms: None,
            attributes: new.attributes,
            trace: new.trace,
            sender: new.sender,
            group: new.group,
            deduplication: deduplication.as_ref().map(|(id, _)| id.clone()),
            dead_letter_source: None,
            holder: None,
            subject: subject.clone(),
        };
        put(&message_key(queue, number), &message, out);
        target.put(number, message);
        let step = StepKind::Queued {
            queue: queue.to_owned(),
            message: id.clone(),
        };
        self.observe(subject, step, now_ms, out);
        self.measure_queue(queue, "NumberOfMessagesSent", 1, now_ms);
        Ok(Sent {
            id,
            sequence: deduplication.map(|_| sequence(number)),
        })
    }

    /// Gives the next messages to a receiver. What was received too often goes to the dead-letter queue instead.
    pub(super) fn receive_messages(
        &mut self,
        name: &str,
        wanted: Receive<'_>,
        now_ms: u64,
        out: &mut Output,
    ) -> Vec<Received> {
        self.expire_messages(name, now_ms, out);
        self.redrive(name, now_ms, out);
        let Some(queue) = self.queues.by_name.get_mut(name) else {
            return Vec::new();
        };
        let mut bytes = 0;
        let mut numbers = Vec::new();
        for (number, message) in queue.receivable(now_ms) {
            bytes += message.body.len();
            let full = numbers.len() as u64 >= wanted.count || bytes > wanted.bytes_max;
            if full && !numbers.is_empty() {
                break;
            }
            numbers.push(number);
        }
        let mut received = Vec::new();
        for number in numbers {
            let Some(message) = queue.messages.get_mut(&number) else {
                continue;
            };
            message.received += 1;
            message.first_received_ms.get_or_insert(now_ms);
            message.visible_ms = now_ms.saturating_add(wanted.hidden_ms);
            message.holder = wanted.holder.map(str::to_owned);
            put(&message_key(name, number), message, out);
            received.push(Received {
                number,
                message: message.clone(),
            });
        }
        self.measure_queue(name, "NumberOfMessagesReceived", received.len(), now_ms);
        received
    }

    /// Drops messages that are older than the queue keeps them.
    fn expire_messages(&mut self, name: &str, now_ms: u64, out: &mut Output) {
        if let Some(queue) = self.queues.by_name.get_mut(name) {
            for number in queue.expire(now_ms) {
                out.changes.push(Change::delete(message_key(name, number)));
            }
        }
    }

    /// Moves the messages that were received too often and are visible again to the dead-letter queue.
    pub(super) fn redrive(&mut self, name: &str, now_ms: u64, out: &mut Output) {
        let Some(queue) = self.queues.by_name.get(name) else {
            return;
        };
        let Some(redrive) = queue.spec.redrive.clone() else {
            return;
        };
        let source = queue.spec.arn.clone();
        let Some(target) = self.queues.name_of(&redrive.dead_letter_arn) else {
            return;
        };
        // In a FIFO queue the next message of the group may be exhausted as well.
        loop {
            let Some(queue) = self.queues.by_name.get_mut(name) else {
                return;
            };
            let numbers: Vec<u64> = queue
                .receivable(now_ms)
                .filter(|(_, message)| queue.is_exhausted(message))
                .map(|(number, _)| number)
                .collect();
            if numbers.is_empty() {
                return;
            }
            for number in numbers {
                self.move_message(name, number, &target, &source, now_ms, out);
            }
        }
    }

    fn move_message(
        &mut self,
        from: &str,
        number: u64,
        to: &str,
        source_arn: &str,
        now_ms: u64,
        out: &mut Output,
    ) {
        let epoch = self.ids.epoch;
        let moved = self
            .queues
            .by_name
            .get_mut(from)
            .and_then(|queue| queue.remove(number));
        let (Some(mut message), Some(target)) = (moved, self.queues.by_name.get_mut(to)) else {
            return;
        };
        out.changes.push(Change::delete(message_key(from, number)));
        let received = message.received;
        message.dead_letter_source = Some(source_arn.to_owned());
        message.visible_ms = now_ms;
        message.received = 0;
        message.holder = None;
        // The age in a standard dead-letter queue counts from the first sending; in a FIFO queue it begins anew.
        if target.spec.fifo.is_some() {
            message.sent_ms = now_ms;
            // Two messages of one deduplication id are two there.
            message.deduplication = Some(message.id.clone());
        }
        let place = target.next_number(epoch);
        put(&message_key(to, place), &message, out);
        let step = StepKind::DeadLettered {
            queue: to.to_owned(),
            source: from.to_owned(),
            reason: format!("received {received} times"),
        };
        let subject = message.subject.clone();
        target.put(place, message);
        self.observe(subject, step, now_ms, out);
    }

    /// The partition value that a message is about: the field of its JSON body that a table's partition is called by.
    pub(super) fn subject_in(&self, body: &str) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(body).ok()?;
        let names = self.deployment.tables.iter();
        names
            .filter_map(|table| self.tables.partition_name(&table.name))
            .find_map(|name| value.get(name)?.as_str().map(str::to_owned))
    }

    /// Whether the message of a receipt handle is still in the queue; true of a text that is none, which is another error.
    fn is_there(&self, name: &str, handle: &str) -> bool {
        let queue = self.queues.by_name.get(name);
        parse_handle(handle).is_none_or(|(number, _, id)| {
            let message = queue.and_then(|it| it.messages.get(&number));
            message.is_some_and(|it| it.id == id)
        })
    }

    /// The number of the message that a receipt handle proves the receipt of, if it is still there and the newest.
    fn receipt(&self, name: &str, handle: &str) -> Result<Option<u64>, ApiError> {
        let Some((number, received, id)) = parse_handle(handle) else {
            return Err(ApiError::new(
                "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                "The input receipt handle is invalid.",
            ));
        };
        let message = self
            .queues
            .by_name
            .get(name)
            .and_then(|queue| queue.messages.get(&number));
        Ok(message
            .filter(|it| it.id == id && it.received == received)
            .map(|_| number))
    }
}

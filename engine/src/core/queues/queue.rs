//! One queue: which messages a receiver gets and in which order, what it hides meanwhile, and what it will not take twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::artifacts;

/// How long a FIFO queue remembers a deduplication id: five minutes.
pub(super) const DEDUPLICATION_MS: u64 = 5 * 60 * 1000;
/// A queue is emptied at most once in this time.
pub(super) const PURGE_MS: u64 = 60_000;
/// No message is hidden longer after it was received: twelve hours.
pub(super) const VISIBILITY_S_MAX: u64 = 43_200;

/// What a FIFO queue remembers of a message that it took: a second one with the same id gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) id: String,
    pub(super) sent_ms: u64,
    pub(super) message: String,
}

/// A queue and its messages in the order they were sent.
#[derive(Debug)]
pub(in crate::core) struct Queue {
    pub(in crate::core) spec: artifacts::Queue,
    pub(super) messages: BTreeMap<u64, Message>,
    /// By the number of the message that was taken.
    pub(super) accepted: BTreeMap<u64, Accepted>,
    accepted_numbers: BTreeMap<String, u64>,
    /// The last number given out.
    last: u64,
    /// Grows with every change that may let a receiver get something.
    generation: u64,
    /// No message was sent before.
    oldest_ms: u64,
    /// When it was last emptied; not kept over a restart, which ends what was in progress.
    pub(super) purged_ms: Option<u64>,
}

/// Whether a receiver must wait for it. What a mapping's function is working on is hidden until that has ended.
fn is_hidden(message: &Message, now_ms: u64) -> bool {
    message.holder.is_some() || message.visible_ms > now_ms
}

/// How many messages there are of each kind, as the metrics of a queue count them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::core) struct Depth {
    pub(in crate::core) visible: u64,
    pub(in crate::core) in_flight: u64,
    pub(in crate::core) delayed: u64,
    /// When the oldest message was sent.
    pub(in crate::core) oldest_sent_ms: Option<u64>,
}

impl Queue {
    pub(super) fn new(spec: artifacts::Queue) -> Self {
        Self {
            spec,
            messages: BTreeMap::new(),
            accepted: BTreeMap::new(),
            accepted_numbers: BTreeMap::new(),
            last: 0,
            generation: 1,
            oldest_ms: u64::MAX,
            purged_ms: None,
        }
    }

    /// A new message's number, greater than all before it, also those of earlier starts.
    pub(super) fn next_number(&mut self, epoch: u64) -> u64 {
        self.last = (self.last + 1).max(epoch.saturating_mul(1_000_000_000_000));
        self.last
    }

    pub(super) fn put(&mut self, number: u64, message: Message) {
        self.last = self.last.max(number);
        self.oldest_ms = self.oldest_ms.min(message.sent_ms);
        self.generation += 1;
        self.messages.insert(number, message);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Message> {
        // In a FIFO queue this may free the group.
        self.generation += 1;
        self.messages.remove(&number)
    }

    /// Changes when a receiver that found nothing may find something.
    pub(in crate::core) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn changed(&mut self) {
        self.generation += 1;
    }

    /// The message that was taken under this deduplication id in the last five minutes.
    pub(super) fn accepted(&self, id: &str, now_ms: u64) -> Option<(u64, &Accepted)> {
        let number = *self.accepted_numbers.get(id)?;
        let accepted = self.accepted.get(&number)?;
        (now_ms < accepted.sent_ms.saturating_add(DEDUPLICATION_MS)).then_some((number, accepted))
    }

    pub(in crate::core) fn message(&self, number: u64) -> Option<&Message> {
        self.messages.get(&number)
    }

    pub(super) fn accept(&mut self, number: u64, accepted: Accepted) {
        self.accepted_numbers.insert(accepted.id.clone(), number);
        self.accepted.insert(number, accepted);
    }

    /// Forgets the ids of more than five minutes ago; gives their numbers.
    pub(super) fn forget_accepted(&mut self, now_ms: u64) -> Vec<u64> {
        let over = |it: &Accepted| now_ms >= it.sent_ms.saturating_add(DEDUPLICATION_MS);
        let numbers: Vec<u64> = self
            .accepted
            .iter()
            .take_while(|(_, it)| over(it))
            .map(|(number, _)| *number)
            .collect();
        for number in &numbers {
            if let Some(accepted) = self.accepted.remove(number)
                && self.accepted_numbers.get(&accepted.id) == Some(number)
            {
                self.accepted_numbers.remove(&accepted.id);
            }
        }
        numbers
    }

    /// Drops what is older than the retention; gives the numbers.
    pub(super) fn expire(&mut self, now_ms: u64) -> Vec<u64> {
        let keep_ms = self.spec.retention_s.saturating_mul(1000);
        if now_ms < self.oldest_ms.saturating_add(keep_ms) {
            return Vec::new();
        }
        let over = |it: &Message| now_ms >= it.sent_ms.saturating_add(keep_ms);
        let numbers: Vec<u64> = self
            .messages
            .iter()
            .filter(|(_, it)| over(it))
            .map(|(number, _)| *number)
            .collect();
        for number in &numbers {
            self.remove(*number);
        }
        let rest = self.messages.values().map(|it| it.sent_ms);
        self.oldest_ms = rest.min().unwrap_or(u64::MAX);
        numbers
    }

    /// The messages that a receiver may get now, in order. A FIFO group waits for its own hidden message.
    pub(in crate::core) fn receivable(&self, now_ms: u64) -> impl Iterator<Item = (u64, &Message)> {
        let ordered = self.spec.fifo.is_some();
        let mut locked: BTreeSet<&str> = BTreeSet::new();
        self.messages.iter().filter_map(move |(number, message)| {
            let group = message.group.as_deref().unwrap_or_default();
            if ordered && locked.contains(group) {
                return None;
            }
            if is_hidden(message, now_ms) {
                locked.insert(group);
                return None;
            }
            Some((*number, message))
        })
    }

    /// When the next hidden message comes back.
    pub(in crate::core) fn next_visible_ms(&self, now_ms: u64) -> Option<u64> {
        let hidden = self.messages.values();
        hidden
            .filter(|it| it.holder.is_none() && it.visible_ms > now_ms)
            .map(|it| it.visible_ms)
            .min()
    }

    /// Whether the message was received so often that its next receiver is the dead-letter queue.
    pub(super) fn is_exhausted(&self, message: &Message) -> bool {
        self.spec
            .redrive
            .as_ref()
            .is_some_and(|redrive| message.received >= redrive.receives_max)
    }

    pub(in crate::core) fn depth(&self, now_ms: u64) -> Depth {
        let mut depth = Depth::default();
        for message in self.messages.values() {
            let count = if !is_hidden(message, now_ms) {
                &mut depth.visible
            } else if message.received == 0 {
                &mut depth.delayed
            } else {
                &mut depth.in_flight
            };
            *count += 1;
            let oldest = depth.oldest_sent_ms.unwrap_or(u64::MAX);
            depth.oldest_sent_ms = Some(oldest.min(message.sent_ms));
        }
        depth
    }
}

//! The event log as handlers see it: append once, read a partition back. DynamoDB is one; a log in memory serves tests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::time::Instant;

use crate::entry::{Entry, Keys};
use crate::value::{Map, Wire};

/// A future of a trait object; handlers run on one thread, so it need not be `Send`.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How an append ended. All three are answers, not failures: the log is in a known state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The fact is new and durable.
    Recorded,
    /// The same bytes had been recorded before.
    Duplicate,
    /// The same identity had been recorded from other bytes; nothing was stored.
    Mismatch,
}

/// A service that did not do what it was asked, for now; the sender is asked to come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What happened, in one word for the log: `throttled`.
    pub reason: &'static str,
    /// What the service said.
    pub detail: String,
}

impl Unavailable {
    /// With what the service said.
    pub fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Unavailable {}

/// An append-only log of facts.
pub trait EventLog {
    /// Puts claim and fact together, or neither. It tries again what is worth it until `deadline`.
    fn append<'a>(
        &'a self,
        entry: &'a Entry,
        deadline: Instant,
    ) -> Local<'a, Result<Appended, Unavailable>>;

    /// All facts of a partition in the order of their sort keys, with everything that was acknowledged before the call.
    fn read<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        partition: &'a str,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>>;
}

/// Decides what a refused put means: the same bytes are a duplicate, others a mismatch.
pub(crate) fn collision(existing: &Map, entry: &Entry) -> Appended {
    match existing.get("_body_sha256") {
        Some(Wire::Text(hash)) if *hash == entry.body_sha256 => Appended::Duplicate,
        _ => Appended::Mismatch,
    }
}

/// Table, partition, and sort key by kind and text.
type Key = (&'static str, String, String);

/// A log that forgets everything with the process, for unit tests of handlers.
#[derive(Debug, Default)]
pub struct Memory {
    items: RefCell<BTreeMap<Key, Map>>,
}

impl Memory {
    fn key(table: &'static str, keys: Keys, item: &Map) -> Key {
        let text = |name: &str| match item.get(name) {
            Some(Wire::Text(text) | Wire::Number(text)) => text.clone(),
            _ => String::new(),
        };
        (
            table,
            text(keys.partition),
            keys.sort.map(text).unwrap_or_default(),
        )
    }
}

impl EventLog for Memory {
    fn append<'a>(
        &'a self,
        entry: &'a Entry,
        _: Instant,
    ) -> Local<'a, Result<Appended, Unavailable>> {
        Box::pin(async move {
            let mut items = self.items.borrow_mut();
            let transmission = entry
                .transmission
                .as_ref()
                .map(|it| (Self::key(entry.table, entry.keys, it), it));
            if let Some((key, _)) = &transmission
                && let Some(existing) = items.get(key)
                && collision(existing, entry) == Appended::Mismatch
            {
                return Ok(Appended::Mismatch);
            }
            let keys =
                [&entry.fact, &entry.claim].map(|item| Self::key(entry.table, entry.keys, item));
            if let Some(existing) = keys.iter().find_map(|key| items.get(key)) {
                return Ok(collision(existing, entry));
            }
            items.extend(
                keys.into_iter()
                    .zip([entry.fact.clone(), entry.claim.clone()]),
            );
            items.extend(transmission.map(|(key, item)| (key, item.clone())));
            Ok(Appended::Recorded)
        })
    }

    fn read<'a>(
        &'a self,
        table: &'static str,
        _: Keys,
        partition: &'a str,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        let items = self.items.borrow();
        let found = items
            .iter()
            .filter(|((held_in, of, _), _)| *held_in == table && of == partition);
        let found = found.map(|(_, item)| item.clone()).collect();
        Box::pin(async move { Ok(found) })
    }
}

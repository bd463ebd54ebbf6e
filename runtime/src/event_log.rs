//! The event log as handlers see it: append once, read a partition back. DynamoDB is one; a log in memory serves tests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::time::Instant;

use crate::content;
#[cfg(feature = "lambda")]
use crate::entry;
use crate::entry::{Entry, Keys};
use crate::value::{Map, Wire};

/// A future of a trait object; handlers run on one thread, so it need not be `Send`.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How an append ended. All three are answers, not failures: the log is in a known state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The fact is new and durable.
    Recorded,
    /// The same had been recorded before: from the same bytes, or from others that said the same.
    Duplicate,
    /// The same identity had been recorded with another content; nothing was stored.
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

    /// The item with this key, with everything that was acknowledged before the call.
    fn find<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        key: Map,
    ) -> Local<'a, Result<Option<Map>, Unavailable>>;

    /// The items of an index's partition in the order of its sort key. What was recorded a moment ago may be missing.
    fn find_by<'a>(
        &'a self,
        table: &'static str,
        index: IndexKeys,
        partition: Wire,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>>;

    /// Changes one field of the item with this key, or removes it. False when there is no such item; then nothing is stored.
    fn update<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        key: Map,
        field: &'static str,
        value: Option<Wire>,
    ) -> Local<'a, Result<bool, Unavailable>>;
}

/// The names of an index's key attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexKeys {
    /// The index's name.
    pub name: &'static str,
    /// Partition key.
    pub partition: &'static str,
    /// Sort key.
    pub sort: Option<&'static str>,
}

/// The item of the fact that an entry is a duplicate of, as it was recorded: the claim says which one it is, and what was changed since.
#[cfg(feature = "lambda")]
pub(crate) async fn recorded(log: &dyn EventLog, entry: &Entry) -> Result<Map, Unavailable> {
    let absent = || {
        Unavailable::new(
            "fact_unreadable",
            format!("{} has a claim and no fact", entry.identity),
        )
    };
    let names = std::iter::once(entry.keys.partition).chain(entry.keys.sort);
    let claimed = names
        .clone()
        .filter_map(|it| Some((it.to_owned(), entry.claim.get(it)?.clone())));
    let claim = log.find(entry.table, entry.keys, claimed.collect()).await?;
    let claim = claim.ok_or_else(absent)?;
    let key = names.zip(["_partition", "_sort"]);
    let key = key.filter_map(|(name, at)| Some((name.to_owned(), claim.get(at)?.clone())));
    let fact = log.find(entry.table, entry.keys, key.collect()).await?;
    let fact = fact.ok_or_else(absent)?;
    Ok(entry::as_recorded(&claim, fact))
}

/// Decides what a refused put means: the same bytes are a duplicate, and so are others that make the same event, since a provider that
/// sends again may count its attempts in the body. Any others are a mismatch. Nobody but the provider can have written an answer of its
/// API, so there other bytes are a later look at the same fact, and what follows an append must still follow.
pub(crate) fn collision(existing: &Map, entry: &Entry) -> Appended {
    if entry.is_answer {
        return Appended::Duplicate;
    }
    let is_same_body =
        matches!(existing.get("_body_sha256"), Some(Wire::Text(it)) if *it == entry.body_sha256);
    // Only a claim has it: of a transmission whose signature does not cover the body, the body alone decides.
    let said = existing.get(content::ATTRIBUTE);
    if is_same_body || said.is_some() && said == entry.claim.get(content::ATTRIBUTE) {
        Appended::Duplicate
    } else {
        Appended::Mismatch
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
            let key = |item| Self::key(entry.table, entry.keys, item);
            // Another body under a known transmission decides before anything else does.
            let of_transmission = entry
                .transmission
                .as_ref()
                .and_then(|it| items.get(&key(it)));
            if of_transmission.is_some_and(|it| collision(it, entry) == Appended::Mismatch) {
                return Ok(Appended::Mismatch);
            }
            let new_only = entry
                .items()
                .filter(|(_, may_have_the_body)| !may_have_the_body);
            // The claim, which stands behind the fact, says what the fact was made of.
            let existing = new_only.filter_map(|(item, _)| items.get(&key(item)));
            if let Some(existing) = existing.last() {
                return Ok(collision(existing, entry));
            }
            let put: Vec<_> = entry
                .items()
                .map(|(item, _)| (key(item), item.clone()))
                .collect();
            items.extend(put);
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

    fn find<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        key: Map,
    ) -> Local<'a, Result<Option<Map>, Unavailable>> {
        let found = self
            .items
            .borrow()
            .get(&Self::key(table, keys, &key))
            .cloned();
        Box::pin(async move { Ok(found) })
    }

    fn find_by<'a>(
        &'a self,
        table: &'static str,
        index: IndexKeys,
        partition: Wire,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        let items = self.items.borrow();
        let of_table = items
            .iter()
            .filter(|((held_in, _, _), _)| *held_in == table);
        let found = of_table.map(|(_, item)| item);
        let found = found.filter(|it| it.get(index.partition) == Some(&partition));
        let mut found: Vec<Map> = found
            .filter(|it| index.sort.is_none_or(|sort| it.contains_key(sort)))
            .cloned()
            .collect();
        found.sort_by_key(|it| index.sort.and_then(|sort| Some(order(it.get(sort)?))));
        Box::pin(async move { Ok(found) })
    }

    fn update<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        key: Map,
        field: &'static str,
        value: Option<Wire>,
    ) -> Local<'a, Result<bool, Unavailable>> {
        let mut items = self.items.borrow_mut();
        let found = items.get_mut(&Self::key(table, keys, &key));
        let is_there = found.is_some();
        if let Some(item) = found {
            match value {
                Some(value) => item.insert(field.to_owned(), value),
                None => item.remove(field),
            };
        }
        Box::pin(async move { Ok(is_there) })
    }
}

/// What sorts texts as texts and numbers as numbers: the whole part, then the rest.
fn order(value: &Wire) -> (i128, String) {
    match value {
        Wire::Number(digits) => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            (whole.parse().unwrap_or_default(), fraction.to_owned())
        }
        Wire::Text(text) => (0, text.clone()),
        _ => (0, String::new()),
    }
}

//! The two items of one append, a claim and a fact, and the way back from an item to an event.

use std::rc::Rc;

use crate::claim::PARTITION_PREFIX as CLAIM;
use crate::content;
use crate::event::{Event, Fact, Holds, Table};
use crate::event_log::IndexKeys;
use crate::identity;
use crate::value::{Fields, Invalid, Map, Value, Wire};
use crate::{Timestamp, Trace};

/// Largest item of DynamoDB, names and values together. AWS: "Service, account, and table quotas in Amazon DynamoDB".
const ITEM_BYTES_MAX: usize = 400 * 1024;
/// The attribute of a claim in which the first values of fields lie that `update` may change.
const FIRST: &str = "_first";
/// Longest partition key and longest sort key, in bytes. Same page.
const PARTITION_BYTES_MAX: usize = 2048;
const SORT_BYTES_MAX: usize = 1024;

/// Where a fact came from.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Who records it: `route POST /webhooks`.
    pub by: String,
    /// When.
    pub recorded_at: Timestamp,
    /// When what it came from arrived, or was sent.
    pub received_at: Timestamp,
    /// SHA-256, in hexadecimal, of the bytes that it came from. A second delivery with other bytes is a duplicate only where it says the
    /// same.
    pub body_sha256: String,
    /// The id of a transmission whose signature does not cover the body, so that it may be recorded with one body only.
    pub transmission: Option<String>,
    /// The X-Ray trace that it came in.
    pub trace: Option<Trace>,
    /// The invocation's request id, which no other invocation has.
    pub request_id: String,
    /// The raw body, of a webhook. It is kept with the fact.
    pub body: Option<Rc<[u8]>>,
    /// What the request said, where the provider signs nothing and `body` is what its API answered. It is kept too.
    pub notice: Option<Rc<[u8]>>,
}

impl Provenance {
    /// The raw body as an attribute: text where it is UTF-8.
    pub(crate) fn body(&self) -> Option<Wire> {
        self.body.as_deref().map(attribute)
    }
}

fn attribute(bytes: &[u8]) -> Wire {
    match std::str::from_utf8(bytes) {
        Ok(text) => Wire::text(text),
        Err(_) => Wire::Binary(bytes.to_vec()),
    }
}

/// The names of a table's key attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Partition key.
    pub partition: &'static str,
    /// Sort key.
    pub sort: Option<&'static str>,
}

/// One append: both items are put together, each only where nothing is yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Declared name of the table.
    pub table: &'static str,
    /// Its keys.
    pub keys: Keys,
    /// Event's type name.
    pub event: &'static str,
    /// What makes it one fact: `PaymentReceived#pay_1#pending`.
    pub identity: String,
    /// SHA-256, in hexadecimal, of the bytes that it came from.
    pub body_sha256: String,
    /// True where those bytes are a provider's answer to us, which may say more at each time that it is asked: then the identity alone
    /// tells whether a fact is new.
    pub is_answer: bool,
    /// The invocation that appends it.
    pub request_id: String,
    /// The item that can exist once; empty where only a transmission is tied.
    pub claim: Map,
    /// The item with the event's fields; empty as well.
    pub fact: Map,
    /// The item that ties a transmission to its first body: put where nothing is yet, or what is there has the same `_body_sha256`.
    pub transmission: Option<Map>,
}

/// Why an event cannot be an item. It would not become one on a second try either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unrecordable {
    /// A key is absent, empty, too long or of the wrong kind.
    Key(Invalid),
    /// Larger than DynamoDB's 400 KB.
    TooLarge,
}

impl std::fmt::Display for Unrecordable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(problem) => problem.fmt(f),
            Self::TooLarge => f.write_str("the event is larger than the 400 KB of an item"),
        }
    }
}

impl std::error::Error for Unrecordable {}

/// The key names of a table.
pub fn keys<T: Table>() -> Keys {
    Keys {
        partition: T::PARTITION,
        sort: T::SORT,
    }
}

impl Entry {
    /// The append of an event to a table that holds it.
    pub fn new<T: Holds<E>, E: Event>(
        event: &E,
        provenance: &Provenance,
    ) -> Result<Self, Unrecordable> {
        Self::of_fields::<T, E>(event.to_fields(), provenance)
    }

    /// The append of the event with these fields.
    pub(crate) fn of_fields<T: Holds<E>, E: Event>(
        fields: Map,
        provenance: &Provenance,
    ) -> Result<Self, Unrecordable> {
        let keys = keys::<T>();
        let identity = identity::of_fact(E::NAME, E::ONCE, &fields);
        let (partition, claimed) = partitions(keys.partition, &fields, &identity)?;
        let suffix = identity::sort_suffix(E::NAME, E::ONCE, keys.partition, &fields);
        let sort = keys
            .sort
            .map(|name| sort_key(name, &fields, &suffix))
            .transpose()?;

        let text = |it: &str| Wire::Text(it.to_owned());
        let origin = origin(provenance);
        let mut claim = Map::from(origin.clone());
        claim.insert(keys.partition.to_owned(), Wire::Text(claimed));
        claim.insert("_claim".to_owned(), text(E::NAME));
        claim.insert("_partition".to_owned(), Wire::Text(partition));
        let said = content::sha256(&fields, provenance);
        claim.insert(content::ATTRIBUTE.to_owned(), Wire::Text(said));
        claim.extend(first(T::UPDATED, &fields));
        let mut fact = fields;
        fact.extend(origin.clone());
        fact.insert("_event".to_owned(), text(E::NAME));
        if let Some(body) = provenance.body() {
            fact.insert("_body".to_owned(), body);
        }
        if let Some(notice) = &provenance.notice {
            fact.insert("_notice".to_owned(), attribute(notice));
        }
        if let Some(trace) = &provenance.trace {
            fact.insert("_trace".to_owned(), Wire::Text(trace.to_string()));
        }
        let mut transmission = match &provenance.transmission {
            Some(id) => Some(of_transmission(keys.partition, id, &origin)?),
            None => None,
        };
        if let Some((name, key)) = sort {
            let claimed = claimed_sort(matches!(key, Wire::Number(_)));
            if let Some(transmission) = &mut transmission {
                transmission.insert(name.to_owned(), claimed.clone());
            }
            claim.insert(name.to_owned(), claimed);
            claim.insert("_sort".to_owned(), key.clone());
            fact.insert(name.to_owned(), key);
        }
        if map_bytes(&fact).max(map_bytes(&claim)) > ITEM_BYTES_MAX {
            return Err(Unrecordable::TooLarge);
        }
        for item in [&fact, &claim].into_iter().chain(&transmission) {
            fit_indexes(T::INDEXES, item)?;
        }
        let body_sha256 = provenance.body_sha256.clone();
        let request_id = provenance.request_id.clone();
        let (table, event) = (T::NAME, E::NAME);
        Ok(Self {
            table,
            keys,
            event,
            identity,
            body_sha256,
            is_answer: provenance.notice.is_some(),
            request_id,
            claim,
            fact,
            transmission,
        })
    }

    /// What ties a transmission to its body in a table, before anything is done with the body.
    #[cfg(feature = "lambda")]
    pub(crate) fn tying<T: Table>(id: &str, provenance: &Provenance) -> Result<Self, Unrecordable> {
        let keys = keys::<T>();
        let mut transmission = of_transmission(keys.partition, id, &origin(provenance))?;
        if let Some(name) = keys.sort {
            transmission.insert(name.to_owned(), claimed_sort(T::SORT_IS_NUMBER));
        }
        fit_indexes(T::INDEXES, &transmission)?;
        Ok(Self {
            table: T::NAME,
            keys,
            event: "transmission",
            identity: format!("transmission#{id}"),
            body_sha256: provenance.body_sha256.clone(),
            is_answer: false,
            request_id: provenance.request_id.clone(),
            claim: Map::new(),
            fact: Map::new(),
            transmission: Some(transmission),
        })
    }

    /// Size of all items as DynamoDB counts it, rounded up.
    #[cfg(feature = "dynamodb")]
    pub(crate) fn bytes(&self) -> usize {
        self.items().map(|(item, _)| map_bytes(item)).sum()
    }

    /// The items that are put together, each with whether the one that is there may have the same body.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&Map, bool)> {
        let items = [
            Some(&self.fact),
            Some(&self.claim),
            self.transmission.as_ref(),
        ];
        let items = items.into_iter().zip([false, false, true]);
        let items = items.filter_map(|(item, may_be)| Some((item?, may_be)));
        items.filter(|(item, _)| !item.is_empty())
    }
}

/// What fields that may change are at first, for the claim, which nobody changes: nothing stands for one that is not there.
fn first(updated: &[&str], fields: &Map) -> Option<(String, Wire)> {
    let value = |name: &str| fields.get(name).cloned().unwrap_or(Wire::Null);
    let values: Map = updated
        .iter()
        .map(|it| ((*it).to_owned(), value(it)))
        .collect();
    (!values.is_empty()).then(|| (FIRST.to_owned(), Wire::Record(values)))
}

/// The item of a fact as it was before any `update`, by what its claim kept. A claim from before the first grant of an `update` kept
/// nothing; then it is as it is.
#[cfg(feature = "lambda")]
pub(crate) fn as_recorded(claim: &Map, mut fact: Map) -> Map {
    let Some(Wire::Record(first)) = claim.get(FIRST) else {
        return fact;
    };
    for (name, value) in first {
        match value {
            Wire::Null => fact.remove(name),
            value => fact.insert(name.clone(), value.clone()),
        };
    }
    fact
}

/// Who recorded it, when, and from which bytes.
fn origin(provenance: &Provenance) -> [(String, Wire); 3] {
    let text = |it: &str| Wire::Text(it.to_owned());
    [
        ("_by".to_owned(), text(&provenance.by)),
        (
            "_recorded_at".to_owned(),
            text(&provenance.recorded_at.to_string()),
        ),
        ("_body_sha256".to_owned(), text(&provenance.body_sha256)),
    ]
}

/// The sort key of every item that is no fact.
fn claimed_sort(is_number: bool) -> Wire {
    if is_number {
        Wire::Number("0".to_owned())
    } else {
        Wire::Text("claim".to_owned())
    }
}

/// What ties a transmission to its body; it says who and when as the claim does.
fn of_transmission(
    partition: &str,
    id: &str,
    origin: &[(String, Wire); 3],
) -> Result<Map, Unrecordable> {
    let key = format!("{CLAIM}transmission#{}", identity::escape(id));
    if key.len() > PARTITION_BYTES_MAX {
        return unfit("the transmission's id", "is too long for a key");
    }
    let mut item = Map::from(origin.clone());
    item.insert("_claim".to_owned(), Wire::Text("transmission".to_owned()));
    item.insert(partition.to_owned(), Wire::Text(key));
    Ok(item)
}

fn unfit<T>(field: &str, problem: &'static str) -> Result<T, Unrecordable> {
    Err(Unrecordable::Key(Invalid::new(problem).within(field)))
}

/// The partition of the fact and that of its claim.
fn partitions(name: &str, fields: &Map, identity: &str) -> Result<(String, String), Unrecordable> {
    let Some(Wire::Text(partition)) = fields.get(name) else {
        return unfit(name, "is no text");
    };
    let claimed = format!("{CLAIM}{identity}");
    if partition.is_empty() {
        return unfit(name, "is empty");
    }
    if partition.starts_with(CLAIM) {
        return unfit(name, "begins as only claims may");
    }
    if partition.len().max(claimed.len()) > PARTITION_BYTES_MAX {
        return unfit(name, "is too long for a key");
    }
    Ok((partition.clone(), claimed))
}

fn sort_key<'a>(
    name: &'a str,
    fields: &Map,
    suffix: &str,
) -> Result<(&'a str, Wire), Unrecordable> {
    match fields
        .get(name)
        .and_then(|value| identity::sort_key(value, suffix))
    {
        None => unfit(name, "cannot be a sort key"),
        Some(Wire::Text(text)) if text.len() > SORT_BYTES_MAX => {
            unfit(name, "makes a sort key that is too long")
        }
        Some(key) => Ok((name, key)),
    }
}

/// Refuses an item that DynamoDB would not take for a key of an index. One without the field is fine: it is not in the index.
fn fit_indexes(indexes: &[IndexKeys], item: &Map) -> Result<(), Unrecordable> {
    for index in indexes {
        fit_index(index.partition, item, PARTITION_BYTES_MAX)?;
        if let Some(sort) = index.sort {
            fit_index(sort, item, SORT_BYTES_MAX)?;
        }
    }
    Ok(())
}

fn fit_index(name: &str, item: &Map, bytes_max: usize) -> Result<(), Unrecordable> {
    match item.get(name) {
        Some(Wire::Text(text)) if text.is_empty() => {
            unfit(name, "is empty, which no key of an index may be")
        }
        Some(Wire::Text(text)) if text.len() > bytes_max => {
            unfit(name, "is too long for a key of an index")
        }
        _ => Ok(()),
    }
}

/// Refuses a value that an update would give to a key of an index and that cannot be one.
pub(crate) fn fit_update<T: Table>(name: &str, value: Option<&Wire>) -> Result<(), Unrecordable> {
    let changed = value.map(|it| (name.to_owned(), it.clone()));
    fit_indexes(T::INDEXES, &changed.into_iter().collect())
}

/// The key of an event's item, in the order partition, sort.
pub(crate) fn key_of<T: Holds<E>, E: Event>(fields: &Map) -> Result<Map, Unrecordable> {
    let keys = keys::<T>();
    let identity = identity::of_fact(E::NAME, E::ONCE, fields);
    let (partition, _) = partitions(keys.partition, fields, &identity)?;
    let mut key = Map::from([(keys.partition.to_owned(), Wire::Text(partition))]);
    if let Some(name) = keys.sort {
        let suffix = identity::sort_suffix(E::NAME, E::ONCE, keys.partition, fields);
        let (name, value) = sort_key(name, fields, &suffix)?;
        key.insert(name.to_owned(), value);
    }
    Ok(key)
}

/// The fields of an item as they were written, with the sort field's own value.
#[cfg(feature = "lambda")]
pub(crate) fn fields_of(keys: Keys, item: &Map) -> Map {
    let mut fields = item.clone();
    if let Some(key) = keys.sort.and_then(|name| fields.get_mut(name)) {
        *key = identity::sort_value(key);
    }
    fields.retain(|name, _| !name.starts_with('_'));
    fields
}

/// The event in an item of its table.
pub fn read_fact<T: Table>(mut item: Map) -> Result<T::Fact, Invalid> {
    if let Some(key) = T::SORT.and_then(|name| item.get_mut(name)) {
        *key = identity::sort_value(key);
    }
    let event = String::read(item.get("_event"), None).map_err(|it| it.within("_event"))?;
    T::Fact::read(&event, &Fields::new(&item, None))
}

/// Size of an item as DynamoDB counts it, rounded up: names, values, and 3 bytes around each list and map.
fn map_bytes(map: &Map) -> usize {
    map.iter()
        .map(|(name, wire)| name.len() + 1 + wire_bytes(wire))
        .sum::<usize>()
        + 3
}

fn wire_bytes(wire: &Wire) -> usize {
    match wire {
        Wire::Null | Wire::Bool(_) => 1,
        Wire::Number(digits) => digits.len() / 2 + 2,
        Wire::Text(text) => text.len(),
        Wire::Binary(bytes) => bytes.len(),
        Wire::List(items) => items.iter().map(|it| wire_bytes(it) + 1).sum::<usize>() + 3,
        Wire::Record(map) => map_bytes(map),
    }
}

#[cfg(test)]
pub(crate) mod tests;

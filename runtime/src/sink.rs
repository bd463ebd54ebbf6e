//! What is done with a handler's output after `Ok`: held to what is expected of it, then recorded, written, sent, in the order of the spec.

use crate::bucket::{self, Bucket, Piece};
use crate::channel::{self, Carries, Destination, Post};
use crate::condition::Where;
use crate::context::{Call, Services};
use crate::entry::{self, Entry, Provenance, Unrecordable};
use crate::event::{Event, Holds};
use crate::event_log::{self, Appended, Unavailable};
use crate::identity;
use crate::json;
use crate::telemetry::Outcome;
use crate::value::{Fields, Invalid, Map, Record, Wire};
use crate::{Decimal, EpochMillis, Timestamp};

/// One sink of a route or function, as generated code writes it down.
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    filter: Where,
    to: To,
}

#[derive(Clone, Copy, Debug)]
enum To {
    /// Nowhere: a value that the filter does not hold for stops everything.
    Nowhere,
    Append {
        entry: fn(Map, &Provenance) -> Result<Entry, Unrecordable>,
        reread: fn(&Map) -> Result<Map, Invalid>,
        tying: Tying,
    },
    Write {
        bucket: &'static str,
        key: &'static [Piece],
        /// The name of the value's type, where it is an event.
        event: Option<&'static str>,
    },
    Send {
        to: Destination,
        kind: &'static str,
    },
}

/// What ties a transmission to its body in a table.
type Tying = fn(&str, &Provenance) -> Result<Entry, Unrecordable>;

/// `expect: CONDITION`: what is given back and does not meet it goes nowhere. It stands before all other sinks, so that of several
/// values none is recorded where one is not as expected.
pub const fn expect(condition: Where) -> Sink {
    Sink::of(To::Nowhere).only(condition)
}

/// `append: TABLE`
pub const fn append<T: Holds<E>, E: Event>() -> Sink {
    Sink::of(To::Append {
        entry: Entry::of_fields::<T, E>,
        reread: reread::<E>,
        tying: Entry::tying::<T>,
    })
}

/// `write: BUCKET key "…"`, of an event.
pub const fn write_event<B: Bucket, E: Event>(key: &'static [Piece]) -> Sink {
    Sink::of(To::Write {
        bucket: B::NAME,
        key,
        event: Some(E::NAME),
    })
}

/// `write: BUCKET key "…"`, of any other value.
pub const fn write<B: Bucket>(key: &'static [Piece]) -> Sink {
    Sink::of(To::Write {
        bucket: B::NAME,
        key,
        event: None,
    })
}

/// `send: QUEUE`, `send: TOPIC`, `send: BUS`
pub const fn send<C: Carries<E>, E: Record>() -> Sink {
    Sink::of(To::Send {
        to: C::DESTINATION,
        kind: C::KIND,
    })
}

impl Sink {
    const fn of(to: To) -> Self {
        Self {
            filter: Where::Always,
            to,
        }
    }

    /// The same sink for the values that the condition holds for.
    #[must_use]
    pub const fn only(self, filter: Where) -> Self {
        Self { filter, ..self }
    }
}

/// What a handler gives back: one value, perhaps one, several, or nothing. A sink is done once for each.
pub trait Output {
    /// The fields of each value, in order.
    fn values(&self) -> Vec<Map>;
}

impl<R: Record> Output for R {
    fn values(&self) -> Vec<Map> {
        vec![self.to_fields()]
    }
}

impl<R: Record> Output for Option<R> {
    fn values(&self) -> Vec<Map> {
        self.iter().map(Record::to_fields).collect()
    }
}

impl<R: Record> Output for Vec<R> {
    fn values(&self) -> Vec<Map> {
        self.iter().map(Record::to_fields).collect()
    }
}

/// Values without fields: nothing can be done with them but give them back.
macro_rules! without_fields {
    ($($type:ty),*) => {
        $(impl Output for $type {
            fn values(&self) -> Vec<Map> {
                Vec::new()
            }
        })*
    };
}

without_fields!((), bool, i64, String, Decimal, Timestamp, EpochMillis);

/// The fields of the event as its type writes them, from an item.
fn reread<E: Event>(item: &Map) -> Result<Map, Invalid> {
    E::from_fields(&Fields::new(item, None)).map(|it| it.to_fields())
}

/// What all sinks together came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// `Recorded` when anything is new, `Duplicate` when everything that was appended had been before.
    pub(crate) appended: Option<Appended>,
    /// The last event that was appended: its name and identity.
    pub(crate) event: Option<(&'static str, String)>,
    /// Values that the handler gave.
    pub(crate) values: usize,
}

impl Done {
    pub(crate) fn outcome(&self) -> Outcome {
        match self.appended {
            Some(Appended::Recorded) => Outcome::Recorded,
            Some(Appended::Duplicate) => Outcome::Duplicate,
            Some(Appended::Mismatch) => Outcome::Mismatch,
            None => Outcome::Succeeded,
        }
    }
}

/// Why the sinks did not all happen.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The event had been recorded from other bytes. Nothing after it was done.
    Mismatch {
        event: &'static str,
        identity: String,
        body_sha256: String,
    },
    /// The value is not as `expect:` says. Nothing of it was done.
    Unexpected {
        condition: Where,
        /// The event that would have been recorded, and its identity.
        event: Option<(&'static str, String)>,
        body_sha256: String,
    },
    /// The value can never go there.
    Never { problem: String, too_large: bool },
    /// Not now; all of it is to be tried again.
    NotNow(Unavailable),
}

impl Stopped {
    fn mismatch(entry: &Entry) -> Self {
        Self::Mismatch {
            event: entry.event,
            identity: entry.identity.clone(),
            body_sha256: entry.body_sha256.clone(),
        }
    }

    fn never(problem: &impl std::fmt::Display, too_large: bool) -> Self {
        Self::Never {
            problem: problem.to_string(),
            too_large,
        }
    }
}

impl From<Unavailable> for Stopped {
    fn from(why: Unavailable) -> Self {
        Self::NotNow(why)
    }
}

impl From<Unrecordable> for Stopped {
    fn from(why: Unrecordable) -> Self {
        Self::never(&why, matches!(why, Unrecordable::TooLarge))
    }
}

impl From<channel::Unsendable> for Stopped {
    fn from(why: channel::Unsendable) -> Self {
        Self::never(&why, matches!(why, channel::Unsendable::TooLarge))
    }
}

impl From<bucket::Unwritable> for Stopped {
    fn from(why: bucket::Unwritable) -> Self {
        Self::never(&why, false)
    }
}

/// A value on its way through the sinks: as the handler gave it, and from an append on as it was recorded.
struct Passing {
    fields: Map,
    recorded_at: Option<String>,
    /// Of a duplicate, the item of the fact: where that came from, another delivery may have said in other bytes.
    recorded: Option<Map>,
}

/// What a sink does with one value. It is made before anything is done, so that what is refused is refused whole: a fact that is recorded
/// and can then not be written or sent would be lost, since the sender hears the same refusal each time.
enum Act {
    Append {
        entry: Box<Entry>,
        reread: fn(&Map) -> Result<Map, Invalid>,
    },
    Write {
        bucket: &'static str,
        key: String,
        event: Option<&'static str>,
    },
    Send(Post),
}

impl Sink {
    /// What it does with a value of these fields; nothing where its condition does not hold for them.
    fn act(&self, fields: &Map, call: &Call) -> Result<Option<Act>, Stopped> {
        if !self.filter.holds(fields) {
            return Ok(None);
        }
        Ok(match self.to {
            To::Nowhere => None,
            To::Append { entry, reread, .. } => {
                let entry = Box::new(entry(fields.clone(), &call.provenance())?);
                Some(Act::Append { entry, reread })
            }
            To::Write { bucket, key, event } => {
                let key = bucket::key(key, fields)?;
                Some(Act::Write { bucket, key, event })
            }
            To::Send { to, kind } => {
                let provider = call.provider.as_deref();
                let post = channel::post(to, kind, fields, provider, &call.trace)?;
                Some(Act::Send(post))
            }
        })
    }
}

/// What is to be done with all values, sink by sink; or why nothing of it may be.
fn prepare(sinks: &[Sink], values: &[Passing], call: &Call) -> Result<Vec<Option<Act>>, Stopped> {
    let mut acts = Vec::with_capacity(sinks.len() * values.len());
    for sink in sinks {
        for Passing { fields, .. } in values {
            if matches!(sink.to, To::Nowhere) && !sink.filter.holds(fields) {
                return Err(unexpected(sinks, sink.filter, fields, call));
            }
            acts.push(sink.act(fields, call)?);
        }
    }
    Ok(acts)
}

/// Does every sink, top to bottom, for every value.
pub(crate) async fn perform(
    sinks: &[Sink],
    values: Vec<Map>,
    services: &Services,
    call: &Call,
) -> Result<Done, Stopped> {
    let mut done = Done {
        values: values.len(),
        ..Done::default()
    };
    let passing = |fields| Passing {
        fields,
        recorded_at: None,
        recorded: None,
    };
    let mut values: Vec<Passing> = values.into_iter().map(passing).collect();
    let mut prepared = prepare(sinks, &values, call)?.into_iter();
    for (index, sink) in sinks.iter().enumerate() {
        let is_last = index + 1 == sinks.len();
        for value in &mut values {
            let of_given = prepared.next().flatten();
            // A duplicate goes on as it was recorded, which may differ from what was given.
            let act = match &value.recorded {
                Some(_) => sink.act(&value.fields, call)?,
                None => of_given,
            };
            match act {
                None => {}
                Some(Act::Append { entry, reread }) => {
                    record(&entry, value, &mut done, (services, call)).await?;
                    if value.recorded_at.is_none() && !is_last {
                        *value = read_back(&entry, reread, services).await?;
                    }
                }
                Some(Act::Write { bucket, key, event }) => {
                    let bytes = object(value, event, call).into_bytes();
                    let objects = &services.objects;
                    let put = objects.put(bucket, &key, "application/json", bytes, call.deadline);
                    put.await?;
                }
                Some(Act::Send(post)) => services.channels.post(&post, call.deadline).await?,
            }
        }
    }
    Ok(done)
}

/// Says of a value that is not as expected what it is known by, so that somebody can find out what came.
fn unexpected(sinks: &[Sink], condition: Where, fields: &Map, call: &Call) -> Stopped {
    let entry = sinks.iter().find_map(|it| match it.to {
        To::Append { entry, .. } if it.filter.holds(fields) => {
            entry(fields.clone(), &call.provenance()).ok()
        }
        _ => None,
    });
    Stopped::Unexpected {
        condition,
        event: entry.map(|it| (it.event, it.identity)),
        body_sha256: call.body_sha256.clone(),
    }
}

/// Ties a transmission to its body in the first table that anything of it may be recorded in, before a handler sees the body: whatever
/// the handler then does or a sink sends is done for one body only. Nothing is to be done where the signature covers the body.
pub(crate) async fn tie(
    sinks: impl Iterator<Item = Sink>,
    services: &Services,
    call: &Call,
) -> Result<(), Stopped> {
    let tying = |sink: Sink| match sink.to {
        To::Append { tying, .. } => Some(tying),
        _ => None,
    };
    let Some(transmission) = &call.transmission else {
        return Ok(());
    };
    let Some(tying) = { sinks }.find_map(tying) else {
        return Ok(());
    };
    let entry = tying(transmission, &call.provenance())?;
    match services.log.append(&entry, call.deadline).await? {
        Appended::Mismatch => Err(Stopped::mismatch(&entry)),
        Appended::Recorded | Appended::Duplicate => Ok(()),
    }
}

/// Appends one value and adds to what has been done. A new fact is what it was given as.
async fn record(
    entry: &Entry,
    value: &mut Passing,
    done: &mut Done,
    (services, call): (&Services, &Call),
) -> Result<(), Stopped> {
    let appended = services.log.append(entry, call.deadline).await?;
    match appended {
        Appended::Recorded => {
            value.recorded_at = Some(call.started_at.to_string());
            done.appended = Some(Appended::Recorded);
        }
        Appended::Duplicate => {
            value.recorded_at = None;
            done.appended.get_or_insert(Appended::Duplicate);
        }
        Appended::Mismatch => {
            return Err(Stopped::mismatch(entry));
        }
    }
    done.event = Some((entry.event, entry.identity.clone()));
    Ok(())
}

/// The event as it was recorded, for the sinks after a duplicate: defaults that differ between deliveries must not reach them.
async fn read_back(
    entry: &Entry,
    reread: fn(&Map) -> Result<Map, Invalid>,
    services: &Services,
) -> Result<Passing, Stopped> {
    let item = event_log::recorded(&*services.log, entry).await?;
    let fields = reread(&entry::fields_of(entry.keys, &item));
    let fields = fields.map_err(|it| Unavailable::new("fact_unreadable", it.to_string()))?;
    let recorded_at = match item.get("_recorded_at") {
        Some(Wire::Text(text)) => text.clone(),
        _ => String::new(),
    };
    Ok(Passing {
        fields,
        recorded_at: Some(recorded_at),
        recorded: Some(item),
    })
}

/// The object of a value: its fields and where it came from. The instant of recording is there when it was recorded, so that a second
/// delivery writes the same bytes.
fn object(value: &Passing, event: Option<&'static str>, call: &Call) -> String {
    let mut object = value.fields.clone();
    let text = |it: &str| Wire::text(it);
    if let Some(event) = event {
        object.insert("_event".to_owned(), text(event));
    }
    if let Some(at) = &value.recorded_at {
        object.insert("_recorded_at".to_owned(), text(at));
    }
    let origin = match &value.recorded {
        Some(item) => ["_body_sha256", "_body"].map(|name| (name, item.get(name).cloned())),
        None => [
            ("_body_sha256", Some(text(&call.body_sha256))),
            ("_body", call.provenance().body()),
        ],
    };
    for (name, it) in origin {
        object.extend(it.map(|it| (name.to_owned(), it)));
    }
    json::write(&object)
}

/// What makes an event one fact, where a value has every field of it: what its `append` records is known by it before it is made.
pub(crate) fn identity_in(event: &'static str, once: &[&str], fields: &Map) -> Option<String> {
    let whole = once.iter().all(|it| fields.contains_key(*it));
    whole.then(|| identity::of_fact(event, once, fields))
}

#[cfg(test)]
mod tests;

//! `on: TABLE`: records of a table's stream, in order, and the first that is to come again.
//!
//! AWS: "Using Lambda with DynamoDB", "Reporting batch item failures": the stream goes on from the lowest sequence number that is reported.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::queue::Failures;
use super::{KnownBy, Message};
use crate::condition::Where;
use crate::context::Context;
use crate::entry::{self, Keys};
use crate::event::{Event, Holds};
use crate::lambda::{Invocation, Reply};
use crate::sink::{Output, Sink};
use crate::value::{Map, Value, Wire};
use crate::{Failure, Receipt, Timestamp, Trace, json};

/// The newly recorded events that a function is called with.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    table: &'static str,
    keys: Keys,
    event: &'static str,
    filter: Where,
    known_by: KnownBy,
}

/// Every new `E` of the table `T` that the condition holds for.
pub const fn stream<T: Holds<E>, E: Event>(filter: Where) -> Stream {
    Stream {
        table: T::NAME,
        keys: Keys {
            partition: T::PARTITION,
            sort: T::SORT,
        },
        event: E::NAME,
        filter,
        known_by: Some((E::NAME, E::ONCE)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<'a> {
    #[serde(borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_name: String,
    #[serde(borrow)]
    dynamodb: Change<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change<'a> {
    sequence_number: String,
    #[serde(borrow)]
    new_image: Option<&'a RawValue>,
}

impl Invocation {
    /// Serves a batch of a stream. It ends at the first record that fails, which comes again with all behind it.
    pub async fn stream<I, O, X, H>(self, from: &Stream, handler: H, sinks: &[Sink]) -> Reply
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        if let Some(incoming) = self.asked_by_url() {
            return self.reply(incoming).await;
        }
        let read = serde_json::from_str(self.payload());
        let batch: Batch<'_> = match read {
            Ok(batch) => batch,
            Err(_) => return self.unreadable("a batch of a table's stream"),
        };
        let mut failed = None;
        for record in &batch.records {
            // An id that is empty would fail the whole batch, again and again.
            if record.dynamodb.sequence_number.is_empty() {
                return self.unreadable("a batch of a table's stream: a record has no number");
            }
            let Some(message) = self.message_of(from, record) else {
                continue;
            };
            let handled = self.handle(message, from.known_by, &handler, sinks).await;
            if handled.is_err() {
                failed = Some(record.dynamodb.sequence_number.clone());
                break;
            }
        }
        self.give(&Failures::of(failed))
    }

    /// The record as a message; nothing where it is none of the events that the function is for: a claim, another event, a change.
    fn message_of(&self, from: &Stream, record: &Record<'_>) -> Option<Message> {
        if record.event_name != "INSERT" {
            return None;
        }
        let image = record.dynamodb.new_image?.get();
        let number = &record.dynamodb.sequence_number;
        let item = json::parse(image.as_bytes()).map_err(|it| it.to_string());
        let item = item.and_then(|it| item_of(it).ok_or_else(|| "no item".to_owned()));
        let text = |name: &str| match item.as_ref().ok()?.get(name)? {
            Wire::Text(text) => Some(text.clone()),
            _ => None,
        };
        let (event, trace, recorded_at) = (text("_event"), text("_trace"), text("_recorded_at"));
        let wire = match item {
            Ok(item) => {
                let fields = entry::fields_of(from.keys, &item);
                if event.as_deref() != Some(from.event) || !from.filter.holds(&fields) {
                    return None;
                }
                Ok(fields)
            }
            Err(problem) => Err(problem),
        };
        let received_at = recorded_at.and_then(|it| it.parse::<Timestamp>().ok());
        let bytes = wire.as_ref().map(json::write).unwrap_or_default();
        Some(Message {
            heading: format!("{} {number}", from.table),
            receipt: Receipt::new(
                bytes.as_bytes(),
                received_at.unwrap_or_else(|| self.started_at()),
            ),
            wire: wire.map(Wire::Record),
            id: format!("{}/{number}", from.table),
            scope: None,
            trace: trace.as_deref().and_then(Trace::parse),
            case: None,
            by: format!("function {} from {}", self.function(), from.table),
            filter: Where::Always,
        })
    }
}

/// An item in DynamoDB's JSON: `{"id": {"S": "pay_1"}}`.
fn item_of(wire: Wire) -> Option<Map> {
    let Wire::Record(attributes) = wire else {
        return None;
    };
    let attribute = |(name, it)| Some((name, value_of(it)?));
    attributes.into_iter().map(attribute).collect()
}

fn value_of(attribute: Wire) -> Option<Wire> {
    let Wire::Record(typed) = attribute else {
        return None;
    };
    match typed.into_iter().next()? {
        (kind, Wire::Text(text)) => match kind.as_str() {
            "S" => Some(Wire::Text(text)),
            "N" => Some(Wire::Number(text)),
            // No field of an event is bytes; what is kept of a body is not read here.
            "B" => Some(Wire::Text(text)),
            _ => None,
        },
        (kind, Wire::Bool(it)) => match kind.as_str() {
            "BOOL" => Some(Wire::Bool(it)),
            "NULL" => Some(Wire::Null),
            _ => None,
        },
        (kind, Wire::List(items)) if kind == "L" => {
            let items: Option<Vec<Wire>> = items.into_iter().map(value_of).collect();
            items.map(Wire::List)
        }
        (kind, map @ Wire::Record(_)) if kind == "M" => item_of(map).map(Wire::Record),
        _ => None,
    }
}

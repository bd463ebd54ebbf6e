//! Queues, topics and buses as types, what is posted to them, and the service that posts it.

use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::event_log::{Local, Unavailable};
use crate::receipt::hex;
use crate::value::{Map, Record, Wire};
use crate::{Trace, json};

/// Largest message of a queue, in bytes. AWS: "Amazon SQS message quotas".
const QUEUE_BYTES_MAX: usize = 1024 * 1024;
/// Largest message of a topic and largest entry of a bus, in bytes. AWS: "Amazon SNS quotas", "Amazon EventBridge quotas".
const EVENT_BYTES_MAX: usize = 256 * 1024;
/// Longest subject of an alert, in characters. AWS: SNS `Publish`, `Subject`.
const SUBJECT_LENGTH_MAX: usize = 100;
/// Longest group of a FIFO queue, in characters. AWS: SQS `SendMessage`, `MessageGroupId`.
const GROUP_LENGTH_MAX: usize = 128;

/// A queue, topic or bus of the spec.
pub trait Channel: Copy + 'static {
    /// Where it leads.
    const DESTINATION: Destination;
}

/// A channel that may be sent an `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take `{E}`",
    label = "this is not what is sent to `{Self}`",
    note = "a topic's or bus's `holds:` lists what it takes; a queue takes what its `on:` consumer reads"
)]
pub trait Carries<E: Record>: Channel {
    /// What the message says it is: the event's name, or what a bus calls it with `as`.
    const KIND: &'static str;
}

/// A topic that takes alerts: a subject and a text for people.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no alerts",
    label = "not a topic for people",
    note = "a topic without `holds:` takes alerts"
)]
pub trait Alerts: Channel {}

/// Where a channel leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A queue in SQS.
    Queue {
        /// Declared name; of a family the family's.
        name: &'static str,
        /// A family has one queue for each provider; the call's provider says which.
        per_provider: bool,
        /// What orders messages, where it is a FIFO queue.
        fifo: Option<Fifo>,
    },
    /// A topic in SNS.
    Topic {
        /// Declared name.
        name: &'static str,
    },
    /// A bus in EventBridge.
    Bus {
        /// Declared name.
        name: &'static str,
        /// `source` of everything that is sent.
        source: &'static str,
    },
}

/// What a FIFO queue wants beside the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fifo {
    /// The field whose text is the group.
    pub group: &'static str,
    /// `dedupe: content`: the queue itself tells equal bodies.
    pub by_content: bool,
}

/// One message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// To a queue.
    Queue {
        /// Declared name, of a member `lane_stripe`.
        queue: String,
        /// The value as JSON.
        body: String,
        /// FIFO: messages of one group are taken in order.
        group: Option<String>,
        /// FIFO: two messages with one such id within five minutes are one.
        deduplication_id: Option<String>,
        /// The X-Ray trace header.
        trace: String,
    },
    /// To a topic.
    Topic {
        /// Declared name.
        topic: &'static str,
        /// The value as JSON.
        body: String,
        /// The string attribute `event`, which subscriptions filter on.
        event: &'static str,
    },
    /// To people.
    Alert {
        /// Declared name of the topic.
        topic: &'static str,
        /// At most 100 printable ASCII characters.
        subject: String,
        /// The message.
        text: String,
    },
    /// To a bus.
    Bus {
        /// Declared name.
        bus: &'static str,
        /// `source`
        source: &'static str,
        /// `detail-type`
        detail_type: &'static str,
        /// The value as JSON, decimals as numbers.
        detail: String,
        /// The X-Ray trace header.
        trace: String,
    },
}

impl Post {
    /// Declared name of the queue, topic or bus.
    pub fn to(&self) -> &str {
        match self {
            Self::Queue { queue, .. } => queue,
            Self::Topic { topic, .. } | Self::Alert { topic, .. } => topic,
            Self::Bus { bus, .. } => bus,
        }
    }
}

/// Why a value cannot be a message. It would not become one on a second try either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// Larger than the service takes.
    TooLarge,
    /// The field that orders messages is absent, empty or no text that SQS takes as a group.
    Group(&'static str),
    /// A family's member is wanted where no provider is known.
    NoProvider(&'static str),
}

impl std::fmt::Display for Unsendable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the value is larger than a message may be"),
            Self::Group(field) => write!(f, "`{field}` is no text that can order messages"),
            Self::NoProvider(family) => {
                write!(f, "no provider says which member of `{family}` is meant")
            }
        }
    }
}

impl std::error::Error for Unsendable {}

/// The message that carries these fields. `kind` is what [`Carries::KIND`] says, `provider` the one that the call is about.
pub(crate) fn post(
    to: Destination,
    kind: &'static str,
    fields: &Map,
    provider: Option<&str>,
    trace: &Trace,
) -> Result<Post, Unsendable> {
    let body = json::write(fields);
    // Topics and buses count what stands beside the body too.
    let (bytes_beside, bytes_max) = match to {
        Destination::Queue { .. } => (0, QUEUE_BYTES_MAX),
        Destination::Topic { .. } => ("eventString".len() + kind.len(), EVENT_BYTES_MAX),
        Destination::Bus { source, .. } => (source.len() + kind.len(), EVENT_BYTES_MAX),
    };
    if body.len() + bytes_beside > bytes_max {
        return Err(Unsendable::TooLarge);
    }
    let trace = trace.to_string();
    Ok(match to {
        Destination::Queue {
            name,
            per_provider,
            fifo,
        } => {
            let queue = match (per_provider, provider) {
                (false, _) => name.to_owned(),
                (true, Some(provider)) => format!("{name}_{provider}"),
                (true, None) => return Err(Unsendable::NoProvider(name)),
            };
            let group = fifo.map(|it| group(fields, it.group)).transpose()?;
            let own_id = fifo.filter(|it| !it.by_content);
            let deduplication_id = own_id.map(|_| hex(&Sha256::digest(&body)));
            Post::Queue {
                queue,
                body,
                group,
                deduplication_id,
                trace,
            }
        }
        Destination::Topic { name } => Post::Topic {
            topic: name,
            body,
            event: kind,
        },
        Destination::Bus { name, source } => Post::Bus {
            bus: name,
            source,
            detail_type: kind,
            detail: body,
            trace,
        },
    })
}

/// The text that orders messages. What SQS does not take as a group is replaced by its hash, which orders just as well.
fn group(fields: &Map, field: &'static str) -> Result<String, Unsendable> {
    let text = match fields.get(field) {
        Some(Wire::Text(text) | Wire::Number(text)) => text.clone(),
        Some(Wire::Bool(it)) => it.to_string(),
        _ => return Err(Unsendable::Group(field)),
    };
    if text.is_empty() {
        return Err(Unsendable::Group(field));
    }
    let fits = text.len() <= GROUP_LENGTH_MAX && text.bytes().all(|it| it.is_ascii_graphic());
    Ok(if fits {
        text
    } else {
        hex(&Sha256::digest(&text))
    })
}

/// An alert. The subject is made what SNS takes: printable ASCII, in one line, of at most 100 characters, not empty.
pub(crate) fn alert(topic: &'static str, subject: &str, text: &str) -> Result<Post, Unsendable> {
    if text.len() > EVENT_BYTES_MAX {
        return Err(Unsendable::TooLarge);
    }
    let printable = |it: char| {
        if it.is_ascii_graphic() || it == ' ' {
            it
        } else {
            '?'
        }
    };
    let subject: String = subject
        .trim()
        .chars()
        .map(printable)
        .take(SUBJECT_LENGTH_MAX)
        .collect();
    let subject = if subject.is_empty() {
        topic.to_owned()
    } else {
        subject
    };
    // SNS refuses an empty message.
    let text = if text.is_empty() {
        subject.clone()
    } else {
        text.to_owned()
    };
    Ok(Post::Alert {
        topic,
        subject,
        text,
    })
}

/// What posts messages.
pub(crate) trait Channels {
    /// Posts it, or says why it is not known to be posted. It tries again what is worth it until `deadline`.
    fn post<'a>(&'a self, post: &'a Post, deadline: Instant) -> Local<'a, Result<(), Unavailable>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        Trace::new_root("r", 0)
    }

    fn fields(payment_id: &str) -> Map {
        crate::value::map([
            ("payment_id", Some(Wire::text(payment_id))),
            ("amount", Some(Wire::number("99.90"))),
        ])
    }

    const LANE: Destination = Destination::Queue {
        name: "lane",
        per_provider: true,
        fifo: Some(Fifo {
            group: "payment_id",
            by_content: false,
        }),
    };

    #[test]
    fn a_family_leads_to_the_provider_of_the_call() {
        let sent = post(
            LANE,
            "Notification",
            &fields("pay_1"),
            Some("stripe"),
            &trace(),
        )
        .unwrap();
        let Post::Queue {
            queue,
            body,
            group,
            deduplication_id,
            ..
        } = sent
        else {
            panic!("a queue's message")
        };
        assert_eq!(
            (queue.as_str(), group.as_deref()),
            ("lane_stripe", Some("pay_1"))
        );
        assert_eq!(body, r#"{"amount":99.90,"payment_id":"pay_1"}"#);
        assert_eq!(deduplication_id.map(|it| it.len()), Some(64));
        assert_eq!(
            post(LANE, "Notification", &fields("pay_1"), None, &trace()),
            Err(Unsendable::NoProvider("lane"))
        );
    }

    #[test]
    fn what_cannot_order_messages_is_refused_or_hashed() {
        let group = |text: &str| group(&fields(text), "payment_id");
        assert_eq!(group("pay_1").as_deref(), Ok("pay_1"));
        assert_eq!(group("a b").map(|it| it.len()), Ok(64));
        assert_eq!(group(&"x".repeat(129)).map(|it| it.len()), Ok(64));
        assert_eq!(group(""), Err(Unsendable::Group("payment_id")));
        assert_eq!(
            super::group(&Map::new(), "payment_id"),
            Err(Unsendable::Group("payment_id"))
        );
    }

    #[test]
    fn a_value_too_large_for_its_service_is_no_message() {
        let wide = crate::value::map([("note", Some(Wire::text(&"x".repeat(EVENT_BYTES_MAX))))]);
        let topic = Destination::Topic { name: "t" };
        assert_eq!(
            post(topic, "E", &wide, None, &trace()),
            Err(Unsendable::TooLarge)
        );
        let queue = Destination::Queue {
            name: "q",
            per_provider: false,
            fifo: None,
        };
        assert!(post(queue, "E", &wide, None, &trace()).is_ok());

        // As large as it may be without what says which event it is.
        let note = "x".repeat(EVENT_BYTES_MAX - r#"{"note":""}"#.len());
        let full = crate::value::map([("note", Some(Wire::text(&note)))]);
        let bus = Destination::Bus {
            name: "b",
            source: "s",
        };
        for to in [topic, bus] {
            let sent = post(to, "E", &full, None, &trace());
            assert_eq!(sent, Err(Unsendable::TooLarge));
        }
    }

    #[test]
    fn a_subject_is_one_line_of_ascii() {
        let subject = |text: &str| match alert("ops", text, "t").unwrap() {
            Post::Alert { subject, .. } => subject,
            other => panic!("{other:?}"),
        };
        assert_eq!(subject("Zahlung über\n10000 €"), "Zahlung ?ber?10000 ?");
        assert_eq!(subject(&"x".repeat(200)).len(), 100);
        assert_eq!(subject(" "), "ops");
    }
}

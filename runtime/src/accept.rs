//! `accept:` of a route: which of a provider's events its handler takes, and the record of every delivery that is none of them.
//!
//! A provider that hears errors switches the endpoint off, and one that hears 200 forgets the delivery. So a delivery whose signature
//! holds, but whose type is not accepted or whose body is not as its type is described, is recorded with its raw body, counted, and
//! answered 200.

use crate::described::Object;
use crate::event::{Event, Holds};
use crate::metric::{self, Metric};
use crate::route::{FromRequest, Unreadable};
use crate::sink::{self, Sink};
use crate::value::{Fields, Invalid, Map, Wire};
use crate::{Receipt, Request, json};

/// What a route accepts, as generated code writes it down.
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    /// How each sender's bodies say what they are; by the declared name of the provider where the path names it, else the only one.
    pub senders: &'static [(&'static str, Envelope)],
    /// Where everything else is recorded.
    pub other: Other,
}

/// How a provider's deliveries say what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `stripe`
    pub provider: &'static str,
    /// Where the event's type stands.
    pub event_type: Place,
    /// Where the provider's id of the event stands; it may give none.
    pub event_id: Option<Place>,
}

/// Where in a delivery something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the body, at this path.
    Body(&'static str),
    /// In this header. No signature covers it, so it is a hint: what is read by it must still be as its type is described.
    Header(&'static str),
}

/// The event that a delivery is recorded as which is not accepted, and its table.
#[derive(Clone, Copy, Debug)]
pub struct Other {
    append: Sink,
    fields: fn(&Fields<'_>) -> Result<Map, Invalid>,
    event: &'static str,
}

/// `other: TABLE`, which holds this event.
pub const fn other<T: Holds<E>, E: Event>() -> Other {
    Other {
        append: sink::append::<T, E>(),
        fields: own_fields::<E>,
        event: E::NAME,
    }
}

fn own_fields<E: Event>(fields: &Fields<'_>) -> Result<Map, Invalid> {
    E::from_fields(fields).map(|it| it.to_fields())
}

impl Accept {
    /// The envelope of what this provider sends.
    pub(crate) fn envelope(&self, provider: Option<&str>) -> Option<&Envelope> {
        let of = |it: &&(&str, Envelope)| provider.is_none_or(|provider| provider == it.0);
        self.senders.iter().find(of).map(|it| &it.1)
    }
}

impl Other {
    pub(crate) fn append(&self) -> Sink {
        self.append
    }

    /// Name of the event.
    pub(crate) fn event(&self) -> &'static str {
        self.event
    }

    /// The fields of the event: what is known of the delivery under the names that the compiler lets the event have, and its defaults.
    pub(crate) fn fields(
        &self,
        it: &Unaccepted,
        provider: Option<&str>,
        receipt: &Receipt,
    ) -> Result<Map, Invalid> {
        let text = |it: &str| Some(Wire::text(it));
        let known = [
            ("body_sha256", text(&receipt.body_sha256())),
            ("provider", provider.or(it.provider).and_then(text)),
            ("event_type", it.event_type.as_deref().and_then(text)),
            ("event_id", it.event_id.as_deref().and_then(text)),
            ("reason", text(it.reason.as_str())),
            ("problem", it.problem.as_deref().and_then(text)),
        ];
        (self.fields)(&Fields::new(&crate::value::map(known), Some(receipt)))
    }
}

/// Why a genuine delivery is not for the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its type is not among those that the route accepts.
    UnknownType,
    /// It is no JSON, says no type, or is not as its type is described.
    Unreadable,
}

impl Reason {
    /// As it is recorded.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown_type",
            Self::Unreadable => "unreadable",
        }
    }

    /// The metric that counts it.
    pub(crate) fn metric(self) -> Metric {
        match self {
            Self::UnknownType => metric::UNKNOWN_TYPE,
            Self::Unreadable => metric::UNREADABLE,
        }
    }
}

/// A genuine delivery that is not for the handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unaccepted {
    provider: Option<&'static str>,
    event_type: Option<String>,
    event_id: Option<String>,
    reason: Reason,
    /// Where and what; never a value of the body.
    problem: Option<String>,
}

impl Unaccepted {
    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }

    /// For the log.
    pub(crate) fn summary(&self) -> String {
        let parts = [
            Some(self.reason.as_str()),
            self.event_type.as_deref(),
            self.problem.as_deref(),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        parts.join(": ")
    }
}

/// The enum of what a handler takes; generated code implements it.
pub trait Accepted: Sized {
    /// Reads a body of this type of event; `None` where the route does not accept it.
    fn read(provider: &str, event_type: &str, body: &Wire) -> Result<Option<Self>, Invalid>;
}

/// One of the events that the route accepts.
#[derive(Debug)]
pub struct OneOf<A>(pub A);

impl<A: Accepted> FromRequest for OneOf<A> {
    fn from_request(
        request: Request,
        _: &Receipt,
        envelope: Option<&Envelope>,
    ) -> Result<Self, Unreadable> {
        one_of(&request, envelope).map_err(|it| Unreadable::Unaccepted(Box::new(it)))
    }
}

fn one_of<A: Accepted>(
    request: &Request,
    envelope: Option<&Envelope>,
) -> Result<OneOf<A>, Unaccepted> {
    let mut unaccepted = Unaccepted {
        provider: envelope.map(|it| it.provider),
        event_type: None,
        event_id: None,
        reason: Reason::Unreadable,
        problem: None,
    };
    let Some(envelope) = envelope else {
        unaccepted.reason = Reason::UnknownType;
        return Err(unaccepted);
    };
    let unreadable = |mut it: Unaccepted, problem: &dyn std::fmt::Display| {
        it.problem = Some(problem.to_string());
        it
    };
    let body = match json::parse(&request.body) {
        Ok(it) => it,
        Err(problem) => return Err(unreadable(unaccepted, &problem)),
    };
    unaccepted.event_id = envelope
        .event_id
        .and_then(|it| it.find(request, &body).ok().flatten());
    let event_type = match envelope.event_type.find(request, &body) {
        Ok(Some(it)) => it,
        Ok(None) => return Err(unreadable(unaccepted, &"it does not say its type")),
        Err(problem) => return Err(unreadable(unaccepted, &problem)),
    };
    let read = A::read(envelope.provider, &event_type, &body);
    unaccepted.event_type = Some(event_type);
    match read {
        Ok(Some(it)) => Ok(OneOf(it)),
        Ok(None) => {
            unaccepted.reason = Reason::UnknownType;
            Err(unaccepted)
        }
        Err(problem) => Err(unreadable(unaccepted, &problem)),
    }
}

impl Place {
    fn find(self, request: &Request, body: &Wire) -> Result<Option<String>, Invalid> {
        match self {
            Self::Body(path) => Object::of(body)?.get(path, crate::described::text),
            Self::Header(name) => Ok(request.header(name).map(str::to_owned)),
        }
    }
}

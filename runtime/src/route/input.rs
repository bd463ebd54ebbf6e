//! What a route's handler takes, from the request: a type of the spec, read from the body, or the request itself.

use crate::accept::{Envelope, Unaccepted};
use crate::value::{Invalid, Value};
use crate::{Receipt, Request, json};

/// Why a request cannot be what a handler takes.
#[derive(Debug)]
pub enum Unreadable {
    /// The body is no JSON.
    NotJson(json::NotJson),
    /// It is not of its type.
    Invalid(Invalid),
    /// It is none of what the route accepts, which is no fault of the sender's.
    Unaccepted(Box<Unaccepted>),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson(it) => it.fmt(f),
            Self::Invalid(it) => it.fmt(f),
            Self::Unaccepted(it) => f.write_str(&it.summary()),
        }
    }
}

/// What a route's handler can take: a type of the spec, read from the body as JSON, one of the events that the route accepts, or the
/// request itself.
pub trait FromRequest: Sized {
    /// Reads it. The envelope is there where the route says what it accepts of this sender.
    fn from_request(
        request: Request,
        receipt: &Receipt,
        envelope: Option<&Envelope>,
    ) -> Result<Self, Unreadable>;
}

impl<V: Value> FromRequest for V {
    fn from_request(
        request: Request,
        receipt: &Receipt,
        _: Option<&Envelope>,
    ) -> Result<Self, Unreadable> {
        let wire = json::parse(&request.body).map_err(Unreadable::NotJson)?;
        V::read(Some(&wire), Some(receipt)).map_err(Unreadable::Invalid)
    }
}

impl FromRequest for Request {
    fn from_request(
        request: Request,
        _: &Receipt,
        _: Option<&Envelope>,
    ) -> Result<Self, Unreadable> {
        Ok(request)
    }
}

//! What a route's handler takes, from the request: a type of the spec, read from the body, or the request itself.

use crate::value::{Invalid, Value};
use crate::{Receipt, Request, json};

/// Why a request cannot be what a handler takes.
#[derive(Debug)]
pub enum Unreadable {
    /// The body is no JSON.
    NotJson(json::NotJson),
    /// It is not of its type.
    Invalid(Invalid),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson(it) => it.fmt(f),
            Self::Invalid(it) => it.fmt(f),
        }
    }
}

/// What a route's handler can take: a type of the spec, read from the body as JSON, or the request itself.
pub trait FromRequest: Sized {
    /// Reads it.
    fn from_request(request: Request, receipt: &Receipt) -> Result<Self, Unreadable>;
}

impl<V: Value> FromRequest for V {
    fn from_request(request: Request, receipt: &Receipt) -> Result<Self, Unreadable> {
        let wire = json::parse(&request.body).map_err(Unreadable::NotJson)?;
        V::read(Some(&wire), Some(receipt)).map_err(Unreadable::Invalid)
    }
}

impl FromRequest for Request {
    fn from_request(request: Request, _: &Receipt) -> Result<Self, Unreadable> {
        Ok(request)
    }
}

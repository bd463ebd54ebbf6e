//! Values and their types: what an event, a record or an error is made of.

use super::Origin;

/// The type of a value on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    String,
    /// 64-bit signed whole number.
    Int,
    /// Exact decimal; a JSON number on the wire of webhooks, N in DynamoDB.
    Decimal,
    /// `true` or `false`.
    Bool,
    /// An instant to the millisecond, RFC 3339 on the wire, S in DynamoDB.
    Timestamp,
    /// An instant as whole milliseconds since 1970 on the wire, N in DynamoDB.
    EpochMillis,
    /// One of the named variants; S in DynamoDB.
    Enum(Vec<String>),
    /// A declared `type`.
    Record(String),
    /// A declared `event`.
    Event(String),
    /// `[T]`
    List(Box<Type>),
    /// `T?`
    Optional(Box<Type>),
    /// `Provider`: one of the declared providers; a string on the wire, S in DynamoDB.
    Provider,
    /// `Request`: the raw body, headers, path; only as the input of a route's handler.
    Request,
    /// `Accepted`: one of the events that the route accepts; only as the input of its handler.
    Accepted,
}

impl Type {
    /// The type without its `?`.
    pub fn base(&self) -> &Type {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }
}

/// What stands after `=` in a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Default {
    /// A literal of the field's type.
    Literal(Literal),
    /// `received_at`: when the webhook arrived.
    ReceivedAt,
    /// `uuid`: derived from the raw body, so that a second delivery gets the same one.
    Uuid,
}

/// A constant in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `"text"`
    String(String),
    /// `12` or `12.50`, digits as written.
    Number(String),
    /// `true`, `false`
    Bool(bool),
    /// A variant of an enum: `pending`.
    Variant(String),
}

/// One field of a record, event or error.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Wire name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What an absent field becomes.
    pub default: Option<Default>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared (of a spread field: where the spread's source declares it).
    pub origin: Origin,
}

/// A `type` or `error`: fields in order of declaration, spreads expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Declared name.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A fact that is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Declared name.
    pub name: String,
    /// Fields in order, spreads expanded.
    pub fields: Vec<Field>,
    /// The fields of `once …`: two deliveries equal in these are one fact.
    pub once: Vec<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

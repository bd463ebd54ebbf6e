//! Values on the wire: one tree for JSON and for DynamoDB items, and how typed values are read from it and written to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::{Decimal, EpochMillis, Receipt, Timestamp};

/// Fields by their wire name.
pub type Map = BTreeMap<String, Wire>;

/// A value as JSON and DynamoDB both know it. Numbers keep the digits that they were written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `null`, NULL
    Null,
    /// `true`, BOOL
    Bool(bool),
    /// A number's text, N
    Number(String),
    /// A string, S
    Text(String),
    /// Bytes, B; JSON has none
    Binary(Vec<u8>),
    /// An array, L
    List(Vec<Wire>),
    /// An object, M
    Record(Map),
}

/// Why a value is not of its type: where, and what it should be. It never holds the value itself, which may be a card number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    path: String,
    problem: Cow<'static, str>,
}

impl Invalid {
    /// A problem of the value at hand, worded to follow its name: `is missing`.
    pub const fn new(problem: &'static str) -> Self {
        Self {
            path: String::new(),
            problem: Cow::Borrowed(problem),
        }
    }

    /// A problem that lists what is allowed; the parts come from the spec, never from the value.
    pub fn not_one_of(allowed: &[&str]) -> Self {
        Self {
            path: String::new(),
            problem: format!("is not one of {}", allowed.join(", ")).into(),
        }
    }

    /// The same problem, seen from the record that holds the value in this field.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{field}{dot}{}", self.path);
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "the value {}", self.problem),
            path => write!(f, "`{path}` {}", self.problem),
        }
    }
}

impl std::error::Error for Invalid {}

/// A type that may stand in a field.
pub trait Value: Sized {
    /// Reads it; `None` means that the field is not there. A receipt is there when the value comes from a webhook.
    fn read(wire: Option<&Wire>, receipt: Option<&Receipt>) -> Result<Self, Invalid>;

    /// Writes it; `None` leaves the field out.
    fn write(&self) -> Option<Wire>;
}

/// A type with named fields. Generated code implements it for every event, type and error of a spec.
pub trait Record: Sized {
    /// Reads every field.
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid>;

    /// Writes every field under its wire name.
    fn to_fields(&self) -> Map;
}

/// The fields that a record is read from.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    map: &'a Map,
    receipt: Option<&'a Receipt>,
}

impl<'a> Fields<'a> {
    /// Fields of a webhook's body (with its receipt) or of anything else (without).
    pub fn new(map: &'a Map, receipt: Option<&'a Receipt>) -> Self {
        Self { map, receipt }
    }

    /// The field, which must be there unless its type is optional.
    pub fn get<T: Value>(&self, name: &str) -> Result<T, Invalid> {
        T::read(self.map.get(name), self.receipt).map_err(|it| it.within(name))
    }

    /// The field, or the constant that stands after `=` in the spec.
    pub fn get_or<T: Value>(&self, name: &str, default: Wire) -> Result<T, Invalid> {
        if self.map.contains_key(name) {
            return self.get(name);
        }
        T::read(Some(&default), self.receipt).map_err(|it| it.within(name))
    }

    /// The field, or when the webhook arrived: `= received_at`.
    pub fn get_or_received_at<T: Value>(&self, name: &str) -> Result<T, Invalid> {
        match self.receipt {
            Some(receipt) if !self.map.contains_key(name) => {
                let now = receipt.received_at();
                // A timestamp is text on the wire, `epoch_millis` a number.
                let text = Wire::text(&now.to_string());
                let number = Wire::number(&now.as_millis().to_string());
                T::read(Some(&text), None).or_else(|_| T::read(Some(&number), None))
            }
            _ => self.get(name),
        }
    }

    /// The field, or an id that is the same for the same body: `= uuid`.
    pub fn get_or_uuid<T: Value>(&self, name: &str) -> Result<T, Invalid> {
        match self.receipt {
            Some(receipt) if !self.map.contains_key(name) => {
                T::read(Some(&Wire::Text(receipt.uuid(name))), None)
            }
            _ => self.get(name),
        }
    }
}

impl Wire {
    /// A string.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A number with these digits.
    pub fn number(digits: &str) -> Self {
        Self::Number(digits.to_owned())
    }
}

impl<R: Record> Value for R {
    fn read(wire: Option<&Wire>, receipt: Option<&Receipt>) -> Result<Self, Invalid> {
        match present(wire)? {
            Wire::Record(map) => R::from_fields(&Fields::new(map, receipt)),
            _ => Err(Invalid::new("is not an object")),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Record(self.to_fields()))
    }
}

impl<T: Value> Value for Option<T> {
    fn read(wire: Option<&Wire>, receipt: Option<&Receipt>) -> Result<Self, Invalid> {
        match wire {
            None | Some(Wire::Null) => Ok(None),
            some => T::read(some, receipt).map(Some),
        }
    }

    fn write(&self) -> Option<Wire> {
        self.as_ref().and_then(T::write)
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(wire: Option<&Wire>, receipt: Option<&Receipt>) -> Result<Self, Invalid> {
        let Wire::List(items) = present(wire)? else {
            return Err(Invalid::new("is not an array"));
        };
        let read = |(index, it)| {
            T::read(Some(it), receipt).map_err(|problem| problem.within(&format!("[{index}]")))
        };
        items.iter().enumerate().map(read).collect()
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::List(
            self.iter()
                .map(|it| it.write().unwrap_or(Wire::Null))
                .collect(),
        ))
    }
}

/// The fields that are there, under their wire names; generated code writes its records with it.
pub fn map<const N: usize>(fields: [(&str, Option<Wire>); N]) -> Map {
    fields
        .into_iter()
        .filter_map(|(name, wire)| Some((name.to_owned(), wire?)))
        .collect()
}

/// The value, or the complaint that it is missing.
fn present(wire: Option<&Wire>) -> Result<&Wire, Invalid> {
    wire.ok_or(Invalid::new("is missing"))
}

/// The text of a string; generated enums read themselves with it.
pub fn text(wire: Option<&Wire>) -> Result<&str, Invalid> {
    match present(wire)? {
        Wire::Text(text) => Ok(text),
        _ => Err(Invalid::new("is not a string")),
    }
}

impl Value for String {
    fn read(wire: Option<&Wire>, _: Option<&Receipt>) -> Result<Self, Invalid> {
        text(wire).map(str::to_owned)
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Text(self.clone()))
    }
}

impl Value for i64 {
    fn read(wire: Option<&Wire>, _: Option<&Receipt>) -> Result<Self, Invalid> {
        match present(wire)? {
            Wire::Number(digits) => digits
                .parse()
                .map_err(|_| Invalid::new("is not a whole number of 64 bits")),
            _ => Err(Invalid::new("is not a number")),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Number(self.to_string()))
    }
}

impl Value for bool {
    fn read(wire: Option<&Wire>, _: Option<&Receipt>) -> Result<Self, Invalid> {
        match present(wire)? {
            Wire::Bool(it) => Ok(*it),
            _ => Err(Invalid::new("is neither true nor false")),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Bool(*self))
    }
}

impl Value for Decimal {
    fn read(wire: Option<&Wire>, _: Option<&Receipt>) -> Result<Self, Invalid> {
        match present(wire)? {
            Wire::Number(text) | Wire::Text(text) => text.parse(),
            _ => Err(Invalid::new("is not a number")),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Number(self.normalized().to_string()))
    }
}

impl Value for Timestamp {
    fn read(wire: Option<&Wire>, _: Option<&Receipt>) -> Result<Self, Invalid> {
        text(wire)?.parse()
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::Text(self.to_string()))
    }
}

impl Value for EpochMillis {
    fn read(wire: Option<&Wire>, receipt: Option<&Receipt>) -> Result<Self, Invalid> {
        i64::read(wire, receipt).map(Self::from_millis)
    }

    fn write(&self) -> Option<Wire> {
        self.as_millis().write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[derive(Debug, PartialEq)]
    struct Line {
        sku: String,
        price: Decimal,
    }

    #[derive(Debug, PartialEq)]
    struct Order {
        lines: Vec<Line>,
        note: Option<String>,
        currency: String,
        at: Timestamp,
    }

    impl Record for Line {
        fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
            Ok(Self {
                sku: fields.get("sku")?,
                price: fields.get("price")?,
            })
        }

        fn to_fields(&self) -> Map {
            map([("sku", self.sku.write()), ("price", self.price.write())])
        }
    }

    impl Record for Order {
        fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
            Ok(Self {
                lines: fields.get("lines")?,
                note: fields.get("note")?,
                currency: fields.get_or("currency", Wire::text("USD"))?,
                at: fields.get_or_received_at("at")?,
            })
        }

        fn to_fields(&self) -> Map {
            Map::new()
        }
    }

    fn read(body: &str) -> Result<Order, String> {
        let receipt = Receipt::new(body.as_bytes(), Timestamp::from_millis(0).unwrap());
        let wire = json::parse(body.as_bytes()).unwrap();
        Value::read(Some(&wire), Some(&receipt)).map_err(|it: Invalid| it.to_string())
    }

    #[test]
    fn defaults_fill_what_is_absent_and_nothing_else() {
        let order = read(r#"{"lines":[{"sku":"a","price":1.50,"more":1}]}"#).unwrap();
        assert_eq!(
            (order.currency.as_str(), order.note, order.at.as_millis()),
            ("USD", None, 0)
        );
        assert_eq!(
            order.lines,
            [Line {
                sku: "a".into(),
                price: "1.50".parse().unwrap()
            }]
        );
        let order =
            read(r#"{"lines":[],"note":null,"currency":"EUR","at":"2026-01-01T00:00:00Z"}"#)
                .unwrap();
        assert_eq!((order.currency.as_str(), order.note), ("EUR", None));
        assert_eq!(order.at.to_string(), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_complaint_says_where_and_what_but_never_the_value() {
        for (body, complaint) in [
            (
                r#"{"lines":[{"sku":"a","price":"x4111111111111111"}]}"#,
                "`lines[0].price` is not a decimal number of up to 28 digits",
            ),
            (r#"{"lines":[{"price":1}]}"#, "`lines[0].sku` is missing"),
            (r#"{"lines":{}}"#, "`lines` is not an array"),
            (
                r#"{"lines":[],"currency":null}"#,
                "`currency` is not a string",
            ),
            (r#"{"lines":[],"at":5}"#, "`at` is not a string"),
            ("[]", "the value is not an object"),
        ] {
            assert_eq!(read(body).unwrap_err(), complaint, "{body}");
        }
    }
}

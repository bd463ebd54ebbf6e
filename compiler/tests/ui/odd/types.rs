//! The events, types and errors of `odd.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, EpochMillis, Timestamp, Receipt as Arrival};

/// `type Value`, odd.pipe:12.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Value_ {
    pub r#type: String,
    pub crumbs: Vec<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perhaps: Option<Part>,
}

impl Record for Value_ {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            r#type: fields.get("type")?,
            crumbs: fields.get("crumbs")?,
            perhaps: fields.get("perhaps")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("type", self.r#type.write()),
            ("crumbs", self.crumbs.write()),
            ("perhaps", self.perhaps.write()),
        ])
    }
}

/// `type Part`, odd.pipe:14.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Part {
    pub amount: Decimal,
    pub count: i64,
    pub sure: bool,
    pub kind: PartKind,
}

impl Record for Part {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            amount: fields.get_or("amount", Wire::number("0.10"))?,
            count: fields.get_or("count", Wire::number("3"))?,
            sure: fields.get_or("sure", Wire::Bool(true))?,
            kind: fields.get_or("kind", Wire::text("small"))?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("amount", self.amount.write()),
            ("count", self.count.write()),
            ("sure", self.sure.write()),
            ("kind", self.kind.write()),
        ])
    }
}

/// The field `kind` of [`Part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum PartKind {
    #[serde(rename = "small")]
    Small,
    #[serde(rename = "x_large")]
    XLarge,
}

impl PartKind {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::XLarge => "x_large",
        }
    }
}

impl Value for PartKind {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "small" => Ok(Self::Small),
            "x_large" => Ok(Self::XLarge),
            _ => Err(Invalid::not_one_of(&["small", "x_large"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

/// `event Record`, odd.pipe:16.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Record_ {
    pub id: String,
    pub at: EpochMillis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
    pub r#fn: RecordFn,
    pub r#match: String,
    pub value: Value_,
}

impl Record for Record_ {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get_or_uuid("id")?,
            at: fields.get_or_received_at("at")?,
            seen: fields.get("seen")?,
            r#fn: fields.get("fn")?,
            r#match: fields
                .get_or("match", Wire::text("a {brace} and a 'quote' // no comment"))?,
            value: fields.get("value")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("id", self.id.write()),
            ("at", self.at.write()),
            ("seen", self.seen.write()),
            ("fn", self.r#fn.write()),
            ("match", self.r#match.write()),
            ("value", self.value.write()),
        ])
    }
}

/// The field `fn` of [`Record_`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum RecordFn {
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B,
    #[serde(rename = "type")]
    Type,
}

impl RecordFn {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Type => "type",
        }
    }
}

impl Value for RecordFn {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "a" => Ok(Self::A),
            "b" => Ok(Self::B),
            "type" => Ok(Self::Type),
            _ => Err(Invalid::not_one_of(&["a", "b", "type"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for Record_ {
    const NAME: &'static str = "Record";
    const ONCE: &'static [&'static str] = &["id"];
}

/// `event Kept`, odd.pipe:25.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Kept {
    pub id: String,
    pub at: EpochMillis,
}

impl Record for Kept {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get("id")?,
            at: fields.get("at")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("id", self.id.write()), ("at", self.at.write())])
    }
}

impl Event for Kept {
    const NAME: &'static str = "Kept";
    const ONCE: &'static [&'static str] = &["id"];
}

/// `error Serialize`, odd.pipe:30.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Serialize_ {
    #[serde(rename = "Ok")]
    pub ok: String,
}

impl Record for Serialize_ {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self { ok: fields.get("Ok")? })
    }

    fn to_fields(&self) -> Map {
        map([("Ok", self.ok.write())])
    }
}

/// Any event of `facts`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum FactsFact {
    /// `Record`
    Record_(Record_),
    /// `Kept`
    Kept(Kept),
}

impl Fact for FactsFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "Record" => Record::from_fields(fields).map(Self::Record_),
            "Kept" => Record::from_fields(fields).map(Self::Kept),
            _ => Err(Invalid::new("is no event of facts").within("_event")),
        }
    }
}

//! The events, types and errors of `every.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Timestamp, Receipt as Arrival};

/// `type Ping`, every.pipe:8.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Ping {
    pub id: String,
}

impl Record for Ping {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self { id: fields.get("id")? })
    }

    fn to_fields(&self) -> Map {
        map([("id", self.id.write())])
    }
}

/// `event Order`, every.pipe:10.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Order {
    pub id: String,
    pub at: Timestamp,
    pub amount: Decimal,
    pub stage: OrderStage,
}

impl Record for Order {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get("id")?,
            at: fields.get("at")?,
            amount: fields.get("amount")?,
            stage: fields.get_or("stage", Wire::text("open"))?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("id", self.id.write()),
            ("at", self.at.write()),
            ("amount", self.amount.write()),
            ("stage", self.stage.write()),
        ])
    }
}

/// The field `stage` of [`Order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum OrderStage {
    #[serde(rename = "open")]
    Open,
    #[serde(rename = "closed")]
    Closed,
}

impl OrderStage {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl Value for OrderStage {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(Invalid::not_one_of(&["open", "closed"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for Order {
    const NAME: &'static str = "Order";
    const ONCE: &'static [&'static str] = &["id"];
}

/// Any event of `orders`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum OrdersFact {
    /// `Order`
    Order(Order),
}

impl Fact for OrdersFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "Order" => Record::from_fields(fields).map(Self::Order),
            _ => Err(Invalid::new("is no event of orders").within("_event")),
        }
    }
}

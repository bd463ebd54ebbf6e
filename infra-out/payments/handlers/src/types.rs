//! The events, types and errors of `payments.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Timestamp, Receipt as Arrival};

/// What the provider posts, and the first fact of every payment: one for each status it reaches.
///
/// `event PaymentReceived`, payments.pipe:9.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentReceived {
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    pub timestamp: Timestamp,
    pub provider: String,
    pub amount: Decimal,
    pub currency: String,
    pub status: PaymentReceivedStatus,
}

impl Record for PaymentReceived {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            payment_id: fields.get("paymentId")?,
            timestamp: fields.get_or_received_at("timestamp")?,
            provider: fields.get("provider")?,
            amount: fields.get("amount")?,
            currency: fields.get_or("currency", Wire::text("USD"))?,
            status: fields.get("status")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("paymentId", self.payment_id.write()),
            ("timestamp", self.timestamp.write()),
            ("provider", self.provider.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
            ("status", self.status.write()),
        ])
    }
}

/// The field `status` of [`PaymentReceived`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum PaymentReceivedStatus {
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "succeeded")]
    Succeeded,
    #[serde(rename = "failed")]
    Failed,
}

impl PaymentReceivedStatus {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl Value for PaymentReceivedStatus {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "pending" => Ok(Self::Pending),
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            _ => Err(Invalid::not_one_of(&["pending", "succeeded", "failed"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for PaymentReceived {
    const NAME: &'static str = "PaymentReceived";
    const ONCE: &'static [&'static str] = &["paymentId", "status"];
}

/// `event PaymentSettled`, payments.pipe:18.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentSettled {
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    pub timestamp: Timestamp,
    pub receipt: String,
}

impl Record for PaymentSettled {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            payment_id: fields.get("paymentId")?,
            timestamp: fields.get("timestamp")?,
            receipt: fields.get("receipt")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("paymentId", self.payment_id.write()),
            ("timestamp", self.timestamp.write()),
            ("receipt", self.receipt.write()),
        ])
    }
}

impl Event for PaymentSettled {
    const NAME: &'static str = "PaymentSettled";
    const ONCE: &'static [&'static str] = &["paymentId"];
}

/// `event PaymentFailed`, payments.pipe:24.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentFailed {
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    pub timestamp: Timestamp,
    pub reason: String,
}

impl Record for PaymentFailed {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            payment_id: fields.get("paymentId")?,
            timestamp: fields.get("timestamp")?,
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("paymentId", self.payment_id.write()),
            ("timestamp", self.timestamp.write()),
            ("reason", self.reason.write()),
        ])
    }
}

impl Event for PaymentFailed {
    const NAME: &'static str = "PaymentFailed";
    const ONCE: &'static [&'static str] = &["paymentId"];
}

/// `error Rejected`, payments.pipe:30.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Rejected {
    pub reason: String,
}

impl Record for Rejected {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("reason", self.reason.write())])
    }
}

/// `error Declined`, payments.pipe:31.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Declined {
    pub reason: String,
}

impl Record for Declined {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("reason", self.reason.write())])
    }
}

/// `error GatewayDown`, payments.pipe:32.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GatewayDown {
    pub status: i64,
}

impl Record for GatewayDown {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            status: fields.get("status")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("status", self.status.write())])
    }
}

/// `type Receipt`, payments.pipe:56.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Receipt {
    pub id: String,
}

impl Record for Receipt {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self { id: fields.get("id")? })
    }

    fn to_fields(&self) -> Map {
        map([("id", self.id.write())])
    }
}

/// Any event of `payment_events`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentEventsFact {
    /// `PaymentReceived`
    PaymentReceived(PaymentReceived),
    /// `PaymentSettled`
    PaymentSettled(PaymentSettled),
    /// `PaymentFailed`
    PaymentFailed(PaymentFailed),
}

impl Fact for PaymentEventsFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "PaymentReceived" => Record::from_fields(fields).map(Self::PaymentReceived),
            "PaymentSettled" => Record::from_fields(fields).map(Self::PaymentSettled),
            "PaymentFailed" => Record::from_fields(fields).map(Self::PaymentFailed),
            _ => Err(Invalid::new("is no event of payment_events").within("_event")),
        }
    }
}

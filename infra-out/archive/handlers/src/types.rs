//! The events, types and errors of `archive.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, EpochMillis, Receipt as Arrival};

/// `type Config`, archive.pipe:21.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Config {
    #[serde(rename = "maxRetries")]
    pub max_retries: i64,
    #[serde(rename = "timeoutMs")]
    pub timeout_ms: i64,
}

impl Record for Config {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            max_retries: fields.get("maxRetries")?,
            timeout_ms: fields.get("timeoutMs")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("maxRetries", self.max_retries.write()),
            ("timeoutMs", self.timeout_ms.write()),
        ])
    }
}

/// The raw body is kept beside every received event.
///
/// `event PaymentReceived`, archive.pipe:36.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentReceived {
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    pub timestamp: EpochMillis,
    pub provider: String,
    pub amount: Decimal,
    pub currency: String,
    pub status: PaymentReceivedStatus,
}

impl Record for PaymentReceived {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            payment_id: fields.get_or_uuid("paymentId")?,
            timestamp: fields.get_or_received_at("timestamp")?,
            provider: fields.get_or("provider", Wire::text("unknown"))?,
            amount: fields.get_or("amount", Wire::number("0"))?,
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

/// `event PaymentProcessed`, archive.pipe:41.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentProcessed {
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    pub timestamp: EpochMillis,
    pub provider: String,
    pub amount: Decimal,
    pub currency: String,
    pub status: PaymentProcessedStatus,
    #[serde(rename = "processedAt")]
    pub processed_at: EpochMillis,
}

impl Record for PaymentProcessed {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            payment_id: fields.get_or_uuid("paymentId")?,
            timestamp: fields.get_or_received_at("timestamp")?,
            provider: fields.get_or("provider", Wire::text("unknown"))?,
            amount: fields.get_or("amount", Wire::number("0"))?,
            currency: fields.get_or("currency", Wire::text("USD"))?,
            status: fields.get("status")?,
            processed_at: fields.get("processedAt")?,
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
            ("processedAt", self.processed_at.write()),
        ])
    }
}

/// The field `status` of [`PaymentProcessed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum PaymentProcessedStatus {
    #[serde(rename = "processed")]
    Processed,
    #[serde(rename = "failed")]
    Failed,
}

impl PaymentProcessedStatus {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Failed => "failed",
        }
    }
}

impl Value for PaymentProcessedStatus {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "processed" => Ok(Self::Processed),
            "failed" => Ok(Self::Failed),
            _ => Err(Invalid::not_one_of(&["processed", "failed"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for PaymentProcessed {
    const NAME: &'static str = "PaymentProcessed";
    const ONCE: &'static [&'static str] = &["paymentId", "status"];
}

/// `error Rejected`, archive.pipe:90.
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

/// Any event of `payment_events`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentEventsFact {
    /// `PaymentReceived`
    PaymentReceived(PaymentReceived),
    /// `PaymentProcessed`
    PaymentProcessed(PaymentProcessed),
}

impl Fact for PaymentEventsFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "PaymentReceived" => Record::from_fields(fields).map(Self::PaymentReceived),
            "PaymentProcessed" => Record::from_fields(fields).map(Self::PaymentProcessed),
            _ => Err(Invalid::new("is no event of payment_events").within("_event")),
        }
    }
}

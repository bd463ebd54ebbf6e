//! The events, types and errors of `notifications.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Timestamp, Receipt as Arrival};

/// `event TransactionReceived`, notifications.pipe:24.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct TransactionReceived {
    #[serde(rename = "eventId")]
    pub event_id: String,
    #[serde(rename = "transactionId")]
    pub transaction_id: String,
    pub timestamp: Timestamp,
    pub amount: Decimal,
    pub currency: String,
    pub kind: TransactionReceivedKind,
}

impl Record for TransactionReceived {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            event_id: fields.get("eventId")?,
            transaction_id: fields.get("transactionId")?,
            timestamp: fields.get("timestamp")?,
            amount: fields.get("amount")?,
            currency: fields.get("currency")?,
            kind: fields.get("kind")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("eventId", self.event_id.write()),
            ("transactionId", self.transaction_id.write()),
            ("timestamp", self.timestamp.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
            ("kind", self.kind.write()),
        ])
    }
}

/// The field `kind` of [`TransactionReceived`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum TransactionReceivedKind {
    #[serde(rename = "charge")]
    Charge,
    #[serde(rename = "refund")]
    Refund,
    #[serde(rename = "dispute")]
    Dispute,
}

impl TransactionReceivedKind {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
        }
    }
}

impl Value for TransactionReceivedKind {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "charge" => Ok(Self::Charge),
            "refund" => Ok(Self::Refund),
            "dispute" => Ok(Self::Dispute),
            _ => Err(Invalid::not_one_of(&["charge", "refund", "dispute"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for TransactionReceived {
    const NAME: &'static str = "TransactionReceived";
    const ONCE: &'static [&'static str] = &["eventId"];
}

/// `error Rejected`, notifications.pipe:58.
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

/// Any event of `payment_transactions`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentTransactionsFact {
    /// `TransactionReceived`
    TransactionReceived(TransactionReceived),
}

impl Fact for PaymentTransactionsFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "TransactionReceived" => {
                Record::from_fields(fields).map(Self::TransactionReceived)
            }
            _ => {
                Err(Invalid::new("is no event of payment_transactions").within("_event"))
            }
        }
    }
}

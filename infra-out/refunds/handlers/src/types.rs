//! The events, types and errors of `refunds.pipe`.

use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Timestamp, Receipt as Arrival};

/// `type Line`, refunds.pipe:10.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Line {
    pub sku: String,
    pub quantity: i64,
}

impl Record for Line {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            sku: fields.get("sku")?,
            quantity: fields.get("quantity")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("sku", self.sku.write()), ("quantity", self.quantity.write())])
    }
}

/// `event RefundRequested`, refunds.pipe:12.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct RefundRequested {
    #[serde(rename = "refundId")]
    pub refund_id: String,
    pub timestamp: Timestamp,
    pub email: String,
    pub amount: Decimal,
    pub currency: String,
    pub lines: Vec<Line>,
    /// What a person in the shop has written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(rename = "dueAt")]
    pub due_at: Timestamp,
    pub stage: RefundRequestedStage,
}

impl Record for RefundRequested {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            refund_id: fields.get("refundId")?,
            timestamp: fields.get_or_received_at("timestamp")?,
            email: fields.get("email")?,
            amount: fields.get("amount")?,
            currency: fields.get_or("currency", Wire::text("USD"))?,
            lines: fields.get("lines")?,
            note: fields.get("note")?,
            due_at: fields.get("dueAt")?,
            stage: fields.get_or("stage", Wire::text("requested"))?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("refundId", self.refund_id.write()),
            ("timestamp", self.timestamp.write()),
            ("email", self.email.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
            ("lines", self.lines.write()),
            ("note", self.note.write()),
            ("dueAt", self.due_at.write()),
            ("stage", self.stage.write()),
        ])
    }
}

/// The field `stage` of [`RefundRequested`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum RefundRequestedStage {
    #[serde(rename = "requested")]
    Requested,
    #[serde(rename = "refunded")]
    Refunded,
    #[serde(rename = "rejected")]
    Rejected,
}

impl RefundRequestedStage {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refunded => "refunded",
            Self::Rejected => "rejected",
        }
    }
}

impl Value for RefundRequestedStage {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "requested" => Ok(Self::Requested),
            "refunded" => Ok(Self::Refunded),
            "rejected" => Ok(Self::Rejected),
            _ => Err(Invalid::not_one_of(&["requested", "refunded", "rejected"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for RefundRequested {
    const NAME: &'static str = "RefundRequested";
    const ONCE: &'static [&'static str] = &["refundId"];
}

/// `event RefundCompleted`, refunds.pipe:25.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct RefundCompleted {
    #[serde(rename = "refundId")]
    pub refund_id: String,
    pub timestamp: Timestamp,
    pub amount: Decimal,
    pub booking: String,
}

impl Record for RefundCompleted {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            refund_id: fields.get("refundId")?,
            timestamp: fields.get("timestamp")?,
            amount: fields.get("amount")?,
            booking: fields.get("booking")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("refundId", self.refund_id.write()),
            ("timestamp", self.timestamp.write()),
            ("amount", self.amount.write()),
            ("booking", self.booking.write()),
        ])
    }
}

impl Event for RefundCompleted {
    const NAME: &'static str = "RefundCompleted";
    const ONCE: &'static [&'static str] = &["refundId"];
}

/// `event RefundFailed`, refunds.pipe:26.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct RefundFailed {
    #[serde(rename = "refundId")]
    pub refund_id: String,
    pub timestamp: Timestamp,
    pub reason: String,
}

impl Record for RefundFailed {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            refund_id: fields.get("refundId")?,
            timestamp: fields.get("timestamp")?,
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("refundId", self.refund_id.write()),
            ("timestamp", self.timestamp.write()),
            ("reason", self.reason.write()),
        ])
    }
}

impl Event for RefundFailed {
    const NAME: &'static str = "RefundFailed";
    const ONCE: &'static [&'static str] = &["refundId"];
}

/// `error Refused`, refunds.pipe:28.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Refused {
    pub reason: String,
}

impl Record for Refused {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("reason", self.reason.write())])
    }
}

/// `type Approval`, refunds.pipe:47.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Approval {
    pub decision: ApprovalDecision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Record for Approval {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            decision: fields.get("decision")?,
            by: fields.get("by")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("decision", self.decision.write()), ("by", self.by.write())])
    }
}

/// The field `decision` of [`Approval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum ApprovalDecision {
    #[serde(rename = "approved")]
    Approved,
    #[serde(rename = "rejected")]
    Rejected,
    #[serde(rename = "later")]
    Later,
}

impl ApprovalDecision {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Later => "later",
        }
    }
}

impl Value for ApprovalDecision {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "approved" => Ok(Self::Approved),
            "rejected" => Ok(Self::Rejected),
            "later" => Ok(Self::Later),
            _ => Err(Invalid::not_one_of(&["approved", "rejected", "later"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

/// `type Booking`, refunds.pipe:48.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Booking {
    pub id: String,
}

impl Record for Booking {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self { id: fields.get("id")? })
    }

    fn to_fields(&self) -> Map {
        map([("id", self.id.write())])
    }
}

/// `type Mail`, refunds.pipe:49.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Mail {
    pub to: String,
    pub text: String,
}

impl Record for Mail {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            to: fields.get("to")?,
            text: fields.get("text")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("to", self.to.write()), ("text", self.text.write())])
    }
}

/// `type Payment`, refunds.pipe:50.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Payment {
    pub amount: Decimal,
    pub currency: String,
}

impl Record for Payment {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            amount: fields.get("amount")?,
            currency: fields.get("currency")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("amount", self.amount.write()), ("currency", self.currency.write())])
    }
}

/// Any event of `refunds`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum RefundsFact {
    /// `RefundRequested`
    RefundRequested(RefundRequested),
    /// `RefundCompleted`
    RefundCompleted(RefundCompleted),
    /// `RefundFailed`
    RefundFailed(RefundFailed),
}

impl Fact for RefundsFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "RefundRequested" => Record::from_fields(fields).map(Self::RefundRequested),
            "RefundCompleted" => Record::from_fields(fields).map(Self::RefundCompleted),
            "RefundFailed" => Record::from_fields(fields).map(Self::RefundFailed),
            _ => Err(Invalid::new("is no event of refunds").within("_event")),
        }
    }
}

//! The events, types and errors of `webhook_processing.pipe`.

use pipe_runtime::context::Call;
use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Fault, Timestamp, Receipt as Arrival};

/// `type Notification`, webhook_processing.pipe:27.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Notification {
    pub webhook_id: String,
    pub payment_id: String,
    pub provider: Provider,
    pub amount: Decimal,
    pub currency: String,
    pub status: NotificationStatus,
}

impl Record for Notification {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            webhook_id: fields.get("webhook_id")?,
            payment_id: fields.get("payment_id")?,
            provider: fields.get("provider")?,
            amount: fields.get("amount")?,
            currency: fields.get("currency")?,
            status: fields.get("status")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("webhook_id", self.webhook_id.write()),
            ("payment_id", self.payment_id.write()),
            ("provider", self.provider.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
            ("status", self.status.write()),
        ])
    }
}

/// The field `status` of [`Notification`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum NotificationStatus {
    #[serde(rename = "succeeded")]
    Succeeded,
    #[serde(rename = "failed")]
    Failed,
    #[serde(rename = "refunded")]
    Refunded,
}

impl NotificationStatus {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
        }
    }
}

impl Value for NotificationStatus {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "refunded" => Ok(Self::Refunded),
            _ => Err(Invalid::not_one_of(&["succeeded", "failed", "refunded"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

/// `event PaymentProcessed`, webhook_processing.pipe:36.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaymentProcessed {
    pub webhook_id: String,
    pub payment_id: String,
    pub provider: Provider,
    pub amount: Decimal,
    pub currency: String,
    pub status: PaymentProcessedStatus,
    pub processed_at: Timestamp,
    pub stage: PaymentProcessedStage,
}

impl Record for PaymentProcessed {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            webhook_id: fields.get("webhook_id")?,
            payment_id: fields.get("payment_id")?,
            provider: fields.get("provider")?,
            amount: fields.get("amount")?,
            currency: fields.get("currency")?,
            status: fields.get("status")?,
            processed_at: fields.get("processed_at")?,
            stage: fields.get("stage")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("webhook_id", self.webhook_id.write()),
            ("payment_id", self.payment_id.write()),
            ("provider", self.provider.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
            ("status", self.status.write()),
            ("processed_at", self.processed_at.write()),
            ("stage", self.stage.write()),
        ])
    }
}

/// The field `status` of [`PaymentProcessed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum PaymentProcessedStatus {
    #[serde(rename = "succeeded")]
    Succeeded,
    #[serde(rename = "failed")]
    Failed,
    #[serde(rename = "refunded")]
    Refunded,
}

impl PaymentProcessedStatus {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
        }
    }
}

impl Value for PaymentProcessedStatus {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "refunded" => Ok(Self::Refunded),
            _ => Err(Invalid::not_one_of(&["succeeded", "failed", "refunded"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

/// The field `stage` of [`PaymentProcessed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum PaymentProcessedStage {
    #[serde(rename = "processed")]
    Processed,
    #[serde(rename = "notified")]
    Notified,
}

impl PaymentProcessedStage {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Notified => "notified",
        }
    }
}

impl Value for PaymentProcessedStage {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "processed" => Ok(Self::Processed),
            "notified" => Ok(Self::Notified),
            _ => Err(Invalid::not_one_of(&["processed", "notified"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for PaymentProcessed {
    const NAME: &'static str = "PaymentProcessed";
    const ONCE: &'static [&'static str] = &["webhook_id"];
}

/// A genuine delivery that is none of those the route accepts. Its raw body is kept beside it.
///
/// `event Unread`, webhook_processing.pipe:49.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Unread {
    pub body_sha256: String,
    pub at: Timestamp,
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    pub reason: UnreadReason,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Record for Unread {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            body_sha256: fields.get("body_sha256")?,
            at: fields.get_or_received_at("at")?,
            provider: fields.get("provider")?,
            event_type: fields.get("event_type")?,
            reason: fields.get("reason")?,
            problem: fields.get("problem")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("body_sha256", self.body_sha256.write()),
            ("at", self.at.write()),
            ("provider", self.provider.write()),
            ("event_type", self.event_type.write()),
            ("reason", self.reason.write()),
            ("problem", self.problem.write()),
        ])
    }
}

/// The field `reason` of [`Unread`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum UnreadReason {
    #[serde(rename = "unknown_type")]
    UnknownType,
    #[serde(rename = "unreadable")]
    Unreadable,
}

impl UnreadReason {
    /// The variant as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown_type",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Value for UnreadReason {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "unknown_type" => Ok(Self::UnknownType),
            "unreadable" => Ok(Self::Unreadable),
            _ => Err(Invalid::not_one_of(&["unknown_type", "unreadable"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

impl Event for Unread {
    const NAME: &'static str = "Unread";
    const ONCE: &'static [&'static str] = &["body_sha256"];
}

/// `error Malformed`, webhook_processing.pipe:88.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Malformed {
    pub reason: String,
}

impl Record for Malformed {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            reason: fields.get("reason")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([("reason", self.reason.write())])
    }
}

/// Any event of `unread`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum UnreadFact {
    /// `Unread`
    Unread(Unread),
}

impl Fact for UnreadFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "Unread" => Record::from_fields(fields).map(Self::Unread),
            _ => Err(Invalid::new("is no event of unread").within("_event")),
        }
    }
}

/// Any event of `webhooks`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhooksFact {
    /// `PaymentProcessed`
    PaymentProcessed(PaymentProcessed),
}

impl Fact for WebhooksFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "PaymentProcessed" => Record::from_fields(fields).map(Self::PaymentProcessed),
            _ => Err(Invalid::new("is no event of webhooks").within("_event")),
        }
    }
}

/// The declared providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum Provider {
    /// `provider paypal`, webhook_processing.pipe:19.
    #[serde(rename = "paypal")]
    Paypal,
    /// `provider square`, webhook_processing.pipe:20.
    #[serde(rename = "square")]
    Square,
    /// `provider stripe`, webhook_processing.pipe:18.
    #[serde(rename = "stripe")]
    Stripe,
}

impl Provider {
    /// The name as it is declared, in paths and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paypal => "paypal",
            Self::Square => "square",
            Self::Stripe => "stripe",
        }
    }

    pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
        match call.provider_name() {
            Some("paypal") => Ok(Self::Paypal),
            Some("square") => Ok(Self::Square),
            Some("stripe") => Ok(Self::Stripe),
            _ => Err(Fault::new("the call is about no declared provider")),
        }
    }
}

impl Value for Provider {
    fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
        match text(wire)? {
            "paypal" => Ok(Self::Paypal),
            "square" => Ok(Self::Square),
            "stripe" => Ok(Self::Stripe),
            _ => Err(Invalid::not_one_of(&["paypal", "square", "stripe"])),
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

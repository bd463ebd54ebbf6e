//! The events, types and errors of `deliveries.pipe`.

use pipe_runtime::context::Call;
use pipe_runtime::event::{Event, Fact};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, Wire, map, text};
use pipe_runtime::{Decimal, Fault, Timestamp, Receipt as Arrival};

/// What is kept of an event, whoever sent it.
///
/// `event Seen`, deliveries.pipe:21.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Seen {
    pub about: String,
    pub r#type: String,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Record for Seen {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            about: fields.get("about")?,
            r#type: fields.get("type")?,
            at: fields.get_or_received_at("at")?,
            amount: fields.get("amount")?,
            currency: fields.get("currency")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("about", self.about.write()),
            ("type", self.r#type.write()),
            ("at", self.at.write()),
            ("amount", self.amount.write()),
            ("currency", self.currency.write()),
        ])
    }
}

impl Event for Seen {
    const NAME: &'static str = "Seen";
    const ONCE: &'static [&'static str] = &["about", "type"];
}

/// A delivery that nobody here reads. Its raw body is kept beside it.
///
/// `event Unread`, deliveries.pipe:30.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Unread {
    pub body_sha256: String,
    pub at: Timestamp,
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
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
            event_id: fields.get("event_id")?,
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
            ("event_id", self.event_id.write()),
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

/// Any event of `seen`, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub enum SeenFact {
    /// `Seen`
    Seen(Seen),
}

impl Fact for SeenFact {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        match event {
            "Seen" => Record::from_fields(fields).map(Self::Seen),
            _ => Err(Invalid::new("is no event of seen").within("_event")),
        }
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

/// The declared providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub enum Provider {
    /// `provider adyen`, deliveries.pipe:13.
    #[serde(rename = "adyen")]
    Adyen,
    /// `provider adyen_platform`, deliveries.pipe:14.
    #[serde(rename = "adyen_platform")]
    AdyenPlatform,
    /// `provider github`, deliveries.pipe:15.
    #[serde(rename = "github")]
    Github,
    /// `provider paypal`, deliveries.pipe:16.
    #[serde(rename = "paypal")]
    Paypal,
    /// `provider square`, deliveries.pipe:17.
    #[serde(rename = "square")]
    Square,
    /// `provider stripe`, deliveries.pipe:18.
    #[serde(rename = "stripe")]
    Stripe,
}

impl Provider {
    /// The name as it is declared, in paths and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adyen => "adyen",
            Self::AdyenPlatform => "adyen_platform",
            Self::Github => "github",
            Self::Paypal => "paypal",
            Self::Square => "square",
            Self::Stripe => "stripe",
        }
    }

    pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
        match call.provider_name() {
            Some("adyen") => Ok(Self::Adyen),
            Some("adyen_platform") => Ok(Self::AdyenPlatform),
            Some("github") => Ok(Self::Github),
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
            "adyen" => Ok(Self::Adyen),
            "adyen_platform" => Ok(Self::AdyenPlatform),
            "github" => Ok(Self::Github),
            "paypal" => Ok(Self::Paypal),
            "square" => Ok(Self::Square),
            "stripe" => Ok(Self::Stripe),
            _ => {
                Err(
                    Invalid::not_one_of(
                        &[
                            "adyen",
                            "adyen_platform",
                            "github",
                            "paypal",
                            "square",
                            "stripe",
                        ],
                    ),
                )
            }
        }
    }

    fn write(&self) -> Option<Wire> {
        Some(Wire::text(self.as_str()))
    }
}

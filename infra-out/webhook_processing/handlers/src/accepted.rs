//! What the routes of `webhook_processing.pipe` accept, as the providers describe it. Amounts are exact, in units of their currency.
//!
//! - `paypal`: event version 1.0; payments API v1 and v2 at 6f8a0f13ff2aca372ec1087352e5a13eb5060600, from github.com/paypal/paypal-rest-api-specifications, openapi/payments_payment_v1.json and payments_payment_v2.json; four messages that PayPal signed, in its SDKs for Python, Node, Java and .NET; refunds as its webhooks simulator sends them
//! - `square`: api.json of 5733f6624e9a5b930a8426f0e02a6bf7e35c6c0f, from github.com/square/connect-api-specification, api.json, components/schemas
//! - `stripe`: API version 2024-06-20, from github.com/stripe/openapi at f6c2a48fbac2819d1feba8143d942ffc65e1c0d2, openapi/fixtures3.json; docs.stripe.com/api

use std::collections::BTreeMap;
use pipe_runtime::accept::{Accept, Accepted, Envelope, Place, other};
use pipe_runtime::described::{Currencies, Object};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Invalid, Wire};
use pipe_runtime::{Decimal, Timestamp, described};

/// What `route POST /webhooks/{provider}` accepts, webhook_processing.pipe:79.
pub(crate) const POST_WEBHOOKS__PROVIDER: Accept = Accept {
    senders: &[
        (
            "paypal",
            Envelope {
                provider: "paypal",
                event_type: Place::Body("event_type"),
                event_id: Some(Place::Body("id")),
            },
        ),
        (
            "square",
            Envelope {
                provider: "square",
                event_type: Place::Body("type"),
                event_id: Some(Place::Body("event_id")),
            },
        ),
        (
            "stripe",
            Envelope {
                provider: "stripe",
                event_type: Place::Body("type"),
                event_id: Some(Place::Body("id")),
            },
        ),
    ],
    other: other::<crate::capabilities::unread, crate::types::Unread>(),
};

/// What `validator` takes: one of the events that its route accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
#[allow(
    clippy::large_enum_variant,
    reason = "one lives as long as its delivery, and is matched on at once"
)]
pub enum ValidatorInput {
    /// `paypal.PAYMENT.CAPTURE.COMPLETED`
    PaypalPaymentCaptureCompleted(PaypalPaymentCaptureCompleted),
    /// `paypal.PAYMENT.CAPTURE.DECLINED`
    PaypalPaymentCaptureDeclined(PaypalPaymentCaptureDeclined),
    /// `paypal.PAYMENT.CAPTURE.DENIED`
    PaypalPaymentCaptureDenied(PaypalPaymentCaptureDenied),
    /// `paypal.PAYMENT.CAPTURE.REFUNDED`
    PaypalPaymentCaptureRefunded(PaypalPaymentCaptureRefunded),
    /// `paypal.PAYMENT.SALE.COMPLETED`
    PaypalPaymentSaleCompleted(PaypalPaymentSaleCompleted),
    /// `paypal.PAYMENT.SALE.DENIED`
    PaypalPaymentSaleDenied(PaypalPaymentSaleDenied),
    /// `paypal.PAYMENT.SALE.REFUNDED`
    PaypalPaymentSaleRefunded(PaypalPaymentSaleRefunded),
    /// `square.payment.created`
    SquarePaymentCreated(SquarePaymentCreated),
    /// `square.payment.updated`
    SquarePaymentUpdated(SquarePaymentUpdated),
    /// `square.refund.created`
    SquareRefundCreated(SquareRefundCreated),
    /// `square.refund.updated`
    SquareRefundUpdated(SquareRefundUpdated),
    /// `stripe.charge.failed`
    StripeChargeFailed(StripeChargeFailed),
    /// `stripe.charge.refunded`
    StripeChargeRefunded(StripeChargeRefunded),
    /// `stripe.payment_intent.payment_failed`
    StripePaymentIntentPaymentFailed(StripePaymentIntentPaymentFailed),
    /// `stripe.payment_intent.succeeded`
    StripePaymentIntentSucceeded(StripePaymentIntentSucceeded),
}

impl Accepted for ValidatorInput {
    fn read(
        provider: &str,
        event_type: &str,
        body: &Wire,
    ) -> Result<Option<Self>, Invalid> {
        match (provider, event_type) {
            ("paypal", "PAYMENT.CAPTURE.COMPLETED") => {
                PaypalPaymentCaptureCompleted::read(body)
                    .map(Self::PaypalPaymentCaptureCompleted)
                    .map(Some)
            }
            ("paypal", "PAYMENT.CAPTURE.DECLINED") => {
                PaypalPaymentCaptureDeclined::read(body)
                    .map(Self::PaypalPaymentCaptureDeclined)
                    .map(Some)
            }
            ("paypal", "PAYMENT.CAPTURE.DENIED") => {
                PaypalPaymentCaptureDenied::read(body)
                    .map(Self::PaypalPaymentCaptureDenied)
                    .map(Some)
            }
            ("paypal", "PAYMENT.CAPTURE.REFUNDED") => {
                PaypalPaymentCaptureRefunded::read(body)
                    .map(Self::PaypalPaymentCaptureRefunded)
                    .map(Some)
            }
            ("paypal", "PAYMENT.SALE.COMPLETED") => {
                PaypalPaymentSaleCompleted::read(body)
                    .map(Self::PaypalPaymentSaleCompleted)
                    .map(Some)
            }
            ("paypal", "PAYMENT.SALE.DENIED") => {
                PaypalPaymentSaleDenied::read(body)
                    .map(Self::PaypalPaymentSaleDenied)
                    .map(Some)
            }
            ("paypal", "PAYMENT.SALE.REFUNDED") => {
                PaypalPaymentSaleRefunded::read(body)
                    .map(Self::PaypalPaymentSaleRefunded)
                    .map(Some)
            }
            ("square", "payment.created") => {
                SquarePaymentCreated::read(body)
                    .map(Self::SquarePaymentCreated)
                    .map(Some)
            }
            ("square", "payment.updated") => {
                SquarePaymentUpdated::read(body)
                    .map(Self::SquarePaymentUpdated)
                    .map(Some)
            }
            ("square", "refund.created") => {
                SquareRefundCreated::read(body).map(Self::SquareRefundCreated).map(Some)
            }
            ("square", "refund.updated") => {
                SquareRefundUpdated::read(body).map(Self::SquareRefundUpdated).map(Some)
            }
            ("stripe", "charge.failed") => {
                StripeChargeFailed::read(body).map(Self::StripeChargeFailed).map(Some)
            }
            ("stripe", "charge.refunded") => {
                StripeChargeRefunded::read(body)
                    .map(Self::StripeChargeRefunded)
                    .map(Some)
            }
            ("stripe", "payment_intent.payment_failed") => {
                StripePaymentIntentPaymentFailed::read(body)
                    .map(Self::StripePaymentIntentPaymentFailed)
                    .map(Some)
            }
            ("stripe", "payment_intent.succeeded") => {
                StripePaymentIntentSucceeded::read(body)
                    .map(Self::StripePaymentIntentSucceeded)
                    .map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// `paypal.PAYMENT.CAPTURE.COMPLETED`: A payment is captured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentCaptureCompleted {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub capture: PaypalCapture,
}

impl PaypalPaymentCaptureCompleted {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            capture: it.get("resource", PaypalCapture::read)?,
        })
    }
}

/// `paypal.PAYMENT.CAPTURE.DECLINED`: A payment could not be captured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentCaptureDeclined {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub capture: PaypalCapture,
}

impl PaypalPaymentCaptureDeclined {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            capture: it.get("resource", PaypalCapture::read)?,
        })
    }
}

/// `paypal.PAYMENT.CAPTURE.DENIED`: A captured payment was pending, and is denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentCaptureDenied {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub capture: PaypalCapture,
}

impl PaypalPaymentCaptureDenied {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            capture: it.get("resource", PaypalCapture::read)?,
        })
    }
}

/// `paypal.PAYMENT.CAPTURE.REFUNDED`: A captured payment went back, in part or whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentCaptureRefunded {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub refund: PaypalRefund,
}

impl PaypalPaymentCaptureRefunded {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            refund: it.get("resource", PaypalRefund::read)?,
        })
    }
}

/// `paypal.PAYMENT.SALE.COMPLETED`: A sale is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentSaleCompleted {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub sale: PaypalSale,
}

impl PaypalPaymentSaleCompleted {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            sale: it.get("resource", PaypalSale::read)?,
        })
    }
}

/// `paypal.PAYMENT.SALE.DENIED`: A sale was pending, and is denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentSaleDenied {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub sale: PaypalSale,
}

impl PaypalPaymentSaleDenied {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            sale: it.get("resource", PaypalSale::read)?,
        })
    }
}

/// `paypal.PAYMENT.SALE.REFUNDED`: A sale went back, in part or whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalPaymentSaleRefunded {
    pub id: String,
    pub create_time: Timestamp,
    pub resource_type: Option<String>,
    pub summary: Option<String>,
    /// `resource`
    pub refund: PaypalSaleRefund,
}

impl PaypalPaymentSaleRefunded {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            resource_type: it.get("resource_type", described::text)?,
            summary: it.get("summary", described::text)?,
            refund: it.get("resource", PaypalSaleRefund::read)?,
        })
    }
}

/// A payment that was taken at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalSale {
    pub id: String,
    pub state: String,
    /// `amount.total`
    pub amount: Decimal,
    /// `amount.currency`
    pub currency: String,
    /// `transaction_fee.value`
    pub transaction_fee: Option<Decimal>,
    pub payment_mode: Option<String>,
    pub parent_payment: Option<String>,
    pub billing_agreement_id: Option<String>,
    pub invoice_number: Option<String>,
    pub custom: Option<String>,
    pub create_time: Timestamp,
    pub update_time: Option<Timestamp>,
}

impl PaypalSale {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            state: it.get("state", described::text)?,
            amount: it.get("amount.total", described::exact)?,
            currency: it.get("amount.currency", described::code)?,
            transaction_fee: it.get("transaction_fee.value", described::exact)?,
            payment_mode: it.get("payment_mode", described::text)?,
            parent_payment: it.get("parent_payment", described::text)?,
            billing_agreement_id: it.get("billing_agreement_id", described::text)?,
            invoice_number: it.get("invoice_number", described::text)?,
            custom: it.get("custom", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            update_time: it.get("update_time", described::instant)?,
        })
    }
}

/// Money of a sale that goes back. PayPal writes its amount with a minus (its simulator: `-0.01`) and without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalSaleRefund {
    pub id: String,
    pub state: Option<String>,
    /// `amount.total`
    pub amount: Decimal,
    /// `amount.currency`
    pub currency: String,
    pub sale_id: Option<String>,
    pub parent_payment: Option<String>,
    pub invoice_number: Option<String>,
    pub reason: Option<String>,
    pub create_time: Option<Timestamp>,
    pub update_time: Option<Timestamp>,
}

impl PaypalSaleRefund {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            state: it.get("state", described::text)?,
            amount: it.get("amount.total", described::exact)?,
            currency: it.get("amount.currency", described::code)?,
            sale_id: it.get("sale_id", described::text)?,
            parent_payment: it.get("parent_payment", described::text)?,
            invoice_number: it.get("invoice_number", described::text)?,
            reason: it.get("reason", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            update_time: it.get("update_time", described::instant)?,
        })
    }
}

/// A captured payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalCapture {
    pub id: String,
    pub status: String,
    /// `amount.value`
    pub amount: Decimal,
    /// `amount.currency_code`
    pub currency: String,
    pub invoice_id: Option<String>,
    pub custom_id: Option<String>,
    pub create_time: Option<Timestamp>,
    pub update_time: Option<Timestamp>,
}

impl PaypalCapture {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            status: it.get("status", described::text)?,
            amount: it.get("amount.value", described::exact)?,
            currency: it.get("amount.currency_code", described::code)?,
            invoice_id: it.get("invoice_id", described::text)?,
            custom_id: it.get("custom_id", described::text)?,
            create_time: it.get("create_time", described::instant)?,
            update_time: it.get("update_time", described::instant)?,
        })
    }
}

/// Money of a captured payment that goes back. The link `up` leads to the payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalRefund {
    pub id: String,
    pub status: String,
    /// `amount.value`
    pub amount: Decimal,
    /// `amount.currency_code`
    pub currency: String,
    pub invoice_id: Option<String>,
    pub custom_id: Option<String>,
    pub links: Option<Vec<PaypalLink>>,
    pub create_time: Option<Timestamp>,
    pub update_time: Option<Timestamp>,
}

impl PaypalRefund {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            status: it.get("status", described::text)?,
            amount: it.get("amount.value", described::exact)?,
            currency: it.get("amount.currency_code", described::code)?,
            invoice_id: it.get("invoice_id", described::text)?,
            custom_id: it.get("custom_id", described::text)?,
            links: it.get("links", described::list(PaypalLink::read))?,
            create_time: it.get("create_time", described::instant)?,
            update_time: it.get("update_time", described::instant)?,
        })
    }
}

/// Where something related stands in the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct PaypalLink {
    pub href: String,
    pub rel: String,
}

impl PaypalLink {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            href: it.get("href", described::text)?,
            rel: it.get("rel", described::text)?,
        })
    }
}

/// How square counts money.
const SQUARE_CURRENCIES: Currencies = Currencies {
    whole: "JPY",
    thousandths: "",
};

/// `square.payment.created`: A payment has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquarePaymentCreated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.payment`
    pub payment: SquarePayment,
}

impl SquarePaymentCreated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            payment: it.get("data.object.payment", SquarePayment::read)?,
        })
    }
}

/// `square.payment.updated`: A payment has changed; its status says to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquarePaymentUpdated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.payment`
    pub payment: SquarePayment,
}

impl SquarePaymentUpdated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            payment: it.get("data.object.payment", SquarePayment::read)?,
        })
    }
}

/// `square.refund.created`: A refund has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareRefundCreated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.refund`
    pub refund: SquareRefund,
}

impl SquareRefundCreated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            refund: it.get("data.object.refund", SquareRefund::read)?,
        })
    }
}

/// `square.refund.updated`: A refund has changed; its status says to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareRefundUpdated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.refund`
    pub refund: SquareRefund,
}

impl SquareRefundUpdated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            refund: it.get("data.object.refund", SquareRefund::read)?,
        })
    }
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquarePayment {
    pub id: String,
    /// `amount_money.amount`, in units of `amount_money.currency`.
    pub amount: Decimal,
    /// `amount_money.currency`
    pub currency: String,
    /// `total_money.amount`, in units of `total_money.currency`.
    pub total: Option<Decimal>,
    /// `refunded_money.amount`, in units of `refunded_money.currency`.
    pub refunded: Option<Decimal>,
    pub status: String,
    pub source_type: Option<String>,
    pub customer_id: Option<String>,
    pub location_id: Option<String>,
    pub order_id: Option<String>,
    pub reference_id: Option<String>,
    pub receipt_number: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
}

impl SquarePayment {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount: it
                .money(
                    "amount_money.amount",
                    "amount_money.currency",
                    SQUARE_CURRENCIES,
                )?,
            currency: it.get("amount_money.currency", described::code)?,
            total: it
                .money("total_money.amount", "total_money.currency", SQUARE_CURRENCIES)?,
            refunded: it
                .money(
                    "refunded_money.amount",
                    "refunded_money.currency",
                    SQUARE_CURRENCIES,
                )?,
            status: it.get("status", described::text)?,
            source_type: it.get("source_type", described::text)?,
            customer_id: it.get("customer_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            order_id: it.get("order_id", described::text)?,
            reference_id: it.get("reference_id", described::text)?,
            receipt_number: it.get("receipt_number", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            updated_at: it.get("updated_at", described::instant)?,
        })
    }
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareRefund {
    pub id: String,
    /// `amount_money.amount`, in units of `amount_money.currency`.
    pub amount: Decimal,
    /// `amount_money.currency`
    pub currency: String,
    pub status: String,
    pub payment_id: Option<String>,
    pub location_id: Option<String>,
    pub order_id: Option<String>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
}

impl SquareRefund {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount: it
                .money(
                    "amount_money.amount",
                    "amount_money.currency",
                    SQUARE_CURRENCIES,
                )?,
            currency: it.get("amount_money.currency", described::code)?,
            status: it.get("status", described::text)?,
            payment_id: it.get("payment_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            order_id: it.get("order_id", described::text)?,
            reason: it.get("reason", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            updated_at: it.get("updated_at", described::instant)?,
        })
    }
}

/// How stripe counts money.
const STRIPE_CURRENCIES: Currencies = Currencies {
    whole: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    thousandths: "BHD JOD KWD OMR TND",
};

/// `stripe.charge.failed`: A charge did not succeed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeChargeFailed {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub charge: StripeCharge,
}

impl StripeChargeFailed {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            charge: it.get("data.object", StripeCharge::read)?,
        })
    }
}

/// `stripe.charge.refunded`: A charge went back, in part or whole: `amount_refunded` of the charge is all that went back so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeChargeRefunded {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub charge: StripeCharge,
    /// `data.previous_attributes.amount_refunded`, in units of `data.object.currency`.
    pub refunded_before: Option<Decimal>,
}

impl StripeChargeRefunded {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            charge: it.get("data.object", StripeCharge::read)?,
            refunded_before: it
                .money(
                    "data.previous_attributes.amount_refunded",
                    "data.object.currency",
                    STRIPE_CURRENCIES,
                )?,
        })
    }
}

/// `stripe.payment_intent.payment_failed`: An attempt to pay has failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripePaymentIntentPaymentFailed {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub payment_intent: StripePaymentIntent,
}

impl StripePaymentIntentPaymentFailed {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            payment_intent: it.get("data.object", StripePaymentIntent::read)?,
        })
    }
}

/// `stripe.payment_intent.succeeded`: A payment is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripePaymentIntentSucceeded {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub payment_intent: StripePaymentIntent,
}

impl StripePaymentIntentSucceeded {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            payment_intent: it.get("data.object", StripePaymentIntent::read)?,
        })
    }
}

/// A payment from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripePaymentIntent {
    pub id: String,
    /// `amount`, in units of `currency`.
    pub amount: Decimal,
    /// `amount_capturable`, in units of `currency`.
    pub amount_capturable: Option<Decimal>,
    /// `amount_received`, in units of `currency`.
    pub amount_received: Option<Decimal>,
    pub currency: String,
    pub status: String,
    pub created: Timestamp,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub last_payment_error: Option<StripePaymentError>,
    pub latest_charge: Option<String>,
    pub payment_method: Option<String>,
    pub receipt_email: Option<String>,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl StripePaymentIntent {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount: it.money("amount", "currency", STRIPE_CURRENCIES)?,
            amount_capturable: it
                .money("amount_capturable", "currency", STRIPE_CURRENCIES)?,
            amount_received: it.money("amount_received", "currency", STRIPE_CURRENCIES)?,
            currency: it.get("currency", described::code)?,
            status: it.get("status", described::text)?,
            created: it.get("created", described::seconds)?,
            customer: it.get("customer", described::text)?,
            description: it.get("description", described::text)?,
            last_payment_error: it.get("last_payment_error", StripePaymentError::read)?,
            latest_charge: it.get("latest_charge", described::text)?,
            payment_method: it.get("payment_method", described::text)?,
            receipt_email: it.get("receipt_email", described::text)?,
            metadata: it.get("metadata", described::texts)?,
        })
    }
}

/// Why an attempt to pay has failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripePaymentError {
    pub r#type: String,
    pub code: Option<String>,
    pub decline_code: Option<String>,
    pub message: Option<String>,
}

impl StripePaymentError {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            r#type: it.get("type", described::text)?,
            code: it.get("code", described::text)?,
            decline_code: it.get("decline_code", described::text)?,
            message: it.get("message", described::text)?,
        })
    }
}

/// One attempt to move money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeCharge {
    pub id: String,
    /// `amount`, in units of `currency`.
    pub amount: Decimal,
    /// `amount_captured`, in units of `currency`.
    pub amount_captured: Option<Decimal>,
    /// `amount_refunded`, in units of `currency`.
    pub amount_refunded: Decimal,
    pub currency: String,
    pub status: String,
    pub paid: bool,
    pub captured: Option<bool>,
    pub refunded: bool,
    pub disputed: Option<bool>,
    pub created: Timestamp,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    pub outcome: Option<StripeOutcome>,
    pub payment_intent: Option<String>,
    pub payment_method: Option<String>,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl StripeCharge {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount: it.money("amount", "currency", STRIPE_CURRENCIES)?,
            amount_captured: it.money("amount_captured", "currency", STRIPE_CURRENCIES)?,
            amount_refunded: it.money("amount_refunded", "currency", STRIPE_CURRENCIES)?,
            currency: it.get("currency", described::code)?,
            status: it.get("status", described::text)?,
            paid: it.get("paid", described::flag)?,
            captured: it.get("captured", described::flag)?,
            refunded: it.get("refunded", described::flag)?,
            disputed: it.get("disputed", described::flag)?,
            created: it.get("created", described::seconds)?,
            customer: it.get("customer", described::text)?,
            description: it.get("description", described::text)?,
            failure_code: it.get("failure_code", described::text)?,
            failure_message: it.get("failure_message", described::text)?,
            outcome: it.get("outcome", StripeOutcome::read)?,
            payment_intent: it.get("payment_intent", described::text)?,
            payment_method: it.get("payment_method", described::text)?,
            metadata: it.get("metadata", described::texts)?,
        })
    }
}

/// Why a charge was taken or refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeOutcome {
    pub r#type: String,
    pub network_status: Option<String>,
    pub reason: Option<String>,
    pub risk_level: Option<String>,
    pub seller_message: Option<String>,
}

impl StripeOutcome {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            r#type: it.get("type", described::text)?,
            network_status: it.get("network_status", described::text)?,
            reason: it.get("reason", described::text)?,
            risk_level: it.get("risk_level", described::text)?,
            seller_message: it.get("seller_message", described::text)?,
        })
    }
}

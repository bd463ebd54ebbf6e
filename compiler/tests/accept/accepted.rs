//! What the routes of `deliveries.pipe` accept, as the providers describe it. Amounts are exact, in units of their currency.
//!
//! - `adyen`: Webhooks API, version 1, from github.com/Adyen/adyen-openapi at aa014f0c, json/Webhooks-v1.json
//! - `adyen_platform`: configuration webhooks, version 2, from github.com/Adyen/adyen-node-api-library at 3b84a188, src/__mocks__/notification
//! - `github`: payload examples of 3a58428aa5c399cf5aa12c8663aea1fb1f515254, from github.com/octokit/webhooks, payload-examples/api.github.com
//! - `paypal`: event version 1.0; payments API v1 and v2 at 6f8a0f13ff2aca372ec1087352e5a13eb5060600, from github.com/paypal/paypal-rest-api-specifications, openapi/payments_payment_v1.json and payments_payment_v2.json; four messages that PayPal signed, in its SDKs for Python, Node, Java and .NET; refunds as its webhooks simulator sends them
//! - `square`: api.json of 5733f6624e9a5b930a8426f0e02a6bf7e35c6c0f, from github.com/square/connect-api-specification, api.json, components/schemas
//! - `stripe`: API version 2024-06-20, from github.com/stripe/openapi at f6c2a48fbac2819d1feba8143d942ffc65e1c0d2, openapi/fixtures3.json; docs.stripe.com/api

use std::collections::BTreeMap;
use pipe_runtime::accept::{Accept, Accepted, Envelope, Place, other};
use pipe_runtime::described::{Currencies, Object};
use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Invalid, Wire};
use pipe_runtime::{Decimal, Timestamp, described};

/// What `route POST /webhooks/{provider}` accepts, deliveries.pipe:45.
pub(crate) const POST_WEBHOOKS__PROVIDER: Accept = Accept {
    senders: &[
        (
            "adyen",
            Envelope {
                provider: "adyen",
                event_type: Place::Body(
                    "notificationItems.0.NotificationRequestItem.eventCode",
                ),
                event_id: Some(
                    Place::Body(
                        "notificationItems.0.NotificationRequestItem.pspReference",
                    ),
                ),
            },
        ),
        (
            "adyen_platform",
            Envelope {
                provider: "adyen_platform",
                event_type: Place::Body("type"),
                event_id: None,
            },
        ),
        (
            "github",
            Envelope {
                provider: "github",
                event_type: Place::Header("X-GitHub-Event"),
                event_id: Some(Place::Header("X-GitHub-Delivery")),
            },
        ),
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

/// What `take` takes: one of the events that its route accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
#[allow(
    clippy::large_enum_variant,
    reason = "one lives as long as its delivery, and is matched on at once"
)]
pub enum TakeInput {
    /// `adyen.AUTHORISATION`
    AdyenAuthorisation(AdyenAuthorisation),
    /// `adyen.CANCELLATION`
    AdyenCancellation(AdyenCancellation),
    /// `adyen.CAPTURE`
    AdyenCapture(AdyenCapture),
    /// `adyen.CAPTURE_FAILED`
    AdyenCaptureFailed(AdyenCaptureFailed),
    /// `adyen.CHARGEBACK`
    AdyenChargeback(AdyenChargeback),
    /// `adyen.REFUND`
    AdyenRefund(AdyenRefund),
    /// `adyen_platform.balancePlatform.accountHolder.created`
    AdyenPlatformBalancePlatformAccountHolderCreated(
        AdyenPlatformBalancePlatformAccountHolderCreated,
    ),
    /// `github.issues`
    GithubIssues(GithubIssues),
    /// `github.marketplace_purchase`
    GithubMarketplacePurchase(GithubMarketplacePurchase),
    /// `github.ping`
    GithubPing(GithubPing),
    /// `github.push`
    GithubPush(GithubPush),
    /// `github.sponsorship`
    GithubSponsorship(GithubSponsorship),
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
    /// `square.dispute.created`
    SquareDisputeCreated(SquareDisputeCreated),
    /// `square.dispute.state.updated`
    SquareDisputeStateUpdated(SquareDisputeStateUpdated),
    /// `square.invoice.payment_made`
    SquareInvoicePaymentMade(SquareInvoicePaymentMade),
    /// `square.order.updated`
    SquareOrderUpdated(SquareOrderUpdated),
    /// `square.payment.created`
    SquarePaymentCreated(SquarePaymentCreated),
    /// `square.payment.updated`
    SquarePaymentUpdated(SquarePaymentUpdated),
    /// `square.refund.created`
    SquareRefundCreated(SquareRefundCreated),
    /// `square.refund.updated`
    SquareRefundUpdated(SquareRefundUpdated),
    /// `stripe.charge.dispute.created`
    StripeChargeDisputeCreated(StripeChargeDisputeCreated),
    /// `stripe.charge.failed`
    StripeChargeFailed(StripeChargeFailed),
    /// `stripe.charge.refunded`
    StripeChargeRefunded(StripeChargeRefunded),
    /// `stripe.checkout.session.completed`
    StripeCheckoutSessionCompleted(StripeCheckoutSessionCompleted),
    /// `stripe.invoice.paid`
    StripeInvoicePaid(StripeInvoicePaid),
    /// `stripe.payment_intent.payment_failed`
    StripePaymentIntentPaymentFailed(StripePaymentIntentPaymentFailed),
    /// `stripe.payment_intent.succeeded`
    StripePaymentIntentSucceeded(StripePaymentIntentSucceeded),
}

impl Accepted for TakeInput {
    fn read(
        provider: &str,
        event_type: &str,
        body: &Wire,
    ) -> Result<Option<Self>, Invalid> {
        match (provider, event_type) {
            ("adyen", "AUTHORISATION") => {
                AdyenAuthorisation::read(body).map(Self::AdyenAuthorisation).map(Some)
            }
            ("adyen", "CANCELLATION") => {
                AdyenCancellation::read(body).map(Self::AdyenCancellation).map(Some)
            }
            ("adyen", "CAPTURE") => {
                AdyenCapture::read(body).map(Self::AdyenCapture).map(Some)
            }
            ("adyen", "CAPTURE_FAILED") => {
                AdyenCaptureFailed::read(body).map(Self::AdyenCaptureFailed).map(Some)
            }
            ("adyen", "CHARGEBACK") => {
                AdyenChargeback::read(body).map(Self::AdyenChargeback).map(Some)
            }
            ("adyen", "REFUND") => {
                AdyenRefund::read(body).map(Self::AdyenRefund).map(Some)
            }
            ("adyen_platform", "balancePlatform.accountHolder.created") => {
                AdyenPlatformBalancePlatformAccountHolderCreated::read(body)
                    .map(Self::AdyenPlatformBalancePlatformAccountHolderCreated)
                    .map(Some)
            }
            ("github", "issues") => {
                GithubIssues::read(body).map(Self::GithubIssues).map(Some)
            }
            ("github", "marketplace_purchase") => {
                GithubMarketplacePurchase::read(body)
                    .map(Self::GithubMarketplacePurchase)
                    .map(Some)
            }
            ("github", "ping") => GithubPing::read(body).map(Self::GithubPing).map(Some),
            ("github", "push") => GithubPush::read(body).map(Self::GithubPush).map(Some),
            ("github", "sponsorship") => {
                GithubSponsorship::read(body).map(Self::GithubSponsorship).map(Some)
            }
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
            ("square", "dispute.created") => {
                SquareDisputeCreated::read(body)
                    .map(Self::SquareDisputeCreated)
                    .map(Some)
            }
            ("square", "dispute.state.updated") => {
                SquareDisputeStateUpdated::read(body)
                    .map(Self::SquareDisputeStateUpdated)
                    .map(Some)
            }
            ("square", "invoice.payment_made") => {
                SquareInvoicePaymentMade::read(body)
                    .map(Self::SquareInvoicePaymentMade)
                    .map(Some)
            }
            ("square", "order.updated") => {
                SquareOrderUpdated::read(body).map(Self::SquareOrderUpdated).map(Some)
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
            ("stripe", "charge.dispute.created") => {
                StripeChargeDisputeCreated::read(body)
                    .map(Self::StripeChargeDisputeCreated)
                    .map(Some)
            }
            ("stripe", "charge.failed") => {
                StripeChargeFailed::read(body).map(Self::StripeChargeFailed).map(Some)
            }
            ("stripe", "charge.refunded") => {
                StripeChargeRefunded::read(body)
                    .map(Self::StripeChargeRefunded)
                    .map(Some)
            }
            ("stripe", "checkout.session.completed") => {
                StripeCheckoutSessionCompleted::read(body)
                    .map(Self::StripeCheckoutSessionCompleted)
                    .map(Some)
            }
            ("stripe", "invoice.paid") => {
                StripeInvoicePaid::read(body).map(Self::StripeInvoicePaid).map(Some)
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

/// How adyen counts money.
const ADYEN_CURRENCIES: Currencies = Currencies {
    whole: "CVE DJF GNF IDR JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    thousandths: "BHD IQD JOD KWD LYD OMR TND",
};

/// `adyen.AUTHORISATION`: A payment was authorised, or refused where `success` is false.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenAuthorisation {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
    /// `notificationItems.0.NotificationRequestItem.operations`
    pub operations: Option<Vec<String>>,
}

impl AdyenAuthorisation {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
            operations: it
                .get(
                    "notificationItems.0.NotificationRequestItem.operations",
                    described::list(described::text),
                )?,
        })
    }
}

/// `adyen.CANCELLATION`: An authorisation was cancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenCancellation {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
}

impl AdyenCancellation {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
        })
    }
}

/// `adyen.CAPTURE`: Authorised money is being taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenCapture {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
}

impl AdyenCapture {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
        })
    }
}

/// `adyen.CAPTURE_FAILED`: What was said to be taken could not be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenCaptureFailed {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
}

impl AdyenCaptureFailed {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
        })
    }
}

/// `adyen.CHARGEBACK`: A disputed payment was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenChargeback {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
}

impl AdyenChargeback {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
        })
    }
}

/// `adyen.REFUND`: Money goes back, or could not where `success` is false.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenRefund {
    pub live: bool,
    /// `notificationItems.0.NotificationRequestItem.pspReference`
    pub psp_reference: String,
    /// `notificationItems.0.NotificationRequestItem.originalReference`
    pub original_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.merchantAccountCode`
    pub merchant_account: String,
    /// `notificationItems.0.NotificationRequestItem.merchantReference`
    pub merchant_reference: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.amount.value`, in units of `notificationItems.0.NotificationRequestItem.amount.currency`.
    pub amount: Decimal,
    /// `notificationItems.0.NotificationRequestItem.amount.currency`
    pub currency: String,
    /// `notificationItems.0.NotificationRequestItem.eventDate`
    pub event_date: Timestamp,
    /// `notificationItems.0.NotificationRequestItem.success`
    pub success: bool,
    /// `notificationItems.0.NotificationRequestItem.reason`
    pub reason: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.paymentMethod`
    pub payment_method: Option<String>,
    /// `notificationItems.0.NotificationRequestItem.additionalData`
    pub additional_data: Option<BTreeMap<String, String>>,
}

impl AdyenRefund {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            live: it.get("live", described::flag_text)?,
            psp_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.pspReference",
                    described::text,
                )?,
            original_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.originalReference",
                    described::text,
                )?,
            merchant_account: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantAccountCode",
                    described::text,
                )?,
            merchant_reference: it
                .get(
                    "notificationItems.0.NotificationRequestItem.merchantReference",
                    described::text,
                )?,
            amount: it
                .money(
                    "notificationItems.0.NotificationRequestItem.amount.value",
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    ADYEN_CURRENCIES,
                )?,
            currency: it
                .get(
                    "notificationItems.0.NotificationRequestItem.amount.currency",
                    described::code,
                )?,
            event_date: it
                .get(
                    "notificationItems.0.NotificationRequestItem.eventDate",
                    described::instant,
                )?,
            success: it
                .get(
                    "notificationItems.0.NotificationRequestItem.success",
                    described::flag_text,
                )?,
            reason: it
                .get(
                    "notificationItems.0.NotificationRequestItem.reason",
                    described::text,
                )?,
            payment_method: it
                .get(
                    "notificationItems.0.NotificationRequestItem.paymentMethod",
                    described::text,
                )?,
            additional_data: it
                .get(
                    "notificationItems.0.NotificationRequestItem.additionalData",
                    described::texts,
                )?,
        })
    }
}

/// `adyen_platform.balancePlatform.accountHolder.created`: Somebody can hold accounts on the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenPlatformBalancePlatformAccountHolderCreated {
    pub environment: String,
    pub timestamp: Option<Timestamp>,
    /// `data.balancePlatform`
    pub balance_platform: String,
    /// `data.accountHolder`
    pub account_holder: AdyenPlatformAccountHolder,
}

impl AdyenPlatformBalancePlatformAccountHolderCreated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            environment: it.get("environment", described::text)?,
            timestamp: it.get("timestamp", described::instant)?,
            balance_platform: it.get("data.balancePlatform", described::text)?,
            account_holder: it
                .get("data.accountHolder", AdyenPlatformAccountHolder::read)?,
        })
    }
}

/// Who holds accounts on the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct AdyenPlatformAccountHolder {
    pub id: String,
    pub status: String,
    pub reference: Option<String>,
    pub description: Option<String>,
    /// `legalEntityId`
    pub legal_entity_id: String,
    /// `contactDetails.email`
    pub email: Option<String>,
}

impl AdyenPlatformAccountHolder {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            status: it.get("status", described::text)?,
            reference: it.get("reference", described::text)?,
            description: it.get("description", described::text)?,
            legal_entity_id: it.get("legalEntityId", described::text)?,
            email: it.get("contactDetails.email", described::text)?,
        })
    }
}

/// `github.issues`: An issue was opened, closed or changed; `action` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubIssues {
    pub action: String,
    pub issue: GithubIssue,
    pub repository: GithubRepository,
    pub sender: GithubUser,
}

impl GithubIssues {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            action: it.get("action", described::text)?,
            issue: it.get("issue", GithubIssue::read)?,
            repository: it.get("repository", GithubRepository::read)?,
            sender: it.get("sender", GithubUser::read)?,
        })
    }
}

/// `github.marketplace_purchase`: Somebody has bought, changed or ended a plan; `action` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubMarketplacePurchase {
    pub action: String,
    pub effective_date: Timestamp,
    /// `marketplace_purchase`
    pub purchase: GithubPurchase,
    pub sender: GithubUser,
}

impl GithubMarketplacePurchase {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            action: it.get("action", described::text)?,
            effective_date: it.get("effective_date", described::instant)?,
            purchase: it.get("marketplace_purchase", GithubPurchase::read)?,
            sender: it.get("sender", GithubUser::read)?,
        })
    }
}

/// `github.ping`: A webhook was set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubPing {
    pub zen: String,
    pub hook_id: i64,
    pub repository: Option<GithubRepository>,
    pub sender: Option<GithubUser>,
}

impl GithubPing {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            zen: it.get("zen", described::text)?,
            hook_id: it.get("hook_id", described::whole)?,
            repository: it.get("repository", GithubRepository::read)?,
            sender: it.get("sender", GithubUser::read)?,
        })
    }
}

/// `github.push`: Commits, a branch or a tag were pushed or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubPush {
    pub r#ref: String,
    pub before: String,
    pub after: String,
    pub created: bool,
    pub deleted: bool,
    pub forced: bool,
    pub repository: GithubRepository,
    pub sender: Option<GithubUser>,
}

impl GithubPush {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            r#ref: it.get("ref", described::text)?,
            before: it.get("before", described::text)?,
            after: it.get("after", described::text)?,
            created: it.get("created", described::flag)?,
            deleted: it.get("deleted", described::flag)?,
            forced: it.get("forced", described::flag)?,
            repository: it.get("repository", GithubRepository::read)?,
            sender: it.get("sender", GithubUser::read)?,
        })
    }
}

/// `github.sponsorship`: A sponsorship was begun, changed or ended; `action` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubSponsorship {
    pub action: String,
    pub sponsorship: GithubSponsorship_,
    pub sender: GithubUser,
}

impl GithubSponsorship {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            action: it.get("action", described::text)?,
            sponsorship: it.get("sponsorship", GithubSponsorship_::read)?,
            sender: it.get("sender", GithubUser::read)?,
        })
    }
}

/// A person, an organisation or a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubUser {
    pub id: i64,
    pub login: String,
    pub r#type: String,
}

impl GithubUser {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            login: it.get("login", described::text)?,
            r#type: it.get("type", described::text)?,
        })
    }
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubRepository {
    pub id: i64,
    pub name: String,
    pub full_name: String,
    pub private: bool,
    pub html_url: String,
    pub default_branch: Option<String>,
}

impl GithubRepository {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            name: it.get("name", described::text)?,
            full_name: it.get("full_name", described::text)?,
            private: it.get("private", described::flag)?,
            html_url: it.get("html_url", described::text)?,
            default_branch: it.get("default_branch", described::text)?,
        })
    }
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubIssue {
    pub id: i64,
    pub number: i64,
    pub title: String,
    pub state: Option<String>,
    pub body: Option<String>,
    pub user: Option<GithubUser>,
    pub labels: Option<Vec<GithubLabel>>,
    pub html_url: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
}

impl GithubIssue {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            number: it.get("number", described::whole)?,
            title: it.get("title", described::text)?,
            state: it.get("state", described::text)?,
            body: it.get("body", described::text)?,
            user: it.get("user", GithubUser::read)?,
            labels: it.get("labels", described::list(GithubLabel::read))?,
            html_url: it.get("html_url", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            updated_at: it.get("updated_at", described::instant)?,
            closed_at: it.get("closed_at", described::instant)?,
        })
    }
}

/// A label of an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubLabel {
    pub id: i64,
    pub name: String,
}

impl GithubLabel {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            name: it.get("name", described::text)?,
        })
    }
}

/// What was bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubPurchase {
    pub account: GithubAccount,
    pub billing_cycle: String,
    pub unit_count: i64,
    pub on_free_trial: bool,
    pub free_trial_ends_on: Option<Timestamp>,
    pub next_billing_date: Option<Timestamp>,
    pub plan: GithubPlan,
}

impl GithubPurchase {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            account: it.get("account", GithubAccount::read)?,
            billing_cycle: it.get("billing_cycle", described::text)?,
            unit_count: it.get("unit_count", described::whole)?,
            on_free_trial: it.get("on_free_trial", described::flag)?,
            free_trial_ends_on: it.get("free_trial_ends_on", described::instant)?,
            next_billing_date: it.get("next_billing_date", described::instant)?,
            plan: it.get("plan", GithubPlan::read)?,
        })
    }
}

/// Who has bought it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubAccount {
    pub id: i64,
    pub login: String,
    pub r#type: String,
    pub organization_billing_email: Option<String>,
}

impl GithubAccount {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            login: it.get("login", described::text)?,
            r#type: it.get("type", described::text)?,
            organization_billing_email: it
                .get("organization_billing_email", described::text)?,
        })
    }
}

/// What it costs, in cents of the US dollar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubPlan {
    pub id: i64,
    pub name: String,
    pub price_model: String,
    pub monthly_price_in_cents: i64,
    pub yearly_price_in_cents: i64,
    pub unit_name: Option<String>,
}

impl GithubPlan {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::whole)?,
            name: it.get("name", described::text)?,
            price_model: it.get("price_model", described::text)?,
            monthly_price_in_cents: it.get("monthly_price_in_cents", described::whole)?,
            yearly_price_in_cents: it.get("yearly_price_in_cents", described::whole)?,
            unit_name: it.get("unit_name", described::text)?,
        })
    }
}

/// Who sponsors whom, and with how much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubSponsorship_ {
    pub node_id: String,
    pub sponsor: Option<GithubUser>,
    pub sponsorable: Option<GithubUser>,
    pub privacy_level: String,
    pub tier: GithubTier,
    pub created_at: Timestamp,
}

impl GithubSponsorship_ {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            node_id: it.get("node_id", described::text)?,
            sponsor: it.get("sponsor", GithubUser::read)?,
            sponsorable: it.get("sponsorable", GithubUser::read)?,
            privacy_level: it.get("privacy_level", described::text)?,
            tier: it.get("tier", GithubTier::read)?,
            created_at: it.get("created_at", described::instant)?,
        })
    }
}

/// A sponsor's monthly price, in cents of the US dollar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct GithubTier {
    pub node_id: String,
    pub name: String,
    pub monthly_price_in_cents: i64,
    pub is_one_time: bool,
    pub is_custom_amount: bool,
    pub created_at: Timestamp,
}

impl GithubTier {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            node_id: it.get("node_id", described::text)?,
            name: it.get("name", described::text)?,
            monthly_price_in_cents: it.get("monthly_price_in_cents", described::whole)?,
            is_one_time: it.get("is_one_time", described::flag)?,
            is_custom_amount: it.get("is_custom_amount", described::flag)?,
            created_at: it.get("created_at", described::instant)?,
        })
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

/// `square.dispute.created`: A cardholder disputes a payment with their bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareDisputeCreated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.dispute`
    pub dispute: SquareDispute,
}

impl SquareDisputeCreated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            dispute: it.get("data.object.dispute", SquareDispute::read)?,
        })
    }
}

/// `square.dispute.state.updated`: A dispute has come to another state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareDisputeStateUpdated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.dispute`
    pub dispute: SquareDispute,
}

impl SquareDisputeStateUpdated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            dispute: it.get("data.object.dispute", SquareDispute::read)?,
        })
    }
}

/// `square.invoice.payment_made`: A payment was made for an invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareInvoicePaymentMade {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.invoice`
    pub invoice: SquareInvoice,
}

impl SquareInvoicePaymentMade {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            invoice: it.get("data.object.invoice", SquareInvoice::read)?,
        })
    }
}

/// `square.order.updated`: An order has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareOrderUpdated {
    pub event_id: String,
    pub merchant_id: String,
    pub location_id: Option<String>,
    pub created_at: Timestamp,
    /// `data.object.order_updated`
    pub order: SquareOrder,
}

impl SquareOrderUpdated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            event_id: it.get("event_id", described::text)?,
            merchant_id: it.get("merchant_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            created_at: it.get("created_at", described::instant)?,
            order: it.get("data.object.order_updated", SquareOrder::read)?,
        })
    }
}

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

/// A cardholder's question about a payment, put to their bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareDispute {
    pub id: String,
    /// `amount_money.amount`, in units of `amount_money.currency`.
    pub amount: Decimal,
    /// `amount_money.currency`
    pub currency: String,
    pub state: String,
    pub reason: String,
    pub card_brand: Option<String>,
    /// `disputed_payment.payment_id`
    pub payment_id: Option<String>,
    pub location_id: Option<String>,
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
}

impl SquareDispute {
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
            state: it.get("state", described::text)?,
            reason: it.get("reason", described::text)?,
            card_brand: it.get("card_brand", described::text)?,
            payment_id: it.get("disputed_payment.payment_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            due_at: it.get("due_at", described::instant)?,
            created_at: it.get("created_at", described::instant)?,
            updated_at: it.get("updated_at", described::instant)?,
        })
    }
}

/// An order as an event tells of it; what is in it is read over the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareOrder {
    pub order_id: String,
    pub state: String,
    pub location_id: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
}

impl SquareOrder {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            order_id: it.get("order_id", described::text)?,
            state: it.get("state", described::text)?,
            location_id: it.get("location_id", described::text)?,
            version: it.get("version", described::whole)?,
            created_at: it.get("created_at", described::instant)?,
            updated_at: it.get("updated_at", described::instant)?,
        })
    }
}

/// What a customer owes. It may have several payment requests, so its amounts are read from the raw body or over the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct SquareInvoice {
    pub id: String,
    pub invoice_number: Option<String>,
    pub status: String,
    pub title: Option<String>,
    /// `primary_recipient.customer_id`
    pub customer_id: Option<String>,
    pub location_id: Option<String>,
    pub order_id: Option<String>,
    /// `store_payment_method_enabled`
    pub card_is_stored: Option<bool>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
}

impl SquareInvoice {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            invoice_number: it.get("invoice_number", described::text)?,
            status: it.get("status", described::text)?,
            title: it.get("title", described::text)?,
            customer_id: it.get("primary_recipient.customer_id", described::text)?,
            location_id: it.get("location_id", described::text)?,
            order_id: it.get("order_id", described::text)?,
            card_is_stored: it.get("store_payment_method_enabled", described::flag)?,
            version: it.get("version", described::whole)?,
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

/// `stripe.charge.dispute.created`: A customer disputes a charge with their bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeChargeDisputeCreated {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub dispute: StripeDispute,
}

impl StripeChargeDisputeCreated {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            dispute: it.get("data.object", StripeDispute::read)?,
        })
    }
}

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

/// `stripe.checkout.session.completed`: A customer has finished a checkout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeCheckoutSessionCompleted {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub session: StripeCheckoutSession,
}

impl StripeCheckoutSessionCompleted {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            session: it.get("data.object", StripeCheckoutSession::read)?,
        })
    }
}

/// `stripe.invoice.paid`: An invoice is paid, or marked as paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeInvoicePaid {
    pub id: String,
    pub api_version: Option<String>,
    pub created: Timestamp,
    pub livemode: bool,
    /// `data.object`
    pub invoice: StripeInvoice,
}

impl StripeInvoicePaid {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            api_version: it.get("api_version", described::text)?,
            created: it.get("created", described::seconds)?,
            livemode: it.get("livemode", described::flag)?,
            invoice: it.get("data.object", StripeInvoice::read)?,
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

/// A customer's question about a charge, put to their bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeDispute {
    pub id: String,
    /// `amount`, in units of `currency`.
    pub amount: Decimal,
    pub currency: String,
    pub charge: String,
    pub payment_intent: Option<String>,
    pub reason: String,
    pub status: String,
    /// `evidence_details.due_by`
    pub evidence_due_by: Option<Timestamp>,
    pub is_charge_refundable: bool,
    pub created: Timestamp,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl StripeDispute {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount: it.money("amount", "currency", STRIPE_CURRENCIES)?,
            currency: it.get("currency", described::code)?,
            charge: it.get("charge", described::text)?,
            payment_intent: it.get("payment_intent", described::text)?,
            reason: it.get("reason", described::text)?,
            status: it.get("status", described::text)?,
            evidence_due_by: it.get("evidence_details.due_by", described::seconds)?,
            is_charge_refundable: it.get("is_charge_refundable", described::flag)?,
            created: it.get("created", described::seconds)?,
            metadata: it.get("metadata", described::texts)?,
        })
    }
}

/// What a customer owes for a time or a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeInvoice {
    pub id: String,
    pub number: Option<String>,
    /// `amount_due`, in units of `currency`.
    pub amount_due: Decimal,
    /// `amount_paid`, in units of `currency`.
    pub amount_paid: Decimal,
    /// `amount_remaining`, in units of `currency`.
    pub amount_remaining: Decimal,
    /// `total`, in units of `currency`.
    pub total: Decimal,
    pub currency: String,
    pub status: Option<String>,
    pub billing_reason: Option<String>,
    pub customer: Option<String>,
    pub customer_email: Option<String>,
    pub created: Timestamp,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl StripeInvoice {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            number: it.get("number", described::text)?,
            amount_due: it.money("amount_due", "currency", STRIPE_CURRENCIES)?,
            amount_paid: it.money("amount_paid", "currency", STRIPE_CURRENCIES)?,
            amount_remaining: it
                .money("amount_remaining", "currency", STRIPE_CURRENCIES)?,
            total: it.money("total", "currency", STRIPE_CURRENCIES)?,
            currency: it.get("currency", described::code)?,
            status: it.get("status", described::text)?,
            billing_reason: it.get("billing_reason", described::text)?,
            customer: it.get("customer", described::text)?,
            customer_email: it.get("customer_email", described::text)?,
            created: it.get("created", described::seconds)?,
            period_start: it.get("period_start", described::seconds)?,
            period_end: it.get("period_end", described::seconds)?,
            metadata: it.get("metadata", described::texts)?,
        })
    }
}

/// A customer's way through a checkout. Amounts and currency are absent where nothing is to be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct StripeCheckoutSession {
    pub id: String,
    /// `amount_subtotal`, in units of `currency`.
    pub amount_subtotal: Option<Decimal>,
    /// `amount_total`, in units of `currency`.
    pub amount_total: Option<Decimal>,
    pub currency: Option<String>,
    pub mode: String,
    pub payment_status: String,
    pub status: Option<String>,
    pub client_reference_id: Option<String>,
    pub customer: Option<String>,
    /// `customer_details.email`
    pub customer_email: Option<String>,
    pub invoice: Option<String>,
    pub payment_intent: Option<String>,
    pub subscription: Option<String>,
    pub created: Timestamp,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl StripeCheckoutSession {
    fn read(body: &Wire) -> Result<Self, Invalid> {
        let it = Object::of(body)?;
        Ok(Self {
            id: it.get("id", described::text)?,
            amount_subtotal: it.money("amount_subtotal", "currency", STRIPE_CURRENCIES)?,
            amount_total: it.money("amount_total", "currency", STRIPE_CURRENCIES)?,
            currency: it.get("currency", described::code)?,
            mode: it.get("mode", described::text)?,
            payment_status: it.get("payment_status", described::text)?,
            status: it.get("status", described::text)?,
            client_reference_id: it.get("client_reference_id", described::text)?,
            customer: it.get("customer", described::text)?,
            customer_email: it.get("customer_details.email", described::text)?,
            invoice: it.get("invoice", described::text)?,
            payment_intent: it.get("payment_intent", described::text)?,
            subscription: it.get("subscription", described::text)?,
            created: it.get("created", described::seconds)?,
            metadata: it.get("metadata", described::texts)?,
        })
    }
}

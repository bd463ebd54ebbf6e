//! Stripe's events.

use super::field::{FieldKind, currency, flag, minor, of, record, seconds, text};
use super::{Event, Field, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "stripe",
    schemes: &["stripe"],
    version: "API version 2024-06-20",
    source: "github.com/stripe/openapi at f6c2a48fbac2819d1feba8143d942ffc65e1c0d2, openapi/fixtures3.json; docs.stripe.com/api",
    event_type: Place::Body("type"),
    event_id: Some(Place::Body("id")),
    identity: &[Place::Body("id")],
    // docs.stripe.com/currencies. UGX is not here: it has no minor unit, and Stripe counts hundredths of it all the same.
    money: Money {
        whole: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
        thousandths: "BHD JOD KWD OMR TND",
    },
    common: &[
        text("id"),
        text("api_version").maybe(),
        seconds("created"),
        flag("livemode"),
    ],
    records: &[
        PAYMENT_INTENT,
        PAYMENT_ERROR,
        CHARGE,
        OUTCOME,
        DISPUTE,
        INVOICE,
        CHECKOUT_SESSION,
    ],
    events: &[
        Event {
            name: "charge.dispute.created",
            doc: "A customer disputes a charge with their bank.",
            fields: &[object("dispute", "Dispute")],
        },
        Event {
            name: "charge.failed",
            doc: "A charge did not succeed.",
            fields: &[object("charge", "Charge")],
        },
        Event {
            name: "charge.refunded",
            doc: "A charge went back, in part or whole: `amount_refunded` of the charge is all that went back so far.",
            fields: &[
                object("charge", "Charge"),
                minor("refunded_before", "data.object.currency")
                    .at("data.previous_attributes.amount_refunded")
                    .maybe(),
            ],
        },
        Event {
            name: "checkout.session.completed",
            doc: "A customer has finished a checkout.",
            fields: &[object("session", "CheckoutSession")],
        },
        Event {
            name: "invoice.paid",
            doc: "An invoice is paid, or marked as paid.",
            fields: &[object("invoice", "Invoice")],
        },
        Event {
            name: "payment_intent.payment_failed",
            doc: "An attempt to pay has failed.",
            fields: &[object("payment_intent", "PaymentIntent")],
        },
        Event {
            name: "payment_intent.succeeded",
            doc: "A payment is complete.",
            fields: &[object("payment_intent", "PaymentIntent")],
        },
    ],
};

/// The object that an event is about.
const fn object(name: &'static str, of: &'static str) -> Field {
    record(name, of).at("data.object")
}

const PAYMENT_INTENT: Record = Record {
    name: "PaymentIntent",
    doc: "A payment from its beginning to its end.",
    fields: &[
        text("id"),
        minor("amount", "currency"),
        minor("amount_capturable", "currency").maybe(),
        minor("amount_received", "currency").maybe(),
        currency("currency"),
        text("status"),
        seconds("created"),
        text("customer").maybe(),
        text("description").maybe(),
        record("last_payment_error", "PaymentError").maybe(),
        text("latest_charge").maybe(),
        text("payment_method").maybe(),
        text("receipt_email").maybe(),
        of("metadata", FieldKind::Texts).maybe(),
    ],
};

const PAYMENT_ERROR: Record = Record {
    name: "PaymentError",
    doc: "Why an attempt to pay has failed.",
    fields: &[
        text("type"),
        text("code").maybe(),
        text("decline_code").maybe(),
        text("message").maybe(),
    ],
};

const CHARGE: Record = Record {
    name: "Charge",
    doc: "One attempt to move money.",
    fields: &[
        text("id"),
        minor("amount", "currency"),
        minor("amount_captured", "currency").maybe(),
        minor("amount_refunded", "currency"),
        currency("currency"),
        text("status"),
        flag("paid"),
        flag("captured").maybe(),
        flag("refunded"),
        flag("disputed").maybe(),
        seconds("created"),
        text("customer").maybe(),
        text("description").maybe(),
        text("failure_code").maybe(),
        text("failure_message").maybe(),
        record("outcome", "Outcome").maybe(),
        text("payment_intent").maybe(),
        text("payment_method").maybe(),
        of("metadata", FieldKind::Texts).maybe(),
    ],
};

const OUTCOME: Record = Record {
    name: "Outcome",
    doc: "Why a charge was taken or refused.",
    fields: &[
        text("type"),
        text("network_status").maybe(),
        text("reason").maybe(),
        text("risk_level").maybe(),
        text("seller_message").maybe(),
    ],
};

const DISPUTE: Record = Record {
    name: "Dispute",
    doc: "A customer's question about a charge, put to their bank.",
    fields: &[
        text("id"),
        minor("amount", "currency"),
        currency("currency"),
        text("charge"),
        text("payment_intent").maybe(),
        text("reason"),
        text("status"),
        seconds("evidence_due_by")
            .at("evidence_details.due_by")
            .maybe(),
        flag("is_charge_refundable"),
        seconds("created"),
        of("metadata", FieldKind::Texts).maybe(),
    ],
};

const INVOICE: Record = Record {
    name: "Invoice",
    doc: "What a customer owes for a time or a thing.",
    fields: &[
        text("id"),
        text("number").maybe(),
        minor("amount_due", "currency"),
        minor("amount_paid", "currency"),
        minor("amount_remaining", "currency"),
        minor("total", "currency"),
        currency("currency"),
        text("status").maybe(),
        text("billing_reason").maybe(),
        text("customer").maybe(),
        text("customer_email").maybe(),
        seconds("created"),
        seconds("period_start"),
        seconds("period_end"),
        of("metadata", FieldKind::Texts).maybe(),
    ],
};

const CHECKOUT_SESSION: Record = Record {
    name: "CheckoutSession",
    doc: "A customer's way through a checkout. Amounts and currency are absent where nothing is to be paid.",
    fields: &[
        text("id"),
        minor("amount_subtotal", "currency").maybe(),
        minor("amount_total", "currency").maybe(),
        currency("currency").maybe(),
        text("mode"),
        text("payment_status"),
        text("status").maybe(),
        text("client_reference_id").maybe(),
        text("customer").maybe(),
        text("customer_email").at("customer_details.email").maybe(),
        text("invoice").maybe(),
        text("payment_intent").maybe(),
        text("subscription").maybe(),
        seconds("created"),
        of("metadata", FieldKind::Texts).maybe(),
    ],
};

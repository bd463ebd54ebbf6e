//! PayPal's events: of sales as version 1 of its payments API has them, of captures as version 2 has them. Its signature covers a checksum
//! of the body only, so an amount is to be looked up by its id before money moves.

use super::field::{Field, FieldKind, currency, instant, of, record, text};
use super::{Event, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "paypal",
    schemes: &["paypal"],
    version: "event version 1.0; payments API v1 and v2 at 6f8a0f13ff2aca372ec1087352e5a13eb5060600",
    source: "github.com/paypal/paypal-rest-api-specifications, openapi/payments_payment_v1.json and payments_payment_v2.json; four messages that \
             PayPal signed, in its SDKs for Python, Node, Java and .NET; refunds as its webhooks simulator sends them",
    event_type: Place::Body("event_type"),
    event_id: Some(Place::Body("id")),
    identity: &[Place::Body("id")],
    // Amounts are decimals in text.
    money: Money {
        whole: "",
        thousandths: "",
    },
    common: &[
        text("id"),
        instant("create_time"),
        text("resource_type").maybe(),
        text("summary").maybe(),
    ],
    records: &[SALE, SALE_REFUND, CAPTURE, REFUND, LINK],
    events: &[
        Event {
            name: "PAYMENT.CAPTURE.COMPLETED",
            doc: "A payment is captured.",
            fields: &[record("capture", "Capture").at("resource")],
        },
        Event {
            name: "PAYMENT.CAPTURE.DECLINED",
            doc: "A payment could not be captured.",
            fields: &[record("capture", "Capture").at("resource")],
        },
        Event {
            name: "PAYMENT.CAPTURE.DENIED",
            doc: "A captured payment was pending, and is denied.",
            fields: &[record("capture", "Capture").at("resource")],
        },
        Event {
            name: "PAYMENT.CAPTURE.REFUNDED",
            doc: "A captured payment went back, in part or whole.",
            fields: &[record("refund", "Refund").at("resource")],
        },
        Event {
            name: "PAYMENT.SALE.COMPLETED",
            doc: "A sale is complete.",
            fields: &[record("sale", "Sale").at("resource")],
        },
        Event {
            name: "PAYMENT.SALE.DENIED",
            doc: "A sale was pending, and is denied.",
            fields: &[record("sale", "Sale").at("resource")],
        },
        Event {
            name: "PAYMENT.SALE.REFUNDED",
            doc: "A sale went back, in part or whole.",
            fields: &[record("refund", "SaleRefund").at("resource")],
        },
    ],
};

/// How version 1 of the API spells money.
const TOTAL: Field = of("amount", FieldKind::Exact).at("amount.total");
const TOTAL_CURRENCY: Field = currency("currency").at("amount.currency");
/// How version 2 does.
const VALUE: Field = of("amount", FieldKind::Exact).at("amount.value");
const VALUE_CURRENCY: Field = currency("currency").at("amount.currency_code");

const SALE: Record = Record {
    name: "Sale",
    doc: "A payment that was taken at once.",
    fields: &[
        text("id"),
        text("state"),
        TOTAL,
        TOTAL_CURRENCY,
        of("transaction_fee", FieldKind::Exact)
            .at("transaction_fee.value")
            .maybe(),
        text("payment_mode").maybe(),
        text("parent_payment").maybe(),
        text("billing_agreement_id").maybe(),
        text("invoice_number").maybe(),
        text("custom").maybe(),
        instant("create_time"),
        instant("update_time").maybe(),
    ],
};

const SALE_REFUND: Record = Record {
    name: "SaleRefund",
    doc: "Money of a sale that goes back. PayPal writes its amount with a minus (its simulator: `-0.01`) and without.",
    fields: &[
        text("id"),
        text("state").maybe(),
        TOTAL,
        TOTAL_CURRENCY,
        text("sale_id").maybe(),
        text("parent_payment").maybe(),
        text("invoice_number").maybe(),
        text("reason").maybe(),
        instant("create_time").maybe(),
        instant("update_time").maybe(),
    ],
};

const CAPTURE: Record = Record {
    name: "Capture",
    doc: "A captured payment.",
    fields: &[
        text("id"),
        text("status"),
        VALUE,
        VALUE_CURRENCY,
        text("invoice_id").maybe(),
        text("custom_id").maybe(),
        instant("create_time").maybe(),
        instant("update_time").maybe(),
    ],
};

const REFUND: Record = Record {
    name: "Refund",
    doc: "Money of a captured payment that goes back. The link `up` leads to the payment.",
    fields: &[
        text("id"),
        text("status"),
        VALUE,
        VALUE_CURRENCY,
        text("invoice_id").maybe(),
        text("custom_id").maybe(),
        of("links", FieldKind::Records("Link")).maybe(),
        instant("create_time").maybe(),
        instant("update_time").maybe(),
    ],
};

const LINK: Record = Record {
    name: "Link",
    doc: "Where something related stands in the API.",
    fields: &[text("href"), text("rel")],
};

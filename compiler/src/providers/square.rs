//! Square's events.

use super::field::{currency, flag, instant, minor, record, text, whole};
use super::{Event, Field, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "square",
    schemes: &["square"],
    version: "api.json of 5733f6624e9a5b930a8426f0e02a6bf7e35c6c0f",
    source: "github.com/square/connect-api-specification, api.json, components/schemas",
    event_type: Place::Body("type"),
    event_id: Some(Place::Body("event_id")),
    identity: &[Place::Body("event_id")],
    // developer.squareup.com, "Working with monetary amounts": the smallest unit of the currency. Of those without one it charges in JPY.
    money: Money {
        whole: "JPY",
        thousandths: "",
    },
    common: &[
        text("event_id"),
        text("merchant_id"),
        text("location_id").maybe(),
        instant("created_at"),
    ],
    records: &[PAYMENT, REFUND, DISPUTE, ORDER, INVOICE],
    events: &[
        Event {
            name: "dispute.created",
            doc: "A cardholder disputes a payment with their bank.",
            fields: &[record("dispute", "Dispute").at("data.object.dispute")],
        },
        Event {
            name: "dispute.state.updated",
            doc: "A dispute has come to another state.",
            fields: &[record("dispute", "Dispute").at("data.object.dispute")],
        },
        Event {
            name: "invoice.payment_made",
            doc: "A payment was made for an invoice.",
            fields: &[record("invoice", "Invoice").at("data.object.invoice")],
        },
        Event {
            name: "order.updated",
            doc: "An order has changed.",
            fields: &[record("order", "Order").at("data.object.order_updated")],
        },
        Event {
            name: "payment.created",
            doc: "A payment has begun.",
            fields: &[record("payment", "Payment").at("data.object.payment")],
        },
        Event {
            name: "payment.updated",
            doc: "A payment has changed; its status says to what.",
            fields: &[record("payment", "Payment").at("data.object.payment")],
        },
        Event {
            name: "refund.created",
            doc: "A refund has begun.",
            fields: &[record("refund", "Refund").at("data.object.refund")],
        },
        Event {
            name: "refund.updated",
            doc: "A refund has changed; its status says to what.",
            fields: &[record("refund", "Refund").at("data.object.refund")],
        },
    ],
};

/// Square keeps amount and currency in one object.
const AMOUNT: Field = minor("amount", "amount_money.currency").at("amount_money.amount");
const CURRENCY: Field = currency("currency").at("amount_money.currency");

const PAYMENT: Record = Record {
    name: "Payment",
    doc: "A payment.",
    fields: &[
        text("id"),
        AMOUNT,
        CURRENCY,
        minor("total", "total_money.currency")
            .at("total_money.amount")
            .maybe(),
        minor("refunded", "refunded_money.currency")
            .at("refunded_money.amount")
            .maybe(),
        text("status"),
        text("source_type").maybe(),
        text("customer_id").maybe(),
        text("location_id").maybe(),
        text("order_id").maybe(),
        text("reference_id").maybe(),
        text("receipt_number").maybe(),
        instant("created_at"),
        instant("updated_at").maybe(),
    ],
};

const REFUND: Record = Record {
    name: "Refund",
    doc: "Money that goes back.",
    fields: &[
        text("id"),
        AMOUNT,
        CURRENCY,
        text("status"),
        text("payment_id").maybe(),
        text("location_id").maybe(),
        text("order_id").maybe(),
        text("reason").maybe(),
        instant("created_at"),
        instant("updated_at").maybe(),
    ],
};

const DISPUTE: Record = Record {
    name: "Dispute",
    doc: "A cardholder's question about a payment, put to their bank.",
    fields: &[
        text("id"),
        AMOUNT,
        CURRENCY,
        text("state"),
        text("reason"),
        text("card_brand").maybe(),
        text("payment_id").at("disputed_payment.payment_id").maybe(),
        text("location_id").maybe(),
        instant("due_at").maybe(),
        instant("created_at"),
        instant("updated_at").maybe(),
    ],
};

const ORDER: Record = Record {
    name: "Order",
    doc: "An order as an event tells of it; what is in it is read over the API.",
    fields: &[
        text("order_id"),
        text("state"),
        text("location_id"),
        whole("version"),
        instant("created_at"),
        instant("updated_at").maybe(),
    ],
};

const INVOICE: Record = Record {
    name: "Invoice",
    doc: "What a customer owes. It may have several payment requests, so its amounts are read from the raw body or over the API.",
    fields: &[
        text("id"),
        text("invoice_number").maybe(),
        text("status"),
        text("title").maybe(),
        text("customer_id")
            .at("primary_recipient.customer_id")
            .maybe(),
        text("location_id").maybe(),
        text("order_id").maybe(),
        flag("card_is_stored")
            .at("store_payment_method_enabled")
            .maybe(),
        whole("version"),
        instant("created_at"),
        instant("updated_at").maybe(),
    ],
};

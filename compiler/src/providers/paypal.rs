//! PayPal's events. Its signature covers a checksum of the body only, so an amount is to be looked up by its id before money moves.

use super::field::{FieldKind, currency, instant, of, record, text};
use super::{Event, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "paypal",
    schemes: &["paypal"],
    version: "event version 1.0, as sent from 2015-05 to 2016-10",
    source: "four messages that PayPal signed, in its SDKs for Python, Node, Java and .NET; developer.paypal.com, payments API v1",
    event_type: Place::Body("event_type"),
    event_id: Some(Place::Body("id")),
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
    records: &[SALE],
    events: &[Event {
        name: "PAYMENT.SALE.COMPLETED",
        doc: "A sale is complete.",
        fields: &[record("sale", "Sale").at("resource")],
    }],
};

const SALE: Record = Record {
    name: "Sale",
    doc: "A payment that was taken at once.",
    fields: &[
        text("id"),
        text("state"),
        of("amount", FieldKind::Exact).at("amount.total"),
        currency("currency").at("amount.currency"),
        of("transaction_fee", FieldKind::Exact)
            .at("transaction_fee.value")
            .maybe(),
        text("payment_mode").maybe(),
        text("parent_payment").maybe(),
        text("invoice_number").maybe(),
        text("custom").maybe(),
        instant("create_time"),
        instant("update_time").maybe(),
    ],
};

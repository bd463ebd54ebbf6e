//! Adyen's standard notifications. As JSON each delivery holds one item.

use super::field::{FieldKind, currency, instant, minor, of, text};
use super::{Event, Field, Money, Place, Provider};

pub(super) const PROVIDER: Provider = Provider {
    name: "adyen",
    schemes: &["adyen"],
    version: "Webhooks API, version 1",
    source: "github.com/Adyen/adyen-openapi at aa014f0c, json/Webhooks-v1.json",
    event_type: Place::Body("notificationItems.0.NotificationRequestItem.eventCode"),
    // The reference of the payment or of its modification: a notification has no id of its own.
    event_id: Some(Place::Body(
        "notificationItems.0.NotificationRequestItem.pspReference",
    )),
    // docs.adyen.com/development-resources/webhooks/handle-webhook-events: of the same three, the latest counts.
    identity: &[
        Place::Body("notificationItems.0.NotificationRequestItem.pspReference"),
        Place::Body("notificationItems.0.NotificationRequestItem.eventCode"),
        Place::Body("notificationItems.0.NotificationRequestItem.success"),
    ],
    // docs.adyen.com/development-resources/currency-codes; CLP and ISK are hundredths there, CVE and IDR whole.
    money: Money {
        whole: "CVE DJF GNF IDR JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        thousandths: "BHD IQD JOD KWD LYD OMR TND",
    },
    common: &[
        of("live", FieldKind::FlagText),
        text("psp_reference").at("notificationItems.0.NotificationRequestItem.pspReference"),
        text("original_reference")
            .at("notificationItems.0.NotificationRequestItem.originalReference")
            .maybe(),
        text("merchant_account")
            .at("notificationItems.0.NotificationRequestItem.merchantAccountCode"),
        text("merchant_reference")
            .at("notificationItems.0.NotificationRequestItem.merchantReference")
            .maybe(),
        minor(
            "amount",
            "notificationItems.0.NotificationRequestItem.amount.currency",
        )
        .at("notificationItems.0.NotificationRequestItem.amount.value"),
        currency("currency").at("notificationItems.0.NotificationRequestItem.amount.currency"),
        instant("event_date").at("notificationItems.0.NotificationRequestItem.eventDate"),
        of("success", FieldKind::FlagText)
            .at("notificationItems.0.NotificationRequestItem.success"),
        text("reason")
            .at("notificationItems.0.NotificationRequestItem.reason")
            .maybe(),
        text("payment_method")
            .at("notificationItems.0.NotificationRequestItem.paymentMethod")
            .maybe(),
        of("additional_data", FieldKind::Texts)
            .at("notificationItems.0.NotificationRequestItem.additionalData")
            .maybe(),
    ],
    records: &[],
    events: &[
        Event {
            name: "AUTHORISATION",
            doc: "A payment was authorised, or refused where `success` is false.",
            fields: &[OPERATIONS],
        },
        Event {
            name: "CANCELLATION",
            doc: "An authorisation was cancelled.",
            fields: &[],
        },
        Event {
            name: "CAPTURE",
            doc: "Authorised money is being taken.",
            fields: &[],
        },
        Event {
            name: "CAPTURE_FAILED",
            doc: "What was said to be taken could not be.",
            fields: &[],
        },
        Event {
            name: "CHARGEBACK",
            doc: "A disputed payment was taken back.",
            fields: &[],
        },
        Event {
            name: "REFUND",
            doc: "Money goes back, or could not where `success` is false.",
            fields: &[],
        },
    ],
};

/// What can be done with the payment next.
const OPERATIONS: Field = of("operations", FieldKind::TextList)
    .at("notificationItems.0.NotificationRequestItem.operations")
    .maybe();

//! Notifications of Adyen's balance platform, which have another shape and another signature than its payments.

use super::field::{instant, record, text};
use super::{Event, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "adyen_platform",
    schemes: &["adyen_platform"],
    version: "configuration webhooks, version 2",
    source: "github.com/Adyen/adyen-node-api-library at 3b84a188, src/__mocks__/notification",
    event_type: Place::Body("type"),
    event_id: None,
    // Neither the body nor a header names the notification.
    identity: &[],
    money: Money {
        whole: "",
        thousandths: "",
    },
    common: &[text("environment"), instant("timestamp").maybe()],
    records: &[ACCOUNT_HOLDER],
    events: &[Event {
        name: "balancePlatform.accountHolder.created",
        doc: "Somebody can hold accounts on the platform.",
        fields: &[
            text("balance_platform").at("data.balancePlatform"),
            record("account_holder", "AccountHolder").at("data.accountHolder"),
        ],
    }],
};

const ACCOUNT_HOLDER: Record = Record {
    name: "AccountHolder",
    doc: "Who holds accounts on the platform.",
    fields: &[
        text("id"),
        text("status"),
        text("reference").maybe(),
        text("description").maybe(),
        text("legal_entity_id").at("legalEntityId"),
        text("email").at("contactDetails.email").maybe(),
    ],
};

//! Stripe's events. Source: docs.stripe.com/api/events/types.

use serde::Deserialize;
use webhook_processing_handlers::NotificationStatus::{self, Failed, Refunded, Succeeded};

use crate::reading::{Malformed, Reading, from_minor_units};

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Box<serde_json::value::RawValue>,
}

/// The fields that payment intents and charges share.
#[derive(Deserialize)]
struct Object {
    id: String,
    amount: i64,
    currency: String,
    /// Of a charge: how much of it went back.
    #[serde(default)]
    amount_refunded: i64,
    /// Of a charge: the intent that it belongs to.
    payment_intent: Option<String>,
}

/// `None` for an event that says nothing about a payment.
pub(crate) fn read(body: &[u8]) -> Result<Option<Reading>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    let Some(status) = status(&event.kind) else {
        return Ok(None);
    };
    let object: Object = serde_json::from_str(event.data.object.get())?;
    let minor = if status == Refunded {
        object.amount_refunded
    } else {
        object.amount
    };
    let (amount, currency) = from_minor_units(minor, &object.currency)?;
    Ok(Some(Reading {
        webhook_id: event.id,
        payment_id: object.payment_intent.unwrap_or(object.id),
        amount,
        currency,
        status,
    }))
}

fn status(kind: &str) -> Option<NotificationStatus> {
    match kind {
        "payment_intent.succeeded" => Some(Succeeded),
        "payment_intent.payment_failed" | "charge.failed" => Some(Failed),
        "charge.refunded" => Some(Refunded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: &str) -> Vec<u8> {
        format!(r#"{{"id":"evt_1","object":"event","type":"{kind}","data":{{"object":{object}}}}}"#)
            .into_bytes()
    }

    #[test]
    fn an_intent_that_succeeded() {
        let body = event(
            "payment_intent.succeeded",
            r#"{"id":"pi_1","amount":1099,"currency":"usd","latest_charge":"ch_1"}"#,
        );
        let read = read(&body).unwrap().unwrap();
        assert_eq!(
            (read.webhook_id.as_str(), read.payment_id.as_str()),
            ("evt_1", "pi_1")
        );
        assert_eq!(
            (read.amount.to_string().as_str(), read.currency.as_str()),
            ("10.99", "USD")
        );
        assert_eq!(read.status, Succeeded);
    }

    #[test]
    fn a_refund_counts_what_went_back_and_belongs_to_its_intent() {
        let body = event(
            "charge.refunded",
            r#"{"id":"ch_1","amount":5000,"amount_refunded":1000,"currency":"jpy","payment_intent":"pi_9"}"#,
        );
        let read = read(&body).unwrap().unwrap();
        assert_eq!(
            (read.amount.to_string().as_str(), read.payment_id.as_str()),
            ("1000", "pi_9")
        );
        assert_eq!(read.status, Refunded);
    }

    #[test]
    fn what_says_nothing_about_a_payment_is_let_go() {
        assert_eq!(
            read(&event("customer.created", r#"{"id":"cus_1"}"#)).unwrap(),
            None
        );
    }

    #[test]
    fn an_intent_without_an_amount_is_malformed() {
        assert!(
            read(&event(
                "payment_intent.succeeded",
                r#"{"id":"pi_1","currency":"usd"}"#
            ))
            .is_err()
        );
        assert!(read(b"[]").is_err());
    }
}

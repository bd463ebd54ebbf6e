//! Square's events. Source: developer.squareup.com, "Webhook events reference".

use serde::Deserialize;
use webhook_processing_handlers::NotificationStatus::{Failed, Refunded, Succeeded};

use crate::reading::{Malformed, Reading, from_minor_units};

#[derive(Deserialize)]
struct Event {
    event_id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Box<serde_json::value::RawValue>,
}

#[derive(Deserialize)]
enum Object {
    #[serde(rename = "payment")]
    Payment(Transfer),
    #[serde(rename = "refund")]
    Refund(Transfer),
}

#[derive(Deserialize)]
struct Transfer {
    id: String,
    status: String,
    amount_money: Money,
    /// Of a refund.
    payment_id: Option<String>,
}

#[derive(Deserialize)]
struct Money {
    amount: i64,
    currency: String,
}

/// `None` for an event that says nothing final about a payment.
pub(crate) fn read(body: &[u8]) -> Result<Option<Reading>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    if !event.kind.starts_with("payment.") && !event.kind.starts_with("refund.") {
        return Ok(None);
    }
    let (transfer, status) = match serde_json::from_str(event.data.object.get())? {
        Object::Payment(it) => match it.status.as_str() {
            "COMPLETED" => (it, Succeeded),
            "FAILED" | "CANCELED" => (it, Failed),
            // Approved or pending: another webhook says how it ends.
            _ => return Ok(None),
        },
        Object::Refund(it) if it.status == "COMPLETED" => (it, Refunded),
        Object::Refund(_) => return Ok(None),
    };
    let (amount, currency) = from_minor_units(
        transfer.amount_money.amount,
        &transfer.amount_money.currency,
    )?;
    Ok(Some(Reading {
        webhook_id: event.event_id,
        payment_id: transfer.payment_id.unwrap_or(transfer.id),
        amount,
        currency,
        status,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: &str) -> Vec<u8> {
        format!(r#"{{"event_id":"ev_1","type":"{kind}","data":{{"object":{object}}}}}"#)
            .into_bytes()
    }

    #[test]
    fn a_payment_counts_when_it_is_complete() {
        let payment = |status: &str| {
            let money = r#"{"amount":100,"currency":"USD"}"#;
            event(
                "payment.updated",
                &format!(
                    r#"{{"payment":{{"id":"p1","status":"{status}","amount_money":{money}}}}}"#
                ),
            )
        };
        let done = read(&payment("COMPLETED")).unwrap().unwrap();
        assert_eq!(
            (
                done.amount.to_string().as_str(),
                done.payment_id.as_str(),
                done.status
            ),
            ("1.00", "p1", Succeeded)
        );
        assert_eq!(read(&payment("CANCELED")).unwrap().unwrap().status, Failed);
        assert_eq!(read(&payment("APPROVED")).unwrap(), None);
    }

    #[test]
    fn a_refund_belongs_to_its_payment() {
        let body = event(
            "refund.updated",
            r#"{"refund":{"id":"r1","payment_id":"p1","status":"COMPLETED","amount_money":{"amount":1000,"currency":"USD"}}}"#,
        );
        let read = read(&body).unwrap().unwrap();
        assert_eq!((read.payment_id.as_str(), read.status), ("p1", Refunded));
    }

    #[test]
    fn a_dispute_says_nothing_about_the_payment_itself() {
        assert_eq!(
            read(&event("dispute.created", r#"{"dispute":{"id":"d1"}}"#)).unwrap(),
            None
        );
    }
}

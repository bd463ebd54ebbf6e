//! PayPal's events. Source: developer.paypal.com, "Webhook event names", and the payloads of its four official SDKs.
//!
//! PayPal's signature covers a checksum of the body only, so what is read here are hints: the amount is to be looked up by its id
//! before money moves.

use serde::Deserialize;
use webhook_processing_handlers::NotificationStatus::{self, Failed, Refunded, Succeeded};

use crate::reading::{Malformed, Reading};

#[derive(Deserialize)]
struct Event {
    id: String,
    event_type: String,
    resource: Box<serde_json::value::RawValue>,
}

/// A sale (v1), a capture (v2), or a refund of either.
#[derive(Deserialize)]
struct Resource {
    id: String,
    amount: Amount,
    /// Of a refund of a sale.
    sale_id: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Amount {
    #[serde(alias = "total")]
    value: String,
    #[serde(alias = "currency")]
    currency_code: String,
}

#[derive(Deserialize)]
struct Link {
    href: String,
    rel: String,
}

/// `None` for an event that says nothing about a payment.
pub(crate) fn read(body: &[u8]) -> Result<Option<Reading>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    let Some(status) = status(&event.event_type) else {
        return Ok(None);
    };
    let resource: Resource = serde_json::from_str(event.resource.get())?;
    let amount = resource.amount.value.parse();
    Ok(Some(Reading {
        webhook_id: event.id,
        amount: amount.map_err(|_| Malformed("an amount that is no decimal".to_owned()))?,
        currency: resource.amount.currency_code.to_ascii_uppercase(),
        payment_id: if status == Refunded {
            refunded(resource)
        } else {
            resource.id
        },
        status,
    }))
}

/// The payment that a refund takes from: named, or the end of the link `up`, else only the refund itself is known.
fn refunded(refund: Resource) -> String {
    let up = refund.links.iter().find(|it| it.rel == "up");
    let above = up
        .and_then(|it| it.href.rsplit('/').next())
        .map(str::to_owned);
    refund.sale_id.or(above).unwrap_or(refund.id)
}

fn status(kind: &str) -> Option<NotificationStatus> {
    match kind {
        "PAYMENT.SALE.COMPLETED" | "PAYMENT.CAPTURE.COMPLETED" => Some(Succeeded),
        "PAYMENT.SALE.DENIED" | "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED" => {
            Some(Failed)
        }
        "PAYMENT.SALE.REFUNDED" | "PAYMENT.CAPTURE.REFUNDED" => Some(Refunded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, resource: &str) -> Vec<u8> {
        format!(r#"{{"id":"WH-1","event_type":"{kind}","resource":{resource}}}"#).into_bytes()
    }

    #[test]
    fn a_sale_and_a_capture_spell_their_amounts_differently() {
        for (kind, amount) in [
            (
                "PAYMENT.SALE.COMPLETED",
                r#"{"total":"20.00","currency":"USD"}"#,
            ),
            (
                "PAYMENT.CAPTURE.COMPLETED",
                r#"{"value":"20.00","currency_code":"USD"}"#,
            ),
        ] {
            let body = event(kind, &format!(r#"{{"id":"4EU70","amount":{amount}}}"#));
            let read = read(&body).unwrap().unwrap();
            assert_eq!(
                (read.amount.to_string().as_str(), read.currency.as_str()),
                ("20.00", "USD")
            );
            assert_eq!(
                (read.payment_id.as_str(), read.status),
                ("4EU70", Succeeded)
            );
        }
    }

    #[test]
    fn a_refund_belongs_to_the_payment_that_it_takes_from() {
        let amount = r#""amount":{"value":"5.00","currency_code":"EUR"}"#;
        let named = format!(r#"{{"id":"R1",{amount},"sale_id":"S1"}}"#);
        let linked = format!(
            r#"{{"id":"R1",{amount},"links":[{{"rel":"up","href":"https://api.paypal.com/v2/payments/captures/C1"}}]}}"#
        );
        for (resource, payment) in [(named, "S1"), (linked, "C1")] {
            let read = read(&event("PAYMENT.CAPTURE.REFUNDED", &resource))
                .unwrap()
                .unwrap();
            assert_eq!((read.payment_id.as_str(), read.status), (payment, Refunded));
        }
    }

    #[test]
    fn an_amount_that_is_no_decimal_is_malformed() {
        let body = event(
            "PAYMENT.SALE.COMPLETED",
            r#"{"id":"1","amount":{"total":"1e400","currency":"USD"}}"#,
        );
        assert!(read(&body).is_err());
    }
}

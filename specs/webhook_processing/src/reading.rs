//! What each provider's event says about one payment. Amounts are exact and in units of their currency by then, whatever the provider
//! counts in.

use NotificationStatus::{Failed, Refunded, Succeeded};
use webhook_processing_handlers::{
    Decimal, NotificationStatus, PaypalCapture, PaypalRefund, PaypalSale, PaypalSaleRefund,
    SquarePayment, SquareRefund, StripeCharge, StripeChargeRefunded, StripePaymentIntent,
    ValidatorInput as Event,
};

/// What an event says about one payment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The provider's id of this webhook.
    pub(crate) webhook_id: String,
    /// The provider's id of the payment; all webhooks of one payment carry the same.
    pub(crate) payment_id: String,
    /// How much was paid, was to be paid, or went back; never with a minus for its direction.
    pub(crate) amount: Decimal,
    /// ISO 4217, in capitals.
    pub(crate) currency: String,
    pub(crate) status: NotificationStatus,
}

/// `None` for an event that says nothing final. PayPal's signature covers a checksum of the body only, so what its events say are hints:
/// an amount is to be looked up by its id before money moves.
pub(crate) fn read(event: Event) -> Option<Reading> {
    match event {
        Event::PaypalPaymentCaptureCompleted(it) => Some(capture(it.id, it.capture, Succeeded)),
        Event::PaypalPaymentCaptureDeclined(it) => Some(capture(it.id, it.capture, Failed)),
        Event::PaypalPaymentCaptureDenied(it) => Some(capture(it.id, it.capture, Failed)),
        Event::PaypalPaymentCaptureRefunded(it) => Some(capture_refund(it.id, it.refund)),
        Event::PaypalPaymentSaleCompleted(it) => Some(sale(it.id, it.sale, Succeeded)),
        Event::PaypalPaymentSaleDenied(it) => Some(sale(it.id, it.sale, Failed)),
        Event::PaypalPaymentSaleRefunded(it) => Some(sale_refund(it.id, it.refund)),
        Event::SquarePaymentCreated(it) => payment(it.event_id, it.payment),
        Event::SquarePaymentUpdated(it) => payment(it.event_id, it.payment),
        Event::SquareRefundCreated(it) => refund(it.event_id, it.refund),
        Event::SquareRefundUpdated(it) => refund(it.event_id, it.refund),
        Event::StripeChargeFailed(it) => Some(charge(it.id, it.charge)),
        Event::StripeChargeRefunded(it) => Some(charge_refund(it)),
        Event::StripePaymentIntentPaymentFailed(it) => {
            Some(intent(it.id, it.payment_intent, Failed))
        }
        Event::StripePaymentIntentSucceeded(it) => {
            Some(intent(it.id, it.payment_intent, Succeeded))
        }
    }
}

fn capture(webhook_id: String, it: PaypalCapture, status: NotificationStatus) -> Reading {
    Reading {
        webhook_id,
        payment_id: it.id,
        amount: it.amount,
        currency: it.currency,
        status,
    }
}

/// The payment that a refund takes from is the end of the link `up`; without it only the refund itself is known.
fn capture_refund(webhook_id: String, it: PaypalRefund) -> Reading {
    let links = it.links.unwrap_or_default();
    let up = links.iter().find(|it| it.rel == "up");
    let above = up.and_then(|it| it.href.rsplit('/').next());
    Reading {
        webhook_id,
        payment_id: above.map_or(it.id, str::to_owned),
        amount: it.amount,
        currency: it.currency,
        status: Refunded,
    }
}

fn sale(webhook_id: String, it: PaypalSale, status: NotificationStatus) -> Reading {
    Reading {
        webhook_id,
        payment_id: it.id,
        amount: it.amount,
        currency: it.currency,
        status,
    }
}

/// PayPal writes the amount of a sale that goes back now with a minus and now without.
fn sale_refund(webhook_id: String, it: PaypalSaleRefund) -> Reading {
    let opposite = Decimal::ZERO.checked_sub(it.amount);
    Reading {
        webhook_id,
        payment_id: it.sale_id.unwrap_or(it.id),
        amount: opposite.map_or(it.amount, |opposite| opposite.max(it.amount)),
        currency: it.currency,
        status: Refunded,
    }
}

fn payment(webhook_id: String, it: SquarePayment) -> Option<Reading> {
    let status = match it.status.as_str() {
        "COMPLETED" => Succeeded,
        "FAILED" | "CANCELED" => Failed,
        // Approved or pending: another webhook says how it ends.
        _ => return None,
    };
    Some(Reading {
        webhook_id,
        payment_id: it.id,
        amount: it.amount,
        currency: it.currency,
        status,
    })
}

fn refund(webhook_id: String, it: SquareRefund) -> Option<Reading> {
    if it.status != "COMPLETED" {
        return None;
    }
    Some(Reading {
        webhook_id,
        payment_id: it.payment_id.unwrap_or(it.id),
        amount: it.amount,
        currency: it.currency,
        status: Refunded,
    })
}

/// A charge belongs to its intent, where it has one.
fn charge(webhook_id: String, it: StripeCharge) -> Reading {
    Reading {
        webhook_id,
        payment_id: it.payment_intent.unwrap_or(it.id),
        amount: it.amount,
        currency: it.currency,
        status: Failed,
    }
}

/// Stripe tells how much of a charge went back so far, and how much that was before.
fn charge_refund(it: StripeChargeRefunded) -> Reading {
    let so_far = it.charge.amount_refunded;
    let before = it.refunded_before.unwrap_or(Decimal::ZERO);
    Reading {
        amount: so_far.checked_sub(before).unwrap_or(so_far),
        status: Refunded,
        ..charge(it.id, it.charge)
    }
}

fn intent(webhook_id: String, it: StripePaymentIntent, status: NotificationStatus) -> Reading {
    Reading {
        webhook_id,
        payment_id: it.id,
        amount: it.amount,
        currency: it.currency,
        status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const WHEN: &str = "2026-11-20T19:23:00Z";

    /// What an event says, by the field names of the generated types: its variant, its object under its name, and what that object has
    /// beside an id and money.
    fn said(
        variant: &str,
        object: &str,
        own: Value,
    ) -> Option<(String, String, NotificationStatus)> {
        said_of(variant, object, own, json!({}))
    }

    /// The same of an event that has more beside its object.
    fn said_of(
        variant: &str,
        object: &str,
        own: Value,
        more: Value,
    ) -> Option<(String, String, NotificationStatus)> {
        let object_of = with(
            json!({ "id": "p1", "amount": "10.99", "currency": "USD", "created": WHEN, "created_at": WHEN,
            "create_time": WHEN }),
            own,
        );
        let event = json!({ "id": "wh_1", "event_id": "wh_1", "merchant_id": "m", "livemode": false, "created": WHEN,
            "created_at": WHEN, "create_time": WHEN, object: object_of });
        let event = json!({ variant: with(event, more) });
        let read = read(serde_json::from_value(event).unwrap())?;
        assert_eq!((&*read.webhook_id, &*read.currency), ("wh_1", "USD"));
        Some((read.payment_id, read.amount.to_string(), read.status))
    }

    fn with(mut it: Value, more: Value) -> Value {
        it.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        it
    }

    fn expected(
        payment: &str,
        amount: &str,
        status: NotificationStatus,
    ) -> Option<(String, String, NotificationStatus)> {
        Some((payment.to_owned(), amount.to_owned(), status))
    }

    #[test]
    fn a_payment_counts_when_it_is_complete() {
        let of = |status: &str| {
            said(
                "SquarePaymentUpdated",
                "payment",
                json!({ "status": status }),
            )
        };
        assert_eq!(of("COMPLETED"), expected("p1", "10.99", Succeeded));
        assert_eq!(of("CANCELED"), expected("p1", "10.99", Failed));
        assert_eq!(of("APPROVED"), None);
    }

    #[test]
    fn a_refund_belongs_to_the_payment_that_it_takes_from() {
        let up = json!([{ "rel": "up", "href": "https://api.paypal.com/v2/payments/captures/C1" }]);
        let capture = json!({ "status": "COMPLETED", "links": up });
        let capture = said("PaypalPaymentCaptureRefunded", "refund", capture);
        assert_eq!(capture, expected("C1", "10.99", Refunded));
        let square = json!({ "status": "COMPLETED", "payment_id": "p9" });
        let square = said("SquareRefundUpdated", "refund", square);
        assert_eq!(square, expected("p9", "10.99", Refunded));
        let pending = json!({ "status": "PENDING", "payment_id": "p9" });
        assert_eq!(said("SquareRefundUpdated", "refund", pending), None);
    }

    #[test]
    fn what_goes_back_of_a_sale_is_as_much_with_a_minus_as_without() {
        for amount in ["10.99", "-10.99"] {
            let sale = json!({ "amount": amount, "sale_id": "S1" });
            let sale = said("PaypalPaymentSaleRefunded", "refund", sale);
            assert_eq!(sale, expected("S1", "10.99", Refunded), "{amount}");
        }
    }

    #[test]
    fn of_a_charge_counts_what_went_back_this_time() {
        for (before, amount) in [
            (json!(null), "10.99"),
            (json!("0"), "10.99"),
            (json!("10"), "0.99"),
        ] {
            let charge = json!({ "status": "succeeded", "paid": true, "refunded": false, "amount_refunded": "10.99",
                "payment_intent": "pi_9" });
            let stripe = said_of(
                "StripeChargeRefunded",
                "charge",
                charge,
                json!({ "refunded_before": before }),
            );
            assert_eq!(stripe, expected("pi_9", amount, Refunded));
        }
    }

    #[test]
    fn what_failed_failed() {
        let intent = json!({ "status": "requires_payment_method" });
        let intent = said("StripePaymentIntentPaymentFailed", "payment_intent", intent);
        assert_eq!(intent, expected("p1", "10.99", Failed));
        let sale = said(
            "PaypalPaymentSaleDenied",
            "sale",
            json!({ "state": "denied" }),
        );
        assert_eq!(sale, expected("p1", "10.99", Failed));
    }
}

//! `function notification_handler`: tells people of a payment that is large or has failed.

use archive_handlers::{
    Fault, NotificationHandler, NotificationHandlerContext, PaymentEventsFact, PaymentProcessed,
    PaymentProcessedStatus, payment_alerts, payment_events,
};

use crate::Archive;

impl NotificationHandler for Archive {
    async fn notification_handler(
        &self,
        payment: PaymentProcessed,
        context: &NotificationHandlerContext,
    ) -> Result<(), Fault> {
        let facts = context.read(payment_events, &payment.payment_id).await?;
        let received = facts.iter().find_map(|it| match it {
            PaymentEventsFact::PaymentReceived(received) => Some(received),
            PaymentEventsFact::PaymentProcessed(_) => None,
        });
        let Some(received) = received else {
            // Nothing to tell of, and trying again would not bring it back.
            let id = &payment.payment_id;
            context.warn(&format!("the payment {id} is not in the table; skipped"));
            return Ok(());
        };
        let (subject, text) = alert(&payment, &received.provider);
        context.alert(payment_alerts, &subject, &text).await
    }
}

/// Subject and text of the alert.
fn alert(payment: &PaymentProcessed, provider: &str) -> (String, String) {
    let what = match payment.status {
        PaymentProcessedStatus::Failed => "Payment failed",
        PaymentProcessedStatus::Processed => "High-value payment",
    };
    let text = format!(
        "{what}\n\nPayment:  {}\nProvider: {provider}\nAmount:   {} {}\n",
        payment.payment_id, payment.amount, payment.currency
    );
    // SNS takes printable ASCII in a subject; the id is the sender's and may hold anything.
    let plain = payment
        .payment_id
        .chars()
        .filter(char::is_ascii_graphic)
        .take(60);
    (format!("{what}: {}", plain.collect::<String>()), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive_handlers::EpochMillis;

    fn payment(status: PaymentProcessedStatus, id: &str) -> PaymentProcessed {
        PaymentProcessed {
            payment_id: id.to_owned(),
            timestamp: EpochMillis::from_millis(0),
            provider: "stripe".to_owned(),
            amount: "10000.01".parse().unwrap(),
            currency: "USD".to_owned(),
            status,
            processed_at: EpochMillis::from_millis(1),
        }
    }

    #[test]
    fn an_alert_says_what_how_much_and_whose() {
        let (subject, text) = alert(
            &payment(PaymentProcessedStatus::Processed, "pay_1"),
            "stripe",
        );
        assert_eq!(subject, "High-value payment: pay_1");
        assert!(
            text.contains("10000.01 USD") && text.contains("stripe"),
            "{text}"
        );
        let (subject, _) = alert(&payment(PaymentProcessedStatus::Failed, "pay_1"), "stripe");
        assert_eq!(subject, "Payment failed: pay_1");
    }

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        let (subject, _) = alert(
            &payment(PaymentProcessedStatus::Failed, &"a\nü ".repeat(100)),
            "x",
        );
        assert!(
            subject.len() <= 100 && subject.chars().all(|it| it == ' ' || it.is_ascii_graphic()),
            "{subject:?}"
        );
    }
}

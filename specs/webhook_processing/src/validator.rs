//! `function validator`: each provider's own events to one shape. What says nothing final about a payment is let go with 200, since a
//! provider that hears errors switches the endpoint off; what is none of these events is recorded before it comes here.

use webhook_processing_handlers::{
    Decimal, Malformed, Notification, Validator, ValidatorContext, ValidatorError, ValidatorInput,
};

use crate::WebhookProcessing;
use crate::reading::{Reading, read};

/// Longest id that a provider gives, in bytes. Stripe's are the longest that are promised to be no longer: docs.stripe.com, "Upgrades".
const ID_BYTES_MAX: usize = 255;

impl Validator for WebhookProcessing {
    async fn validator(
        &self,
        event: ValidatorInput,
        context: &ValidatorContext,
    ) -> Result<Option<Notification>, ValidatorError> {
        let Some(it) = read(event) else {
            context.info("says nothing final about a payment");
            return Ok(None);
        };
        if let Some(reason) = problem(&it) {
            let reason = reason.to_owned();
            return Err(Malformed { reason }.into());
        }
        let provider = context.provider();
        let Reading {
            webhook_id,
            payment_id,
            amount,
            currency,
            status,
        } = it;
        Ok(Some(Notification {
            // Ids are unique within a provider only.
            webhook_id: format!("{}:{webhook_id}", provider.as_str()),
            payment_id,
            provider,
            amount,
            currency,
            status,
        }))
    }
}

/// The first thing that is wrong with what an event says. Without an id all events would be one, and one that is too long for a key could
/// be queued and never recorded.
fn problem(it: &Reading) -> Option<&'static str> {
    let is_id = |id: &str| (1..=ID_BYTES_MAX).contains(&id.len());
    if !is_id(&it.webhook_id) || !is_id(&it.payment_id) {
        return Some("an id that is empty or longer than 255 bytes");
    }
    (it.amount < Decimal::ZERO).then_some("an amount below zero")
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_processing_handlers::NotificationStatus::Succeeded;

    #[test]
    fn what_cannot_be_known_by_its_ids_is_refused() {
        let longest = "x".repeat(255);
        let too_long = "x".repeat(256);
        for (webhook_id, payment_id, amount, fine) in [
            ("evt_1", "pi_1", "0", true),
            ("evt_1", "pi_1", "-0.01", false),
            ("", "pi_1", "1", false),
            ("evt_1", "", "1", false),
            (&longest, &longest, "1", true),
            (&too_long, "pi_1", "1", false),
            ("evt_1", &too_long, "1", false),
        ] {
            let reading = Reading {
                webhook_id: webhook_id.to_owned(),
                payment_id: payment_id.to_owned(),
                amount: amount.parse().unwrap(),
                currency: "USD".to_owned(),
                status: Succeeded,
            };
            assert_eq!(problem(&reading).is_none(), fine, "{reading:?}");
        }
    }
}

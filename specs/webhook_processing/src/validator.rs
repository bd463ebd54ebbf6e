//! `function validator`: each provider's own events to one shape. What says nothing final about a payment is let go with 200, since a
//! provider that hears errors switches the endpoint off; what is none of these events is recorded before it comes here.

use webhook_processing_handlers::{
    Decimal, Malformed, Notification, Validator, ValidatorContext, ValidatorError, ValidatorInput,
};

use crate::WebhookProcessing;
use crate::reading::{Reading, read};

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
        if it.amount < Decimal::ZERO {
            let reason = "an amount below zero".to_owned();
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

//! `function validator`: each provider's own payload to one shape. What says nothing about a payment is let go with 200, since a
//! provider that hears errors switches the endpoint off.

use webhook_processing_handlers::{
    Decimal, Malformed, Notification, Provider, Request, Validator, ValidatorContext,
    ValidatorError,
};

use crate::{WebhookProcessing, paypal, reading, square, stripe};

impl Validator for WebhookProcessing {
    async fn validator(
        &self,
        request: Request,
        context: &ValidatorContext,
    ) -> Result<Option<Notification>, ValidatorError> {
        let provider = context.provider();
        match notification(provider, request.body()) {
            Ok(Some(it)) => Ok(Some(it)),
            Ok(None) => {
                context.info("says nothing about a payment");
                Ok(None)
            }
            Err(reading::Malformed(reason)) => Err(Malformed { reason }.into()),
        }
    }
}

fn notification(
    provider: Provider,
    body: &[u8],
) -> Result<Option<Notification>, reading::Malformed> {
    let read = match provider {
        Provider::Stripe => stripe::read(body),
        Provider::Paypal => paypal::read(body),
        Provider::Square => square::read(body),
    };
    let Some(read) = read? else { return Ok(None) };
    if read.amount < Decimal::ZERO {
        return Err(reading::Malformed("an amount below zero".to_owned()));
    }
    Ok(Some(Notification {
        // Ids are unique within a provider only.
        webhook_id: format!("{}:{}", provider.as_str(), read.webhook_id),
        payment_id: read.payment_id,
        provider,
        amount: read.amount,
        currency: read.currency,
        status: read.status,
    }))
}

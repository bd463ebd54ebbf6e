//! `function webhook_receiver`: takes a payment in; what it returns is recorded, archived and queued.

use archive_handlers::{
    Decimal, PaymentReceived, Rejected, WebhookReceiver, WebhookReceiverContext,
    WebhookReceiverError, config,
};

use crate::Archive;

impl WebhookReceiver for Archive {
    async fn webhook_receiver(
        &self,
        payment: PaymentReceived,
        context: &WebhookReceiverContext,
    ) -> Result<PaymentReceived, WebhookReceiverError> {
        if payment.amount < Decimal::ZERO {
            return Err(Rejected {
                reason: "amount is below zero".to_owned(),
            }
            .into());
        }
        let limits = context.param(config).await?;
        context.info(&format!(
            "taken in with {} retries and {} ms",
            limits.max_retries, limits.timeout_ms
        ));
        Ok(payment)
    }
}

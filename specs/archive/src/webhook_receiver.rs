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
        // It is for the log only, so a payment is taken in whatever became of it.
        match context.param(config).await {
            Ok(limits) => context.info(&format!(
                "taken in with {} retries and {} ms",
                limits.max_retries, limits.timeout_ms
            )),
            Err(why) => context.warn(&format!(
                "taken in, and config cannot be read: {}",
                why.message()
            )),
        }
        Ok(payment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive_handlers::{EpochMillis, Memory, PaymentReceivedStatus, at_once};

    fn received(memory: &Memory, amount: &str) -> Result<PaymentReceived, WebhookReceiverError> {
        let at = "2026-11-20T19:23:00Z".parse().unwrap();
        let context = WebhookReceiverContext::in_memory(memory, "k", at);
        let payment = PaymentReceived {
            payment_id: "pay_1".to_owned(),
            timestamp: EpochMillis::from_millis(0),
            provider: "stripe".to_owned(),
            amount: amount.parse().unwrap(),
            currency: "USD".to_owned(),
            status: PaymentReceivedStatus::Succeeded,
        };
        at_once(Archive.webhook_receiver(payment, &context))
    }

    #[test]
    fn a_payment_is_taken_in_whatever_became_of_the_config() {
        let fine = r#"{"maxRetries":3,"timeoutMs":30000}"#;
        for memory in [
            Memory::default(),
            Memory::default().with("config", "no JSON"),
            Memory::default().with("config", fine),
        ] {
            assert!(received(&memory, "0").is_ok());
            assert!(received(&memory, "-0.01").is_err());
        }
    }
}

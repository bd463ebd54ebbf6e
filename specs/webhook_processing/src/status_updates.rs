//! `function status_updates`: what follows a processed payment, by how large the rule that fired says it is, and then its next stage.

use webhook_processing_handlers::{
    Fault, PaymentProcessed, PaymentProcessedStage, StatusUpdates, StatusUpdatesCase,
    StatusUpdatesContext, Updated, stage, webhooks,
};

use crate::WebhookProcessing;

impl StatusUpdates for WebhookProcessing {
    async fn status_updates(
        &self,
        payment: PaymentProcessed,
        context: &StatusUpdatesContext,
    ) -> Result<(), Fault> {
        let size = match context.case() {
            StatusUpdatesCase::Micro => "micro",
            StatusUpdatesCase::Standard => "standard",
            StatusUpdatesCase::Large => "large",
            StatusUpdatesCase::Critical => "critical",
        };
        context.info(&format!("{size}: {} {}", payment.amount, payment.currency));
        let notified = PaymentProcessedStage::Notified;
        match context.update(webhooks, stage, &payment, &notified).await? {
            Updated::Changed => Ok(()),
            // It was recorded before it was sent here, so either the table has lost it or somebody else has put it on the bus. Both are
            // for people to look at: the event is kept as a dead letter, and sent again once the table is put right.
            Updated::Absent => Err(Fault::new(format!(
                "the webhook {} is not in the table",
                payment.webhook_id
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_processing_handlers::{Memory, PaymentProcessedStatus, Provider, at_once};

    #[test]
    fn an_update_of_a_webhook_that_is_not_in_the_table_fails_by_its_name() {
        let at = "2026-11-20T19:23:00Z".parse().unwrap();
        let case = StatusUpdatesCase::Micro;
        let context = StatusUpdatesContext::in_memory(&Memory::default(), case, "k", at);
        let payment = PaymentProcessed {
            webhook_id: "stripe:evt_unknown".to_owned(),
            payment_id: "pi_1".to_owned(),
            provider: Provider::Stripe,
            amount: "1".parse().unwrap(),
            currency: "USD".to_owned(),
            status: PaymentProcessedStatus::Succeeded,
            processed_at: at,
            stage: PaymentProcessedStage::Processed,
        };
        let updated = at_once(WebhookProcessing.status_updates(payment, &context));
        let why = updated.unwrap_err();
        assert!(why.message().contains("stripe:evt_unknown"), "{why:?}");
    }
}

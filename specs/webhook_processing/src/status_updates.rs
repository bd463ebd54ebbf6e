//! `function status_updates`: what follows a processed payment, by how large the rule that fired says it is, and then its next stage.

use webhook_processing_handlers::{
    Fault, PaymentProcessed, PaymentProcessedStage, StatusUpdates, StatusUpdatesCase,
    StatusUpdatesContext, stage, webhooks,
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
        context
            .update(webhooks, stage, &payment, &PaymentProcessedStage::Notified)
            .await?;
        Ok(())
    }
}

//! `function process per provider`: from a queue's message to the fact that the webhook was processed.

use webhook_processing_handlers::{
    Fault, Notification, NotificationStatus, PaymentProcessed, PaymentProcessedStage,
    PaymentProcessedStatus, Process, ProcessContext,
};

use crate::WebhookProcessing;

impl Process for WebhookProcessing {
    async fn process(
        &self,
        it: Notification,
        context: &ProcessContext,
    ) -> Result<PaymentProcessed, Fault> {
        Ok(PaymentProcessed {
            webhook_id: it.webhook_id,
            payment_id: it.payment_id,
            provider: it.provider,
            amount: it.amount,
            currency: it.currency,
            status: status(it.status),
            // The same at every retry, so that a message that comes twice is one fact.
            processed_at: context.received_at(),
            stage: PaymentProcessedStage::Processed,
        })
    }
}

fn status(it: NotificationStatus) -> PaymentProcessedStatus {
    match it {
        NotificationStatus::Succeeded => PaymentProcessedStatus::Succeeded,
        NotificationStatus::Failed => PaymentProcessedStatus::Failed,
        NotificationStatus::Refunded => PaymentProcessedStatus::Refunded,
    }
}

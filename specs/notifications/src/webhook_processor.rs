//! `function webhook_processor`: what is recorded and published is the transaction as it was received.

use notifications_handlers::{
    Fault, TransactionReceived, WebhookProcessor, WebhookProcessorContext, downstream,
};

use crate::Notifications;

impl WebhookProcessor for Notifications {
    async fn webhook_processor(
        &self,
        it: TransactionReceived,
        context: &WebhookProcessorContext,
    ) -> Result<TransactionReceived, Fault> {
        // Read at run time, so that operators see in the log whom a transaction was meant for, without a redeploy.
        let services = context.param(downstream).await?;
        context.info(&format!("goes to {services}"));
        Ok(it)
    }
}

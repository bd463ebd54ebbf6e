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
        // Read at run time, so that operators see in the log whom a transaction was meant for, without a redeploy. It is recorded and
        // published whether they do or not.
        match context.param(downstream).await {
            Ok(services) => context.info(&format!("goes to {services}")),
            Err(why) => context.warn(&format!(
                "whom it is meant for cannot be read: {}",
                why.message()
            )),
        }
        Ok(it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notifications_handlers::TransactionReceivedKind::Charge;
    use notifications_handlers::{Memory, at_once};

    #[test]
    fn a_transaction_is_processed_whatever_became_of_the_parameter() {
        let at = "2026-11-20T19:23:00Z".parse().unwrap();
        for memory in [
            Memory::default(),
            Memory::default().with("downstream", "ledger"),
        ] {
            let context = WebhookProcessorContext::in_memory(&memory, "k", at);
            let transaction = TransactionReceived {
                event_id: "evt_1".to_owned(),
                transaction_id: "txn_1".to_owned(),
                timestamp: at,
                amount: "12.50".parse().unwrap(),
                currency: "EUR".to_owned(),
                kind: Charge,
            };
            let processed = Notifications.webhook_processor(transaction.clone(), &context);
            assert_eq!(at_once(processed).unwrap(), transaction);
        }
    }
}

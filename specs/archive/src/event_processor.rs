//! `function event_processor`: a received payment that has come to an end becomes a processed one. A pending one is let go: another
//! webhook will say how it ends.

use archive_handlers::PaymentReceivedStatus::{Failed, Pending, Succeeded};
use archive_handlers::{
    EpochMillis, EventProcessor, EventProcessorContext, Fault, PaymentProcessed,
    PaymentProcessedStatus, PaymentReceived,
};

use crate::Archive;

impl EventProcessor for Archive {
    async fn event_processor(
        &self,
        payment: PaymentReceived,
        context: &EventProcessorContext,
    ) -> Result<Option<PaymentProcessed>, Fault> {
        let status = match payment.status {
            Pending => return Ok(None),
            Succeeded => PaymentProcessedStatus::Processed,
            Failed => PaymentProcessedStatus::Failed,
        };
        Ok(Some(PaymentProcessed {
            payment_id: payment.payment_id,
            timestamp: payment.timestamp,
            provider: payment.provider,
            amount: payment.amount,
            currency: payment.currency,
            status,
            // When the message was sent: the same at every delivery of it.
            processed_at: EpochMillis::from_millis(context.received_at().as_millis()),
        }))
    }
}

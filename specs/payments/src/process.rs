//! `function process`: charges through the gateway. The workflow calls it again, with the same idempotency key, while the gateway is down.

use payments_handlers::{
    Declined, GatewayDown, PaymentReceived, Process, ProcessContext, ProcessError, Receipt,
};

use crate::Payments;
use crate::gateway::{Charge, Refusal};

impl Process for Payments {
    async fn process(
        &self,
        payment: PaymentReceived,
        context: &ProcessContext,
    ) -> Result<Receipt, ProcessError> {
        let charge = Charge {
            amount: payment.amount,
            reference: &payment.payment_id,
            received_at: payment.timestamp,
            idempotency_key: context.idempotency_key(),
        };
        match self.gateway.charge(&charge, context.started_at()) {
            Ok(id) => Ok(Receipt { id }),
            Err(Refusal::Declined(reason)) => Err(Declined {
                reason: reason.to_owned(),
            }
            .into()),
            Err(Refusal::Down(status)) => Err(GatewayDown { status }.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_handlers::PaymentReceivedStatus::Pending;
    use payments_handlers::{Memory, at_once};

    fn process(amount: &str) -> Result<Receipt, ProcessError> {
        let payment = PaymentReceived {
            payment_id: "pay_123456".to_owned(),
            timestamp: "2026-11-20T19:23:00Z".parse().unwrap(),
            provider: "stripe".to_owned(),
            amount: amount.parse().unwrap(),
            currency: "USD".to_owned(),
            status: Pending,
        };
        let context = ProcessContext::in_memory(
            &Memory::default(),
            "run-1/Process",
            "2026-11-20T19:24:00Z".parse().unwrap(),
        );
        let payments = Payments::default();
        at_once(payments.process(payment, &context))
    }

    #[test]
    fn each_refusal_of_the_gateway_is_the_error_that_the_workflow_matches_on() {
        assert!(matches!(process("99.99"), Ok(Receipt { id }) if id.starts_with("rcpt_")));
        assert!(
            matches!(process("20.02"), Err(ProcessError::Declined(Declined { reason })) if reason == "card expired")
        );
        assert!(matches!(
            process("20.06"),
            Err(ProcessError::GatewayDown(GatewayDown { status: 503 }))
        ));
    }
}

//! `function take` and `function begin`: a refund comes in, is recorded and queued, and begins its workflow once.

use refunds_handlers::{
    Begin, BeginContext, Decimal, Fault, RefundRequested, Take, TakeContext, refund_payment,
};

use crate::Refunds;

impl Take for Refunds {
    async fn take(
        &self,
        refund: RefundRequested,
        _: &TakeContext,
    ) -> Result<RefundRequested, Fault> {
        Ok(refund)
    }
}

impl Begin for Refunds {
    async fn begin(&self, refund: RefundRequested, context: &BeginContext) -> Result<(), Fault> {
        if refund.amount <= Decimal::ZERO {
            context.warn("nothing to pay back; no workflow begins");
            return Ok(());
        }
        // A second message for this refund finds the execution of the first, and that is success.
        context.start(refund_payment, &refund).await?;
        Ok(())
    }
}

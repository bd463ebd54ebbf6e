//! `function pay_back`: the gateway's sandbox pays back, unless the amount ends in `.02`: that account is closed.
//!
//! A real gateway would be given the idempotency key, and pay once however often it is asked.

use refunds_handlers::{PayBack, PayBackContext, PayBackError, RefundRequested, Refused};

use crate::Refunds;
use crate::approval::cents;

impl PayBack for Refunds {
    async fn pay_back(
        &self,
        refund: RefundRequested,
        context: &PayBackContext,
    ) -> Result<(), PayBackError> {
        if cents(refund.amount) == "02" {
            let reason = "the account is closed".to_owned();
            return Err(Refused { reason }.into());
        }
        context.info("paid back");
        Ok(())
    }
}

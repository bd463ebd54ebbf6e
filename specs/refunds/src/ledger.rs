//! `function book` and `function unbook`: the ledger's sandbox. It is closed for amounts that end in `.03`.

use refunds_handlers::{Book, BookContext, Booking, Fault, RefundRequested, Unbook, UnbookContext};

use crate::Refunds;
use crate::approval::cents;

impl Book for Refunds {
    async fn book(&self, refund: RefundRequested, _: &BookContext) -> Result<Booking, Fault> {
        if cents(refund.amount) == "03" {
            return Err(Fault::new("the ledger is closed"));
        }
        // A refund is booked once, so its own id makes the booking's, at every attempt the same.
        Ok(Booking {
            id: format!("bk_{}", refund.refund_id),
        })
    }
}

impl Unbook for Refunds {
    async fn unbook(&self, _: RefundRequested, context: &UnbookContext) -> Result<(), Fault> {
        context.info("booking taken back, if there was one");
        Ok(())
    }
}

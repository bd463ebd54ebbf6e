//! `function tell` and `function restock`: the shop's mail and its shelves. The sandbox of either takes everything.

use refunds_handlers::{Fault, Line, Mail, Restock, RestockContext, Tell, TellContext};

use crate::Refunds;

impl Tell for Refunds {
    async fn tell(&self, mail: Mail, context: &TellContext) -> Result<(), Fault> {
        // Neither address nor text belongs into a log.
        context.info(&format!("a mail of {} bytes", mail.text.len()));
        Ok(())
    }
}

impl Restock for Refunds {
    async fn restock(&self, line: Line, context: &RestockContext) -> Result<(), Fault> {
        context.info(&format!("{} of {} back in stock", line.quantity, line.sku));
        Ok(())
    }
}

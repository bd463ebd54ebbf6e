//! `function find_payment`: the shop's books as their sandbox has them: the last two digits of the asked amount choose what was paid.
//!
//! | amount ends in | paid |
//! |---|---|
//! | `.04` | one whole unit |
//! | `.05` | as much, in another currency |
//! | anything else | as much, and 5 for its delivery, which nobody asks back |
//!
//! Real books would be asked by an order's id, and would know nothing of what the request says.

use refunds_handlers::{Decimal, Fault, FindPayment, FindPaymentContext, Payment, RefundRequested};

use crate::Refunds;
use crate::approval::cents;

impl FindPayment for Refunds {
    async fn find_payment(
        &self,
        refund: RefundRequested,
        _: &FindPaymentContext,
    ) -> Result<Payment, Fault> {
        Ok(paid(refund.amount, &refund.currency))
    }
}

/// What delivery costs, in whole units of any currency.
const DELIVERY: i64 = 5;

fn paid(asked: Decimal, currency: &str) -> Payment {
    let (amount, currency) = match cents(asked).as_str() {
        "04" => (Decimal::from(1), currency),
        "05" if currency == "CHF" => (asked, "EUR"),
        "05" => (asked, "CHF"),
        _ => (
            asked.checked_add(DELIVERY.into()).unwrap_or(asked),
            currency,
        ),
    };
    Payment {
        amount,
        currency: currency.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cents_of_an_amount_choose_what_was_paid() {
        for (asked, amount, currency) in [
            ("20.04", "1", "USD"),
            ("20.05", "20.05", "CHF"),
            ("20", "25", "USD"),
            ("20.10", "25.10", "USD"),
        ] {
            let found = paid(asked.parse().unwrap(), "USD");
            let expected: Decimal = amount.parse().unwrap();
            assert_eq!(
                (found.amount, found.currency.as_str()),
                (expected, currency),
                "{asked}"
            );
        }
    }
}

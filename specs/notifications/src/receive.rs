//! `function receive`: refuses what is signed and well-formed and still makes no sense, before it is queued.

use notifications_handlers::{
    Decimal, Receive, ReceiveContext, ReceiveError, Rejected, TransactionReceived,
};

use crate::Notifications;

/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 128;

impl Receive for Notifications {
    async fn receive(
        &self,
        it: TransactionReceived,
        _: &ReceiveContext,
    ) -> Result<TransactionReceived, ReceiveError> {
        match problem(&it) {
            None => Ok(it),
            Some(reason) => Err(Rejected {
                reason: reason.to_owned(),
            }
            .into()),
        }
    }
}

/// The first thing that is wrong with a transaction, in words for its sender.
fn problem(it: &TransactionReceived) -> Option<&'static str> {
    if !is_id(&it.event_id) || !is_id(&it.transaction_id) {
        return Some("eventId and transactionId are 1 to 128 printable characters");
    }
    if it.currency.len() != 3 || !it.currency.bytes().all(|it| it.is_ascii_uppercase()) {
        return Some("currency is three capital letters");
    }
    (it.amount <= Decimal::ZERO).then_some("amount is not above zero")
}

/// True for an id as providers make them: visible ASCII without blanks.
fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use notifications_handlers::TransactionReceivedKind::Charge;

    fn transaction(amount: &str, currency: &str, id: &str) -> TransactionReceived {
        TransactionReceived {
            event_id: id.to_owned(),
            transaction_id: "txn_1".to_owned(),
            timestamp: "2026-11-20T19:23:00Z".parse().unwrap(),
            amount: amount.parse().unwrap(),
            currency: currency.to_owned(),
            kind: Charge,
        }
    }

    #[test]
    fn only_what_makes_sense_is_queued() {
        for (amount, currency, id, fine) in [
            ("12.50", "EUR", "evt_1", true),
            ("0", "EUR", "evt_1", false),
            ("-1", "EUR", "evt_1", false),
            ("12.50", "eur", "evt_1", false),
            ("12.50", "EUR", "", false),
            ("12.50", "EUR", "evt 1", false),
        ] {
            assert_eq!(
                problem(&transaction(amount, currency, id)).is_none(),
                fine,
                "{amount} {currency} {id}"
            );
        }
    }
}

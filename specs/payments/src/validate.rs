//! `function validate`: refuses what is signed and well-formed and still makes no sense.

use payments_handlers::{PaymentReceived, Rejected, Validate, ValidateContext, ValidateError};

use crate::{Payments, currency};

/// Longest id and provider name, in bytes.
const TEXT_BYTES_MAX: usize = 128;

impl Validate for Payments {
    async fn validate(
        &self,
        payment: PaymentReceived,
        _: &ValidateContext,
    ) -> Result<PaymentReceived, ValidateError> {
        match problem(&payment) {
            None => Ok(payment),
            Some(reason) => Err(Rejected { reason }.into()),
        }
    }
}

/// The first thing that is wrong with a payment, in words for its sender. Between which amounts it lies is for the route's `expect:`.
fn problem(payment: &PaymentReceived) -> Option<String> {
    if !is_name(&payment.payment_id) {
        return Some(format!(
            "paymentId is not 1 to {TEXT_BYTES_MAX} printable characters"
        ));
    }
    if !is_name(&payment.provider) {
        return Some(format!(
            "provider is not 1 to {TEXT_BYTES_MAX} printable characters"
        ));
    }
    let Some(decimals) = currency::decimals(&payment.currency) else {
        return Some("currency is not a code of ISO 4217".to_owned());
    };
    if payment.amount.decimal_places() > decimals {
        return Some(format!(
            "amount has more than the {decimals} decimal places of {}",
            payment.currency
        ));
    }
    None
}

/// True for an id as providers make them: visible ASCII without blanks.
fn is_name(text: &str) -> bool {
    (1..=TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_handlers::PaymentReceivedStatus::Pending;

    fn payment(amount: &str, currency: &str) -> PaymentReceived {
        PaymentReceived {
            payment_id: "pay_123456".to_owned(),
            timestamp: "2026-11-20T19:23:00Z".parse().unwrap(),
            provider: "stripe".to_owned(),
            amount: amount.parse().unwrap(),
            currency: currency.to_owned(),
            status: Pending,
        }
    }

    #[test]
    fn a_sane_payment_passes() {
        for (amount, currency) in [
            ("99.99", "USD"),
            ("99.900", "EUR"),
            ("1200", "JPY"),
            ("1.234", "KWD"),
            ("100000000", "USD"),
        ] {
            assert_eq!(
                problem(&payment(amount, currency)),
                None,
                "{amount} {currency}"
            );
        }
    }

    #[test]
    fn a_senseless_payment_is_refused_with_its_reason() {
        for (amount, currency, reason) in [
            (
                "0.001",
                "USD",
                "amount has more than the 2 decimal places of USD",
            ),
            (
                "1200.5",
                "JPY",
                "amount has more than the 0 decimal places of JPY",
            ),
            ("1", "usd", "currency is not a code of ISO 4217"),
            ("1", "", "currency is not a code of ISO 4217"),
        ] {
            assert_eq!(
                problem(&payment(amount, currency)).as_deref(),
                Some(reason),
                "{amount} {currency}"
            );
        }
        let nameless = PaymentReceived {
            payment_id: String::new(),
            ..payment("1", "USD")
        };
        assert!(problem(&nameless).is_some_and(|it| it.starts_with("paymentId")));
        let blank = PaymentReceived {
            provider: "a b".to_owned(),
            ..payment("1", "USD")
        };
        assert!(problem(&blank).is_some_and(|it| it.starts_with("provider")));
    }
}

//! What every provider's payload is read into, before it becomes a `Notification`.

use webhook_processing_handlers::{Decimal, NotificationStatus};

/// What a payload says about one payment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The provider's id of this webhook.
    pub(crate) webhook_id: String,
    /// The provider's id of the payment; all webhooks of one payment carry the same.
    pub(crate) payment_id: String,
    pub(crate) amount: Decimal,
    /// ISO 4217, in capitals.
    pub(crate) currency: String,
    pub(crate) status: NotificationStatus,
}

/// A payload that is not what its provider documents; the text says what is missing.
#[derive(Debug)]
pub(crate) struct Malformed(pub(crate) String);

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        // Line and column help; the values stay out of the text.
        Self(format!(
            "{:?} at {}:{}",
            error.classify(),
            error.line(),
            error.column()
        ))
    }
}

/// Currencies without a minor unit. Source: docs.stripe.com/currencies, "Zero-decimal currencies"; Square charges in JPY alone of them.
/// ISK and UGX have none either, but Stripe goes on counting hundredths of them ("Special cases").
const WHOLE: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
/// Currencies with a thousandth. Source: the same page, "Three-decimal currencies".
const THOUSANDTHS: &str = "BHD JOD KWD OMR TND";

/// `1099` of `usd` is 10.99: exact, and never through a float.
pub(crate) fn from_minor_units(
    amount: i64,
    currency: &str,
) -> Result<(Decimal, String), Malformed> {
    let currency = currency.to_ascii_uppercase();
    let listed = |codes: &str| codes.split(' ').any(|it| it == currency);
    let places = match () {
        () if listed(WHOLE) => 0,
        () if listed(THOUSANDTHS) => 3,
        () => 2,
    };
    let (sign, digits) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs());
    let scale = 10_u64.pow(places);
    let text = match places {
        0 => format!("{sign}{digits}"),
        _ => format!(
            "{sign}{}.{:0width$}",
            digits / scale,
            digits % scale,
            width = places as usize
        ),
    };
    let amount = text
        .parse()
        .map_err(|_| Malformed(format!("an amount of {digits} digits")))?;
    Ok((amount, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_become_exact_decimals() {
        for (amount, currency, exact) in [
            (1099, "usd", "10.99"),
            (5, "eur", "0.05"),
            (500, "jpy", "500"),
            (500, "ugx", "5.00"),
            (12_345, "kwd", "12.345"),
            (-1, "USD", "-0.01"),
            (9_007_199_254_740_993, "usd", "90071992547409.93"),
        ] {
            let (read, code) = from_minor_units(amount, currency).unwrap();
            assert_eq!(read, exact.parse().unwrap(), "{amount} {currency}");
            assert_eq!(code, currency.to_ascii_uppercase());
        }
    }
}

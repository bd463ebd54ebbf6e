//! A payment gateway as its sandbox behaves: the last two digits of an amount choose the answer, the way test amounts do at real ones.
//!
//! | amount ends in | answer |
//! |---|---|
//! | `.01` | declined: insufficient funds |
//! | `.02` | declined: card expired |
//! | `.05` | 503 to the first attempt, then charged |
//! | `.06` | 503 to every attempt |
//! | anything else | charged |
//!
//! A real client would send an HTTP request with the same three things: the amount, the reference and the idempotency key. Two facts about
//! real gateways are kept, because the workflow relies on them:
//!
//! - **The same idempotency key has the same effect.** The receipt's id is derived from the key, so a retry, or a second run after a crash
//!   between the charge and its recording, gets the receipt of the first.
//! - **An outage is the gateway's, not ours.** Attempts run in different Lambda environments, which come and go, so "fails first" cannot be
//!   a counter in this process. The outage of `.05` ends for a payment as soon as the sandbox's notebook (a file in the temporary folder)
//!   has an attempt of it, and in any case a few seconds after the payment's own time: on one machine the second attempt is charged,
//!   whichever process makes it and however fast it comes; on AWS, where environments share no folder, one of the next is.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use payments_handlers::{Decimal, Timestamp};

/// Longest outage of `.05` after the payment's time, in milliseconds.
const OUTAGE_MS: i64 = 5_000;

/// What the gateway is asked to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge<'a> {
    /// How much.
    pub(crate) amount: Decimal,
    /// Our reference, which the statement shows.
    pub(crate) reference: &'a str,
    /// When the payment was received.
    pub(crate) received_at: Timestamp,
    /// The same for every attempt at this charge.
    pub(crate) idempotency_key: &'a str,
}

/// Why nothing was charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The answer is no, and stays no.
    Declined(&'static str),
    /// No answer; the HTTP status.
    Down(i64),
}

/// The client.
#[derive(Debug)]
pub(crate) struct Gateway {
    notebook: PathBuf,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            notebook: std::env::temp_dir().join("pipec-sandbox-gateway"),
        }
    }
}

impl Gateway {
    /// Charges, and gives the receipt's id.
    pub(crate) fn charge(&self, charge: &Charge<'_>, now: Timestamp) -> Result<String, Refusal> {
        match cents(charge.amount).as_str() {
            "01" => Err(Refusal::Declined("insufficient funds")),
            "02" => Err(Refusal::Declined("card expired")),
            "05" if self.is_out(charge, now) => Err(Refusal::Down(503)),
            "06" => Err(Refusal::Down(503)),
            _ => Ok(format!(
                "rcpt_{:016x}",
                fingerprint(&[charge.idempotency_key])
            )),
        }
    }

    /// True for the first attempt during the outage. Without a notebook (a folder that cannot be written) only time ends it.
    fn is_out(&self, charge: &Charge<'_>, now: Timestamp) -> bool {
        let since_ms = now.as_millis() - charge.received_at.as_millis();
        if !(0..OUTAGE_MS).contains(&since_ms) {
            return false;
        }
        let received_at = charge.received_at.to_string();
        let page = fingerprint(&[charge.reference, charge.idempotency_key, &received_at]);
        if fs::create_dir_all(&self.notebook).is_err() {
            return true;
        }
        let noted = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.notebook.join(format!("{page:016x}")));
        !noted.is_err_and(|it| it.kind() == std::io::ErrorKind::AlreadyExists)
    }
}

/// The two digits behind the point: `05` of `20.05`, `00` of `20`.
fn cents(amount: Decimal) -> String {
    let text = amount.normalized().to_string();
    let fraction = text.split_once('.').map(|(_, it)| it).unwrap_or_default();
    format!("{fraction:0<2}")
}

/// FNV-1a, 64 bits: not secret, only the same for the same texts on every machine.
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|it| it.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED_MS: i64 = 1_795_000_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms).unwrap()
    }

    fn charge<'a>(amount: &str, idempotency_key: &'a str) -> Charge<'a> {
        let amount = amount.parse().unwrap();
        Charge {
            amount,
            reference: "pay_1",
            received_at: at(RECEIVED_MS),
            idempotency_key,
        }
    }

    /// A gateway whose notebook is new, and another client of the same gateway.
    fn two_clients(name: &str) -> (Gateway, Gateway) {
        let notebook =
            std::env::temp_dir().join(format!("pipec-sandbox-test-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&notebook));
        (
            Gateway {
                notebook: notebook.clone(),
            },
            Gateway { notebook },
        )
    }

    #[test]
    fn the_amount_chooses_the_answer() {
        let (gateway, _) = two_clients("amounts");
        let ask = |amount| gateway.charge(&charge(amount, "k"), at(RECEIVED_MS));
        assert_eq!(ask("20.01"), Err(Refusal::Declined("insufficient funds")));
        assert_eq!(ask("20.02"), Err(Refusal::Declined("card expired")));
        assert_eq!(ask("20.06"), Err(Refusal::Down(503)));
        assert_eq!(ask("20.050"), Err(Refusal::Down(503)));
        for amount in ["99.99", "20", "20.1", "0.50", "20.012"] {
            assert!(ask(amount).is_ok(), "{amount}");
        }
    }

    #[test]
    fn an_outage_ends_for_the_next_attempt_whichever_client_makes_it() {
        let (first, second) = two_clients("outage");
        assert_eq!(
            first.charge(&charge("20.05", "run/Process"), at(RECEIVED_MS)),
            Err(Refusal::Down(503))
        );
        let receipt = second.charge(&charge("20.05", "run/Process"), at(RECEIVED_MS));
        assert_eq!(
            first.charge(&charge("20.05", "run/Process"), at(RECEIVED_MS + 1)),
            receipt
        );
        assert!(receipt.is_ok());
        assert!(
            first
                .charge(&charge("20.05", "other/Process"), at(RECEIVED_MS))
                .is_err(),
            "another payment is another story"
        );
        assert!(
            first
                .charge(
                    &charge("20.05", "late/Process"),
                    at(RECEIVED_MS + OUTAGE_MS)
                )
                .is_ok(),
            "time ends it too"
        );
    }

    #[test]
    fn the_same_key_gets_the_same_receipt_and_another_key_another() {
        let (gateway, other) = two_clients("keys");
        let ask = |gateway: &Gateway, key| gateway.charge(&charge("99.99", key), at(RECEIVED_MS));
        assert_eq!(ask(&gateway, "a"), ask(&other, "a"));
        assert_ne!(ask(&gateway, "a"), ask(&gateway, "b"));
    }
}

//! Asks the API of a provider that signs nothing: HTTPS to the one host that its scheme names, with our key, no redirect followed, bounded
//! in time and size. What may be asked and what an answer is worth is decided in `sign::fetch_back`.
//!
//! A local run may play the provider: `PIPE_LOCAL_PROVIDER` is the address of a plain HTTP server. It counts only on this machine and where
//! `AWS_ENDPOINT_URL` is this machine too, so that no deployed key is ever sent anywhere else.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::outgoing::{self, Get, Way};
use crate::secret::Secret;
use crate::sign::{Question, Refusal};

/// Longest wait for the answer, from the name's lookup to the last byte: less than a provider waits for ours (Mollie: 15 s), so that
/// there is time left to record.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer, in bytes; with what a handler makes of it, it must fit into the 400 KB of an item.
const BYTES_MAX: usize = 256 * 1024;

/// Why a provider did not say what we asked it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unanswered {
    /// What the request is refused as.
    pub(crate) refusal: Refusal,
    /// For the log; it holds nothing that the provider or the sender wrote.
    pub(crate) detail: String,
}

/// Where a provider's API is reached from this process.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    stand_in: Option<SocketAddr>,
    timeout: Option<Duration>,
}

impl Provider {
    /// As the environment says.
    pub(crate) fn from_environment() -> Self {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        Self {
            stand_in: stand_in(&text("AWS_ENDPOINT_URL"), &text("PIPE_LOCAL_PROVIDER")),
            timeout: None,
        }
    }

    /// A stand-in that need not be quick to be late, for tests.
    #[cfg(test)]
    pub(crate) fn at(address: SocketAddr, timeout: Duration) -> Self {
        Self {
            stand_in: Some(address),
            timeout: Some(timeout),
        }
    }

    /// The body of the provider's answer. It is asked once: who gets 503 from us comes again.
    pub(crate) async fn ask(
        &self,
        question: &Question<'_>,
        key: &Secret,
    ) -> Result<Vec<u8>, Unanswered> {
        let path = question.path();
        let wanted = Get {
            host: question.host(),
            path: &path,
            accept: "application/json",
            key: Some(key),
            bytes_max: BYTES_MAX,
        };
        let way = self.stand_in.map_or(Way::Public, Way::LocalPlain);
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        let host = question.host();
        match tokio::time::timeout(timeout, outgoing::get(&wanted, way)).await {
            Err(_) => Err(unavailable(&format_args!("no answer of {host} in time"))),
            Ok(Err(why)) => Err(unavailable(&why)),
            Ok(Ok((status, body))) => match status.as_u16() {
                200 => Ok(body),
                // Gone is what was there once; neither is now, and neither will be.
                code @ (404 | 410) => Err(answered(Refusal::UnknownToProvider, host, code)),
                code @ (401 | 403) => Err(answered(Refusal::KeyRefused, host, code)),
                code => Err(answered(Refusal::ProviderUnavailable, host, code)),
            },
        }
    }
}

fn unavailable(why: &dyn fmt::Display) -> Unanswered {
    Unanswered {
        refusal: Refusal::ProviderUnavailable,
        detail: why.to_string(),
    }
}

fn answered(refusal: Refusal, host: &str, status: u16) -> Unanswered {
    Unanswered {
        refusal,
        detail: format!("{host} answered {status}"),
    }
}

fn stand_in(endpoint: &str, address: &str) -> Option<SocketAddr> {
    let address = address.parse().ok()?;
    outgoing::is_local_run(endpoint, address).then_some(address)
}

#[cfg(test)]
pub(crate) mod stand_in;
#[cfg(test)]
mod tests;

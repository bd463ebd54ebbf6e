//! Fetches the certificates that PayPal's requests name: HTTPS to the one host that the URL can have, no redirects, bounded in time,
//! size and number. What may be fetched at all is decided in `sign::paypal`, before this is asked.
//!
//! A local run may play PayPal: `PIPE_LOCAL_CA` names a file with its own root, `PIPE_LOCAL_CERTIFICATES` the address that certificates
//! come from. Both count only where `AWS_ENDPOINT_URL` is this machine itself, so that nothing deployed can be made to trust them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::StatusCode;

use crate::outgoing::{self, Get, Way};
use crate::sign::{CertificateCache, CertificateUrl, ConfigError, Verifier};

/// Longest wait for one certificate, from the name's lookup to the last byte.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Largest answer, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Fetches within one window. Genuine requests name one or two certificates, forged ones may name a new one each.
const FETCHES_MAX: u32 = 10;
const WINDOW_MS: i64 = 60_000;
/// Age at which all certificates are fetched anew.
const AGE_MS_MAX: i64 = 24 * 3_600_000;

/// Why a certificate was not fetched, for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfetched {
    /// There were too many fetches in this window.
    TooMany,
    /// No answer in time.
    Timeout,
    /// No connection, no handshake, or an answer that ended early or was too large.
    Broken(String),
    /// Another status than 200; a redirect is one too.
    Status(u16),
}

impl fmt::Display for Unfetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "more than {FETCHES_MAX} certificates in a minute"),
            Self::Timeout => write!(f, "no certificate within {} s", TIMEOUT.as_secs()),
            Self::Broken(why) => f.write_str(why),
            Self::Status(status) => write!(f, "the certificate's host answered {status}"),
        }
    }
}

/// A stand-in for PayPal on this machine.
#[derive(Clone)]
struct Local {
    address: SocketAddr,
    roots_pem: Vec<u8>,
}

/// The certificates of one process.
#[derive(Default)]
pub(crate) struct Certificates {
    cache: RefCell<CertificateCache>,
    filled_at_ms: Cell<i64>,
    window_from_ms: Cell<i64>,
    fetches: Cell<u32>,
    local: Option<Local>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("local", &self.local.is_some())
            .finish_non_exhaustive()
    }
}

impl Certificates {
    /// As the environment says.
    pub(crate) fn from_environment() -> Self {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        let file = text("PIPE_LOCAL_CA");
        Self {
            local: local(
                &text("AWS_ENDPOINT_URL"),
                &text("PIPE_LOCAL_CERTIFICATES"),
                || std::fs::read(&file).ok(),
            ),
            ..Self::default()
        }
    }

    /// A stand-in that serves nothing beyond one certificate that is there already, for tests.
    #[cfg(test)]
    pub(crate) fn holding(roots_pem: &[u8], url: &str, chain_pem: &[u8], now_ms: i64) -> Self {
        let it = Self {
            local: Some(Local {
                address: SocketAddr::from(([127, 0, 0, 1], 9)),
                roots_pem: roots_pem.to_vec(),
            }),
            filled_at_ms: Cell::new(now_ms),
            ..Self::default()
        };
        it.hold(url, chain_pem);
        it
    }

    /// Another certificate that is there already.
    #[cfg(test)]
    pub(crate) fn hold(&self, url: &str, chain_pem: &[u8]) {
        let url = CertificateUrl::for_test(url);
        self.cache.borrow_mut().insert(url, chain_pem.to_vec());
    }

    /// Uses up this window's fetches, for tests that must open no socket.
    #[cfg(test)]
    pub(crate) fn exhaust(&self, now_ms: i64) {
        while self.count(now_ms).is_ok() {}
    }

    /// The verifier, which trusts the stand-in's root alone where there is a stand-in.
    pub(crate) fn trusted_by(&self, verifier: Verifier) -> Result<Verifier, ConfigError> {
        match &self.local {
            Some(local) => verifier.trusting_only(&local.roots_pem),
            None => Ok(verifier),
        }
    }

    /// What was fetched.
    pub(crate) fn cached(&self, now_ms: i64) -> std::cell::Ref<'_, CertificateCache> {
        let age_ms = now_ms.saturating_sub(self.filled_at_ms.get());
        if !(0..AGE_MS_MAX).contains(&age_ms) {
            self.cache.replace(CertificateCache::default());
            self.filled_at_ms.set(now_ms);
        }
        self.cache.borrow()
    }

    /// Fetches one and keeps it.
    pub(crate) async fn fetch(
        &self,
        url: CertificateUrl<'_>,
        now_ms: i64,
    ) -> Result<(), Unfetched> {
        self.count(now_ms)?;
        let fetched = tokio::time::timeout(TIMEOUT, get(url, self.local.as_ref())).await;
        let pem = fetched.map_err(|_| Unfetched::Timeout)??;
        self.cache.borrow_mut().insert(url, pem);
        Ok(())
    }

    fn count(&self, now_ms: i64) -> Result<(), Unfetched> {
        if !(0..WINDOW_MS).contains(&now_ms.saturating_sub(self.window_from_ms.get())) {
            self.window_from_ms.set(now_ms);
            self.fetches.set(0);
        }
        if self.fetches.get() >= FETCHES_MAX {
            return Err(Unfetched::TooMany);
        }
        self.fetches.set(self.fetches.get() + 1);
        Ok(())
    }
}

/// The stand-in, if the endpoint of AWS is this machine and the stand-in is on it too.
fn local(endpoint: &str, address: &str, roots: impl FnOnce() -> Option<Vec<u8>>) -> Option<Local> {
    let address: SocketAddr = address.parse().ok()?;
    let roots_pem = outgoing::is_local_run(endpoint, address)
        .then(roots)
        .flatten()?;
    Some(Local { address, roots_pem })
}

async fn get(url: CertificateUrl<'_>, local: Option<&Local>) -> Result<Vec<u8>, Unfetched> {
    let wanted = Get {
        host: url.host(),
        path: url.path(),
        accept: "*/*",
        key: None,
        bytes_max: BYTES_MAX,
    };
    let way = local.map_or(Way::Public, |it| Way::LocalTls(it.address, &it.roots_pem));
    match outgoing::get(&wanted, way).await {
        Ok((StatusCode::OK, pem)) => Ok(pem),
        Ok((other, _)) => Err(Unfetched::Status(other.as_u16())),
        Err(why) => Err(Unfetched::Broken(why.0)),
    }
}

#[cfg(test)]
mod tests;

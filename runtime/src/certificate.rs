//! Fetches the certificates that PayPal's requests name: HTTPS to the one host that the URL can have, no redirects, bounded in time,
//! size and number. What may be fetched at all is decided in `sign::paypal`, before this is asked.
//!
//! A local run may play PayPal: `PIPE_LOCAL_CA` names a file with its own root, `PIPE_LOCAL_CERTIFICATES` the address that certificates
//! come from. Both count only where `AWS_ENDPOINT_URL` is this machine itself, so that nothing deployed can be made to trust them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

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
        let url = CertificateUrl::for_test(url);
        it.cache.borrow_mut().insert(url, chain_pem.to_vec());
        it
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
    let here = is_loopback(endpoint) && address.ip().is_loopback();
    let roots_pem = here.then(roots).flatten()?;
    Some(Local { address, roots_pem })
}

fn is_loopback(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<hyper::Uri>() else {
        return false;
    };
    // `user@` would make the part before it look like the host to a reader.
    let plain =
        uri.scheme().is_some() && uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    plain && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback()))
}

async fn get(url: CertificateUrl<'_>, local: Option<&Local>) -> Result<Vec<u8>, Unfetched> {
    fn broken(what: &'static str) -> impl Fn(&dyn fmt::Display) -> Unfetched {
        move |why| Unfetched::Broken(format!("{what}: {why}"))
    }
    let (host, path) = (url.host(), url.path());
    let name = ServerName::try_from(host.to_owned()).map_err(|it| broken("name")(&it))?;
    let tls = TlsConnector::from(Arc::new(client_config(local)?));
    let connected = match local {
        Some(local) => TcpStream::connect(local.address).await,
        None => TcpStream::connect((host, 443)).await,
    };
    let stream = connected.map_err(|it| broken("connection")(&it))?;
    let stream = tls
        .connect(name, stream)
        .await
        .map_err(|it| broken("handshake")(&it))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|it| broken("connection")(&it))?;
    let request = Request::get(path)
        .header(header::HOST, host)
        .header(header::ACCEPT, "*/*")
        .body(Empty::<Bytes>::new())
        .map_err(|it| broken("request")(&it))?;
    let answer = async {
        let answer = sender
            .send_request(request)
            .await
            .map_err(|it| broken("request")(&it))?;
        if answer.status() != StatusCode::OK {
            return Err(Unfetched::Status(answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await;
        let body = body.map_err(|it| broken("answer")(&it))?;
        Ok(body.to_bytes().to_vec())
    };
    // The connection only moves while it is polled. Whether the answer came whole is the answer's to say: the host may close the
    // connection in the same moment in which its last byte arrives.
    let ended = async move {
        let _ = connection.await;
    };
    let (mut answer, ended) = (pin!(answer), pin!(ended));
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        () = ended => answer.await,
    }
}

/// TLS by the stack that the AWS SDK brings; the roots are the browsers', or the stand-in's alone.
fn client_config(local: Option<&Local>) -> Result<ClientConfig, Unfetched> {
    let broken = |why: &dyn fmt::Display| Unfetched::Broken(format!("TLS: {why}"));
    let mut roots = RootCertStore::empty();
    match local {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(local) => {
            for root in CertificateDer::pem_slice_iter(&local.roots_pem) {
                let root = root.map_err(|it| broken(&it))?;
                roots.add(root).map_err(|it| broken(&it))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|it| broken(&it))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests;

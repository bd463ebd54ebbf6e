//! One GET over HTTPS, for what a signature scheme must fetch: no redirect followed, bounded in size; the caller bounds its time.
//!
//! A local run may play the other side; whether it may is decided by [`is_local_run`], so that nothing deployed can be led elsewhere.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::secret::Secret;

/// What to ask for. Host and path are never a stranger's: they come from [`sign`](crate::sign) alone.
#[derive(Debug)]
pub(crate) struct Get<'a> {
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) accept: &'static str,
    /// Sent as `Authorization: Bearer`.
    pub(crate) key: Option<&'a Secret>,
    /// Largest answer that is taken, in bytes.
    pub(crate) bytes_max: usize,
}

/// How to come to the host.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// HTTPS on port 443, by the roots that the browsers trust.
    Public,
    /// HTTPS to a stand-in on this machine, by its own roots (PEM) alone.
    #[cfg_attr(
        not(feature = "sign-certificates"),
        expect(dead_code, reason = "PayPal is played so")
    )]
    LocalTls(SocketAddr, &'a [u8]),
    /// A stand-in on this machine without TLS: what is sent does not leave the machine.
    #[cfg_attr(
        not(feature = "sign-fetch-back"),
        expect(dead_code, reason = "a provider that is asked is played so")
    )]
    LocalPlain(SocketAddr),
}

/// Why there is no answer: no connection, no handshake, or an answer that ended early or was too large.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn broken(what: &'static str) -> impl Fn(&dyn fmt::Display) -> Broken {
    move |why| Broken(format!("{what}: {why}"))
}

/// True where the endpoint of AWS is this machine itself: only then a stand-in counts, and only one that is on it too.
pub(crate) fn is_local_run(endpoint: &str, stand_in: SocketAddr) -> bool {
    is_loopback(endpoint) && stand_in.ip().is_loopback()
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

/// The status, and the body where it is 200.
pub(crate) async fn get(get: &Get<'_>, way: Way<'_>) -> Result<(StatusCode, Vec<u8>), Broken> {
    let (connected, roots_pem) = match way {
        Way::Public => (TcpStream::connect((get.host, 443)).await, None),
        Way::LocalTls(address, roots_pem) => (TcpStream::connect(address).await, Some(roots_pem)),
        Way::LocalPlain(address) => {
            let stream = TcpStream::connect(address).await;
            return exchange(get, stream.map_err(|it| broken("connection")(&it))?).await;
        }
    };
    let stream = connected.map_err(|it| broken("connection")(&it))?;
    let name = ServerName::try_from(get.host.to_owned()).map_err(|it| broken("name")(&it))?;
    let tls = TlsConnector::from(Arc::new(client_config(roots_pem)?));
    let stream = tls.connect(name, stream).await;
    exchange(get, stream.map_err(|it| broken("handshake")(&it))?).await
}

async fn exchange<S>(get: &Get<'_>, stream: S) -> Result<(StatusCode, Vec<u8>), Broken>
where
    TokioIo<S>: Read + Write + Unpin,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|it| broken("connection")(&it))?;
    let mut request = Request::get(get.path)
        .header(header::HOST, get.host)
        .header(header::ACCEPT, get.accept);
    if let Some(key) = get.key {
        let text = [b"Bearer ", key.expose_secret()].concat();
        let value = HeaderValue::from_bytes(&text);
        let mut value = value.map_err(|_| Broken("request: the key fits no header".to_owned()))?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|it| broken("request")(&it))?;
    let answer = async {
        let answer = sender
            .send_request(request)
            .await
            .map_err(|it| broken("request")(&it))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Ok((status, Vec::new()));
        }
        let body = Limited::new(answer.into_body(), get.bytes_max).collect();
        let body = body.await.map_err(|it| broken("answer")(&it))?;
        Ok((status, body.to_bytes().to_vec()))
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

/// TLS by the stack that the AWS SDK brings; the roots are the browsers', or those given alone.
fn client_config(roots_pem: Option<&[u8]>) -> Result<ClientConfig, Broken> {
    let broken = broken("TLS");
    let mut roots = RootCertStore::empty();
    match roots_pem {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for root in CertificateDer::pem_slice_iter(pem) {
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

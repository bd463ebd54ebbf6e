//! What is fetched and what is not, from a host of its own on this machine.

use std::future::Future;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::sign::CertificateSource;

/// SIG-18
#[test]
fn a_stand_in_counts_only_on_this_machine() {
    let here = "127.0.0.1:4443";
    let is_taken =
        |endpoint: &str, address: &str| local(endpoint, address, || Some(Vec::new())).is_some();
    for endpoint in [
        "http://127.0.0.1:4700",
        "http://localhost:4700/",
        "http://[::1]:4700",
    ] {
        assert!(is_taken(endpoint, here), "{endpoint}");
    }
    for endpoint in [
        "",
        "https://dynamodb.eu-central-1.amazonaws.com",
        "http://127.0.0.1@evil.example",
        "http://localhost@evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.nip.io:4700",
        "http://10.0.0.1:4700",
        "127.0.0.1",
    ] {
        assert!(!is_taken(endpoint, here), "{endpoint}");
    }
    for address in ["10.0.0.1:443", "evil.example:443", ""] {
        assert!(!is_taken("http://127.0.0.1:4700", address), "{address}");
    }
}

#[test]
fn forged_names_buy_a_bounded_number_of_fetches() {
    let certificates = Certificates::default();
    for _ in 0..FETCHES_MAX {
        assert_eq!(certificates.count(1), Ok(()));
    }
    assert_eq!(certificates.count(WINDOW_MS - 1), Err(Unfetched::TooMany));
    assert_eq!(certificates.count(WINDOW_MS), Ok(()));
}

/// SIG-19: a certificate that PayPal has withdrawn is not taken for longer than a day.
#[test]
fn a_certificate_is_kept_for_a_day_and_no_longer() {
    let url = CertificateUrl::for_test(URL);
    let begun_ms = 1_795_300_000_000;
    let held = |now_ms| {
        let certificates = Certificates::holding(b"", URL, b"pem", begun_ms);
        certificates.cached(now_ms).certificate_pem(url).is_some()
    };
    let day_ms = 24 * 3_600_000;
    for (now_ms, is_held) in [
        (begun_ms, true),
        (begun_ms + day_ms - 1, true),
        (begun_ms + day_ms, false),
        (begun_ms + 400 * day_ms, false),
        (begun_ms - 1, false),
    ] {
        assert_eq!(held(now_ms), is_held, "{now_ms}");
    }
    // What is fetched later goes with the rest, so that none is kept for longer.
    let certificates = Certificates::holding(b"", URL, b"pem", begun_ms);
    drop(certificates.cached(begun_ms + day_ms));
    certificates.hold(URL, b"pem");
    for (now_ms, is_held) in [(2 * day_ms - 1, true), (2 * day_ms, false)] {
        let cached = certificates.cached(begun_ms + now_ms);
        assert_eq!(cached.certificate_pem(url).is_some(), is_held, "{now_ms}");
    }
}

/// Made with openssl for `api.sandbox.paypal.com`, valid until 2046; nothing but these tests trusts their root.
const ROOT_PEM: &[u8] = include_bytes!("host/root.pem");
const HOST_PEM: &[u8] = include_bytes!("host/tls.pem");
const HOST_KEY_PEM: &[u8] = include_bytes!("host/tls.key");
const URL: &str = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1";

/// How a host ends its answer.
#[derive(Clone, Copy)]
enum Close {
    /// With TLS's own goodbye.
    Notified,
    /// The socket alone, as many servers do, and as someone on the way can.
    Abrupt,
}

fn run<T>(it: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(it)
}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(HOST_PEM).unwrap()],
            PrivateKeyDer::from_pem_slice(HOST_KEY_PEM).unwrap(),
        );
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// Fetches from a host that gives this answer and closes: what was fetched by the cache's word, and how the fetch ended.
fn fetched(
    answer: &str,
    close: Close,
    roots_pem: &[u8],
) -> (Option<Vec<u8>>, Result<(), Unfetched>) {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let certificates = Certificates {
            local: Some(Local {
                address: listener.local_addr().unwrap(),
                roots_pem: roots_pem.to_vec(),
            }),
            ..Certificates::default()
        };
        let host = async {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut tls) = acceptor().accept(socket).await else {
                return;
            };
            let mut request = vec![0; 4096];
            let length = tls.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(
                request.starts_with("GET /v1/notifications/certs/CERT-1 HTTP/1.1"),
                "{request}"
            );
            tls.write_all(answer.as_bytes()).await.unwrap();
            tls.flush().await.unwrap();
            match close {
                Close::Notified => drop(tls.shutdown().await),
                Close::Abrupt => drop(tls.get_mut().0.shutdown().await),
            }
        };
        let url = CertificateUrl::for_test(URL);
        let fetch = async {
            drop(certificates.cached(1));
            certificates.fetch(url, 1).await
        };
        // The host has answered and closed before the client looks: everything arrives at once.
        let ((), ended) = tokio::join!(host, fetch);
        let held = certificates.cached(1).certificate_pem(url);
        (held.map(|it| it.to_vec()), ended)
    })
}

#[test]
fn a_certificate_is_fetched_once_whichever_way_the_host_closes() {
    for close in [Close::Notified, Close::Abrupt] {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\npem",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\npem",
            "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\npem",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npem\r\n0\r\n\r\n",
        ] {
            let (held, ended) = fetched(answer, close, ROOT_PEM);
            assert_eq!(ended, Ok(()), "{answer}");
            assert_eq!(held.as_deref(), Some(&b"pem"[..]), "{answer}");
        }
    }
    // An answer of unsaid length is whole only if TLS says that it has ended.
    let unsaid = "HTTP/1.0 200 OK\r\n\r\npem";
    let (held, ended) = fetched(unsaid, Close::Notified, ROOT_PEM);
    assert_eq!((held.as_deref(), ended), (Some(&b"pem"[..]), Ok(())));
}

#[test]
fn what_did_not_come_whole_or_from_elsewhere_is_not_kept() {
    let long = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n{}",
        "x".repeat(70_000)
    );
    for (answer, close, expected) in [
        ("HTTP/1.0 200 OK\r\n\r\npem", Close::Abrupt, "answer: "),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npem",
            Close::Notified,
            "answer: ",
        ),
        ("", Close::Notified, "request: "),
        (&long, Close::Notified, "answer: "),
        (
            "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
            Close::Notified,
            "the certificate's host answered 302",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\npem",
            Close::Notified,
            "the certificate's host answered 404",
        ),
    ] {
        let (held, ended) = fetched(answer, close, ROOT_PEM);
        let why = ended.unwrap_err().to_string();
        assert!(why.starts_with(expected), "{why}");
        assert_eq!(held, None, "{why}");
    }
}

/// SIG-19
#[test]
fn a_host_that_the_root_did_not_certify_is_not_asked() {
    let other = crate::sign::scheme("paypal")
        .unwrap()
        .vector
        .certificates
        .root_pem;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\npem";
    let (held, ended) = fetched(answer, Close::Notified, other.as_bytes());
    let why = ended.unwrap_err().to_string();
    assert!(
        why.starts_with("handshake: invalid peer certificate"),
        "{why}"
    );
    assert_eq!(held, None);
}

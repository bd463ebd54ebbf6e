//! PayPal's host of certificates, played on this machine for `PIPE_LOCAL_CERTIFICATES`.
//!
//! What lies in `paypal/` was made with openssl for PayPal's sandbox and is valid until 2046: a certificate for messages, one for the host,
//! and the root of both, which nothing but these tests trusts.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

const MESSAGES_PEM: &str = include_str!("paypal/messages.pem");
const HOST_PEM: &[u8] = include_bytes!("paypal/host.pem");
const HOST_KEY: &[u8] = include_bytes!("paypal/host.key");

/// A file of `paypal/`.
pub(crate) fn file(name: &str) -> PathBuf {
    crate::root().join("cli/tests/run/paypal").join(name)
}

/// Serves the certificate for messages until the tests end; its address.
pub(crate) fn host() -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(HOST_PEM).unwrap()],
            PrivateKeyDer::from_pem_slice(HOST_KEY).unwrap(),
        );
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // Who breaks off says so itself; the next one is served.
            let _ = serve(StreamOwned::new(connection, socket));
        }
    });
    address
}

fn serve(mut tls: StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut tls).lines();
    while !lines.next().transpose()?.unwrap_or_default().is_empty() {}
    drop(lines);
    let length = MESSAGES_PEM.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{MESSAGES_PEM}");
    tls.write_all(answer.as_bytes())?;
    tls.conn.send_close_notify();
    tls.flush()
}

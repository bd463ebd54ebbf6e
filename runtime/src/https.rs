//! The HTTPS client that all services of a process share. The SDK would make one for each service and one for finding credentials, and each
//! would read and parse the system's roots, first to try them and then to use them: a third of the CPU time of a cold start.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::ConnectorBuilder;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::sdk_config::SharedAsyncSleep;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// Where systems keep all their roots in one file: Amazon Linux, on which Lambda runs, and Debian. Beside it they keep each root in a file
/// of its own under two names, and the SDK reads those as well.
const BUNDLES: [&str; 2] = [
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
];

/// What says that the roots are elsewhere.
const ELSEWHERE: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The client, for everything that is made of one configuration: also for what looks for credentials, which would make one too.
#[derive(Clone, Debug)]
pub(crate) struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    trusted: TrustStore,
    /// One for each pair of timeouts, as in the SDK; there are few.
    connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

/// Longest waits for a connection and for an answer's first byte.
type Timeouts = (Option<Duration>, Option<Duration>);

pub(crate) fn client() -> Client {
    Client(Arc::new(Shared {
        trusted: roots(),
        connectors: Mutex::default(),
    }))
}

impl Client {
    /// What connects for requests that no client of the SDK makes, in the same way.
    #[cfg(feature = "dynamodb")]
    pub(crate) fn connector_of(&self, config: &aws_config::SdkConfig) -> SharedHttpConnector {
        let connect = config.timeout_config().and_then(|it| it.connect_timeout());
        let mut settings = HttpConnectorSettings::builder();
        settings.set_connect_timeout(connect);
        self.connector(&settings.build(), config.sleep_impl())
    }

    fn connector(
        &self,
        settings: &HttpConnectorSettings,
        sleep: Option<SharedAsyncSleep>,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let connectors = self.0.connectors.lock();
        // What is pushed is pushed whole, so a panic beside it does no harm.
        let mut connectors = connectors.unwrap_or_else(PoisonError::into_inner);
        let made = connectors.iter().find(|(it, _)| *it == timeouts);
        if let Some((_, connector)) = made {
            return connector.clone();
        }
        let mut connector =
            ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        let context = TlsContext::builder().with_trust_store(self.0.trusted.clone());
        // Roots alone make no context that cannot be built; without one, the connector would trust what the SDK reads itself.
        if let Ok(context) = context.build() {
            connector = connector.tls_context(context);
        }
        connector.set_connector_settings(Some(settings.clone()));
        connector.set_sleep_impl(sleep);
        let connector = connector.proxy_config(ProxyConfig::from_env()).build();
        let connector = SharedHttpConnector::new(connector);
        connectors.push((timeouts, connector.clone()));
        connector
    }
}

/// The system's roots; read by the SDK where they are kept in another way.
fn roots() -> TrustStore {
    let is_elsewhere = ELSEWHERE.iter().any(|it| std::env::var_os(it).is_some());
    let bundle = BUNDLES.iter().map(Path::new).filter(|_| !is_elsewhere);
    let mut bundle = bundle.filter_map(|it| std::fs::read(it).ok());
    match bundle.next().filter(|it| are_roots(it)) {
        Some(pem) => TrustStore::empty().with_pem_certificate(pem),
        None => TrustStore::default(),
    }
}

/// Whether every certificate can be parsed. The SDK leaves out those of its own reading that cannot, and panics at others.
fn are_roots(pem: &[u8]) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(pem).peekable();
    certificates.peek().is_some()
        && certificates.all(|it| it.is_ok_and(|der| webpki::anchor_from_trusted_cert(&der).is_ok()))
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.connector(settings, components.sleep_impl())
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::are_roots;

    /// What the SDK would panic at is not given to it.
    #[test]
    fn a_bundle_is_taken_only_when_each_of_its_certificates_can_be_parsed() {
        let root = crate::sign::scheme("paypal")
            .unwrap()
            .vector
            .certificates
            .root_pem;
        assert!(are_roots(root.as_bytes()));
        assert!(are_roots([root, root].concat().as_bytes()));
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let unfinished = root.split_at(root.len() / 2).0;
        for wrong in ["", "no certificate", broken, unfinished] {
            assert!(!are_roots(wrong.as_bytes()), "{wrong}");
        }
        for wrong in [broken, unfinished] {
            assert!(!are_roots([root, wrong].concat().as_bytes()), "{wrong}");
        }
    }
}

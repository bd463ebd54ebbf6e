//! PayPal: an RSA signature by a certificate that the request names. What may be fetched is decided here, before any socket opens.

use std::sync::Arc;

use super::refusal::{Field, Refusal};
use super::request::Request;
use super::scheme::{Certificates, Method, Parameter, ParameterKind, Rotation, Scheme, Vector};

pub(super) const SCHEME: Scheme = Scheme {
    name: "paypal",
    doc: "PayPal's `PAYPAL-TRANSMISSION-SIG`, checked here against PayPal's certificate.",
    source: "https://developer.paypal.com/api/rest/webhooks/rest/#verify-webhook-messages",
    parameters: &[
        Parameter {
            name: "webhook_id",
            kind: ParameterKind::Value,
            required: true,
            default: None,
            doc: "The id PayPal gave the webhook; it is signed, so that a message for another webhook is refused.",
        },
        Parameter {
            name: "environment",
            kind: ParameterKind::Choice(&["live", "sandbox"]),
            required: false,
            default: Some("live"),
            doc: "Which of PayPal's environments sends, and so on whose hosts the certificate may lie.",
        },
    ],
    covers: "the transmission id, its time, the webhook id and a CRC-32 of the body: another body can be made to fit, so it is a hint until \
             PayPal confirms it",
    rotation: Rotation::Provider(
        "PayPal names a new certificate in its requests; nothing is configured",
    ),
    feature: Some("sign-certificates"),
    vector: Vector {
        origin: "signed with openssl by a certificate made for it",
        arguments: &[
            ("webhook_id", "8PT597110X687430LKGECATA"),
            ("environment", "sandbox"),
        ],
        secret: "",
        headers: &[
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
            (
                "PAYPAL-CERT-URL",
                "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-vector",
            ),
            (
                "PAYPAL-TRANSMISSION-ID",
                "5f2c1d80-a9e4-11ef-9d1c-3b7f0c6e2a55",
            ),
            ("PAYPAL-TRANSMISSION-TIME", "2026-11-20T19:00:00Z"),
            (
                "PAYPAL-TRANSMISSION-SIG",
                concat!(
                    "cG3/ALMxQCcb2ynh+lM4XdRj7XbXI+Ijp2C2asYcdzwfRScf5Mn9F/WFHw2A3kV8D/X65qKzc47xOUo2pbj397Zb6wKLiccShhTb",
                    "sD08/TLYYipSvhW3jImPq4T8JoCtBzZCj5d7OTjIY55fOlslEme/kSkQ4Tg0nFdnues7wx97zZ7xWAX6Qd9eL8CxtZop11uNTJr1",
                    "tex8qUK12RKSX8/0aT/TH7AN+fQor28M7QtADsB84wWhJ9aVkvE2KGiklBCJ4w6J+CPJ5u57Zr15VelUG9lNkjJkPro/2Ak4GsGd",
                    "pDXoZmFHY2E/Owul4d8mHir8excHO7NCYLjRMPZMaw==",
                ),
            ),
        ],
        body: br#"{"amount":"10.00"}"#,
        now_s: 1_795_300_000,
        answer: b"",
        certificates: Certificates {
            chain_pem: include_str!("paypal_vector/leaf.pem"),
            root_pem: include_str!("paypal_vector/root.pem"),
        },
    },
    method: Method::PayPal,
};

/// The only algorithm that is taken, in the spelling of the header. The header is compared with it, never followed.
pub(super) const ALGORITHM: &str = "SHA256withRSA";

/// Where PayPal keeps its certificates on either host.
const CERTIFICATE_PATH: &str = "/v1/notifications/certs/";

/// Longest name of a certificate that is taken, in bytes.
const CERTIFICATE_NAME_BYTES_MAX: usize = 128;

/// Certificates that are kept; PayPal uses one or two at a time.
const CACHED_MAX: usize = 8;

/// Which of PayPal's systems sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Environment {
    Live,
    Sandbox,
}

impl Environment {
    pub(super) fn from_argument(word: Option<&str>) -> Self {
        if word == Some("sandbox") {
            Self::Sandbox
        } else {
            Self::Live
        }
    }

    /// The names of PayPal's API; its certificates are under the first.
    fn hosts(self) -> [&'static str; 2] {
        match self {
            Self::Live => ["api.paypal.com", "api-m.paypal.com"],
            Self::Sandbox => ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"],
        }
    }

    /// Where the certificate of that name lies.
    #[cfg(feature = "sign-asymmetric")]
    pub(super) fn certificate_url(self, name: &str) -> String {
        let [host, _] = self.hosts();
        format!("https://{host}{CERTIFICATE_PATH}{name}")
    }

    /// The name that the certificate must be made for.
    #[cfg(feature = "sign-asymmetric")]
    pub(super) fn certificate_name(self) -> &'static str {
        match self {
            Self::Live => "messageverificationcerts.paypal.com",
            Self::Sandbox => "messageverificationcerts.sandbox.paypal.com",
        }
    }
}

/// The URL of a certificate on PayPal's own host. There is no other way to get one than [`Verifier::certificate_url`], so a
/// [`CertificateSource`] never sees an address that a stranger chose. It is fetched with HTTPS and without following redirects.
///
/// [`Verifier::certificate_url`]: super::Verifier::certificate_url
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateUrl<'r>(&'r str);

impl<'r> CertificateUrl<'r> {
    /// The text to fetch.
    pub fn as_str(&self) -> &'r str {
        self.0
    }

    #[cfg(all(test, feature = "sign-certificates"))]
    pub(crate) fn for_test(url: &'r str) -> Self {
        Self(url)
    }

    /// The host to connect to, on port 443.
    pub fn host(&self) -> &'r str {
        self.parts().0
    }

    /// The path to ask for.
    pub fn path(&self) -> &'r str {
        self.parts().1
    }

    fn parts(&self) -> (&'r str, &'r str) {
        let rest = self.0.strip_prefix("https://").unwrap_or_default();
        rest.split_at(rest.find('/').unwrap_or(rest.len()))
    }

    /// Takes exactly `https://HOST/v1/notifications/certs/NAME`, where the name is letters, digits, `-` and `_`: no other scheme, user,
    /// port, host, path, query or escape can be written in that.
    pub(super) fn of_request(
        request: &Request<'r>,
        environment: Environment,
    ) -> Result<Self, Refusal> {
        let url = request.single("PAYPAL-CERT-URL", Field::Certificate)?;
        let behind_host = |it: &'r str| {
            let mut hosts = environment.hosts().into_iter();
            hosts.find_map(|host| it.strip_prefix(host))
        };
        let name = url
            .strip_prefix("https://")
            .and_then(behind_host)
            .and_then(|it| it.strip_prefix(CERTIFICATE_PATH))
            .ok_or(Refusal::UntrustedCertificateUrl)?;
        let in_alphabet = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        let fits =
            (1..=CERTIFICATE_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(in_alphabet);
        if fits {
            Ok(Self(url))
        } else {
            Err(Refusal::UntrustedCertificateUrl)
        }
    }
}

/// Where certificates come from: a cache that the caller fills, or a client that fetches.
pub trait CertificateSource {
    /// The PEM that the URL answers, leaf first; `None` when it cannot be had now.
    fn certificate_pem(&self, url: CertificateUrl<'_>) -> Option<Arc<[u8]>>;
}

/// A source that has nothing: for schemes that need no certificate.
#[derive(Debug, Clone, Copy)]
pub struct NoCertificates;

impl CertificateSource for NoCertificates {
    fn certificate_pem(&self, _: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        None
    }
}

/// The certificates fetched last; a bounded number, so that nobody fills the memory with names.
#[derive(Debug, Default)]
pub struct CertificateCache {
    entries: Vec<(String, Arc<[u8]>)>,
}

impl CertificateCache {
    /// One certificate, whatever the URL of the request that names it: for a look at a captured delivery.
    pub fn of_captured(verifier: &super::Verifier, request: &Request<'_>, pem: Vec<u8>) -> Self {
        let mut cache = Self::default();
        if let Ok(Some(url)) = verifier.certificate_url(request) {
            cache.insert(url, pem);
        }
        cache
    }

    /// Keeps what was fetched and drops the oldest beyond eight.
    pub fn insert(&mut self, url: CertificateUrl<'_>, pem: Vec<u8>) {
        self.entries.retain(|(it, _)| it != url.as_str());
        if self.entries.len() >= CACHED_MAX {
            self.entries.remove(0);
        }
        self.entries.push((url.as_str().to_owned(), pem.into()));
    }
}

impl CertificateSource for CertificateCache {
    fn certificate_pem(&self, url: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        self.entries
            .iter()
            .find(|(it, _)| it == url.as_str())
            .map(|(_, pem)| Arc::clone(pem))
    }
}

#[cfg(test)]
mod tests {
    use super::{CACHED_MAX, CertificateCache, CertificateSource, CertificateUrl, Environment};
    use crate::sign::{Refusal, Request};

    fn decide(url: &str, environment: Environment) -> Result<String, Refusal> {
        let headers = [("PayPal-Cert-Url", url)];
        CertificateUrl::of_request(
            &Request {
                headers: &headers,
                body: b"",
            },
            environment,
        )
        .map(|it| it.as_str().to_owned())
    }

    /// SIG-18
    #[test]
    fn only_a_certificate_on_paypals_own_host_may_be_fetched() {
        let good = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594";
        assert_eq!(decide(good, Environment::Live).as_deref(), Ok(good));
        let url = CertificateUrl(good);
        assert_eq!(url.host(), "api.paypal.com");
        assert_eq!(url.path(), "/v1/notifications/certs/CERT-360caa42-fca2a594");
        assert_eq!(
            decide(good, Environment::Sandbox),
            Err(Refusal::UntrustedCertificateUrl)
        );
        let modern = "https://api-m.sandbox.paypal.com/v1/notifications/certs/C";
        assert_eq!(decide(modern, Environment::Sandbox).as_deref(), Ok(modern));
        for bad in [
            "https://api-m.sandbox.paypal.com/v1/notifications/certs/C",
            "https://api-n.paypal.com/v1/notifications/certs/C",
            "https://api-m.paypal.com.evil/v1/notifications/certs/C",
            "http://api.paypal.com/v1/notifications/certs/C",
            "//api.paypal.com/v1/notifications/certs/C",
            "https://API.paypal.com/v1/notifications/certs/C",
            "https://api.paypal.com.evil/v1/notifications/certs/C",
            "https://api.paypal.com@evil/v1/notifications/certs/C",
            "https://user@api.paypal.com/v1/notifications/certs/C",
            "https://api.paypal.com:8443/v1/notifications/certs/C",
            "https://api.paypal.com/v1/notifications/certs/../../x",
            "https://api.paypal.com/v1/notifications/certs/%2e%2e",
            "https://api.paypal.com/v1/notifications/certs/C?u=https://evil",
            "https://api.paypal.com/v1/notifications/certs/C#x",
            "https://api.paypal.com/v1/notifications/certs/",
            "https://api.paypal.com\\v1\\notifications\\certs\\C",
            "https://xn--api-paypal.com/v1/notifications/certs/C",
            "https://аpi.paypal.com/v1/notifications/certs/C",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/v1/notifications/certs/C",
            "file:///etc/passwd",
        ] {
            assert_eq!(
                decide(bad, Environment::Live),
                Err(Refusal::UntrustedCertificateUrl),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_cache_keeps_the_certificates_fetched_last() {
        let mut cache = CertificateCache::default();
        let urls: Vec<String> = (0..=CACHED_MAX)
            .map(|it| format!("https://api.paypal.com/v1/notifications/certs/C{it}"))
            .collect();
        for url in &urls {
            cache.insert(CertificateUrl(url), url.clone().into_bytes());
        }
        assert_eq!(cache.certificate_pem(CertificateUrl(&urls[0])), None);
        assert_eq!(
            cache.certificate_pem(CertificateUrl(&urls[1])).as_deref(),
            Some(urls[1].as_bytes())
        );
        assert_eq!(cache.entries.len(), CACHED_MAX);
    }
}

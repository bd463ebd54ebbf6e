//! Decides whether a request was signed with one of our keys: configured once, then asked for each request.

use super::asking::Question;
use super::braintree::Braintree;
use super::config::{Arguments, ConfigError};
use super::hmac_scheme::HmacScheme;
use super::paypal::{CertificateSource, CertificateUrl, NoCertificates};
use super::refusal::Refusal;
use super::request::Request;
use super::scheme::{Algorithm, Method, Scheme};
use super::signer::{Delivery, SignError, Signed};
use crate::secret::Secret;

/// A scheme with its arguments and keys. It is made once per process; a request then costs one clone of a keyed state per key.
pub struct Verifier {
    scheme: &'static Scheme,
    engine: Engine,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({})", self.scheme.name)
    }
}

enum Engine {
    Hmac(HmacScheme),
    Braintree(Braintree),
    #[cfg(feature = "sign-json")]
    AdyenItems(super::adyen_items::AdyenItems),
    #[cfg(feature = "sign-json")]
    FetchBack(super::fetch_back::FetchBack),
    #[cfg(feature = "sign-asymmetric")]
    Ed25519(super::ed25519::Ed25519Scheme),
    #[cfg(feature = "sign-asymmetric")]
    PayPal(super::paypal_rsa::PayPal),
}

/// What a signature has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'r> {
    /// Position of the key among those that were given; with the newest first, anything but 0 is an old key.
    pub key_index: usize,
    /// Time of signing in Unix seconds, where the scheme signs one.
    pub signed_at_s: Option<i64>,
    /// The provider's id of this delivery or event, where it comes in a header.
    pub delivery_id: Option<DeliveryId<'r>>,
    /// How much of the body the signature covers.
    pub body: BodyProof,
}

/// An id from a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryId<'r> {
    /// Its text.
    pub value: &'r str,
    /// False when anyone who replays the request can change it: such an id must not be the only thing a duplicate is known by.
    pub is_signed: bool,
}

/// How much of a body a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyProof {
    /// Every byte.
    Whole,
    /// Some fields, which the scheme's `covers` names; the others are hints that may have been changed.
    Fields,
    /// Only a CRC-32, which anyone can keep while changing the body. The first body of a delivery id is to be remembered by this
    /// SHA-256, and a second one with the same id and another hash is to be quarantined.
    Checksum {
        /// Hash of the exact body.
        sha256: [u8; 32],
    },
    /// Nothing: what counts is what the provider's API answered.
    Answer,
}

impl Verifier {
    /// Checks arguments and secrets. The secrets are those valid now, newest first: while a key is rotated the caller passes both, and
    /// only the new one after the overlap. An argument is given as it is written in a spec, without quotes; a duration as `5m` or `300`.
    pub fn new(
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        secrets: &[Secret],
    ) -> Result<Self, ConfigError> {
        Self::with_keys(scheme, arguments, &secrets.iter().collect::<Vec<_>>())
    }

    /// As [`Self::new`], with secrets that are kept elsewhere.
    pub fn with_keys(
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        secrets: &[&Secret],
    ) -> Result<Self, ConfigError> {
        let arguments = Arguments::new(scheme, arguments)?;
        if scheme.secret_parameter().is_none() && !secrets.is_empty() {
            return Err(ConfigError::SecretNotUsed);
        }
        let engine = match &scheme.method {
            Method::Headers(layout) => match &layout.algorithm {
                Algorithm::Hmac(hash, rule) => {
                    Engine::Hmac(HmacScheme::new(layout, (*hash, rule), &arguments, secrets)?)
                }
                #[cfg(feature = "sign-asymmetric")]
                Algorithm::Ed25519 { public_keys } => Engine::Ed25519(
                    super::ed25519::Ed25519Scheme::new(layout, public_keys, &arguments)?,
                ),
                #[cfg(not(feature = "sign-asymmetric"))]
                Algorithm::Ed25519 { public_keys: _ } => {
                    return Err(ConfigError::NeedsFeature("sign-asymmetric"));
                }
            },
            Method::Braintree(rule) => {
                Engine::Braintree(Braintree::new(rule, &arguments, secrets)?)
            }
            #[cfg(feature = "sign-json")]
            Method::AdyenItems(rule) => Engine::AdyenItems(super::adyen_items::AdyenItems::new(
                rule, &arguments, secrets,
            )?),
            #[cfg(not(feature = "sign-json"))]
            Method::AdyenItems(_) => return Err(ConfigError::NeedsFeature("sign-json")),
            #[cfg(feature = "sign-json")]
            Method::FetchBack(asking) => Engine::FetchBack(super::fetch_back::FetchBack::new(
                asking, &arguments, secrets,
            )?),
            #[cfg(not(feature = "sign-json"))]
            Method::FetchBack(_) => return Err(ConfigError::NeedsFeature("sign-fetch-back")),
            #[cfg(feature = "sign-asymmetric")]
            Method::PayPal => Engine::PayPal(super::paypal_rsa::PayPal::new(&arguments)),
            #[cfg(not(feature = "sign-asymmetric"))]
            Method::PayPal => return Err(ConfigError::NeedsFeature("sign-asymmetric")),
        };
        Ok(Self { scheme, engine })
    }

    /// Replaces the provider's pinned roots: for tests, and for a local run that plays the provider. No effect on schemes without
    /// certificates.
    #[cfg(feature = "sign-asymmetric")]
    pub fn trusting_only(mut self, roots_pem: &[u8]) -> Result<Self, ConfigError> {
        if let Engine::PayPal(paypal) = &mut self.engine {
            paypal.trust_only(roots_pem)?;
        }
        Ok(self)
    }

    /// The scheme it was made for.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// Verifies the exact bytes of a request against our clock in Unix seconds.
    pub fn verify<'r>(&self, request: &Request<'r>, now_s: i64) -> Result<Verified<'r>, Refusal> {
        self.verify_with(request, now_s, &NoCertificates)
    }

    /// The certificate that must be fetched before [`Self::verify_with`] can decide, or `None` for most schemes. An address that is not
    /// the provider's own is a refusal here, so nothing ever connects to it.
    pub fn certificate_url<'r>(
        &self,
        request: &Request<'r>,
    ) -> Result<Option<CertificateUrl<'r>>, Refusal> {
        match &self.engine {
            #[cfg(feature = "sign-asymmetric")]
            Engine::PayPal(paypal) => paypal.certificate_url(request).map(Some),
            _ => {
                let _ = request;
                Ok(None)
            }
        }
    }

    /// What the provider must be asked before [`Self::verify_answer`] can decide, or `None` for schemes that sign. Whatever is no id of the
    /// provider's is a refusal here, so nothing is ever asked that a stranger made up.
    pub fn question<'r>(&self, request: &Request<'r>) -> Result<Option<Question<'r>>, Refusal> {
        match &self.engine {
            #[cfg(feature = "sign-json")]
            Engine::FetchBack(scheme) => scheme.question(request).map(Some),
            _ => {
                let _ = request;
                Ok(None)
            }
        }
    }

    /// Judges the body of the provider's answer to a question, for schemes that sign nothing. It is what counts from here on.
    #[cfg(feature = "sign-json")]
    pub fn verify_answer<'r>(
        &self,
        question: &Question<'r>,
        answer: &[u8],
    ) -> Result<Verified<'r>, Refusal> {
        super::fetch_back::FetchBack::verify(question, answer)
    }

    /// Verifies, with certificates from `source` where the scheme needs one.
    pub fn verify_with<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
        source: &dyn CertificateSource,
    ) -> Result<Verified<'r>, Refusal> {
        #[cfg(not(feature = "sign-asymmetric"))]
        let _ = source;
        match &self.engine {
            Engine::Hmac(scheme) => scheme.verify(request, now_s),
            Engine::Braintree(scheme) => scheme.verify(request),
            #[cfg(feature = "sign-json")]
            Engine::AdyenItems(scheme) => scheme.verify(request),
            // Nobody has been asked yet.
            #[cfg(feature = "sign-json")]
            Engine::FetchBack(scheme) => scheme
                .question(request)
                .and(Err(Refusal::ProviderUnavailable)),
            #[cfg(feature = "sign-asymmetric")]
            Engine::Ed25519(scheme) => scheme.verify(request, now_s),
            #[cfg(feature = "sign-asymmetric")]
            Engine::PayPal(scheme) => scheme.verify(request, now_s, source),
        }
    }

    /// Signs as the provider would, with the first key; `private_key` is for schemes whose verifier holds a public one.
    pub(crate) fn sign(
        &self,
        delivery: &Delivery<'_>,
        private_key: Option<&Secret>,
    ) -> Result<Signed, SignError> {
        #[cfg(not(feature = "sign-asymmetric"))]
        let _ = private_key;
        match &self.engine {
            Engine::Hmac(scheme) => scheme.sign(delivery),
            Engine::Braintree(scheme) => scheme.sign(delivery),
            #[cfg(feature = "sign-json")]
            Engine::AdyenItems(scheme) => scheme.sign(delivery),
            #[cfg(feature = "sign-json")]
            Engine::FetchBack(scheme) => scheme.sign(delivery),
            #[cfg(feature = "sign-asymmetric")]
            Engine::Ed25519(scheme) => scheme.sign(
                private_key.ok_or(SignError::Config(ConfigError::NoSecret))?,
                delivery,
            ),
            #[cfg(feature = "sign-asymmetric")]
            Engine::PayPal(scheme) => {
                scheme.sign(private_key.ok_or(SignError::ProviderOnly)?, delivery)
            }
        }
    }
}

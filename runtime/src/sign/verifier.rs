//! Decides whether a request was signed with one of our keys: configured once, then asked for each request.

use super::config::{Arguments, ConfigError};
use super::hmac_scheme::HmacScheme;
use super::refusal::Refusal;
use super::request::Request;
use super::scheme::{Method, Scheme};
use super::signer::{Delivery, SignError, Signed};
use crate::secret::Secret;

/// A scheme with its arguments and keys. It is made once per process; a request then costs one clone of a keyed state per key.
#[derive(Debug)]
pub struct Verifier {
    scheme: &'static Scheme,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Hmac(HmacScheme),
}

/// What a signature has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'r> {
    /// Position of the key among the secrets that were given; with the newest first, anything but 0 is an old key.
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

/// How much of the body a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyProof {
    /// Every byte.
    Whole,
    /// Some fields; the others are hints that may have been changed.
    Fields,
    /// Only a CRC-32, which anyone can keep while changing the body. The first body of a delivery id is to be remembered by this
    /// SHA-256, and a second one with the same id and another hash is to be quarantined.
    Checksum {
        /// Hash of the exact body.
        sha256: [u8; 32],
    },
}

impl Verifier {
    /// Checks arguments and secrets. The secrets are those valid now, newest first: while a key is rotated the caller passes both, and
    /// only the new one after the overlap. An argument is given as it is written in a spec, without quotes; a duration as `5m` or `300`.
    pub fn new(
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        secrets: &[Secret],
    ) -> Result<Self, ConfigError> {
        let arguments = Arguments::new(scheme, arguments)?;
        let engine = match &scheme.method {
            Method::Hmac(layout) => Engine::Hmac(HmacScheme::new(layout, &arguments, secrets)?),
        };
        Ok(Self { scheme, engine })
    }

    /// The scheme it was made for.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// Verifies the exact bytes of a request against our clock in Unix seconds.
    pub fn verify<'r>(&self, request: &Request<'r>, now_s: i64) -> Result<Verified<'r>, Refusal> {
        match &self.engine {
            Engine::Hmac(scheme) => scheme.verify(request, now_s),
        }
    }

    /// Signs as the provider would, with the first key.
    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        match &self.engine {
            Engine::Hmac(scheme) => Ok(scheme.sign(delivery)),
        }
    }
}

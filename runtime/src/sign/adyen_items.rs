//! Reads the items of Adyen's payment notifications and the eight fields of each that are signed, without changing a digit.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::config::{Arguments, ConfigError, keys};
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::scheme::{Hash, KeyRule};
use super::signatures::Signatures;
use super::signer::{Delivery, SignError, Signed};
use super::tag::{Encoding, Key, Pair, decode_signature};
use super::verifier::{BodyProof, Verified};
use crate::secret::Secret;

/// The keys valid now.
#[derive(Debug)]
pub(crate) struct AdyenItems {
    keys: Vec<Key>,
}

// A field that is given twice is an error of `Deserialize`, so that nobody reads another value than the one that was signed. Objects are
// read from their text by `object`, since `Deserialize` would take a list of the same values for one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'b> {
    #[serde(borrow)]
    notification_items: Vec<&'b RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapper<'b> {
    #[serde(borrow)]
    notification_request_item: &'b RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'b> {
    #[serde(borrow)]
    psp_reference: Option<&'b RawValue>,
    original_reference: Option<&'b RawValue>,
    merchant_account_code: Option<&'b RawValue>,
    merchant_reference: Option<&'b RawValue>,
    amount: Option<&'b RawValue>,
    event_code: Option<&'b RawValue>,
    success: Option<&'b RawValue>,
    additional_data: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Amount<'b> {
    #[serde(borrow)]
    value: Option<&'b RawValue>,
    currency: Option<&'b RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalData<'b> {
    #[serde(borrow)]
    hmac_signature: Option<Cow<'b, str>>,
}

/// Reads a JSON object, and nothing else.
fn object<'b, T: Deserialize<'b>>(text: &'b str) -> Option<T> {
    let is_object = text.trim_ascii_start().starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}

impl AdyenItems {
    pub(crate) fn new(
        rule: &KeyRule,
        arguments: &Arguments<'_>,
        secrets: &[&Secret],
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            keys: keys(secrets, rule, arguments, |bytes| {
                Key::new(Hash::Sha256, bytes)
            })?,
        })
    }

    /// Verifies every item; the oldest key that was needed is the one reported.
    pub(crate) fn verify<'r>(&self, request: &Request<'r>) -> Result<Verified<'r>, Refusal> {
        let malformed = Refusal::MalformedBody;
        let body = std::str::from_utf8(request.body).map_err(|_| malformed)?;
        let notification: Notification<'_> = object(body).ok_or(malformed)?;
        let mut key_index = None;
        for wrapper in notification.notification_items {
            let wrapper: Wrapper<'_> = object(wrapper.get()).ok_or(malformed)?;
            let item = object(wrapper.notification_request_item.get()).ok_or(malformed)?;
            key_index = key_index.max(Some(self.verify_item(&item)?));
        }
        let key_index = key_index.ok_or(Refusal::MissingHeader(Field::Signature))?;
        Ok(Verified {
            key_index,
            signed_at_s: None,
            delivery_id: None,
            body: BodyProof::Fields,
        })
    }

    fn verify_item(&self, item: &Item<'_>) -> Result<usize, Refusal> {
        let missing = Refusal::MissingHeader(Field::Signature);
        let data = item.additional_data.ok_or(missing)?.get();
        let data: AdditionalData<'_> = object(data).ok_or(Refusal::MalformedBody)?;
        let signature = data.hmac_signature.filter(|it| !it.is_empty());
        let signature = signature.as_deref().ok_or(missing)?;
        decode_signature(signature, Encoding::Base64, &mut [0; 32]).ok_or(Refusal::BadEncoding)?;
        let fields = item.signed_fields().ok_or(Refusal::MalformedBody)?;
        let signature = Signatures::one(signature);
        let matches = |key: &Key| key.made_one_of(&signature, separated(&fields), Encoding::Base64);
        self.keys
            .iter()
            .position(matches)
            .ok_or(Refusal::NoMatchingSignature)
    }

    /// Puts a signature into every item; the body is written anew.
    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        let key = self
            .keys
            .first()
            .ok_or(SignError::Config(ConfigError::NoSecret))?;
        let mut body: serde_json::Value =
            serde_json::from_slice(delivery.body).map_err(|_| SignError::Body)?;
        let items = body
            .get_mut("notificationItems")
            .and_then(serde_json::Value::as_array_mut)
            .ok_or(SignError::Body)?;
        for wrapper in items {
            let item = wrapper
                .get_mut("NotificationRequestItem")
                .ok_or(SignError::Body)?;
            let text = item.to_string();
            let fields: Item<'_> = object(&text).ok_or(SignError::Body)?;
            let fields = fields.signed_fields().ok_or(SignError::Body)?;
            let signature = key.sign(separated(&fields), Encoding::Base64);
            let item = item.as_object_mut().ok_or(SignError::Body)?;
            let data = item
                .entry("additionalData")
                .or_insert_with(|| serde_json::json!({}));
            data.as_object_mut()
                .ok_or(SignError::Body)?
                .insert("hmacSignature".to_owned(), signature.into());
        }
        Ok(Signed {
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        })
    }
}

impl<'b> Item<'b> {
    /// The signed fields in their order. They are joined by colons without escaping, so a colon could move text from one field into the
    /// next; it is allowed in the merchant's own reference only, whose bounds the seven other fields then fix.
    fn signed_fields(&self) -> Option<[Cow<'b, str>; 8]> {
        let amount: Amount<'_> = object(self.amount?.get())?;
        let fields = [
            text(self.psp_reference)?,
            text(self.original_reference)?,
            text(self.merchant_account_code)?,
            text(self.merchant_reference)?,
            text(amount.value)?,
            text(amount.currency)?,
            text(self.event_code)?,
            text(self.success)?,
        ];
        let colons = |it: &Cow<'_, str>| it.matches(':').count();
        let total: usize = fields.iter().map(colons).sum();
        fields
            .get(3)
            .is_some_and(|reference| colons(reference) == total)
            .then_some(fields)
    }
}

/// The fields as they are signed, with colons between them.
fn separated<'f>(fields: &'f [Cow<'_, str>; 8]) -> impl Iterator<Item = Pair<'f>> {
    fields.iter().enumerate().map(|(index, field)| {
        let separator: &[u8] = if index == 0 { b"" } else { b":" };
        [separator, field.as_bytes()]
    })
}

/// A scalar as every library writes it into the signed text; absent and null are empty. A list or an object is no field, nor is a number
/// that is written otherwise than languages write it: `1e3`, `1.0` and `-0` would be signed as one text and read as another.
fn text(value: Option<&RawValue>) -> Option<Cow<'_, str>> {
    match value.map(RawValue::get) {
        None | Some("null") => Some(Cow::Borrowed("")),
        Some(raw) if raw.starts_with('"') => {
            serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
        }
        Some(raw @ ("true" | "false")) => Some(Cow::Borrowed(raw)),
        Some(raw) => is_whole(raw).then_some(Cow::Borrowed(raw)),
    }
}

/// The largest number that every language reads exactly: 2 to the power of 53, less one.
const WHOLE_MAX: u64 = 9_007_199_254_740_991;

/// A whole number in its one spelling.
fn is_whole(raw: &str) -> bool {
    raw.parse::<i64>()
        .is_ok_and(|it| it.unsigned_abs() <= WHOLE_MAX && it.to_string() == raw)
}

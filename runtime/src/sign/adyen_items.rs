//! Reads the items of Adyen's payment notifications and the eight fields of each that are signed, without changing a digit.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
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

/// A JSON object, and nothing else: a struct's own `Deserialize` would take a list of the same values for one.
struct Object<T>(T);

// A field that is given twice is an error of `Deserialize`, so that nobody reads another value than the one that was signed. What would
// have to be gathered, a list or an object as text, is not: that takes memory.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapper<'b> {
    #[serde(borrow)]
    notification_request_item: Object<Item<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'b> {
    #[serde(borrow)]
    psp_reference: Option<&'b RawValue>,
    original_reference: Option<&'b RawValue>,
    merchant_account_code: Option<&'b RawValue>,
    merchant_reference: Option<&'b RawValue>,
    #[serde(borrow)]
    amount: Option<Object<Amount<'b>>>,
    event_code: Option<&'b RawValue>,
    success: Option<&'b RawValue>,
    #[serde(borrow)]
    additional_data: Option<Object<AdditionalData<'b>>>,
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
    hmac_signature: Option<Text<'b>>,
}

/// A text of JSON, where it lies unless it has escapes.
#[derive(Deserialize)]
struct Text<'b>(#[serde(borrow)] Cow<'b, str>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    NotificationItems,
    #[serde(other)]
    Other,
}

/// Looks at the items of a notification one after the other, up to the first that does not verify. None is kept.
struct EachItem<'k> {
    keys: &'k AdyenItems,
    decided: Result<Option<usize>, Refusal>,
}

impl<'b> Visitor<'b> for &mut EachItem<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a notification with its items")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut members: A) -> Result<(), A::Error> {
        let mut has_items = false;
        while let Some(member) = members.next_key()? {
            match member {
                Member::NotificationItems if has_items => {
                    return Err(A::Error::duplicate_field("notificationItems"));
                }
                Member::NotificationItems => {
                    has_items = true;
                    members.next_value_seed(&mut *self)?;
                }
                Member::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        has_items
            .then_some(())
            .ok_or_else(|| A::Error::missing_field("notificationItems"))
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(Object(item)) = items.next_element::<Object<Wrapper<'_>>>()? {
            let Object(item) = item.notification_request_item;
            self.decided = self
                .decided
                .and_then(|oldest| Ok(oldest.max(Some(self.keys.verify_item(&item)?))));
        }
        Ok(())
    }
}

/// The value of `notificationItems`, which is a list.
impl<'b> DeserializeSeed<'b> for &mut EachItem<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, items: D) -> Result<(), D::Error> {
        items.deserialize_seq(self)
    }
}

impl<'b, T: Deserialize<'b>> Deserialize<'b> for Object<T> {
    fn deserialize<D: Deserializer<'b>>(object: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'b, T: Deserialize<'b>> Visitor<'b> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'b>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        object.deserialize_map(Members(PhantomData))
    }
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
        let mut each = EachItem {
            keys: self,
            decided: Ok(None),
        };
        let mut json = serde_json::Deserializer::from_str(body);
        let read = json.deserialize_map(&mut each).and_then(|()| json.end());
        read.map_err(|_| malformed)?;
        let key_index = each.decided?;
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
        let malformed = Refusal::MalformedBody;
        let Object(data) = item.additional_data.as_ref().ok_or(missing)?;
        let signature = data.hmac_signature.as_ref().map(|Text(it)| &**it);
        let signature = signature.filter(|it| !it.is_empty()).ok_or(missing)?;
        decode_signature(signature, Encoding::Base64, &mut [0; 32]).ok_or(Refusal::BadEncoding)?;
        let fields = item.signed_fields().ok_or(malformed)?;
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
            let fields: Option<Object<Item<'_>>> = serde_json::from_str(&text).ok();
            let Object(fields) = fields.ok_or(SignError::Body)?;
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
        let Object(amount) = self.amount.as_ref()?;
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
            let text: Option<Text<'_>> = serde_json::from_str(raw).ok();
            text.map(|it| it.0)
        }
        Some(raw @ ("true" | "false")) => Some(Cow::Borrowed(raw)),
        Some(raw) => is_whole(raw).then_some(Cow::Borrowed(raw)),
    }
}

/// The largest number that every language reads exactly: 2 to the power of 53, less one.
const WHOLE_MAX: u64 = 9_007_199_254_740_991;

/// A whole number in its one spelling.
fn is_whole(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let has_one_spelling = raw == "0" || digits.starts_with(|it| matches!(it, '1'..='9'));
    let number = raw.parse::<i64>();
    has_one_spelling && number.is_ok_and(|it| it.unsigned_abs() <= WHOLE_MAX)
}

//! Whether a recorded case is one that a rule of the list "Stricter than the SDKs" is about. Each rule is decided from the request itself,
//! by a reading of its own, so that a request that breaks no rule and is refused all the same is a fault. Where a rule is about what was
//! signed, and not only about what is written, the request without the breach must be one that we accept.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::certificate::Leaf;
use super::configuration::texts;
use super::reading::Reading;

/// Whether we accept a request.
pub(crate) type Accepts<'a> = &'a dyn Fn(&Value) -> bool;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// False where the rule has nothing to do with the case: then our refusal under it is a fault of ours.
pub(crate) fn applies(code: &str, case: &Value, accepts: Accepts<'_>) -> bool {
    let it = Reading::new(case);
    let now_s = case["now"].as_i64().unwrap();
    let is_paypal = it.scheme == "paypal-crc32-rsa";
    let paypal = |name: &str| it.values(&[name]);
    match code {
        "timestamp_in_future" => {
            let latest_s = now_s + it.tolerance_s();
            it.times()
                .iter()
                .any(|it| it.parse().is_ok_and(|it: i64| it > latest_s))
        }
        "timestamp_malformed" => it.times().iter().any(|it| !is_plain(it)),
        "duplicate_header" => it.is_ambiguous(),
        "malformed_header" => it.has_nameless_element(),
        "too_many_signatures" => it.signatures().len() > 16,
        "bad_encoding" => is_misspelled(&it),
        "no_matching_signature" => is_signed_otherwise(case, &it, accepts),
        "malformed_body" => match it.scheme {
            "adyen-payments-item-hmac" => is_ambiguous_notification(&it.body()),
            "braintree-sha1" => is_ambiguous_form(&it),
            _ => false,
        },
        "missing_header" => {
            let mut values = paypal("paypal-transmission-id");
            values.extend(paypal("paypal-transmission-time"));
            is_paypal && values.contains(&"")
        }
        "untrusted_certificate_url" => {
            is_paypal
                && !paypal("paypal-cert-url")
                    .iter()
                    .all(|it| environment(it).is_some())
        }
        "untrusted_certificate" => leaf(case, &it).is_some_and(|it| it.is_no_servers()),
        "wrong_certificate_name" => {
            let url = paypal("paypal-cert-url");
            let name = url.first().and_then(|it| environment(it));
            let name = name.map(|it| format!("messageverificationcerts{it}.paypal.com"));
            name.is_some_and(|name| leaf(case, &it).is_some_and(|it| !it.is_named(&name)))
        }
        "bad_argument" => {
            let is_timed = !case["credentials"]["timestamp_header"].is_null();
            let nothing_between = is_timed && case["credentials"]["separator"] == "";
            let tolerance_s = case["tolerance_seconds"].as_i64();
            nothing_between || tolerance_s.is_some_and(|it| !(1..=3600).contains(&it))
        }
        "unsupported_algorithm" => is_paypal && paypal("paypal-auth-algo") != ["SHA256withRSA"],
        _ => keys(case).any(|key| applies_to_key(code, &key, it.scheme)),
    }
}

/// Digits as a number is written, fifteen at most.
fn is_plain(time: &str) -> bool {
    time.len() <= 15 && time.parse::<u64>().is_ok_and(|it| it.to_string() == time)
}

/// No signature is spelled right; of Adyen's items, each of which has to be right, not every one.
fn is_misspelled(it: &Reading<'_>) -> bool {
    let signatures = it.signatures();
    let right = signatures
        .iter()
        .filter(|signature| it.is_spelled_right(signature))
        .count();
    if it.scheme == "adyen-payments-item-hmac" {
        right < signatures.len()
    } else {
        right == 0 && !signatures.is_empty()
    }
}

/// The text of the body was signed and not its bytes, or Adyen's fields as Python writes them, or a signature beside a wrong one is right
/// but for its spelling, or the key of the certificate is a short one or none of RSA's.
fn is_signed_otherwise(case: &Value, it: &Reading<'_>, accepts: Accepts<'_>) -> bool {
    let body = it.body();
    let with_body = |body: &[u8]| {
        let mut changed = case.clone();
        changed["body_base64"] = STANDARD.encode(body).into();
        accepts(&changed)
    };
    let text = String::from_utf8_lossy(&body);
    let text = text.trim_start_matches('\u{feff}');
    if text.as_bytes() != body && with_body(text.as_bytes()) {
        return true;
    }
    let words = || as_python(&body).is_some_and(|it| with_body(&it));
    // Every signature becomes the misspelled one in its right spelling, so that no other can be why the request is accepted.
    let signatures = it.signatures();
    let (right, wrong): (Vec<_>, Vec<_>) = signatures
        .iter()
        .partition(|text| it.is_spelled_right(text));
    let respelled = |misspelled: &&String| {
        let text = it.respelled(misspelled);
        let mut headers = case["headers"].to_string();
        for signature in right.iter().chain(std::iter::once(misspelled)) {
            headers = headers.replace(signature.as_str(), &text);
        }
        let mut changed = case.clone();
        changed["headers"] = serde_json::from_str(&headers).unwrap();
        !misspelled.is_empty() && !right.contains(&&text) && accepts(&changed)
    };
    let other_key = || leaf(case, it).is_some_and(|it| it.rsa_bits() < 2048);
    words() || !right.is_empty() && wrong.iter().any(respelled) || other_key()
}

const SIGNED: [&str; 8] = [
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "value",
    "currency",
    "eventCode",
    "success",
];

/// Adyen's notification with the words among the signed fields as Python writes them; `None` where there are none.
fn as_python(body: &[u8]) -> Option<Vec<u8>> {
    let mut notification: Value = serde_json::from_slice(body).ok()?;
    let before = notification.clone();
    for wrapper in notification.get_mut("notificationItems")?.as_array_mut()? {
        let item = wrapper.get_mut("NotificationRequestItem")?;
        let spell = |of: &mut Value| {
            for (name, value) in of.as_object_mut().into_iter().flatten() {
                let word = match value {
                    Value::Bool(true) => "True",
                    Value::Bool(false) => "False",
                    Value::Null => "None",
                    _ => continue,
                };
                if SIGNED.contains(&name.as_str()) {
                    *value = word.into();
                }
            }
        };
        spell(item);
        spell(item.get_mut("amount")?);
    }
    (notification != before).then(|| notification.to_string().into_bytes())
}

/// The fields of an object as they stand, those that are there twice included.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

impl Fields {
    fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or(Self(Vec::new()))
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let named = self.0.iter().filter(move |it| it.0 == name);
        named.map(|it| it.1.get())
    }

    fn is_twice(&self, name: &str) -> bool {
        self.all(name).count() > 1
    }
}

/// A field of Adyen's that is there twice or could be read in two ways.
fn is_ambiguous_notification(body: &[u8]) -> bool {
    if body.starts_with(BYTE_ORDER_MARK) {
        return true;
    }
    let notification = Fields::of(&String::from_utf8_lossy(body));
    let items = notification.all("notificationItems");
    let items = items.filter_map(|it| serde_json::from_str::<Vec<Box<RawValue>>>(it).ok());
    let mut wrappers = items.flatten().map(|it| Fields::of(it.get()));
    notification.is_twice("notificationItems")
        || wrappers.any(|wrapper| {
            let mut items = wrapper.all("NotificationRequestItem").map(Fields::of);
            wrapper.is_twice("NotificationRequestItem") || items.any(|it| is_ambiguous_item(&it))
        })
}

fn is_ambiguous_item(item: &Fields) -> bool {
    let amounts: Vec<Fields> = item.all("amount").map(Fields::of).collect();
    let data: Vec<Fields> = item.all("additionalData").map(Fields::of).collect();
    let twice = |name: &&str| item.is_twice(name) || amounts.iter().any(|it| it.is_twice(name));
    let within = |name: &&str| {
        let of_amount = amounts.iter().flat_map(|it| it.all(name));
        let mut values = item.all(name).chain(of_amount);
        values.any(|it| is_ambiguous_field(name, it))
    };
    let no_object = |it: &str| !it.starts_with('{');
    SIGNED.iter().any(|it| twice(it) || within(it))
        || item.all("amount").any(no_object)
        || item.is_twice("amount")
        || item.is_twice("additionalData")
        || data.iter().any(|it| it.is_twice("hmacSignature"))
}

/// A list, an object, a colon where it could end a field, or a number in another spelling than its one.
fn is_ambiguous_field(name: &str, raw: &str) -> bool {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).unwrap_or_default();
            name != "merchantReference" && text.contains(':')
        }
        Some(b'-' | b'0'..=b'9') => !raw
            .parse::<i64>()
            .is_ok_and(|it| it.to_string() == raw && it.unsigned_abs() < 1 << 53),
        Some(b'[' | b'{') => true,
        _ => false,
    }
}

/// A field of Braintree's that is there twice, or a payload of nothing.
fn is_ambiguous_form(it: &Reading<'_>) -> bool {
    let form = it.form();
    let values = |name: &str| {
        let named = form.iter().filter(|it| it.0 == name);
        named.map(|it| it.1.clone()).collect::<Vec<_>>()
    };
    let (signature, payload) = (values("bt_signature"), values("bt_payload"));
    signature.len() > 1 || payload.len() > 1 || payload == [""]
}

/// What the host of an address that PayPal writes adds to names of live certificates; `None` for any other address.
fn environment(url: &str) -> Option<&'static str> {
    let hosts = [
        ("api", ""),
        ("api-m", ""),
        ("api.sandbox", ".sandbox"),
        ("api-m.sandbox", ".sandbox"),
    ];
    hosts.iter().find_map(|(host, added)| {
        let start = format!("https://{host}.paypal.com/v1/notifications/certs/");
        let name = url.strip_prefix(&start)?;
        let in_alphabet = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
        ((1..=128).contains(&name.len()) && name.chars().all(in_alphabet)).then_some(*added)
    })
}

/// The certificate that the request names.
fn leaf(case: &Value, it: &Reading<'_>) -> Option<Leaf> {
    let credentials = &case["credentials"];
    let named = it.values(&["paypal-cert-url"]);
    let pem = credentials["certificates"][*named.first()?].as_str();
    Leaf::of(pem.or(credentials["certificate_pem"].as_str())?)
}

/// The keys of a case as they are configured.
fn keys(case: &Value) -> impl Iterator<Item = String> {
    let all = case["credentials"].as_object().into_iter().flatten();
    let secret = all.filter(|(name, _)| name.contains("hmac_key") || name.contains("secret"));
    secret.flat_map(|(_, it)| texts(it))
}

fn applies_to_key(code: &str, key: &str, scheme: &str) -> bool {
    // Characters, as the provider spells keys: hexadecimal, base64 without its prefix, or the text itself.
    let bare = key
        .strip_prefix("whsec_")
        .unwrap_or(key)
        .trim_end_matches('=');
    let is_hex = scheme.starts_with("adyen");
    let is_base64 = ["standard-webhooks-v1", "hmac"].contains(&scheme);
    let (text, min, max) = match scheme {
        "adyen-payments-item-hmac" | "adyen-platform-body-hmac" => (key, 64, 128),
        "standard-webhooks-v1" => (bare, 32, 100),
        "hmac" => (bare, 11, 5462),
        "stripe-v1" => (key, 16, 256),
        "shopify-hmac-sha256" | "paddle-h1" | "braintree-sha1" => (key, 16, 4096),
        _ => (key, 8, 4096),
    };
    match code {
        "secret_too_short" => text.trim().len() < min,
        "secret_too_long" => text.len() > max,
        "secret_not_decodable" if is_hex => {
            key.len() % 2 == 1 || !key.bytes().all(|it| it.is_ascii_hexdigit())
        }
        "secret_not_decodable" if is_base64 => {
            let in_alphabet = |it: char| it.is_ascii_alphanumeric() || "+/".contains(it);
            text.len() % 4 == 1 || !text.chars().all(in_alphabet)
        }
        "secret_not_decodable" => scheme == "braintree-sha1" && !key.is_ascii(),
        "secret_white_space" => key.trim_ascii() != key,
        "secret_placeholder" => is_placeholder(bare),
        _ => false,
    }
}

/// One character again and again, brackets around what is meant, or a text that says what belongs there.
fn is_placeholder(key: &str) -> bool {
    let letters = key.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.collect::<String>().to_lowercase();
    let words = "changeme changethis changeit replaceme placeholder secret mysecret yoursecret yoursecrethere yourkey yourwebhooksecret \
                 webhooksecret signingsecret password passw0rd todo tbd none null undefined dummy example test default";
    let first = letters.chars().next();
    letters.chars().all(|it| Some(it) == first)
        || [("<", ">"), ("[", "]"), ("{{", "}}"), ("${", "}")]
            .iter()
            .any(|(open, close)| key.starts_with(open) && key.ends_with(close))
        || words.split(' ').any(|it| it == letters)
}

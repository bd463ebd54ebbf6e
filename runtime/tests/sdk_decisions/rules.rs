//! Whether the data of a recorded case show what a rule of the list "Stricter than the SDKs" is about.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::texts;

type Headers = Vec<(String, String)>;

/// False where the rule has nothing to do with the case: then our refusal under it is a fault of ours.
pub(crate) fn applies(code: &str, case: &Value) -> bool {
    let headers: Headers = serde_json::from_value(case["headers"].clone()).unwrap();
    let values = || headers.iter().map(|(_, value)| value.as_str());
    let now_s = case["now"].as_i64().unwrap();
    match code {
        "timestamp_in_future" => {
            times(&headers).any(|it| it.parse().is_ok_and(|it: i64| it > now_s))
        }
        "timestamp_malformed" => times(&headers).any(|it| !is_plain(it)),
        "duplicate_header" => is_ambiguous(&headers),
        "malformed_header" => headers.iter().any(|it| elements(it).any(|it| it.is_none())),
        "too_many_signatures" => {
            let ours = |it: &(String, String)| {
                elements(it).flatten().filter(|it| is_version(it.0)).count()
            };
            headers.iter().any(|it| ours(it) > 16)
        }
        "bad_encoding" => {
            case["provider"] == "braintree"
                || signatures(case, &headers)
                    .iter()
                    .any(|it| !is_spelled_right(it))
        }
        "no_matching_signature" => {
            let (body, spelled) = (body(case), signatures(case, &headers));
            std::str::from_utf8(&body).is_err()
                || body.starts_with(b"\xef\xbb\xbf")
                || adyen_items(case).iter().any(has_word)
                || spelled.iter().any(|it| is_spelled_right(it))
                    && !spelled.iter().all(|it| is_spelled_right(it))
        }
        "malformed_body" => case["provider"] == "adyen" || case["provider"] == "braintree",
        "missing_header" => {
            case["provider"] == "paypal"
                && values().any(|it| it.trim_matches([' ', '\t']).is_empty())
        }
        "untrusted_certificate_url" => !headers.iter().any(|(_, it)| is_certificate_url(it)),
        "untrusted_certificate" | "wrong_certificate_name" => case["provider"] == "paypal",
        "unsupported_algorithm" => !values().any(|it| it == "SHA256withRSA"),
        _ => keys(case).any(|it| applies_to_key(code, &it, case["scheme"].as_str().unwrap())),
    }
}

fn body(case: &Value) -> Vec<u8> {
    STANDARD
        .decode(case["body_base64"].as_str().unwrap())
        .unwrap()
}

/// The items of Adyen's notification; of another body none.
fn adyen_items(case: &Value) -> Vec<Value> {
    let notification: Value = serde_json::from_slice(&body(case)).unwrap_or_default();
    let items = notification["notificationItems"].as_array().into_iter();
    items
        .flatten()
        .map(|it| it["NotificationRequestItem"].clone())
        .collect()
}

/// Whether a signed field of Adyen's is `true`, `false` or `null`, which languages write differently.
fn has_word(item: &Value) -> bool {
    let signed = "pspReference originalReference merchantAccountCode merchantReference value currency eventCode success";
    [item, &item["amount"]]
        .iter()
        .filter_map(|it| it.as_object())
        .flatten()
        .filter(|(name, _)| signed.split(' ').any(|it| it == *name))
        .any(|(_, value)| value.is_boolean() || value.is_null())
}

/// All that stands for a signature, in headers and in Adyen's items.
fn signatures(case: &Value, headers: &Headers) -> Vec<String> {
    let mut found = Vec::new();
    for header in headers {
        let (name, value) = (header.0.to_lowercase(), header.1.trim_matches([' ', '\t']));
        let named: Vec<_> = elements(header).flatten().collect();
        if named.is_empty() && (name.contains("sig") || name.contains("hmac")) {
            found.push(value.trim_start_matches("sha256=").to_owned());
        }
        found.extend(
            named
                .iter()
                .filter(|it| is_version(it.0))
                .map(|it| it.1.to_owned()),
        );
    }
    for item in adyen_items(case) {
        let signature = &item["additionalData"]["hmacSignature"];
        found.extend(signature.as_str().map(str::to_owned));
    }
    found
}

/// Whether it is the one spelling of some bytes, in hexadecimal or base64.
fn is_spelled_right(signature: &str) -> bool {
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    signature.len() >= 40
        && (signature.len().is_multiple_of(2) && signature.bytes().all(is_hex)
            || STANDARD.decode(signature).is_ok())
}

/// Texts of the times of signing, wherever they stand.
fn times(headers: &Headers) -> impl Iterator<Item = &str> {
    headers.iter().flat_map(|header| {
        let whole = header
            .0
            .to_lowercase()
            .ends_with("-timestamp")
            .then_some(header.1.trim_matches([' ', '\t']));
        let inside = elements(header)
            .flatten()
            .filter(|it| ["t", "ts"].contains(&it.0));
        whole.into_iter().chain(inside.map(|it| it.1))
    })
}

/// Digits as a number is written, fifteen at most.
fn is_plain(time: &str) -> bool {
    time.len() <= 15 && time.parse::<u64>().is_ok_and(|it| it.to_string() == time)
}

/// Name and value of the elements of a header that is a list of them; `None` for one that has no name.
fn elements((name, value): &(String, String)) -> impl Iterator<Item = Option<(&str, &str)>> {
    let list = match name.to_lowercase().as_str() {
        "stripe-signature" => Some((',', '=')),
        "paddle-signature" => Some((';', '=')),
        "webhook-signature" | "svix-signature" => Some((' ', ',')),
        _ => None,
    };
    let read = move |(between, mark)| {
        value
            .trim_matches([' ', '\t'])
            .split(between)
            .map(move |it| it.split_once(mark))
    };
    list.map(read).into_iter().flatten()
}

fn is_version(name: &str) -> bool {
    ["v1", "h1"].contains(&name)
}

/// A header that came twice, or under both of its names with two values, or that says two times.
fn is_ambiguous(headers: &Headers) -> bool {
    let named = |name: &str| {
        let name = name.to_lowercase().replace("svix-", "webhook-");
        name.trim_start_matches("x-").to_owned()
    };
    let twice = |it: &String| {
        headers
            .iter()
            .filter(|(other, _)| named(other) == *it)
            .count()
            > 1
    };
    let two_times = |it: &(String, String)| {
        let times = elements(it)
            .flatten()
            .filter(|it| ["t", "ts"].contains(&it.0));
        times.count() > 1
    };
    headers
        .iter()
        .any(|it| twice(&named(&it.0)) || two_times(it))
}

/// An address as PayPal writes it.
fn is_certificate_url(text: &str) -> bool {
    let hosts = ["api", "api-m", "api.sandbox", "api-m.sandbox"];
    hosts.iter().any(|host| {
        let start = format!("https://{host}.paypal.com/v1/notifications/certs/");
        text.trim().strip_prefix(&start).is_some_and(|it| {
            (1..=128).contains(&it.len())
                && it
                    .chars()
                    .all(|it| it.is_ascii_alphanumeric() || "-_".contains(it))
        })
    })
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
        "secret_not_decodable" => {
            !text
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "+/".contains(it))
                || min == 64
        }
        "secret_white_space" => key.trim() != key,
        "secret_placeholder" => true,
        _ => false,
    }
}

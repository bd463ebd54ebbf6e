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
        "bad_encoding" => values()
            .flat_map(|it| it.split([',', ' ', ';']))
            .map(|it| it.split_once('=').map_or(it, |(_, it)| it))
            .any(|it| {
                it.contains(['-', '_', '='])
                    || it.len() % 4 != 0
                    || it.chars().any(|it| it.is_ascii_uppercase())
            }),
        "no_matching_signature" => {
            let body = STANDARD
                .decode(case["body_base64"].as_str().unwrap())
                .unwrap();
            body.starts_with(b"\xef\xbb\xbf") || std::str::from_utf8(&body).is_err()
        }
        "malformed_body" => case["provider"] == "adyen" || case["provider"] == "braintree",
        "missing_header" => case["provider"] == "paypal" && values().any(str::is_empty),
        "untrusted_certificate_url" => !headers.iter().any(|(_, it)| is_certificate_url(it)),
        "untrusted_certificate" | "wrong_certificate_name" => case["provider"] == "paypal",
        "unsupported_algorithm" => !values().any(|it| it == "SHA256withRSA"),
        _ => keys(case).any(|it| applies_to_key(code, &it, case["scheme"].as_str().unwrap())),
    }
}

/// Texts of the times of signing, wherever they stand.
fn times(headers: &Headers) -> impl Iterator<Item = &str> {
    headers.iter().flat_map(|header| {
        let whole = header
            .0
            .to_lowercase()
            .ends_with("-timestamp")
            .then_some(header.1.trim());
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
            .trim()
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
    let bare = key.trim_start_matches("whsec_").trim_end_matches('=');
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

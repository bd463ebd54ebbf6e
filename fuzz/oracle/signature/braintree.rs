//! Braintree signs one field of a form by another.

use super::super::hash::{Hash, digest, hex, hmac};
use super::SIGNATURES_MAX;
use super::cases::Case;

/// The body with the right signature of its payload where one is wanted.
pub(super) fn sealed(case: &Case, body: &[u8]) -> Vec<u8> {
    let body = String::from_utf8_lossy(body).into_owned();
    let payload = body
        .split('&')
        .find_map(|it| it.strip_prefix("bt_payload="));
    let payload = payload.and_then(unescaped).unwrap_or_default();
    body.replace('\u{1}', &hex(&tag(case, payload.as_bytes())))
        .into_bytes()
}

fn tag(case: &Case, payload: &[u8]) -> Vec<u8> {
    hmac(
        Hash::Sha1,
        &digest(Hash::Sha1, case.secret.as_bytes()),
        payload,
    )
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                if !digits.chars().all(|it| it.is_ascii_hexdigit()) {
                    return None;
                }
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

pub(super) fn accepts(case: &Case, public_key: &str, body: &[u8]) -> Option<bool> {
    let body = std::str::from_utf8(body).ok()?;
    let field = |name: &str| {
        let mut found = body
            .split('&')
            .map(|it| it.split_once('=').unwrap_or((it, "")))
            .filter(|(it, _)| unescaped(it).as_deref() == Some(name));
        let (_, value) = found.next()?;
        if found.next().is_some() {
            None
        } else {
            unescaped(value)
        }
    };
    let (signatures, payload) = (field("bt_signature")?, field("bt_payload")?);
    let in_alphabet = |it: char| it.is_ascii_alphanumeric() || "+/=\n".contains(it);
    if payload.is_empty() || !payload.chars().all(in_alphabet) {
        return None;
    }
    let ours: Vec<&str> = signatures
        .split('&')
        .filter_map(|it| it.split_once('|'))
        .filter(|(key, _)| *key == public_key)
        .map(|it| it.1)
        .collect();
    let rights = [payload.clone(), payload + "\n"].map(|it| hex(&tag(case, it.as_bytes())));
    Some(ours.len() <= SIGNATURES_MAX && rights.contains(&(*ours.first()?).to_owned()))
}

//! What `pipec send --tamper` changes of a webhook after signing, so that a pipeline that verifies must refuse it.

use crate::arguments::Tamper;
use pipe_runtime::Timestamp;
use pipe_runtime::sign::Signed;

/// Characters of an RFC 3339 time up to its seconds.
const TO_SECONDS: usize = "2026-11-20T19:23:00".len();

/// Changes one thing of what was signed at that time; `false` where there is none.
pub(crate) fn tamper(what: Tamper, signed: &mut Signed, signed_at_s: i64) -> bool {
    match what {
        Tamper::Signature => signature(signed),
        Tamper::Body => body(signed),
        Tamper::Timestamp => timestamp(signed, signed_at_s),
    }
}

/// Changes one character of the signature, keeping its alphabet, so that only its value is wrong. It is the longest value that signing
/// added to the headers, or stands in the body where it added none.
fn signature(signed: &mut Signed) -> bool {
    let headers = signed.headers.iter_mut();
    let added = headers.filter(|(name, _)| !is_content_type(name));
    match added.max_by_key(|(name, value)| (name.ends_with("SIG"), value.len())) {
        Some((_, value)) => {
            let at = value.trim_end_matches('=').len().saturating_sub(2);
            let other = if value.get(at..=at) == Some("a") {
                "b"
            } else {
                "a"
            };
            if at > 0 {
                value.replace_range(at..=at, other);
            }
            at > 0
        }
        None => {
            let text = String::from_utf8_lossy(&signed.body).into_owned();
            let marks = ["\"hmacSignature\":\"", "bt_signature=", "%7C"];
            let at = marks
                .iter()
                .filter_map(|it| Some(text.rfind(it)? + it.len()))
                .max();
            let byte = at.and_then(|at| signed.body.get_mut(at));
            byte.map(|it| *it = if *it == b'a' { b'b' } else { b'a' })
                .is_some()
        }
    }
}

/// Changes one byte of the body: the last digit or letter, so that an amount stays a number and a text a text.
fn body(signed: &mut Signed) -> bool {
    let mut bytes = signed.body.iter_mut().rev();
    match bytes.find(|byte| byte.is_ascii_alphanumeric()) {
        Some(byte) => *byte = if *byte == b'1' { b'2' } else { b'1' },
        None => signed.body.push(b' '),
    }
    true
}

/// Moves the time in the headers back by a second: within every tolerance, so that only the signature can tell.
fn timestamp(signed: &mut Signed, signed_at_s: i64) -> bool {
    let earlier_s = signed_at_s.saturating_sub(1);
    let mut spelled = vec![(signed_at_s.to_string(), earlier_s.to_string())];
    spelled.extend(to_seconds(signed_at_s).zip(to_seconds(earlier_s)));
    for (_, value) in &mut signed.headers {
        for (from, to) in &spelled {
            if value.contains(from) {
                *value = value.replacen(from, to, 1);
                return true;
            }
        }
    }
    false
}

fn to_seconds(at_s: i64) -> Option<String> {
    let at = Timestamp::from_millis(at_s.checked_mul(1000)?)
        .ok()?
        .to_string();
    at.get(..TO_SECONDS).map(str::to_owned)
}

pub(crate) fn is_content_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipe_runtime::secret::Secret;
    use pipe_runtime::sign::{self, CertificateCache, Delivery, Request, Scheme, Verifier};

    const NOW_S: i64 = 1_900_000_000;
    const ALL: [Tamper; 3] = [Tamper::Signature, Tamper::Body, Tamper::Timestamp];

    /// What the scheme is signed with, and a body of its form.
    fn key_and_body(scheme: &Scheme) -> (&'static str, &'static str) {
        let plain = r#"{"status":"pending"}"#;
        match scheme.name {
            "adyen" => (
                scheme.vector.secret,
                include_str!("../tests/run/adyen.json"),
            ),
            // The private half of the vector's public key.
            "standard_webhooks_ed25519" => {
                ("whsk_nDlhoYsebG5GIpa8b2dkesfC2oE4/7TErS9p9ixjwsw=", plain)
            }
            "paypal" => (include_str!("../tests/run/paypal/messages.key"), plain),
            _ => (scheme.vector.secret, plain),
        }
    }

    fn verifier(scheme: &'static Scheme, key: &str) -> Verifier {
        let secrets = scheme.secret_parameter().map(|_| Secret::new(key));
        let verifier = Verifier::new(scheme, scheme.vector.arguments, secrets.as_slice()).unwrap();
        let root = include_bytes!("../tests/run/paypal/root.pem");
        match scheme.name {
            "paypal" => verifier.trusting_only(root).unwrap(),
            _ => verifier,
        }
    }

    /// Signed here, every scheme verifies; with anything that was tampered with, none does.
    #[test]
    fn what_is_signed_verifies_and_what_is_tampered_with_does_not() {
        let mut without_time = Vec::new();
        for scheme in sign::SCHEMES.iter().filter(|it| it.is_signed()) {
            let (key, body) = key_and_body(scheme);
            let verifier = verifier(scheme, key);
            let delivery = Delivery {
                body: body.as_bytes(),
                id: "msg_1",
                now_s: NOW_S,
            };
            let arguments = scheme.vector.arguments;
            let accepts = |it: &Signed| {
                let request = Request {
                    headers: &it.headers,
                    body: &it.body,
                };
                let pem = include_bytes!("../tests/run/paypal/messages.pem").to_vec();
                let certificates = CertificateCache::of_captured(&verifier, &request, pem);
                verifier.verify_with(&request, NOW_S, &certificates).is_ok()
            };
            let signed = sign::sign(scheme, arguments, Secret::new(key), &delivery).unwrap();
            assert!(accepts(&signed), "{}", scheme.name);
            for what in ALL {
                let mut tampered = signed.clone();
                if tamper(what, &mut tampered, NOW_S) {
                    assert!(!accepts(&tampered), "{}: {tampered:?}", scheme.name);
                } else {
                    assert_eq!((what, &tampered), (Tamper::Timestamp, &signed));
                    without_time.push(scheme.name);
                }
            }
        }
        let named = "hmac_sha256 hmac_sha512 square adyen adyen_platform braintree shopify github razorpay mollie";
        assert_eq!(without_time.join(" "), named);
    }

    #[test]
    fn tampering_changes_one_character_of_what_it_names() {
        let signed = Signed {
            headers: vec![
                ("X-Webhook-Signature".into(), "t=1900000000,00ffaa".into()),
                ("content-type".into(), "application/json".into()),
            ],
            body: br#"{"status":"pending"}"#.to_vec(),
        };
        for (what, header, body) in [
            (Tamper::Signature, "t=1900000000,00ffba", "pending"),
            (Tamper::Body, "t=1900000000,00ffaa", "pendin1"),
            (Tamper::Timestamp, "t=1899999999,00ffaa", "pending"),
        ] {
            let mut tampered = signed.clone();
            assert!(tamper(what, &mut tampered, NOW_S));
            assert_eq!(tampered.headers[0].1, header);
            assert_eq!(tampered.headers[1], signed.headers[1]);
            let expected = format!(r#"{{"status":"{body}"}}"#);
            assert_eq!(tampered.body, expected.as_bytes());
        }
    }
}

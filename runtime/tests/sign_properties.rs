//! What must hold for any request: what is signed verifies, what is changed does not, and nothing that arrives makes the verifier panic.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    BodyProof, CertificateCache, Delivery, Request, SCHEMES, Scheme, Signed, Verifier, sign,
};
use proptest::prelude::*;

const NOW_S: i64 = 1_718_000_000;

fn secret(scheme: &Scheme) -> Secret {
    // The private half of the Ed25519 vector's key.
    let private = "whsk_nDlhoYsebG5GIpa8b2dkesfC2oE4/7TErS9p9ixjwsw=";
    Secret::new(if scheme.vector.secret.is_empty() {
        private
    } else {
        scheme.vector.secret
    })
}

fn verifier(scheme: &'static Scheme) -> Verifier {
    let secrets = scheme.secret_parameter().map(|_| secret(scheme));
    Verifier::new(scheme, scheme.vector.arguments, secrets.as_slice()).unwrap()
}

/// The schemes that can be signed here: all but PayPal's, and those that sign nothing.
fn signable() -> impl Iterator<Item = &'static Scheme> {
    let signed = SCHEMES.iter().filter(|it| it.is_signed());
    signed.filter(|it| it.name != "paypal")
}

/// A body of the shape that the scheme signs, made from any bytes.
fn body_of(scheme: &Scheme, bytes: &[u8]) -> Vec<u8> {
    match scheme.name {
        "braintree" => STANDARD.encode([b"<x>", bytes].concat()).into_bytes(),
        "adyen" => {
            let text = String::from_utf8_lossy(bytes);
            let item = serde_json::json!({ "pspReference": "881", "merchantAccountCode": "Shop", "merchantReference": text,
                "amount": { "value": bytes.len(), "currency": "EUR" }, "eventCode": "CAPTURE", "success": "true", "reason": text });
            serde_json::json!({ "live": "false", "notificationItems": [{ "NotificationRequestItem": item }] }).to_string().into_bytes()
        }
        _ => bytes.to_vec(),
    }
}

fn signed(scheme: &'static Scheme, body: &[u8], id: &str) -> Signed {
    sign(
        scheme,
        scheme.vector.arguments,
        secret(scheme),
        &Delivery {
            body,
            id,
            now_s: NOW_S,
        },
    )
    .unwrap()
}

fn is_accepted(verifier: &Verifier, headers: &Vec<(String, String)>, body: &[u8]) -> bool {
    verifier.verify(&Request { headers, body }, NOW_S).is_ok()
}

/// A small generator with a fixed seed, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// Changes one thing that the signature must protect; `None` when the draw changed nothing.
fn mutate(signed: &Signed, random: &mut Random) -> Option<Signed> {
    let mut it = signed.clone();
    let header = random.below(it.headers.len());
    let kinds = if it.headers.is_empty() { 4 } else { 9 };
    let value = |it: &mut Signed| {
        it.headers
            .get_mut(header)
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    };
    match random.below(kinds) {
        0 | 1 => {
            let at = random.below(it.body.len());
            *it.body.get_mut(at)? ^= 1 << random.below(8);
        }
        2 => it.body.push(*b" \n\0}".get(random.below(4))?),
        3 => it
            .body
            .truncate(it.body.len().checked_sub(1 + random.below(3))?),
        4 => {
            let text = value(&mut it);
            let at = random.below(text.len());
            let replaced: String = text
                .chars()
                .enumerate()
                .map(|(index, c)| if index == at { '7' } else { c })
                .collect();
            it.headers.get_mut(header)?.1 = replaced;
        }
        5 => {
            let mut text = value(&mut it);
            text.truncate(random.below(text.len()));
            it.headers.get_mut(header)?.1 = text;
        }
        6 => {
            let text = value(&mut it);
            it.headers.get_mut(header)?.1 = format!(
                "{text}{}",
                ["0", "=", ",", "A", "a0", ",t=1"].get(random.below(6))?
            );
        }
        7 => {
            let text = value(&mut it);
            it.headers.get_mut(header)?.1 = if random.below(2) == 0 {
                text.to_uppercase()
            } else {
                text.to_lowercase()
            };
        }
        _ => drop(it.headers.remove(header)),
    }
    (it != *signed).then_some(it)
}

/// One scheme and a request that it accepts.
struct Genuine {
    verifier: Verifier,
    certificates: CertificateCache,
    now_s: i64,
    signed: Signed,
}

impl Genuine {
    fn of(scheme: &'static Scheme) -> Self {
        if scheme.name == "paypal" || !scheme.is_signed() {
            return Self::of_vector(scheme);
        }
        let body = body_of(scheme, br#"{"amount":"10.00","currency":"EUR"}"#);
        let mut signed = signed(scheme, &body, "msg_1");
        // Ids outside the signature, and the type of a form, may be changed by design.
        let unsigned = [
            "X-GitHub-Delivery",
            "X-Shopify-Webhook-Id",
            "X-Razorpay-Event-Id",
            "Content-Type",
        ];
        signed
            .headers
            .retain(|(name, _)| !unsigned.contains(&name.as_str()));
        Self {
            verifier: verifier(scheme),
            certificates: CertificateCache::default(),
            now_s: NOW_S,
            signed,
        }
    }

    /// PayPal's requests are signed by PayPal: the published one, and its certificate under exactly its URL. What is not signed at all is
    /// the published one too, and the provider's answer to exactly its id.
    fn of_vector(scheme: &'static Scheme) -> Self {
        let vector = &scheme.vector;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let signed = Signed {
            headers: vector.headers.iter().map(owned).collect(),
            body: vector.body.to_vec(),
        };
        let root = vector.certificates.root_pem.as_bytes();
        let verifier = verifier(scheme);
        let verifier = match root {
            b"" => verifier,
            root => verifier.trusting_only(root).unwrap(),
        };
        let chain = vector.certificates.chain_pem.as_bytes().to_vec();
        let request = Request {
            headers: &signed.headers,
            body: &signed.body,
        };
        Self {
            certificates: CertificateCache::of_captured(&verifier, &request, chain),
            verifier,
            now_s: vector.now_s,
            signed,
        }
    }

    fn accepts(&self, it: &Signed) -> bool {
        let request = Request {
            headers: &it.headers,
            body: &it.body,
        };
        let decided = match self.verifier.question(&request) {
            // Its provider knows one object.
            Ok(Some(question)) => {
                let answer = self.verifier.scheme().vector.answer;
                let known = String::from_utf8_lossy(answer);
                return known.contains(&format!("\"{}\"", question.id()))
                    && self.verifier.verify_answer(&question, answer).is_ok();
            }
            Ok(None) => self
                .verifier
                .verify_with(&request, self.now_s, &self.certificates),
            Err(refusal) => Err(refusal),
        };
        decided.is_ok()
    }
}

/// What the signature protects, read by other code than the verifier's: everything, or the fields where only fields are signed. `None`
/// where it cannot be read. A change that leaves this alone is none.
fn protected(scheme: &str, it: &Signed) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(&it.body);
    match scheme {
        "adyen" => {
            let body: serde_json::Value = serde_json::from_str(&text).ok()?;
            let paths = [
                "pspReference",
                "originalReference",
                "merchantAccountCode",
                "merchantReference",
                "amount/value",
                "amount/currency",
                "eventCode",
                "success",
                "additionalData/hmacSignature",
            ];
            let item = |path: &&str| {
                let at = format!("/notificationItems/0/NotificationRequestItem/{path}");
                match body.pointer(&at) {
                    Some(serde_json::Value::String(text)) => text.clone(),
                    other => other.map(ToString::to_string).unwrap_or_default(),
                }
            };
            let count = body.get("notificationItems")?.as_array()?.len();
            let fields = paths.iter().map(item);
            Some(fields.chain([count.to_string()]).collect())
        }
        // The id that is asked about, in bytes: nothing else of the request counts for anything.
        "mollie_classic" => {
            let fields = it.body.split(|it| *it == b'&');
            let ids: Vec<String> = fields
                .filter_map(|it| it.strip_prefix(b"id="))
                .map(|it| format!("{it:?}"))
                .collect();
            Some(ids)
        }
        "braintree" => {
            let field = |name: &str| {
                let mut values = text
                    .split('&')
                    .filter_map(|it| it.split_once('='))
                    .filter(|it| it.0 == name);
                values.next().map(|it| unescaped(it.1))
            };
            // The payload is signed with its last line feed or without it.
            let payload = field("bt_payload")?.trim_end_matches('\n').to_owned();
            Some(vec![field("bt_signature")?, payload])
        }
        _ => {
            let headers = it
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"));
            Some(headers.chain([format!("{:?}", it.body)]).collect())
        }
    }
}

/// `%2B` and `+` of a form; an escape that is none stays as it is.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| behind.split_at_checked(2))
            .flatten()
            .and_then(|(digits, behind)| {
                let digits = std::str::from_utf8(digits).ok()?;
                Some((u8::from_str_radix(digits, 16).ok()?, behind))
            });
        let plain = if *first == b'+' { b' ' } else { *first };
        let (byte, behind) = escaped.unwrap_or((plain, behind));
        out.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// SIG-01, SIG-16: of every scheme there is, in turn.
#[test]
fn of_a_hundred_thousand_changed_requests_none_is_accepted() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let genuine: Vec<Genuine> = SCHEMES.iter().map(Genuine::of).collect();
    let mut tried: Vec<(&str, u32)> = Vec::new();
    for it in &genuine {
        assert!(it.accepts(&it.signed), "{}", it.verifier.scheme().name);
        tried.push((it.verifier.scheme().name, 0));
    }
    let wanted = 100_000_u32.div_ceil(u32::try_from(genuine.len()).unwrap());
    for (it, (scheme, count)) in genuine.iter().zip(&mut tried) {
        let original = protected(scheme, &it.signed);
        while *count < wanted {
            let Some(changed) = mutate(&it.signed, &mut random) else {
                continue;
            };
            if protected(scheme, &changed) == original {
                continue;
            }
            *count += 1;
            assert!(!it.accepts(&changed), "{scheme}: {changed:?}");
        }
    }
    let all: u32 = tried.iter().map(|it| it.1).sum();
    eprintln!("{all} changed requests refused, none accepted: {tried:?}");
    assert!(all >= 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// SIG-01, SIG-02
    #[test]
    fn any_signed_bytes_verify(bytes in proptest::collection::vec(any::<u8>(), 0..300), id in "[a-zA-Z0-9_-]{1,40}") {
        for scheme in signable() {
            let signed = signed(scheme, &body_of(scheme, &bytes), &id);
            prop_assert!(is_accepted(&verifier(scheme), &signed.headers, &signed.body), "{}", scheme.name);
        }
    }

    #[test]
    fn another_key_never_verifies(bytes in proptest::collection::vec(any::<u8>(), 0..100), at in any::<prop::sample::Index>()) {
        for scheme in signable().filter(|it| it.secret_parameter().is_some()) {
            let mut other = scheme.vector.secret.to_owned();
            // The last characters of base64 may spell no bit, so an earlier one is changed.
            let index = at.index(other.len() - 4);
            let changed = if other.as_bytes().get(index) == Some(&b'7') { "1" } else { "7" };
            if index < 6 { continue }
            other.replace_range(index..=index, changed);
            let body = body_of(scheme, &bytes);
            let delivery = Delivery { body: &body, id: "m", now_s: NOW_S };
            let signed = sign(scheme, scheme.vector.arguments, Secret::new(other), &delivery).unwrap();
            prop_assert!(!is_accepted(&verifier(scheme), &signed.headers, &signed.body), "{}", scheme.name);
        }
    }

    /// SIG-01
    #[test]
    fn a_rewritten_body_with_the_same_meaning_is_refused(amount in 0_u32..100_000, note in "[a-zé ]{1,20}") {
        let body = format!("{{\"note\":\"{note}\",\"amount\":{amount}}}");
        let spaced = format!("{{\"note\": \"{note}\", \"amount\": {amount}}}");
        let reordered = format!("{{\"amount\":{amount},\"note\":\"{note}\"}}");
        let decimal = format!("{{\"note\":\"{note}\",\"amount\":{amount}.0}}");
        for scheme in signable().filter(|it| !matches!(it.name, "adyen" | "braintree")) {
            let (signed, verifier) = (signed(scheme, body.as_bytes(), "m"), verifier(scheme));
            for other in [&spaced, &reordered, &decimal] {
                prop_assert!(!is_accepted(&verifier, &signed.headers, other.as_bytes()), "{}", scheme.name);
            }
        }
    }

    /// SIG-04
    #[test]
    fn every_prefix_of_a_right_signature_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
        for scheme in signable() {
            let (signed, verifier) = (signed(scheme, &body_of(scheme, &bytes), "m"), verifier(scheme));
            let Some((name, value)) = signed.headers.last().filter(|_| !matches!(scheme.name, "braintree")) else { continue };
            for len in 0..value.len() {
                let mut headers = signed.headers.clone();
                headers.pop();
                headers.push((name.clone(), value.chars().take(len).collect()));
                prop_assert!(!is_accepted(&verifier, &headers, &signed.body), "{}: {len}", scheme.name);
            }
        }
    }

    #[test]
    fn nothing_that_arrives_is_accepted_or_panics(
        values in proptest::collection::vec("(\\PC|[a-f0-9,=;. tv1|&%-]){0,80}", 6),
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "bt_signature=(\\PC|[%0-9a-f|&=]){0,60}&bt_payload=(\\PC|[%0-9a-zA-Z=]){0,60}".prop_map(String::into_bytes),
            "\\{\"notificationItems\":\\[\\{\"NotificationRequestItem\":\\{[\"a-zA-Z:,{}0-9]{0,60}\\}\\}\\]\\}".prop_map(String::into_bytes),
        ],
        now_s in any::<i64>(),
    ) {
        for scheme in SCHEMES {
            let names = scheme.vector.headers.iter().map(|(name, _)| (*name).to_owned());
            let headers: Vec<(String, String)> = names.zip(values.iter().cloned()).collect();
            let request = Request { headers: &headers, body: &body };
            let verifier = verifier(scheme);
            prop_assert!(verifier.verify(&request, now_s).is_err(), "{}", scheme.name);
            let _ = verifier.certificate_url(&request);
            if let Ok(Some(question)) = verifier.question(&request) {
                prop_assert!(verifier.verify_answer(&question, &body).is_err(), "{}", scheme.name);
            }
        }
    }
}

/// SIG-10
#[test]
fn two_keys_are_valid_while_they_overlap_and_the_old_one_is_refused_afterwards() {
    for scheme in signable().filter(|it| it.secret_parameter().is_some()) {
        let new = || match scheme.name {
            "standard_webhooks" => Secret::new("whsec_YW5vdGhlci0yNC1ieXRlLXNlY3JldCEh"),
            _ => Secret::new(scheme.vector.secret.chars().rev().collect::<String>()),
        };
        let body = body_of(scheme, b"{}");
        let delivery = Delivery {
            body: &body,
            id: "m",
            now_s: NOW_S,
        };
        let by_old = signed(scheme, &body, "m");
        let by_new = sign(scheme, scheme.vector.arguments, new(), &delivery).unwrap();
        let overlap =
            Verifier::new(scheme, scheme.vector.arguments, &[new(), secret(scheme)]).unwrap();
        let after = Verifier::new(scheme, scheme.vector.arguments, &[new()]).unwrap();
        let index = |verifier: &Verifier, signed: &Signed| {
            let request = Request {
                headers: &signed.headers,
                body: &signed.body,
            };
            verifier.verify(&request, NOW_S).ok().map(|it| it.key_index)
        };
        assert_eq!(
            (index(&overlap, &by_new), index(&overlap, &by_old)),
            (Some(0), Some(1)),
            "{}",
            scheme.name
        );
        assert_eq!(
            (index(&after, &by_new), index(&after, &by_old)),
            (Some(0), None),
            "{}",
            scheme.name
        );
    }
}

#[test]
fn what_is_not_signed_is_said() {
    for scheme in signable() {
        let signed = signed(scheme, &body_of(scheme, b"{}"), "msg_1");
        let request = Request {
            headers: &signed.headers,
            body: &signed.body,
        };
        let verifier = verifier(scheme);
        let verified = verifier.verify(&request, NOW_S).unwrap();
        let expected = if matches!(scheme.name, "adyen" | "braintree") {
            BodyProof::Fields
        } else {
            BodyProof::Whole
        };
        assert_eq!(verified.body, expected, "{}", scheme.name);
        if let Some(id) = verified.delivery_id {
            assert_eq!(
                (id.value, id.is_signed),
                ("msg_1", scheme.name.starts_with("standard_webhooks")),
                "{}",
                scheme.name
            );
        }
    }
}

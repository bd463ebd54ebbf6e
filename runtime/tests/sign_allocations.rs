//! A request costs no memory of ours: verifying asks Rust's allocator for nothing, by every scheme, whether the request is right or wrong,
//! with one key or two, with one signature or several. What does ask is here by name and with its reason. (The libraries in C keep books
//! of their own: aws-lc under Ed25519 and RSA is not counted.)

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helper functions too"
)]

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    CertificateCache, Delivery, Refusal, Request, SCHEMES, Scheme, Signed, Verifier, scheme, sign,
};

const NOW_S: i64 = 1_000;

/// The key pair of RFC 8032, section 7.1, test 1.
const PRIVATE_KEY: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC_KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Headers with a list of signatures, and what stands between two.
const LISTS: [(&str, char); 3] = [
    ("stripe-signature", ','),
    ("paddle-signature", ';'),
    ("webhook-signature", ' '),
];

/// Another text of the same form: one character of it is another hexadecimal digit.
fn other(text: &str) -> String {
    let mut text: Vec<char> = text.chars().collect();
    let at = text.len() / 2;
    text[at] = if text[at] == 'a' { 'b' } else { 'a' };
    text.into_iter().collect()
}

/// One scheme with its keys, and a request that it accepts.
struct Genuine {
    verifier: Verifier,
    certificates: CertificateCache,
    signed: Signed,
    now_s: i64,
}

impl Genuine {
    /// With `keys` keys, of which the oldest has signed.
    fn of(scheme: &'static Scheme, keys: usize, body: &[u8]) -> Self {
        let vector = &scheme.vector;
        let mut secrets = vec![vector.secret.to_owned()];
        if keys == 2 && scheme.secret_parameter().is_some() {
            secrets.insert(0, other(vector.secret));
        }
        let secrets: Vec<Secret> = secrets.into_iter().map(Secret::new).collect();
        let known = vector.arguments.iter().find(|(it, _)| *it == "public_key");
        let public_keys = match (keys, known) {
            (2, Some((_, known))) => format!("{known} {PUBLIC_KEY}"),
            _ => PUBLIC_KEY.to_owned(),
        };
        let is_ed25519 = scheme.name == "standard_webhooks_ed25519";
        let arguments = if is_ed25519 {
            &[("public_key", public_keys.as_str())][..]
        } else {
            vector.arguments
        };
        let secrets = match scheme.secret_parameter() {
            Some(_) => secrets.as_slice(),
            None => &[],
        };
        let verifier = Verifier::new(scheme, arguments, secrets).unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let (signed, now_s) = if scheme.name == "paypal" || !scheme.is_signed() {
            let headers = vector.headers.iter().map(owned).collect();
            let body = vector.body.to_vec();
            (Signed { headers, body }, vector.now_s)
        } else {
            let private = if is_ed25519 {
                PRIVATE_KEY
            } else {
                vector.secret
            };
            let delivery = Delivery {
                body,
                id: "msg_1",
                now_s: NOW_S,
            };
            let signed = sign(scheme, arguments, Secret::new(private), &delivery);
            (signed.unwrap(), NOW_S)
        };
        let verifier = match vector.certificates.root_pem {
            "" => verifier,
            root => verifier.trusting_only(root.as_bytes()).unwrap(),
        };
        let request = Request {
            headers: &signed.headers,
            body: &signed.body,
        };
        let chain = vector.certificates.chain_pem.as_bytes().to_vec();
        Self {
            certificates: CertificateCache::of_captured(&verifier, &request, chain),
            verifier,
            signed,
            now_s,
        }
    }

    /// How the request ended, and how often memory was asked for.
    fn decide(&self, headers: &Vec<(String, String)>, body: &[u8]) -> (Result<(), Refusal>, u64) {
        let request = Request { headers, body };
        let mut decided = Ok(());
        let used = allocation_counter::measure(|| {
            decided = match self.verifier.question(&request) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => self
                    .verifier
                    .verify_with(&request, self.now_s, &self.certificates)
                    .map(|_| ()),
                Err(why) => Err(why),
            }
        });
        (decided, used.count_total)
    }

    /// As [`Self::decide`], of the request as it was signed.
    fn accept(&self) -> u64 {
        let (decided, used) = self.decide(&self.signed.headers, &self.signed.body);
        assert_eq!(decided, Ok(()), "{:?}", self.verifier);
        used
    }

    /// The same request with wrong signatures before the right one, where the scheme knows several.
    fn among_several(&self) -> Option<Signed> {
        let mut signed = self.signed.clone();
        if self.verifier.scheme().name == "braintree" {
            let body = String::from_utf8(signed.body).unwrap();
            let foreign = format!("bt_signature=another_public_key%7C{}%26", "0f".repeat(20));
            signed.body = body.replacen("bt_signature=", &foreign, 1).into_bytes();
            return Some(signed);
        }
        for (name, value) in &mut signed.headers {
            let list = LISTS.iter().find(|(it, _)| name.eq_ignore_ascii_case(it));
            if let Some((_, separator)) = list {
                let right = value.rsplit(*separator).next().unwrap();
                let wrong = format!("{}{separator}", other(right)).repeat(15);
                *value = format!("{}{wrong}{right}", &value[..value.len() - right.len()]);
                return Some(signed);
            }
        }
        None
    }
}

/// A body that the scheme signs: a short one where the scheme reads it.
fn body_of(scheme: &Scheme) -> Vec<u8> {
    match scheme.name {
        "adyen" => scheme.vector.body.to_vec(),
        _ => vec![b'x'; 4096],
    }
}

#[test]
fn verifying_allocates_nothing_by_any_scheme() {
    let (mut schemes, mut several) = (0, 0);
    for scheme in SCHEMES {
        for keys in [1, 2] {
            if keys == 2 && scheme.name == "paypal" {
                continue;
            }
            let genuine = Genuine::of(scheme, keys, &body_of(scheme));
            if scheme.name == "paypal" {
                // The first request reads the certificates from their text, for those behind it too.
                genuine.accept();
            }
            assert_eq!(genuine.accept(), 0, "{}, {keys} keys", scheme.name);
            let headers = &genuine.signed.headers;
            let mut changed = genuine.signed.body.clone();
            let at = changed.len() / 2;
            changed[at] ^= 1;
            let mut unsigned = headers.clone();
            unsigned.pop();
            for (headers, body) in [(headers, &changed), (&unsigned, &genuine.signed.body)] {
                let (decided, used) = genuine.decide(headers, body);
                if decided == Err(Refusal::MalformedBody) && scheme.name == "adyen" {
                    continue;
                }
                assert_eq!(used, 0, "{}, {keys} keys: {decided:?}", scheme.name);
            }
            if let Some(it) = genuine.among_several() {
                let (decided, used) = genuine.decide(&it.headers, &it.body);
                assert_eq!((decided, used), (Ok(()), 0), "{}, {keys} keys", scheme.name);
                several += 1;
            }
        }
        schemes += 1;
    }
    assert!(schemes >= 16, "only {schemes}");
    assert_eq!(
        several,
        2 * 5,
        "stripe, paddle, braintree and two of Standard Webhooks"
    );
}

/// What does ask for memory: once, and not by how much the sender writes of it.
#[test]
fn what_asks_for_memory_is_known_by_name() {
    // Ed25519 hashes what is signed twice, so aws-lc takes it in one piece; one that is too long for the stack is copied.
    let ed25519 = scheme("standard_webhooks_ed25519").unwrap();
    let long = Genuine::of(ed25519, 1, &[b'x'; 20 * 1024]);
    assert_eq!(long.accept(), 1);

    // A field of Adyen's that is written with escapes is signed without them. Its signature is no field that has any.
    let adyen = scheme("adyen").unwrap();
    let body = String::from_utf8(adyen.vector.body.to_vec()).unwrap();
    let escaped = body.replacen(r#""eventCode":""#, r#""eventCode":"\u0041"#, 1);
    assert_ne!(body, escaped);
    let genuine = Genuine::of(adyen, 1, body.as_bytes());
    let (decided, used) = genuine.decide(&Vec::new(), escaped.as_bytes());
    assert_eq!(decided, Err(Refusal::NoMatchingSignature));
    assert!((1..=4).contains(&used), "{used}");

    // Of members that nobody asks for, serde_json counts the levels beyond the first.
    let nested = body.replacen(r#""eventCode":"#, r#""x":{"y":{"z":[]}},"eventCode":"#, 1);
    assert_eq!(genuine.decide(&Vec::new(), nested.as_bytes()), (Ok(()), 1));

    // What is wrong with a body that is no JSON is said by serde_json in a box.
    let (decided, used) = genuine.decide(&Vec::new(), b"{");
    assert_eq!(decided, Err(Refusal::MalformedBody));
    assert!((1..=16).contains(&used), "{used}");

    // A list of Braintree's signatures that no account has, with escapes.
    let braintree = Genuine::of(scheme("braintree").unwrap(), 1, b"x");
    let body = String::from_utf8(braintree.signed.body.clone()).unwrap();
    let foreign = format!("bt_signature={}", "another%7C00%26".repeat(500));
    let body = body.replacen("bt_signature=", &foreign, 1);
    assert_eq!(braintree.decide(&Vec::new(), body.as_bytes()), (Ok(()), 1));

    // PayPal's certificates, read from their text with the first request of each process and again when PayPal names others.
    let paypal = Genuine::of(scheme("paypal").unwrap(), 1, b"");
    let first = paypal.accept();
    assert!((1..=64).contains(&first), "{first}");
    assert_eq!(paypal.accept(), 0);
}

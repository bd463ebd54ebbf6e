//! f3: whatever arrives, the verifier decides as a slow reading of the providers' documentation decides, and does not panic.
//!
//! A request is spelled as text, so that a corpus can be read: the first byte picks a configuration, then come header lines, a blank
//! line and the body. Some bytes stand for what no fuzzer guesses: `\x01` the right signature, `\x02` the time now, `\x03` a moment ago.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    CertificateSource, CertificateUrl, Refusal, Request, SCHEMES, Scheme, Verified, Verifier,
    scheme,
};
use serde_json::Value;

use super::hash::{Hash, base64, digest, hex, hmac, unbase64};

const NOW_S: i64 = 1_718_000_000;
const SIGNATURES_MAX: usize = 16;

/// What documentation says about one configuration.
struct Case {
    scheme: &'static str,
    arguments: &'static [(&'static str, &'static str)],
    secret: &'static str,
    rule: Rule,
}

enum Rule {
    /// A hash in a header, over some of the request.
    Header {
        names: &'static [Names],
        form: Form,
        hash: Hash,
        spell: fn(&[u8]) -> String,
        key: fn(&str) -> Vec<u8>,
        message: Message,
    },
    Adyen,
    Braintree {
        public_key: &'static str,
    },
    /// Nothing is signed: what the provider answers stands in the header `Answer` of the input.
    FetchBack,
    /// Public keys: nobody here can sign, so what is accepted must say what the scheme's own vector says.
    Vector,
}

impl Case {
    fn tolerance_s(&self) -> i64 {
        if self.scheme == "paddle" { 5 } else { 300 }
    }
}

/// Names of the headers with the signature, the time and the id; empty where there is none.
type Names = (&'static str, &'static str, &'static str);

#[derive(Clone, Copy)]
enum Form {
    Whole {
        prefix: &'static str,
        optional: bool,
    },
    Pairs {
        separator: char,
        time: &'static str,
        signature: &'static str,
    },
    Versions(&'static str),
}

/// Signed bytes from id, time and body.
type Message = fn(&str, &str, &[u8]) -> Vec<u8>;

fn text(key: &str) -> Vec<u8> {
    key.as_bytes().to_vec()
}

fn spelled_hex(key: &str) -> Vec<u8> {
    (0..key.len() / 2)
        .map(|at| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

fn spelled_base64(key: &str) -> Vec<u8> {
    unbase64(key.trim_start_matches("whsec_"))
}

const BODY: Message = |_, _, body| body.to_vec();
const TIME_DOT_BODY: Message = |_, time, body| [time.as_bytes(), b".", body].concat();
const WHOLE: Form = Form::Whole {
    prefix: "",
    optional: false,
};
const SQUARE_URL: &str = "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9";

const fn of_body(
    names: &'static [Names],
    form: Form,
    spell: fn(&[u8]) -> String,
    key: fn(&str) -> Vec<u8>,
) -> Rule {
    Rule::Header {
        names,
        form,
        hash: Hash::Sha256,
        spell,
        key,
        message: BODY,
    }
}

const CASES: &[Case] = &[
    Case {
        scheme: "hmac_sha256",
        arguments: &[("header", "X-Sig")],
        secret: "a key that nobody knows",
        rule: of_body(&[("X-Sig", "", "")], WHOLE, hex, text),
    },
    Case {
        scheme: "hmac_sha256",
        arguments: &[
            ("header", "X-Sig"),
            ("encoding", "base64"),
            ("prefix", "v1="),
        ],
        secret: "a key that nobody knows",
        rule: of_body(
            &[("X-Sig", "", "")],
            Form::Whole {
                prefix: "v1=",
                optional: false,
            },
            base64,
            text,
        ),
    },
    Case {
        scheme: "hmac_sha256",
        arguments: &[("header", "X-Sig"), ("timestamp", "X-Time")],
        secret: "a key that nobody knows",
        rule: Rule::Header {
            names: &[("X-Sig", "X-Time", "")],
            form: WHOLE,
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: TIME_DOT_BODY,
        },
    },
    Case {
        scheme: "hmac_sha512",
        arguments: &[("header", "X-Sig")],
        secret: "a key that nobody knows",
        rule: Rule::Header {
            names: &[("X-Sig", "", "")],
            form: WHOLE,
            hash: Hash::Sha512,
            spell: hex,
            key: text,
            message: BODY,
        },
    },
    Case {
        scheme: "stripe",
        arguments: &[],
        secret: "whsec_9c1185a5c5e9fc54612808977ee8f548b2258d31",
        rule: Rule::Header {
            names: &[("Stripe-Signature", "", "")],
            form: Form::Pairs {
                separator: ',',
                time: "t",
                signature: "v1",
            },
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: TIME_DOT_BODY,
        },
    },
    Case {
        scheme: "paddle",
        arguments: &[],
        secret: "pdl_ntfset_01gkpjp8bkm3tm53kdgkx6sms7_6h3qd3uFSi9YCD3OLYAShQI90XTI5vEI",
        rule: Rule::Header {
            names: &[("Paddle-Signature", "", "")],
            form: Form::Pairs {
                separator: ';',
                time: "ts",
                signature: "h1",
            },
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: |_, time, body| [time.as_bytes(), b":", body].concat(),
        },
    },
    Case {
        scheme: "standard_webhooks",
        arguments: &[],
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        rule: Rule::Header {
            names: &[
                ("webhook-signature", "webhook-timestamp", "webhook-id"),
                ("svix-signature", "svix-timestamp", "svix-id"),
            ],
            form: Form::Versions("v1"),
            hash: Hash::Sha256,
            spell: base64,
            key: spelled_base64,
            message: |id, time, body| [id.as_bytes(), b".", time.as_bytes(), b".", body].concat(),
        },
    },
    Case {
        scheme: "square",
        arguments: &[("url", SQUARE_URL)],
        secret: "Ibxx_5AKakO-3qeNVR61Dw",
        rule: Rule::Header {
            names: &[("x-square-hmacsha256-signature", "", "")],
            form: WHOLE,
            hash: Hash::Sha256,
            spell: base64,
            key: text,
            message: |_, _, body| [SQUARE_URL.as_bytes(), body].concat(),
        },
    },
    Case {
        scheme: "github",
        arguments: &[],
        secret: "It's a Secret to Everybody",
        rule: of_body(
            &[("X-Hub-Signature-256", "", "")],
            Form::Whole {
                prefix: "sha256=",
                optional: false,
            },
            hex,
            text,
        ),
    },
    Case {
        scheme: "shopify",
        arguments: &[],
        secret: "shpss_41b7a2c9d0e84f6ea3",
        rule: of_body(
            &[
                ("X-Shopify-Hmac-Sha256", "", ""),
                ("Shopify-Hmac-Sha256", "", ""),
            ],
            WHOLE,
            base64,
            text,
        ),
    },
    Case {
        scheme: "razorpay",
        arguments: &[],
        secret: "rzp_hook_5b1d0c8be2f74a",
        rule: of_body(&[("X-Razorpay-Signature", "", "")], WHOLE, hex, text),
    },
    Case {
        scheme: "mollie",
        arguments: &[],
        secret: "mol_hook_77c0a1f3e95d42",
        rule: of_body(
            &[("X-Mollie-Signature", "", "")],
            Form::Whole {
                prefix: "sha256=",
                optional: true,
            },
            hex,
            text,
        ),
    },
    Case {
        scheme: "adyen_platform",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        rule: of_body(&[("HmacSignature", "", "")], WHOLE, base64, spelled_hex),
    },
    Case {
        scheme: "adyen",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        rule: Rule::Adyen,
    },
    Case {
        scheme: "braintree",
        arguments: &[("public_key", "our_key")],
        secret: "a private API key",
        rule: Rule::Braintree {
            public_key: "our_key",
        },
    },
    Case {
        scheme: "standard_webhooks_ed25519",
        arguments: &[],
        secret: "",
        rule: Rule::Vector,
    },
    Case {
        scheme: "paypal",
        arguments: &[],
        secret: "",
        rule: Rule::Vector,
    },
    Case {
        scheme: "mollie_classic",
        arguments: &[],
        secret: "live_7f3a9c0d51e84b62a7c8d90e1f2a3b",
        rule: Rule::FetchBack,
    },
];

/// One request of the fuzzer's.
struct Received {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Judges one input.
pub fn judge(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let index = usize::from(*first) % CASES.len();
    let (case, verifier) = (&CASES[index], &verifiers()[index]);
    let received = read(case, rest);
    let request = Request {
        headers: &received.headers,
        body: &received.body,
    };
    let scheme = scheme(case.scheme).unwrap();
    let now_s = if matches!(case.rule, Rule::Vector) {
        scheme.vector.now_s
    } else {
        NOW_S
    };
    // The address of a certificate is judged alone too, since something would be fetched from it.
    let fetched = verifier.certificate_url(&request);
    if let Ok(Some(url)) = &fetched {
        assert!(
            ["api", "api-m"].iter().any(|it| {
                let own = format!("https://{it}.sandbox.paypal.com/v1/notifications/certs/");
                url.as_str().starts_with(&own)
            }),
            "would fetch {}",
            url.as_str()
        );
    }
    let decide = || decided(verifier, &request, now_s, &received);
    assert_fast(case.scheme, input.len(), || {
        std::hint::black_box(decide().is_ok());
    });
    let decided = decide();
    if let Err(refusal) = &decided {
        assert!(!refusal.code().is_empty());
    }
    match expected(case, &received) {
        Some(accepts) => {
            assert_eq!(
                decided.is_ok(),
                accepts,
                "{}: {decided:?} of {:?} {:?}",
                case.scheme,
                received.headers,
                String::from_utf8_lossy(&received.body)
            );
        }
        None => assert!(
            decided.is_err() || says_what_the_vector_says(scheme, &received),
            "{}: forged",
            case.scheme
        ),
    }
}

/// A decision may take a millisecond. Here it may take ten, since the targets are built with coverage and checks and the tests without
/// optimisation: what this finds is work that grows faster than the input. The clock counts what else the machine does too, so a decision
/// is slow only if it is slow each of twenty times.
fn assert_fast(scheme: &str, input_bytes: usize, decide: impl Fn()) {
    const LONGEST: Duration = Duration::from_millis(10);
    let is_fast = |_| {
        let begun = Instant::now();
        decide();
        begun.elapsed() <= LONGEST
    };
    assert!(
        (0..20).any(is_fast),
        "{scheme}: {input_bytes} bytes take longer than {LONGEST:?}"
    );
}

/// As a handler decides: of a provider that signs nothing, by what it answers when asked.
fn decided<'r>(
    verifier: &Verifier,
    request: &Request<'r>,
    now_s: i64,
    received: &Received,
) -> Result<Verified<'r>, Refusal> {
    let Some(question) = verifier.question(request)? else {
        return verifier.verify_with(request, now_s, &Certificates(verifier.scheme()));
    };
    // Whom we ask is judged alone too, since our key goes there.
    let id = question.path();
    let id = id.strip_prefix("/v2/payments/tr_").unwrap();
    assert_eq!(question.host(), "api.mollie.com");
    assert!(!id.is_empty() && id.chars().all(|it| it.is_ascii_alphanumeric()));
    verifier.verify_answer(&question, answer(received).as_bytes())
}

fn answer(received: &Received) -> &str {
    single(received, "Answer").unwrap_or_default()
}

fn verifiers() -> &'static [Verifier] {
    static VERIFIERS: OnceLock<Vec<Verifier>> = OnceLock::new();
    VERIFIERS.get_or_init(|| {
        let named: Vec<&str> = CASES.iter().map(|it| it.scheme).collect();
        assert!(
            SCHEMES.iter().all(|it| named.contains(&it.name)),
            "a scheme has no case here"
        );
        CASES.iter().map(verifier).collect()
    })
}

fn verifier(case: &Case) -> Verifier {
    let scheme = scheme(case.scheme).unwrap();
    if !matches!(case.rule, Rule::Vector) {
        return Verifier::new(scheme, case.arguments, &[Secret::new(case.secret)]).unwrap();
    }
    let verifier = Verifier::new(scheme, scheme.vector.arguments, &[]).unwrap();
    match scheme.vector.certificates.root_pem {
        "" => verifier,
        root => verifier.trusting_only(root.as_bytes()).unwrap(),
    }
}

struct Certificates(&'static Scheme);

impl CertificateSource for Certificates {
    fn certificate_pem(&self, _: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        Some(self.0.vector.certificates.chain_pem.as_bytes().into())
    }
}

fn read(case: &Case, rest: &[u8]) -> Received {
    let end = rest.windows(2).position(|it| it == b"\n\n");
    let (head, body) = end.map_or((rest, [].as_slice()), |at| (&rest[..at], &rest[at + 2..]));
    let head = String::from_utf8_lossy(head)
        .replace('\u{2}', &NOW_S.to_string())
        .replace('\u{3}', &(NOW_S - 17).to_string());
    let line = |it: &str| {
        it.split_once(':')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut received = Received {
        headers: head.lines().filter_map(line).collect(),
        body: body.to_vec(),
    };
    match &case.rule {
        Rule::Header { form, .. } => {
            let signature = seal(case, form, &received);
            for (_, value) in &mut received.headers {
                *value = value.replace('\u{1}', &signature);
            }
        }
        Rule::Adyen => {
            let body = String::from_utf8_lossy(body).into_owned();
            let items: Option<Value> = serde_json::from_str(&body.replace('\u{1}', "")).ok();
            let signature = items.as_ref().and_then(|it| {
                adyen_message(it.pointer("/notificationItems/0/NotificationRequestItem")?)
            });
            let tag = hmac(
                Hash::Sha256,
                &spelled_hex(case.secret),
                signature.unwrap_or_default().as_bytes(),
            );
            received.body = body.replace('\u{1}', &base64(&tag)).into_bytes();
        }
        Rule::Braintree { .. } => {
            let body = String::from_utf8_lossy(body).into_owned();
            let payload = body
                .split('&')
                .find_map(|it| it.strip_prefix("bt_payload="));
            let payload = payload.and_then(unescaped).unwrap_or_default();
            received.body = body
                .replace('\u{1}', &hex(&braintree_tag(case, payload.as_bytes())))
                .into_bytes();
        }
        Rule::FetchBack | Rule::Vector => (),
    }
    received
}

/// The right signature for the time and id that the request says, wherever it says them.
fn seal(case: &Case, form: &Form, received: &Received) -> String {
    let Rule::Header {
        names,
        hash,
        spell,
        key,
        message,
        ..
    } = &case.rule
    else {
        return String::new();
    };
    let value = |pick: fn(&Names) -> &'static str| {
        received
            .headers
            .iter()
            .find(|(it, _)| names.iter().any(|own| it.eq_ignore_ascii_case(pick(own))))
            .map(|(_, value)| trimmed(value))
    };
    let time = match form {
        Form::Pairs {
            separator, time, ..
        } => value(|it| it.0)
            .and_then(|it| {
                it.split(*separator)
                    .filter_map(|it| it.split_once('='))
                    .find(|(name, _)| name == time)
            })
            .map(|it| it.1),
        _ => value(|it| it.1),
    };
    spell(&hmac(
        *hash,
        &key(case.secret),
        &message(
            value(|it| it.2).unwrap_or_default(),
            time.unwrap_or_default(),
            &received.body,
        ),
    ))
}

fn trimmed(value: &str) -> &str {
    value.trim_matches(|it| it == ' ' || it == '\t')
}

/// What the documentation decides; `None` where only a public key decides.
fn expected(case: &Case, received: &Received) -> Option<bool> {
    match &case.rule {
        Rule::Header { .. } => Some(header_accepts(case, received).unwrap_or(false)),
        Rule::Adyen => adyen_accepts(case, &received.body),
        Rule::Braintree { public_key } => {
            Some(braintree_accepts(case, public_key, &received.body).unwrap_or(false))
        }
        Rule::FetchBack => fetch_back_accepts(received),
        Rule::Vector => None,
    }
}

/// The form names one payment, and the answer is about that one. `None` where the answer names it twice, which this cannot see.
fn fetch_back_accepts(received: &Received) -> Option<bool> {
    let form = String::from_utf8_lossy(&received.body);
    let pairs = form.split('&').filter_map(|it| it.split_once('='));
    let ids: Vec<&str> = pairs.filter(|it| it.0 == "id").map(|it| it.1).collect();
    let answer: Value = serde_json::from_str(answer(received)).unwrap_or_default();
    let [id] = ids.as_slice() else {
        return Some(false);
    };
    let is_id = id.len() > 3
        && id.len() <= 67
        && id.starts_with("tr_")
        && id.chars().skip(3).all(|it| it.is_ascii_alphanumeric());
    let about_it = answer.is_object() && answer["id"] == **id;
    (!(is_id && about_it)).then_some(false)
}

/// The only value of a header that came once and says something.
fn single<'r>(received: &'r Received, name: &str) -> Option<&'r str> {
    let mut values = received
        .headers
        .iter()
        .filter(|(it, _)| it.eq_ignore_ascii_case(name));
    let (_, value) = values.next()?;
    (values.next().is_none() && !trimmed(value).is_empty()).then(|| trimmed(value))
}

/// The same where a header has several names, all of which may come if they say the same.
fn single_of<'r>(received: &'r Received, names: &[&str]) -> Option<&'r str> {
    let came = |name: &&&str| {
        let mut headers = received.headers.iter();
        headers.any(|(it, _)| it.eq_ignore_ascii_case(name))
    };
    let values: Option<Vec<&str>> = names
        .iter()
        .filter(came)
        .map(|it| single(received, it))
        .collect();
    let values = values?;
    let first = *values.first()?;
    values.iter().all(|it| *it == first).then_some(first)
}

fn header_accepts(case: &Case, received: &Received) -> Option<bool> {
    let Rule::Header {
        names,
        form,
        hash,
        spell,
        key,
        message,
    } = &case.rule
    else {
        return None;
    };
    let of = |pick: fn(&Names) -> &'static str| {
        let names: Vec<&str> = names.iter().map(pick).collect();
        let exists = names.iter().any(|it| !it.is_empty());
        exists.then(|| single_of(received, &names))
    };
    let header = of(|it| it.0)??;
    let id = match of(|it| it.2) {
        Some(id) => id?,
        None => "",
    };
    let mut time = match of(|it| it.1) {
        Some(time) => Some(time?),
        None => None,
    };
    let mut candidates = Vec::new();
    match form {
        Form::Whole { prefix, optional } => match header.strip_prefix(prefix) {
            Some(rest) => candidates.push(rest),
            None if *optional => candidates.push(header),
            None => return None,
        },
        Form::Pairs {
            separator,
            time: time_name,
            signature,
        } => {
            let mut times = Vec::new();
            for element in header.split(*separator) {
                let (name, value) = element.split_once('=')?;
                if name == *time_name {
                    times.push(value);
                } else if name == *signature {
                    candidates.push(value);
                }
            }
            let [only] = times.as_slice() else {
                return None;
            };
            time = Some(only);
        }
        Form::Versions(version) => {
            for element in header.split(' ') {
                let (name, value) = element.split_once(',')?;
                if name == *version {
                    candidates.push(value);
                }
            }
        }
    }
    if let Some(time) = time {
        let digits = time.len() <= 15 && time.chars().all(|it| it.is_ascii_digit());
        let number = time.parse::<i64>().ok()?;
        let as_written = digits && number.to_string() == time;
        if !as_written || (number - NOW_S).abs() > case.tolerance_s() {
            return None;
        }
    }
    let right = spell(&hmac(
        *hash,
        &key(case.secret),
        &message(id, time.unwrap_or_default(), &received.body),
    ));
    Some(candidates.len() <= SIGNATURES_MAX && candidates.contains(&right.as_str()))
}

fn adyen_message(item: &Value) -> Option<String> {
    let scalar = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Bool(it)) => Some(it.to_string()),
        Some(Value::Number(it)) => Some(it.to_string()),
        Some(_) => None,
    };
    let fields = [
        "/pspReference",
        "/originalReference",
        "/merchantAccountCode",
        "/merchantReference",
        "/amount/value",
        "/amount/currency",
        "/eventCode",
        "/success",
    ];
    let fields: Option<Vec<String>> = fields.iter().map(|it| scalar(item.pointer(it))).collect();
    Some(fields?.join(":"))
}

/// False where the slow reading refuses; `None` where it cannot tell, since it does not keep how a number was written.
fn adyen_accepts(case: &Case, body: &[u8]) -> Option<bool> {
    let Ok(notification) = serde_json::from_slice::<Value>(body) else {
        return Some(false);
    };
    let Some(items) = notification["notificationItems"].as_array() else {
        return Some(false);
    };
    let signed = |wrapper: &Value| {
        let item = &wrapper["NotificationRequestItem"];
        let right = base64(&hmac(
            Hash::Sha256,
            &spelled_hex(case.secret),
            adyen_message(item)?.as_bytes(),
        ));
        Some(item["additionalData"]["hmacSignature"] == right)
    };
    let all = !items.is_empty() && items.iter().all(|it| signed(it) == Some(true));
    // Fields given twice and colons inside fields are refused by ours and read by this; so only "accepts" is compared.
    if all { None } else { Some(false) }
}

fn braintree_tag(case: &Case, payload: &[u8]) -> Vec<u8> {
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

fn braintree_accepts(case: &Case, public_key: &str, body: &[u8]) -> Option<bool> {
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
    let rights =
        [payload.clone(), payload + "\n"].map(|it| hex(&braintree_tag(case, it.as_bytes())));
    Some(ours.len() <= SIGNATURES_MAX && rights.contains(&(*ours.first()?).to_owned()))
}

/// True when everything that the scheme signs is as in its vector, whose signer's private key is nowhere here.
fn says_what_the_vector_says(scheme: &Scheme, received: &Received) -> bool {
    let vector = &scheme.vector;
    let value = |name: &str| {
        single(received, name).or_else(|| single(received, &name.replace("webhook-", "svix-")))
    };
    let same = |names: &[&str]| {
        names.iter().all(|name| {
            let signed = vector
                .headers
                .iter()
                .find(|(it, _)| it.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value);
            signed.is_some() && value(name) == signed
        })
    };
    match scheme.name {
        "paypal" => {
            same(&["PAYPAL-TRANSMISSION-ID", "PAYPAL-TRANSMISSION-TIME"])
                && crc32(&received.body) == crc32(vector.body)
        }
        "standard_webhooks_ed25519" => {
            same(&["webhook-id", "webhook-timestamp"]) && received.body == vector.body
        }
        // Adyen's items, where the slow reading accepted.
        _ => true,
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |it, _| {
            it >> 1 ^ if it & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// What fuzzing starts from: a request of each configuration that is accepted.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let seed = |(index, case): (usize, &Case)| {
        let vector = &scheme(case.scheme).unwrap().vector;
        let line = |name: &str, value: &str| {
            if name.is_empty() {
                String::new()
            } else {
                format!("{name}:{value}\n")
            }
        };
        let body = br#"{"id":"pay_1","amount":"10.00"}"#.to_vec();
        let (head, body) = match &case.rule {
            Rule::Header { names, form, .. } => {
                let (signature, time, id) = names[index % names.len()];
                let value = match form {
                    Form::Whole { prefix, .. } => format!("{prefix}\u{1}"),
                    Form::Pairs {
                        separator,
                        time,
                        signature,
                    } => {
                        format!("{time}=\u{2}{separator}{signature}=00{separator}{signature}=\u{1}")
                    }
                    Form::Versions(version) => format!("{version},\u{1} {version}a,00"),
                };
                (
                    line(time, "\u{2}") + &line(id, "msg_1") + &line(signature, &value),
                    body,
                )
            }
            Rule::Adyen => {
                let text = String::from_utf8_lossy(vector.body).into_owned();
                let (before, after) = text.split_once("\"hmacSignature\":\"").unwrap();
                let after = after.split_once('"').unwrap().1;
                (
                    String::new(),
                    format!("{before}\"hmacSignature\":\"\u{1}\"{after}").into_bytes(),
                )
            }
            Rule::Braintree { public_key } => (
                String::new(),
                format!("bt_signature={public_key}%7C\u{1}&bt_payload=PHg%2BPC94Pg%3D%3D")
                    .into_bytes(),
            ),
            Rule::FetchBack => (
                line("Answer", &String::from_utf8_lossy(vector.answer)),
                vector.body.to_vec(),
            ),
            Rule::Vector => (
                vector
                    .headers
                    .iter()
                    .map(|(name, value)| line(name, value))
                    .collect(),
                vector.body.to_vec(),
            ),
        };
        let first = [u8::try_from(index).unwrap()];
        // The line feed that ends the last header is the first of the two that end the head.
        let end: &[u8] = if head.is_empty() { b"\n\n" } else { b"\n" };
        (
            format!("{}-{index}", case.scheme),
            [&first, head.as_bytes(), end, &body].concat(),
        )
    };
    CASES.iter().enumerate().map(seed).collect()
}

/// True when the request of this input is accepted.
pub fn is_accepted(input: &[u8]) -> bool {
    let Some((first, rest)) = input.split_first() else {
        return false;
    };
    let index = usize::from(*first) % CASES.len();
    let received = read(&CASES[index], rest);
    let scheme = scheme(CASES[index].scheme).unwrap();
    let now_s = if matches!(CASES[index].rule, Rule::Vector) {
        scheme.vector.now_s
    } else {
        NOW_S
    };
    let request = Request {
        headers: &received.headers,
        body: &received.body,
    };
    decided(&verifiers()[index], &request, now_s, &received).is_ok()
}

//! f3: whatever arrives, the verifier decides as a slow reading of the providers' documentation decides, and does not panic.
//!
//! A request is spelled as text, so that a corpus can be read: the first byte picks a configuration, then come header lines, a blank
//! line and the body. Some bytes stand for what no fuzzer guesses: `\x01` the right signature, `\x02` the time now, `\x03` a moment ago.

#[path = "signature/adyen.rs"]
mod adyen;
#[path = "signature/braintree.rs"]
mod braintree;
#[path = "signature/cases.rs"]
mod cases;
#[path = "signature/fetch_back.rs"]
mod fetch_back;
#[path = "signature/header.rs"]
mod header;
#[path = "signature/received.rs"]
mod received;
#[path = "signature/seed.rs"]
mod seed;
#[path = "signature/vector.rs"]
mod vector;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cases::{CASES, Case, Rule};
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    CertificateSource, CertificateUrl, Refusal, Request, SCHEMES, Scheme, Verified, Verifier,
    scheme,
};
use received::{Received, read};

const NOW_S: i64 = 1_718_000_000;
const SIGNATURES_MAX: usize = 16;

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
            decided.is_err() || vector::says_the_same(scheme, &received),
            "{}: forged",
            case.scheme
        ),
    }
}

/// What fuzzing starts from: a request of each configuration that is accepted.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    CASES.iter().enumerate().map(seed::seed).collect()
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
    verifier.verify_answer(&question, fetch_back::answer(received).as_bytes())
}

/// What the documentation decides; `None` where only a public key decides.
fn expected(case: &Case, received: &Received) -> Option<bool> {
    match &case.rule {
        Rule::Header { .. } => Some(header::accepts(case, received).unwrap_or(false)),
        Rule::Adyen => adyen::accepts(case, &received.body),
        Rule::Braintree { public_key } => {
            Some(braintree::accepts(case, public_key, &received.body).unwrap_or(false))
        }
        Rule::FetchBack => fetch_back::accepts(received),
        Rule::Vector => None,
    }
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

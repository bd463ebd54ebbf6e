//! How fast one core verifies 1 KiB webhooks, beside the hash that no verifier can beat. `bench/signatures` runs it with others beside it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot run has nothing to say"
)]

use std::hint::black_box;
use std::time::Duration;

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, Request, Verifier, scheme, sign};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};

const BODY_BYTES: usize = 1024;
const NOW_S: i64 = 1_718_000_000;
/// Calls between two looks at the clock: about 3 ms, so that contestants take turns faster than the machine changes its mind.
const BATCH: u32 = 5_000;
/// Turns of each contestant.
const TURNS: usize = 60;
/// 1 KiB and its padding are 17 blocks of SHA-256. The HMAC's inner and outer hash add one each to 16, with the keyed blocks hashed before.
const LIMIT: f64 = 17.0 / 18.0;

/// A scheme, the key it is asked with where that is not its vector's, and its arguments.
type Asked = (&'static str, Option<&'static str>, Arguments);
type Arguments = &'static [(&'static str, &'static str)];

const SCHEMES: [Asked; 4] = [
    (
        "hmac_sha256",
        Some("a key that nobody knows"),
        &[("header", "X-Webhook-Signature")],
    ),
    ("github", None, &[]),
    ("stripe", None, &[]),
    ("standard_webhooks", None, &[]),
];

/// What an attacker may send to learn a tag from how long a refusal takes: the tag, of which one digit is another, from the front.
const FORGERIES: [(&str, Option<usize>); 4] = [
    ("refused, first digit", Some(0)),
    ("refused, middle digit", Some(32)),
    ("refused, last digit", Some(63)),
    ("refused, other body", None),
];

/// The same header with another digit at this place of its tag.
fn forged(headers: &[(String, String)], digit: usize) -> Vec<(String, String)> {
    let mut headers = headers.to_vec();
    let (_, tag) = headers.last_mut().unwrap();
    let other = if tag.as_bytes()[digit] == b'0' {
        "1"
    } else {
        "0"
    };
    tag.replace_range(digit..=digit, other);
    headers
}

struct Contestant<'a> {
    name: &'a str,
    call: Box<dyn Fn() + 'a>,
    per_second: Vec<f64>,
}

fn cpu() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

impl Contestant<'_> {
    fn take_turn(&mut self) {
        let started = cpu();
        (0..BATCH).for_each(|_| (self.call)());
        self.per_second
            .push(f64::from(BATCH) / (cpu() - started).as_secs_f64());
    }
}

fn main() {
    let body = vec![b'x'; BODY_BYTES];
    let prepared = SCHEMES.map(|(name, key, arguments)| {
        let scheme = scheme(name).unwrap();
        let secret = || Secret::new(key.unwrap_or(scheme.vector.secret));
        let delivery = Delivery {
            body: &body,
            id: "msg_1",
            now_s: NOW_S,
        };
        let signed = sign(scheme, arguments, secret(), &delivery).unwrap();
        let mut headers = vec![
            ("Host".to_owned(), "example.org".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        headers.extend(signed.headers);
        let verifier = Verifier::new(scheme, arguments, &[secret()]).unwrap();
        (name, verifier, headers)
    });
    let hash = Contestant {
        name: "limit",
        call: Box::new(|| {
            black_box(Sha256::digest(black_box(&body)));
        }),
        per_second: Vec::new(),
    };
    let verifiers = prepared.iter().map(|(name, verifier, headers)| Contestant {
        name,
        call: Box::new(|| {
            let request = Request {
                headers: black_box(headers),
                body: black_box(&body),
            };
            black_box(verifier.verify(&request, NOW_S)).unwrap();
        }),
        per_second: Vec::new(),
    });
    let other_body = vec![b'y'; BODY_BYTES];
    let (_, verifier, genuine) = &prepared[0];
    let forgeries = FORGERIES.map(|(name, digit)| {
        let headers = digit.map_or_else(|| genuine.clone(), |it| forged(genuine, it));
        let body = if digit.is_some() { &body } else { &other_body };
        Contestant {
            name,
            call: Box::new(move || {
                let request = Request {
                    headers: black_box(&headers),
                    body: black_box(body),
                };
                black_box(verifier.verify(&request, NOW_S)).unwrap_err();
            }),
            per_second: Vec::new(),
        }
    });
    let ours = verifiers.chain(forgeries);
    let mut contestants: Vec<Contestant<'_>> = std::iter::once(hash).chain(ours).collect();
    for _ in 0..TURNS {
        contestants.iter_mut().for_each(Contestant::take_turn);
    }
    let results = contestants.iter().map(|it| {
        let allocations = allocation_counter::measure(|| (0..1_000).for_each(|_| (it.call)()));
        let factor = if it.name == "limit" { LIMIT } else { 1.0 };
        let rates: Vec<f64> = it.per_second.iter().map(|rate| rate * factor).collect();
        serde_json::json!({ "name": it.name, "per_second": rates, "allocations": allocations.count_total })
    });
    println!("{}", serde_json::Value::from_iter(results));
}

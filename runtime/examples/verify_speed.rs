//! How fast one core verifies 1 KiB webhooks, beside the hash that no verifier can beat. `bench/signatures` runs it with others beside it.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot run has nothing to say"
)]

use std::hint::black_box;
use std::time::Instant;

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, Request, Verifier, scheme, sign};
use sha2::{Digest, Sha256};

const BODY_BYTES: usize = 1024;
/// Short runs, of which the best counts: in the others something else had the core.
const RUNS: u32 = 400;
const ROUNDS: u32 = 2_000;
const NOW_S: i64 = 1_718_000_000;

fn per_second(mut call: impl FnMut()) -> f64 {
    let run = |call: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..ROUNDS).for_each(|_| call());
        f64::from(ROUNDS) / started.elapsed().as_secs_f64()
    };
    (0..RUNS).map(|_| run(&mut call)).fold(0.0, f64::max)
}

fn main() {
    let body = vec![b'x'; BODY_BYTES];
    let hash = per_second(|| {
        black_box(Sha256::digest(black_box(&body)));
    });
    // 1 KiB is 17 blocks of SHA-256; the HMAC's inner and outer hash add one each to 16, and its own keyed blocks are computed once.
    let limit = hash * 17.0 / 18.0;
    println!(
        "{:<44} {hash:>10.0} per second",
        "SHA-256 of 1 KiB, 17 blocks"
    );
    println!(
        "{:<44} {limit:>10.0} per second",
        "the limit of HMAC-SHA256, 18 blocks"
    );
    for (name, arguments) in [
        ("hmac_sha256", &[("header", "X-Webhook-Signature")][..]),
        ("stripe", &[]),
        ("standard_webhooks", &[]),
        ("github", &[]),
    ] {
        let scheme = scheme(name).unwrap();
        let secret = || {
            Secret::new(if name == "hmac_sha256" {
                "a key that nobody knows"
            } else {
                scheme.vector.secret
            })
        };
        let signed = sign(
            scheme,
            arguments,
            secret(),
            &Delivery {
                body: &body,
                id: "msg_1",
                now_s: NOW_S,
            },
        )
        .unwrap();
        let mut headers = vec![
            ("Host".to_owned(), "example.org".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        headers.extend(signed.headers);
        let verifier = Verifier::new(scheme, arguments, &[secret()]).unwrap();
        let rate = per_second(|| {
            let request = Request {
                headers: black_box(&headers),
                body: black_box(&body),
            };
            black_box(verifier.verify(&request, NOW_S)).unwrap();
        });
        println!(
            "{:<44} {rate:>10.0} per second, {:.2} of the limit",
            format!("pipe-runtime, {name}"),
            rate / limit
        );
    }
}

//! What counts in a signature header: only the configured version, one time as it was written, any one right signature among few.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use std::time::{Duration, Instant};

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, Request, Verifier, scheme, sign};

const KEY: &str = "whsec_9c1185a5c5e9fc54612808977ee8f548";
const BODY: &[u8] = br#"{"id":"evt_1"}"#;

/// Stripe's signature over this time, written as it is, and the body.
fn digest(timestamp: &str) -> String {
    let body = [timestamp.as_bytes(), b".", BODY].concat();
    let signed = sign(
        scheme("hmac_sha256").unwrap(),
        &[("header", "X")],
        Secret::new(KEY),
        &Delivery {
            body: &body,
            id: "",
            now_s: 0,
        },
    );
    signed.unwrap().headers.pop().unwrap().1
}

fn stripe(header: &str) -> &'static str {
    let verifier = Verifier::new(scheme("stripe").unwrap(), &[], &[Secret::new(KEY)]).unwrap();
    let headers = [("stripe-signature", header)];
    verifier
        .verify(
            &Request {
                headers: &headers,
                body: BODY,
            },
            1000,
        )
        .err()
        .map_or("accepted", |it| it.code())
}

/// SIG-07
#[test]
fn only_the_configured_version_counts() {
    let right = digest("1000");
    assert_eq!(stripe(&format!("t=1000,v1={right}")), "accepted");
    for version in ["v0", "v1a", "V1", " v1", "v1 ", "v11", "v", "v2", "sha256"] {
        assert_eq!(
            stripe(&format!("t=1000,{version}={right}")),
            "no_signature_of_scheme",
            "{version}"
        );
    }
    let wrong = "0".repeat(64);
    assert_eq!(
        stripe(&format!("t=1000,v1={wrong},v0={right}")),
        "no_matching_signature"
    );
    for version in [" v1", "V1", "v1a"] {
        assert_eq!(
            stripe(&format!("t=1000,v1={wrong},{version}={right}")),
            "no_matching_signature",
            "{version} beside v1"
        );
    }
}

/// SIG-09
#[test]
fn one_right_signature_among_sixteen_is_enough_and_more_are_not_read() {
    let (right, wrong) = (digest("1000"), format!(",v1={}", "0".repeat(64)));
    assert_eq!(
        stripe(&format!("t=1000{},v1={right}", wrong.repeat(15))),
        "accepted"
    );
    assert_eq!(
        stripe(&format!("t=1000{},v1={right}", wrong.repeat(16))),
        "too_many_signatures"
    );
    let started = Instant::now();
    assert_eq!(
        stripe(&format!("t=1000,v1={right}{}", wrong.repeat(10_000))),
        "too_many_signatures"
    );
    assert!(
        started.elapsed() < Duration::from_millis(100),
        "{:?}",
        started.elapsed()
    );
}

/// SIG-13
#[test]
fn the_time_is_signed_as_it_was_written() {
    // Libraries read a number and sign that; where it is spelled otherwise than the text, neither of the two is taken.
    let (written, number) = (digest("0001000"), digest("1000"));
    for digest in [written, number] {
        assert_eq!(
            stripe(&format!("t=0001000,v1={digest}")),
            "timestamp_malformed"
        );
    }
    for odd in ["+1000", "01000", " 1000", "1000.0", "1e3", "", "１０００"] {
        assert_eq!(
            stripe(&format!("t={odd},v1={}", digest(odd))),
            "timestamp_malformed",
            "{odd}"
        );
    }
}

/// SIG-15
#[test]
fn white_space_around_a_header_value_is_no_part_of_it() {
    let right = digest("1000");
    assert_eq!(stripe(&format!(" \tt=1000,v1={right} ")), "accepted");
    assert_eq!(
        stripe(&format!("\u{a0}t=1000,v1={right}")),
        "malformed_header"
    );
}

#[test]
fn a_timestamp_header_of_a_generic_sender_is_signed_and_checked() {
    let generic = scheme("hmac_sha256").unwrap();
    let arguments = [
        ("header", "X-Signature"),
        ("timestamp", "X-Time"),
        ("tolerance", "30s"),
        ("prefix", "v0="),
        ("separator", ":"),
    ];
    let signed = sign(
        generic,
        &arguments,
        Secret::new(KEY),
        &Delivery {
            body: BODY,
            id: "",
            now_s: 1000,
        },
    )
    .unwrap();
    assert_eq!(
        signed.headers.first().unwrap(),
        &("X-Time".to_owned(), "1000".to_owned())
    );
    assert!(signed.headers.last().unwrap().1.starts_with("v0="));
    let verifier = Verifier::new(generic, &arguments, &[Secret::new(KEY)]).unwrap();
    let code = |headers: &Vec<(String, String)>, now_s: i64| {
        verifier
            .verify(
                &Request {
                    headers,
                    body: BODY,
                },
                now_s,
            )
            .err()
            .map(|it| (it.code(), it.clock_difference_s()))
    };
    assert_eq!(code(&signed.headers, 1030), None);
    assert_eq!(
        code(&signed.headers, 1031),
        Some(("timestamp_too_old", Some(31)))
    );
    assert_eq!(
        code(&signed.headers, 969),
        Some(("timestamp_in_future", Some(-31)))
    );
    let mut later = signed.headers.clone();
    later.first_mut().unwrap().1 = "1001".to_owned();
    assert_eq!(code(&later, 1000), Some(("no_matching_signature", None)));
    later.remove(0);
    assert_eq!(code(&later, 1000), Some(("missing_header", None)));
}

/// As Svix's library, which reads its own names and the unbranded ones; but what comes under both must be the same.
#[test]
fn a_header_with_two_names_has_one_value() {
    let standard = scheme("standard_webhooks").unwrap();
    let verifier = Verifier::new(standard, &[], &[Secret::new(standard.vector.secret)]).unwrap();
    let code = |headers: &Vec<(String, String)>| {
        let body = standard.vector.body;
        let decided = verifier.verify(&Request { headers, body }, standard.vector.now_s);
        decided.err().map(|it| it.code())
    };
    let own: Vec<(String, String)> = standard
        .vector
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let renamed = |part: &str| -> Vec<(String, String)> {
        own.iter()
            .map(|(name, value)| match name.contains(part) {
                true => (name.replace("webhook-", "svix-"), value.clone()),
                false => (name.clone(), value.clone()),
            })
            .collect()
    };
    for part in ["-", "-id", "-timestamp", "-signature"] {
        assert_eq!(code(&renamed(part)), None, "{part} under Svix's name");
    }
    let both = [own.clone(), renamed("-")].concat();
    assert_eq!(code(&both), None, "the same under both names");
    for at in 0..both.len() {
        for other in ["", "1", "v1,AAAA"] {
            let mut two = both.clone();
            two[at].1 = other.to_owned();
            assert_eq!(code(&two), Some("duplicate_header"), "{}", two[at].0);
        }
    }
    let empty = vec![("webhook-id".to_owned(), String::new())];
    assert_eq!(
        code(&[empty, own[1..].to_vec()].concat()),
        Some("missing_header")
    );
}

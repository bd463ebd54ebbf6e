//! What a verifier cannot be made with: a deployment with a missing, empty or made-up secret accepts nothing, because it has no verifier.
//! It starts and answers 503; `docs/signatures.md` says why it does.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use std::path::Path;

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    ConfigError, KEYS_MAX, SCHEMES, Scheme, SecretFault, ValueError, Verifier, scheme,
};

fn fault(scheme: &'static Scheme, secret: &str) -> Option<SecretFault> {
    match Verifier::new(scheme, scheme.vector.arguments, &[Secret::new(secret)]) {
        Ok(_) => None,
        Err(ConfigError::BadSecret { index: 0, why }) => Some(why),
        Err(other) => panic!("{}: {other}", scheme.name),
    }
}

fn with_secret() -> impl Iterator<Item = &'static Scheme> {
    SCHEMES.iter().filter(|it| it.secret_parameter().is_some())
}

/// SIG-05
#[test]
fn no_scheme_takes_an_empty_or_missing_secret() {
    for scheme in with_secret() {
        assert_eq!(
            Verifier::new(scheme, scheme.vector.arguments, &[]).err(),
            Some(ConfigError::NoSecret),
            "{}",
            scheme.name
        );
        for blank in ["", " ", "\n", "\t \r\n"] {
            assert_eq!(
                fault(scheme, blank),
                Some(SecretFault::Empty),
                "{}: {blank:?}",
                scheme.name
            );
        }
        let (good, empty) = (Secret::new(scheme.vector.secret), Secret::new(""));
        let both = Verifier::new(scheme, scheme.vector.arguments, &[good, empty]).err();
        assert_eq!(
            both,
            Some(ConfigError::BadSecret {
                index: 1,
                why: SecretFault::Empty
            }),
            "{}",
            scheme.name
        );
    }
}

/// SIG-05
#[test]
fn no_scheme_takes_a_placeholder() {
    let placeholders = [
        "changeme",
        "CHANGE_ME",
        "change-me",
        "changeme123x".get(..8).unwrap(),
        "secret",
        "password",
        "whsec_xxx",
        "whsec_XXXXXXXXXXXXXXXX",
        "whsec_",
        "your_secret",
        "your-webhook-secret",
        "<your signing secret>",
        "${WEBHOOK_KEY}",
        "{{webhook_key}}",
        "0000000000000000",
        "****************",
        "TODO",
        "null",
        "undefined",
        "example",
        "whsec_test",
    ];
    for scheme in with_secret() {
        for text in placeholders {
            assert_eq!(
                fault(scheme, text),
                Some(SecretFault::Placeholder),
                "{}: {text}",
                scheme.name
            );
        }
    }
}

/// SIG-06
#[test]
fn a_key_has_the_length_and_the_spelling_of_its_scheme() {
    use SecretFault::{NotDecodable, SurroundingWhitespace, TooLong, TooShort};
    let base64 =
        |bytes: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    for (name, secret, expected) in [
        (
            "standard_webhooks",
            base64("twenty-three bytes long"),
            Some(TooShort { bytes_min: 24 }),
        ),
        (
            "standard_webhooks",
            base64("twenty-four bytes long!!"),
            None,
        ),
        (
            "standard_webhooks",
            format!("whsec_{}", base64(&"75 bytes: Svix!".repeat(5))),
            None,
        ),
        (
            "standard_webhooks",
            base64(&"76 bytes, one more.".repeat(4)),
            Some(TooLong { bytes_max: 75 }),
        ),
        (
            "standard_webhooks",
            "whsec_dGhpcnR5LXR3byBieXRlcyBhbmQgbm8gcGFkZGluZw".to_owned(),
            None,
        ),
        (
            "standard_webhooks",
            "not base64 at all, but long".to_owned(),
            Some(NotDecodable),
        ),
        (
            "stripe",
            "whsec_123456789".to_owned(),
            Some(TooShort { bytes_min: 16 }),
        ),
        ("stripe", "whsec_1234567890".to_owned(), None),
        (
            "stripe",
            "whsec_1234567890\n".to_owned(),
            Some(SurroundingWhitespace),
        ),
        (
            "adyen",
            "44782DEF547AAA06C910C43932B1EB0C".to_owned(),
            Some(TooShort { bytes_min: 32 }),
        ),
        (
            "adyen",
            "not hexadecimal, but as long as a key that is hexadecimal, truly".to_owned(),
            Some(NotDecodable),
        ),
        (
            "github",
            "1234567".to_owned(),
            Some(TooShort { bytes_min: 8 }),
        ),
    ] {
        assert_eq!(
            fault(scheme(name).unwrap(), &secret),
            expected,
            "{name}: {secret}"
        );
    }
}

#[test]
fn arguments_fit_the_parameters() {
    let hmac = scheme("hmac_sha256").unwrap();
    let error = |arguments: &[(&str, &str)]| {
        Verifier::new(hmac, arguments, &[Secret::new("a key of ours")]).err()
    };
    let header = ("header", "X-Signature");
    assert_eq!(error(&[header]), None);
    assert_eq!(error(&[]), Some(ConfigError::MissingArgument("header")));
    assert_eq!(
        error(&[header, header]),
        Some(ConfigError::RepeatedArgument("header".to_owned()))
    );
    assert_eq!(
        error(&[header, ("salt", "x")]),
        Some(ConfigError::UnknownArgument("salt".to_owned()))
    );
    assert_eq!(
        error(&[("header", "X Signature")]),
        Some(ConfigError::BadArgument(
            "header",
            ValueError::NotAHeaderName
        ))
    );
    assert_eq!(
        error(&[header, ("encoding", "hex ")]),
        Some(ConfigError::BadArgument(
            "encoding",
            ValueError::NotAChoice(&["hex", "base64"])
        ))
    );
    let many: Vec<Secret> = (0..=KEYS_MAX)
        .map(|it| Secret::new(format!("a key of ours {it}")))
        .collect();
    assert_eq!(
        Verifier::new(hmac, &[header], &many).err(),
        Some(ConfigError::TooManySecrets)
    );
    let paypal = scheme("paypal").unwrap();
    let given = Verifier::new(
        paypal,
        paypal.vector.arguments,
        &[Secret::new("a key of ours")],
    )
    .err();
    assert_eq!(given, Some(ConfigError::SecretNotUsed));
}

/// SIG-11
#[test]
fn a_tolerance_is_a_second_to_an_hour() {
    let hmac = scheme("hmac_sha256").unwrap();
    let error = |arguments: &[(&str, &str)]| {
        Verifier::new(hmac, arguments, &[Secret::new("a key of ours")]).err()
    };
    let header = ("header", "X-Signature");
    let window = |text: &str| error(&[header, ("timestamp", "X-Timestamp"), ("tolerance", text)]);
    for good in ["1", "1s", "300", "5m", "1h", "3600s"] {
        assert_eq!(window(good), None, "{good}");
    }
    for (bad, why) in [
        (
            "0",
            ValueError::OutOfBounds {
                min_s: 1,
                max_s: 3600,
            },
        ),
        (
            "0s",
            ValueError::OutOfBounds {
                min_s: 1,
                max_s: 3600,
            },
        ),
        (
            "3601",
            ValueError::OutOfBounds {
                min_s: 1,
                max_s: 3600,
            },
        ),
        (
            "2h",
            ValueError::OutOfBounds {
                min_s: 1,
                max_s: 3600,
            },
        ),
        ("5 m", ValueError::NotADuration),
        ("-5m", ValueError::NotADuration),
        ("", ValueError::NotADuration),
        ("99999999999999999999s", ValueError::NotADuration),
        ("18446744073709551615h", ValueError::NotADuration),
    ] {
        assert_eq!(
            window(bad),
            Some(ConfigError::BadArgument("tolerance", why)),
            "{bad}"
        );
    }
}

/// SIG-24, SEC-11
#[test]
fn no_error_and_no_debug_text_holds_a_secret() {
    for scheme in with_secret() {
        let verifier = Verifier::new(
            scheme,
            scheme.vector.arguments,
            &[Secret::new(scheme.vector.secret)],
        )
        .unwrap();
        assert_eq!(
            format!("{verifier:?}"),
            format!("Verifier({})", scheme.name)
        );
        let error =
            Verifier::new(scheme, scheme.vector.arguments, &[Secret::new("CANARY\n")]).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("CANARY"),
            "{}",
            scheme.name
        );
    }
}

/// The body of a function of a file, without its comments.
fn body_of(text: &str, function: &str) -> String {
    let (_, behind) = text.split_once(&format!("fn {function}(")).unwrap();
    let indent = text
        .lines()
        .find(|it| it.contains(&format!("fn {function}(")));
    let indent = indent.map(|it| it.len() - it.trim_start().len()).unwrap();
    let (body, _) = behind
        .split_once(&format!("\n{}}}\n", " ".repeat(indent)))
        .unwrap();
    body.lines()
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// SIG-03: no test that only decides could tell `ours == theirs` from this, and clippy can forbid methods but no operator.
#[test]
fn what_is_secret_is_compared_by_subtle_alone() {
    let source = |file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        std::fs::read_to_string(path).unwrap()
    };
    let tag = source("sign/tag.rs");
    for (name, body, must) in [
        ("is_same", body_of(&tag, "is_same"), ".ct_eq("),
        ("is_among", body_of(&tag, "is_among"), "is_same("),
        (
            "is_same_as",
            body_of(&source("secret.rs"), "is_same_as"),
            ".ct_eq(",
        ),
    ] {
        assert!(body.contains(must), "{name} compares without {must}");
        for forbidden in [
            "==",
            ".eq(",
            ".cmp(",
            "starts_with",
            "contains",
            "matches!",
            "memcmp",
        ] {
            assert!(!body.contains(forbidden), "{name}: {forbidden}");
        }
        // Only lengths may differ in the time that they take.
        let unequal = body.matches("!=").count();
        let of_lengths = body.matches(".len() != ").count();
        assert_eq!(unequal, of_lengths, "{name}: !=");
    }
    // Nobody else sees the bytes of a tag: its spelling is compared in `is_among` and written in `spell`.
    let (code, _) = tag.split_once("#[cfg(test)]").unwrap();
    assert_eq!(code.matches("self.0").count(), 2, "only to be spelled");
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sign")).unwrap()
    {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tag.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("Tag("), "{}", path.display());
        }
    }
}

/// SIG-03, SIG-04
#[test]
fn no_code_shortens_or_compares_tags() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sign");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for forbidden in [
            "verify_truncated",
            "finalize_fixed",
            ".tag ==",
            "into_bytes() ==",
        ] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
    }
}

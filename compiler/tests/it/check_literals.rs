//! SEC-03, SEC-04: what looks like a secret, or like a reference that a deployment would resolve, stands nowhere in a spec.

use pipe_compiler::check;

/// A spec with this text in a string of each kind: a reason, an argument of a scheme, a line of documentation, a literal of a statement.
fn specs(text: &str) -> [String; 4] {
    let spec = |doc: &str, header: &str, because: &str| {
        format!(
            "/// {doc}\npipeline shop\nsecret hook_key\ntype Ping {{ id: string }}\nfunction take(Ping)\n\
             queue work {{ dead_letter: dead after 5 }}\nqueue dead {{ watch: off because \"{because}\" }}\n\
             route POST /a {{ verify: hmac_sha256(secret: hook_key, header: \"X-Signature\", prefix: \"{header}\"), handler: take }}\n\
             grant take {{ read: hook_key }}\n"
        )
    };
    [
        spec(text, "a", "b"),
        spec("d", text, "b"),
        spec("d", "a", text),
        format!("{}// {text}\n", spec("d", "a", "b")),
    ]
}

fn codes(text: &str) -> Vec<&'static str> {
    let checked = check("shop.pipe", text);
    checked.diagnostics.iter().map(|it| it.code.id).collect()
}

#[test]
fn what_looks_like_a_secret_is_refused_wherever_it_stands() {
    for secret in [
        "sk_live_51HqJ2eKZvKYlo2C0hXyVwQ",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
    ] {
        for spec in specs(secret) {
            let codes = codes(&spec);
            assert!(codes.contains(&"P0504"), "{codes:?}\n{spec}");
        }
    }
    let escaped = specs("whsec\\u{5f}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert!(
        codes(&escaped[1]).contains(&"P0504"),
        "an escape hides nothing"
    );
}

#[test]
fn a_dynamic_reference_is_refused_wherever_it_stands() {
    for reference in [
        "{{resolve:secretsmanager:key}}",
        "{{resolve:ssm-secure:/key}}",
        "x{{resolve:ssm:/key:1}}y",
    ] {
        for spec in specs(reference) {
            let codes = codes(&spec);
            assert!(codes.contains(&"P0505"), "{codes:?}\n{spec}");
        }
    }
}

#[test]
fn names_that_only_speak_of_secrets_are_none() {
    for harmless in ["whsec_", "the AKIA of", "resolve: it", "sk_live_ keys"] {
        for spec in specs(harmless) {
            let codes = codes(&spec);
            assert!(
                !codes.iter().any(|it| it.starts_with("P050")),
                "{codes:?}\n{spec}"
            );
        }
    }
}

//! `docs/signatures.md` says what the list of schemes says (`BLESS=1` rewrites its tables), and each of its strictness rules is shown by a
//! request that the rule refuses.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    ConfigError, Delivery, ParameterKind, Request, SCHEMES, Scheme, SecretFault, Verifier, scheme,
    sign,
};

const BEGIN: &str =
    "<!-- schemes: written by `BLESS=1 cargo test -p pipe-runtime --test sign_docs` -->\n";
const END: &str = "<!-- end of schemes -->\n";

fn page_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/signatures.md")
}

fn render() -> String {
    let mut text = String::from(
        "| scheme | what it reads | what the signature proves | change of keys |\n| --- | --- | --- | --- |\n",
    );
    for it in SCHEMES {
        let rotation = it.rotation.told();
        let name = if it.source.starts_with("https://") {
            format!("[`{}`]({})", it.name, it.source)
        } else {
            format!("`{}` ({})", it.name, it.source)
        };
        writeln!(text, "| {name} | {} | {} | {rotation} |", it.doc, it.covers).unwrap();
    }
    text.push_str("\n| scheme | argument | what it takes | default | what it is |\n| --- | --- | --- | --- | --- |\n");
    for (it, parameter) in SCHEMES
        .iter()
        .flat_map(|it| it.parameters().iter().map(move |parameter| (it, parameter)))
    {
        let kind = match parameter.kind {
            ParameterKind::Secret => "a secret".to_owned(),
            ParameterKind::Header => "a header's name".to_owned(),
            ParameterKind::Literal => "a text".to_owned(),
            ParameterKind::Value => "a text or a param".to_owned(),
            ParameterKind::Choice(words) => format!("`{}`", words.join("` or `")),
            ParameterKind::Duration { min_s, max_s } => format!("{min_s}s to {max_s}s"),
        };
        let default = match (parameter.required, parameter.default) {
            (true, _) => "required".to_owned(),
            (false, Some(default)) => format!("`{default}`"),
            (false, None) => "absent".to_owned(),
        };
        writeln!(
            text,
            "| `{}` | `{}` | {kind} | {default} | {} |",
            it.name, parameter.name, parameter.doc
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_lists_exactly_the_schemes_there_are() {
    let page = std::fs::read_to_string(page_path()).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let expected = render();
    if std::env::var_os("BLESS").is_some() {
        // Whole or not at all: another test reads the page at the same time.
        let beside = page_path().with_file_name(".signatures.md.blessed");
        std::fs::write(&beside, [before, BEGIN, &expected, END, after].concat()).unwrap();
        std::fs::rename(beside, page_path()).unwrap();
    } else {
        assert!(
            found == expected,
            "docs/signatures.md is not what the list of schemes says; BLESS=1 rewrites it"
        );
    }
}

/// One signed Stripe request, changed by `change`, is refused with this code.
fn stripe_code(now_s: i64, change: impl Fn(&str) -> Vec<(String, String)>) -> String {
    let (scheme, secret) = (scheme("stripe").unwrap(), || {
        Secret::new("whsec_9c1185a5c5e9fc54612808977ee8f548")
    });
    let signed = sign(
        scheme,
        &[],
        secret(),
        &Delivery {
            body: b"{}",
            id: "",
            now_s: 1_000,
        },
    )
    .unwrap();
    let headers = change(&signed.headers.first().unwrap().1);
    let verifier = Verifier::new(scheme, &[], &[secret()]).unwrap();
    verifier
        .verify(
            &Request {
                headers: &headers,
                body: b"{}",
            },
            now_s,
        )
        .unwrap_err()
        .code()
        .to_owned()
}

fn header(value: String) -> Vec<(String, String)> {
    vec![("Stripe-Signature".to_owned(), value)]
}

fn secret_code(scheme: &'static Scheme, secret: &str) -> String {
    let code = match Verifier::new(scheme, &[], &[Secret::new(secret)]) {
        Err(ConfigError::BadSecret {
            why: SecretFault::TooShort { .. },
            ..
        }) => "secret_too_short",
        Err(ConfigError::BadSecret {
            why: SecretFault::SurroundingWhitespace,
            ..
        }) => "secret_white_space",
        Err(ConfigError::BadSecret {
            why: SecretFault::Placeholder,
            ..
        }) => "secret_placeholder",
        _ => "accepted",
    };
    code.to_owned()
}

/// What a Stripe verifier says of an argument.
fn argument_code(argument: (&str, &str)) -> String {
    let scheme = scheme("stripe").unwrap();
    let secret = Secret::new(scheme.vector.secret);
    match Verifier::new(scheme, &[argument], &[secret]) {
        Err(ConfigError::BadArgument(..)) => "bad_argument".to_owned(),
        other => format!("{other:?}"),
    }
}

/// An Adyen notification with these fields, signed over their plain join.
fn adyen_code(account: &str, reference: &str) -> String {
    let scheme = scheme("adyen").unwrap();
    let body = format!(
        r#"{{"notificationItems":[{{"NotificationRequestItem":{{"pspReference":"1","merchantAccountCode":"{account}","merchantReference":"{reference}","amount":{{"value":1,"currency":"EUR"}},"additionalData":{{"hmacSignature":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}}}}}]}}"#
    );
    let verifier = Verifier::new(scheme, &[], &[Secret::new(scheme.vector.secret)]).unwrap();
    let headers: [(&str, &str); 0] = [];
    verifier
        .verify(
            &Request {
                headers: &headers,
                body: body.as_bytes(),
            },
            0,
        )
        .unwrap_err()
        .code()
        .to_owned()
}

/// What `sign_conformance` holds our decisions against.
fn sdk_decisions() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk_decisions");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn every_rule_by_which_we_are_stricter_refuses_a_request_and_is_listed() {
    let github = scheme("github").unwrap();
    let shown = BTreeMap::from([
        (
            "timestamp_in_future",
            stripe_code(1_000 - 301, |it| header(it.to_owned())),
        ),
        (
            "timestamp_malformed",
            stripe_code(1_000, |it| header(it.replace("t=", "t=+"))),
        ),
        (
            "duplicate_header",
            stripe_code(1_000, |it| header(format!("t=1000,{it}"))),
        ),
        (
            "bad_encoding",
            stripe_code(1_000, |it| {
                header(it.to_uppercase().replace("T=", "t=").replace("V1=", "v1="))
            }),
        ),
        (
            "too_many_signatures",
            stripe_code(1_000, |it| header(format!("{it}{}", ",v1=00".repeat(16)))),
        ),
        (
            "malformed_header",
            stripe_code(1_000, |it| header(format!("{it},x"))),
        ),
        ("malformed_body", adyen_code("account:x", "reference")),
        ("bad_argument", argument_code(("tolerance", "0"))),
        ("secret_too_short", secret_code(github, "abcdefg")),
        (
            "secret_white_space",
            secret_code(github, "a secret of ours\n"),
        ),
        ("secret_placeholder", secret_code(github, "change-me")),
    ]);
    for (code, found) in &shown {
        assert_eq!(code, found);
    }
    assert_eq!(
        adyen_code("account", "re:fe:rence"),
        "no_matching_signature",
        "a colon in the reference alone is no reason"
    );
    let page = std::fs::read_to_string(page_path()).unwrap();
    let (_, list) = page.split_once("## Stricter than the SDKs").unwrap();
    let list = list.split("\n## ").next().unwrap();
    let listed: Vec<&str> = list
        .lines()
        .filter_map(|it| it.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    let by_sdks = sdk_decisions();
    let by_sdks = |code: &str| by_sdks.contains(&format!(r#""stricter": "{code}""#));
    for code in &listed {
        let is_shown = shown.contains_key(code) || by_sdks(code);
        assert!(is_shown, "no request shows the rule `{code}`");
    }
    for code in shown.keys() {
        assert!(
            listed.contains(code),
            "docs/signatures.md does not list `{code}`"
        );
    }
}

/// Items of the checklist about signatures, ingress and secrets, by prefix, and how many there are of each.
const ITEMS: [(&str, usize); 3] = [("SIG", 25), ("ING", 15), ("SEC", 11)];

fn sources(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|it| it == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// An item stands in the line before its test, or is the name of a control.
#[test]
fn every_item_of_the_checklist_is_a_test_that_can_be_found() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = String::new();
    for folder in [
        "runtime/src",
        "runtime/tests",
        "compiler/tests",
        "cli/tests",
    ] {
        sources(&root.join(folder), &mut text);
    }
    let mut named = std::collections::BTreeSet::new();
    let mut lines = text.lines().map(str::trim_start).peekable();
    while let Some(line) = lines.next() {
        let is_test = line.starts_with("///") && lines.peek() == Some(&"#[test]");
        let is_of_file = line.starts_with("//!");
        let is_control = line.starts_with("id: \"");
        if is_test || is_of_file || is_control {
            let words = line.split(|it: char| !it.is_ascii_alphanumeric() && it != '-');
            named.extend(words.map(str::to_owned));
        }
    }
    let items = ITEMS.iter().flat_map(|(prefix, count)| {
        (1..=*count).map(move |number| format!("{prefix}-{number:02}"))
    });
    let missing: Vec<String> = items.filter(|it| !named.contains(it)).collect();
    assert!(missing.is_empty(), "no test says that it shows {missing:?}");
}

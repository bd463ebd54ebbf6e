//! Requests that providers' own SDKs signed or refused, from the shared conformance data: decided as recorded, or stricter by a rule
//! that `docs/signatures.md` names with its reason. Deliveries in a row are decided by a whole route, in `src/route/sequence_tests.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helper functions too"
)]

#[path = "sdk_decisions/certificate.rs"]
mod certificate;
#[path = "sdk_decisions/configuration.rs"]
mod configuration;
#[path = "sdk_decisions/precise.rs"]
mod precise;
#[path = "sdk_decisions/reading.rs"]
mod reading;
#[path = "sdk_decisions/rules.rs"]
mod rules;
#[path = "sdk_decisions/compare.rs"]
mod sdk_decisions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    CertificateSource, CertificateUrl, ConfigError, Refusal, Request, SecretFault, Verifier, scheme,
};
use serde_json::Value;

use configuration::{NOT_OFFERED, Unmapped, configuration, texts};

/// What was decided: the delivery id when it is valid, else the code.
type Decision = Result<Option<String>, &'static str>;

fn data_file(name: &str) -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let path = root.join(folder).join("signatures").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(
            text.lines()
                .map(|it| serde_json::from_str(it).unwrap())
                .collect(),
        ),
        Err(_) => {
            eprintln!(
                "SKIPPED: no conformance data at {} (set PIPEC_CONFORMANCE)",
                path.display()
            );
            None
        }
    }
}

/// The certificates of a case, for the URL that it says.
struct CaseCertificates<'c>(&'c Value);

impl CertificateSource for CaseCertificates<'_> {
    fn certificate_pem(&self, url: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        let named = &self.0["certificates"][url.as_str()];
        let mut pem = named
            .as_str()
            .or(self.0["certificate_pem"].as_str())?
            .to_owned();
        for intermediate in self.0["intermediates_pem"].as_array().into_iter().flatten() {
            pem.push_str(intermediate.as_str()?);
        }
        Some(pem.into_bytes().into())
    }
}

/// A scheme that no mapping knows. It is never a right decision, whatever was recorded.
const UNKNOWN_SCHEME: &str = "unknown_scheme";

fn decide(case: &Value) -> Decision {
    let configured = match configuration(case) {
        Ok(configured) => configured,
        Err(Unmapped::NotOffered(_)) => return Err("not_offered"),
        Err(Unmapped::Unknown(_)) => return Err(UNKNOWN_SCHEME),
    };
    let scheme = scheme(configured.scheme).unwrap();
    let headers: Vec<(String, String)> = serde_json::from_value(case["headers"].clone()).unwrap();
    let body = STANDARD
        .decode(case["body_base64"].as_str().unwrap())
        .unwrap();
    let now_s = case["now"].as_i64().unwrap();
    let secrets = configured.secrets.iter();
    let secrets: Vec<Secret> = secrets.map(|it| Secret::new(it.as_str())).collect();
    let mut decision = Err("nothing_configured");
    for arguments in &configured.arguments {
        let arguments: Vec<(&str, &str)> = arguments
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let verifier = match Verifier::new(scheme, &arguments, &secrets) {
            Ok(verifier) => trusting(verifier, case),
            Err(error) => return Err(config_code(&error)),
        };
        let request = Request {
            headers: &headers,
            body: &body,
        };
        match verifier.verify_with(&request, now_s, &CaseCertificates(&case["credentials"])) {
            Ok(verified) => return Ok(verified.delivery_id.map(|it| it.value.to_owned())),
            // Of two hosts the one that the URL names has more to say.
            Err(Refusal::UntrustedCertificateUrl) if decision != Err("nothing_configured") => (),
            Err(refusal) => decision = Err(refusal.code()),
        }
    }
    decision
}

fn trusting(verifier: Verifier, case: &Value) -> Verifier {
    let roots = texts(&case["credentials"]["trusted_roots_pem"]).concat();
    if roots.is_empty() {
        verifier
    } else {
        verifier.trusting_only(roots.as_bytes()).unwrap()
    }
}

fn config_code(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::BadSecret {
            why: SecretFault::TooShort { .. } | SecretFault::Empty,
            ..
        } => "secret_too_short",
        ConfigError::BadSecret {
            why: SecretFault::SurroundingWhitespace,
            ..
        } => "secret_white_space",
        ConfigError::BadSecret {
            why: SecretFault::Placeholder,
            ..
        } => "secret_placeholder",
        ConfigError::BadSecret {
            why: SecretFault::TooLong { .. },
            ..
        } => "secret_too_long",
        ConfigError::BadSecret {
            why: SecretFault::NotDecodable,
            ..
        } => "secret_not_decodable",
        // Such as a URL that is empty: refused before the first request, and no rule of the list, so that it can only be recorded as invalid.
        ConfigError::BadArgument(..) => "bad_argument",
        other => panic!("a case is configured wrong: {other}"),
    }
}

/// Codes about the form of a request: SDKs look at it in other orders than we, and then name another fault of the same request.
const FORM: &[&str] = &[
    "duplicate_header",
    "malformed_header",
    "malformed_body",
    "no_signature_of_scheme",
    "bad_encoding",
    "too_many_signatures",
    "timestamp_malformed",
];
const TIME: &[&str] = &[
    "timestamp_too_old",
    "timestamp_in_future",
    "timestamp_malformed",
];
const CERTIFICATE: &[&str] = &[
    "untrusted_certificate",
    "wrong_certificate_name",
    "certificate_expired",
];

/// Whether our code belongs to a class of reasons in the data. We look at the form first, then at the time, then at the signature. A class
/// that is not known here says nothing about our code. (A secret that is refused at start-up refuses for every reason.)
fn belongs(code: &str, reason: &str) -> bool {
    let classes: &[&[&str]] = match reason {
        "missing_header" | "missing_body" => &[FORM, &["missing_header"]],
        "malformed_header" | "malformed_body" | "no_matching_scheme" => {
            &[FORM, &["missing_header", "timestamp_in_future"]]
        }
        "signature_mismatch" => &[FORM, TIME, &["no_matching_signature"]],
        "timestamp_too_old" | "timestamp_too_new" => &[TIME],
        "untrusted_certificate_url" => &[&["untrusted_certificate_url"]],
        "untrusted_certificate"
        | "wrong_certificate_name"
        | "certificate_expired"
        | "certificate_not_yet_valid" => &[CERTIFICATE],
        "unsupported_algorithm" => &[&["unsupported_algorithm"]],
        _ => return true,
    };
    classes.iter().any(|it| it.contains(&code))
}

/// The first column of a list of `docs/signatures.md`: the codes by which we may refuse what an SDK accepts, or the reasons to accept.
fn listed(kind: &str) -> Vec<String> {
    listed_under(&format!("## {kind} than the SDKs"))
}

fn listed_under(title: &str) -> Vec<String> {
    let page = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/signatures.md"),
    )
    .unwrap();
    let (_, list) = page.split_once(&format!("{title}\n")).unwrap();
    let list = list.split("\n## ").next().unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`').map(|(code, _)| code.to_owned()))
        .collect()
}

/// Whether our code may stand where that reason is recorded. A key that is refused at start-up refuses whatever is wrong with the
/// request, if the key is as the rule says.
fn is_reason(code: &str, reason: &str, case: &Value) -> bool {
    if code.starts_with("secret_") {
        rules::applies(code, case, &|it| decide(it).is_ok())
    } else {
        ["bad_argument", "not_offered"].contains(&code) || belongs(code, reason)
    }
}

/// What is wrong with our decision about a recorded case; `stricter` takes in where we refuse by a rule what an SDK accepts.
fn faults(case: &Value, stricter: &mut BTreeMap<&'static str, Vec<String>>) -> Option<String> {
    let id = case["id"].as_str().unwrap();
    let decision = decide(case);
    let either_ok = !case["either_ok"].is_null() && case["either_ok"] != false;
    let expected = case["expect"].as_str().unwrap();
    let listed = |code: &str| {
        listed("Stricter").iter().any(|it| it == code)
            && rules::applies(code, case, &|it| decide(it).is_ok())
    };
    let (is_right, reason) = match (&decision, expected) {
        (Err(UNKNOWN_SCHEME), _) => (false, None),
        (Ok(_), "valid") => (true, None),
        (Ok(_), _) => (either_ok, None),
        (Err(code), "invalid") if !either_ok => (
            true,
            case["reason"]
                .as_str()
                .filter(|it| !is_reason(code, it, case)),
        ),
        (Err(code), _) => {
            stricter.entry(code).or_default().push(id.to_owned());
            (either_ok || *code == "not_offered" || listed(code), None)
        }
    };
    if let Some(reason) = reason {
        return Some(format!("{id}: {decision:?}, recorded {reason}"));
    }
    // The identity of a delivery whose header says it; what a body says is held to the data by the compiler, which knows bodies.
    if let (Ok(Some(delivery_id)), Some(key), true) = (
        &decision,
        case["dedupe_key"].as_str(),
        case["scheme"] != "paypal-crc32-rsa",
    ) && delivery_id != key
    {
        return Some(format!("{id}: delivery {delivery_id}, recorded {key}"));
    }
    (!is_right).then(|| format!("{id}: {decision:?}, recorded {expected}"))
}

#[test]
fn every_case_is_decided_as_recorded_or_stricter_by_a_listed_rule() {
    let Some(cases) = data_file("cases.jsonl") else {
        return;
    };
    let mut stricter = BTreeMap::new();
    let faults: Vec<String> = cases
        .iter()
        .filter_map(|it| faults(it, &mut stricter))
        .collect();
    println!("{} cases; stricter than an SDK: {stricter:?}", cases.len());
    assert!(!cases.is_empty(), "no cases");
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}

#[test]
fn the_schemes_that_are_not_offered_are_those_that_are_listed() {
    let listed: BTreeSet<String> = listed_under("## Not offered").into_iter().collect();
    let known: BTreeSet<String> = NOT_OFFERED.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(listed, known);
}

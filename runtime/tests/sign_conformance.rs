//! Requests that providers' own SDKs signed or refused, from the shared conformance data: decided as recorded, or stricter by a rule
//! that `docs/signatures.md` names with its reason. Deliveries in a row are decided by a whole route, in `src/route/sequence_tests.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helper functions too"
)]

#[path = "sdk_decisions/rules.rs"]
mod rules;
#[path = "sdk_decisions/compare.rs"]
mod sdk_decisions;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    CertificateSource, CertificateUrl, ConfigError, Refusal, Request, SecretFault, Verifier, scheme,
};
use serde_json::Value;

/// Arguments of one verifier.
type Arguments = Vec<(String, String)>;

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

fn texts(value: &Value) -> Vec<String> {
    let list = value
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![value.clone()]);
    list.iter()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

/// Scheme, arguments and secrets that a user would write for these credentials; `None` where no scheme of ours is meant. PayPal's cases
/// allow both of its hosts, which takes two verifiers here.
fn configurations(
    case: &Value,
    provider_scheme: &str,
) -> Option<(&'static str, Vec<Arguments>, Vec<String>)> {
    let credentials = &case["credentials"];
    let given = |names: &[&str]| {
        names
            .iter()
            .flat_map(|it| texts(&credentials[*it]))
            .collect::<Vec<_>>()
    };
    let argument = |name: &str, value: &Value| {
        (
            name.to_owned(),
            value.as_str().unwrap_or_default().to_owned(),
        )
    };
    let shared = given(&["secret", "secrets"]);
    let adyen = given(&["hmac_key_hex", "hmac_keys_hex"]);
    Some(match provider_scheme {
        "stripe-v1" => ("stripe", vec![vec![]], shared),
        "standard-webhooks-v1" => ("standard_webhooks", vec![vec![]], shared),
        "square-hmacsha256" => ("square", vec![vec![argument("url", &case["url"])]], shared),
        "github-sha256" => ("github", vec![vec![]], shared),
        "shopify-hmac-sha256" => ("shopify", vec![vec![]], shared),
        "paddle-h1" => ("paddle", vec![vec![]], shared),
        "razorpay-sha256" => ("razorpay", vec![vec![]], shared),
        "mollie-sha256" => ("mollie", vec![vec![]], shared),
        "braintree-sha1" => (
            "braintree",
            vec![vec![argument("public_key", &credentials["public_key"])]],
            shared,
        ),
        "adyen-payments-item-hmac" => ("adyen", vec![vec![]], adyen),
        "adyen-platform-body-hmac" => ("adyen_platform", vec![vec![]], adyen),
        "paypal-crc32-rsa" => {
            let one = |environment: &str| {
                vec![
                    argument("webhook_id", &credentials["webhook_id"]),
                    ("environment".to_owned(), environment.to_owned()),
                ]
            };
            ("paypal", vec![one("live"), one("sandbox")], vec![])
        }
        "hmac" => {
            let name = match credentials["algorithm"].as_str() {
                Some("sha256") => "hmac_sha256",
                Some("sha512") => "hmac_sha512",
                _ => return None,
            };
            let mut arguments = vec![
                argument("header", &credentials["header"]),
                argument("encoding", &credentials["encoding"]),
            ];
            arguments.push(("key".to_owned(), "base64".to_owned()));
            arguments.extend(
                [
                    argument("prefix", &credentials["prefix"]),
                    argument("timestamp", &credentials["timestamp_header"]),
                    argument("separator", &credentials["separator"]),
                ]
                .into_iter()
                .filter(|(_, it)| !it.is_empty()),
            );
            (
                name,
                vec![arguments],
                given(&["secret_base64", "secrets_base64"]),
            )
        }
        _ => return None,
    })
}

fn decide(case: &Value, step: &Value, provider_scheme: &str) -> Decision {
    let Some((name, configurations, secrets)) = configurations(case, provider_scheme) else {
        return Err("no_scheme");
    };
    let headers: Vec<(String, String)> = serde_json::from_value(step["headers"].clone()).unwrap();
    let body = STANDARD
        .decode(step["body_base64"].as_str().unwrap())
        .unwrap();
    let now_s = step["now"].as_i64().unwrap();
    let mut decision = Err("nothing configured");
    for mut arguments in configurations {
        let seconds = case["tolerance_seconds"]
            .as_u64()
            .filter(|_| scheme(name).unwrap().parameter("tolerance").is_some());
        arguments.extend(seconds.map(|it| ("tolerance".to_owned(), it.to_string())));
        let arguments: Vec<(&str, &str)> = arguments
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let secrets: Vec<Secret> = secrets.iter().map(|it| Secret::new(it.as_str())).collect();
        let verifier = match Verifier::new(scheme(name).unwrap(), &arguments, &secrets) {
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
            Err(Refusal::UntrustedCertificateUrl) if decision != Err("nothing configured") => (),
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
    let page = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/signatures.md"),
    )
    .unwrap();
    let (_, list) = page
        .split_once(&format!("## {kind} than the SDKs"))
        .unwrap();
    let list = list.split("\n## ").next().unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`').map(|(code, _)| code.to_owned()))
        .collect()
}

#[test]
fn every_case_is_decided_as_recorded_or_stricter_by_a_listed_rule() {
    let Some(cases) = data_file("cases.jsonl") else {
        return;
    };
    let (mut faults, mut stricter, stricter_codes) =
        (Vec::new(), BTreeMap::new(), listed("Stricter"));
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let decision = decide(case, case, case["scheme"].as_str().unwrap());
        let either_ok = !case["either_ok"].is_null();
        match (&decision, case["expect"].as_str().unwrap()) {
            (Ok(_), "valid") | (Err(_), "invalid") => (),
            (Ok(_), _) if either_ok => (),
            (Err(code), _)
                if either_ok
                    || stricter_codes.iter().any(|it| it == code) && rules::applies(code, case) =>
            {
                stricter.entry(*code).or_insert_with(Vec::new).push(id);
            }
            (decision, expected) => faults.push(format!("{id}: {decision:?}, recorded {expected}")),
        }
        if let (Err(code), Some(reason), false) = (&decision, case["reason"].as_str(), either_ok)
            && !code.starts_with("secret_")
            && *code != "bad_argument"
            && *code != "no_scheme"
            && !belongs(code, reason)
        {
            faults.push(format!("{id}: refused as {code}, recorded {reason}"));
        }
        if let (Ok(Some(delivery_id)), Some(key), true) = (
            &decision,
            case["dedupe_key"].as_str(),
            case["provider"] != "paypal",
        ) && delivery_id != key
        {
            faults.push(format!("{id}: delivery {delivery_id}, recorded {key}"));
        }
    }
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

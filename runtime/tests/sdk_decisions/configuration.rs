//! From the credentials of a recorded request to what a spec would say: scheme, arguments and keys. Recorded requests and recorded
//! sequences are configured by this one mapping.

use serde_json::Value;

/// What a user would write, and what the secret's parameter would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Our scheme.
    pub(crate) scheme: &'static str,
    /// Name and value; one list for each verifier that the credentials allow. PayPal's allow both of its environments.
    pub(crate) arguments: Vec<Vec<(String, String)>>,
    /// The keys, newest first.
    pub(crate) secrets: Vec<String>,
}

/// Why a request cannot be configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmapped {
    /// A scheme that `docs/signatures.md` lists as not offered.
    NotOffered(String),
    /// A scheme that nobody has thought of: a fault of the test.
    Unknown(String),
}

/// The recorded scheme of a case, or of a sequence, which names its provider only.
pub(crate) fn recorded_scheme(recorded: &Value) -> String {
    if let Some(named) = recorded["scheme"].as_str() {
        return named.to_owned();
    }
    let credentials = &recorded["credentials"];
    let has_header = |name: &str| {
        let steps = recorded["steps"].as_array().into_iter().flatten();
        let mut headers = steps.flat_map(|it| it["headers"].as_array().into_iter().flatten());
        headers.any(|it| {
            it[0]
                .as_str()
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
        })
    };
    match recorded["provider"].as_str().unwrap_or_default() {
        "stripe" => "stripe-v1",
        "svix" | "standard-webhooks" | "standardwebhooks" if is_public(credentials) => {
            "standard-webhooks-v1a"
        }
        "svix" | "standard-webhooks" | "standardwebhooks" => "standard-webhooks-v1",
        "square" => "square-hmacsha256",
        "github" => "github-sha256",
        "shopify" => "shopify-hmac-sha256",
        "paddle" => "paddle-h1",
        "razorpay" => "razorpay-sha256",
        "mollie" => "mollie-sha256",
        "braintree" => "braintree-sha1",
        "adyen" if has_header("HmacSignature") => "adyen-platform-body-hmac",
        "adyen" => "adyen-payments-item-hmac",
        "adyen-platform" => "adyen-platform-body-hmac",
        "paypal" => "paypal-crc32-rsa",
        "generic" => "hmac",
        other => other,
    }
    .to_owned()
}

fn is_public(credentials: &Value) -> bool {
    let mut names = credentials.as_object().into_iter().flatten();
    names.any(|(name, _)| name.starts_with("public_key"))
}

/// The texts of a value that is one or a list of them.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let texts = list.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Scheme, arguments and keys for the credentials of a case or a sequence.
pub(crate) fn configuration(recorded: &Value) -> Result<Configuration, Unmapped> {
    let credentials = &recorded["credentials"];
    let given = |names: &[&str]| -> Vec<String> {
        let values = names.iter().map(|it| &credentials[*it]);
        values.flat_map(texts).collect()
    };
    let argument = |name: &str, value: &Value| {
        let text = value.as_str().unwrap_or_default();
        (name.to_owned(), text.to_owned())
    };
    let text_keys = given(&["secret", "secrets"]);
    let hex_keys = given(&["hmac_key_hex", "hmac_keys_hex"]);
    let named = recorded_scheme(recorded);
    let (scheme, arguments, secrets) = match named.as_str() {
        "stripe-v1" => ("stripe", vec![vec![]], text_keys),
        "standard-webhooks-v1" => ("standard_webhooks", vec![vec![]], text_keys),
        "standard-webhooks-v1a" => {
            let keys = given(&["public_key", "public_keys", "public_key_base64"]);
            let keys = ("public_key".to_owned(), keys.join(" "));
            ("standard_webhooks_ed25519", vec![vec![keys]], vec![])
        }
        "square-hmacsha256" => {
            let url = argument("url", &recorded["url"]);
            ("square", vec![vec![url]], text_keys)
        }
        "github-sha256" => ("github", vec![vec![]], text_keys),
        "shopify-hmac-sha256" => ("shopify", vec![vec![]], text_keys),
        "paddle-h1" => ("paddle", vec![vec![]], text_keys),
        "razorpay-sha256" => ("razorpay", vec![vec![]], text_keys),
        "mollie-sha256" => ("mollie", vec![vec![]], text_keys),
        "braintree-sha1" => {
            let key = argument("public_key", &credentials["public_key"]);
            ("braintree", vec![vec![key]], text_keys)
        }
        "adyen-payments-item-hmac" => ("adyen", vec![vec![]], hex_keys),
        "adyen-platform-body-hmac" => ("adyen_platform", vec![vec![]], hex_keys),
        "paypal-crc32-rsa" => ("paypal", paypal(recorded), vec![]),
        "hmac" => {
            let keys = given(&["secret_base64", "secrets_base64"]);
            (generic(credentials)?, vec![chosen(credentials)], keys)
        }
        other if NOT_OFFERED.contains(&other) => {
            return Err(Unmapped::NotOffered(other.to_owned()));
        }
        other => return Err(Unmapped::Unknown(other.to_owned())),
    };
    let mut made = Configuration {
        scheme,
        arguments,
        secrets,
    };
    let timed = ["stripe", "paddle"].contains(&scheme)
        || scheme.starts_with("standard_webhooks")
        || !credentials["timestamp_header"].is_null();
    if let (true, Some(seconds)) = (timed, recorded["tolerance_seconds"].as_u64()) {
        let tolerance = ("tolerance".to_owned(), seconds.to_string());
        made.arguments
            .iter_mut()
            .for_each(|it| it.push(tolerance.clone()));
    }
    Ok(made)
}

/// Schemes that are not offered, as `docs/signatures.md` lists them.
pub(crate) const NOT_OFFERED: &[&str] = &["github-sha1", "square-sha1", "hmac-md5", "hmac-sha1"];

/// Both environments: first the one whose certificates there are, and where there are both, the one that the requests name.
fn paypal(recorded: &Value) -> Vec<Vec<(String, String)>> {
    const SANDBOX: &str = ".sandbox.paypal.com/";
    let credentials = &recorded["credentials"];
    let webhook = credentials["webhook_id"].as_str().unwrap_or_default();
    let webhook = ("webhook_id".to_owned(), webhook.to_owned());
    let certificates = credentials["certificates"].as_object();
    let of_sandbox = |it: &&String| it.contains(SANDBOX);
    let urls = || certificates.into_iter().flat_map(|it| it.keys());
    let requests = [&recorded["headers"], &recorded["steps"]].map(Value::to_string);
    let is_sandbox = match urls().filter(of_sandbox).count() {
        0 => false,
        all if all == urls().count() => true,
        _ => requests.concat().contains(SANDBOX),
    };
    let mut environments = ["live", "sandbox"];
    if is_sandbox {
        environments.reverse();
    }
    let of = |it: &str| vec![webhook.clone(), ("environment".to_owned(), it.to_owned())];
    environments.map(of).into()
}

fn generic(credentials: &Value) -> Result<&'static str, Unmapped> {
    match credentials["algorithm"].as_str().unwrap_or_default() {
        "sha256" => Ok("hmac_sha256"),
        "sha512" => Ok("hmac_sha512"),
        other => {
            let name = format!("hmac-{other}");
            Err(if NOT_OFFERED.contains(&name.as_str()) {
                Unmapped::NotOffered(name)
            } else {
                Unmapped::Unknown(name)
            })
        }
    }
}

/// The arguments of an HMAC that is tied to no provider.
fn chosen(credentials: &Value) -> Vec<(String, String)> {
    let named = [
        ("header", "header"),
        ("encoding", "encoding"),
        ("prefix", "prefix"),
        ("timestamp", "timestamp_header"),
        ("separator", "separator"),
    ];
    let given = named.into_iter().filter_map(|(argument, name)| {
        // No prefix is no argument; no separator is one that is empty.
        let value = credentials[name]
            .as_str()
            .filter(|it| !it.is_empty() || name == "separator")?;
        Some((argument.to_owned(), value.to_owned()))
    });
    given
        .chain([("key".to_owned(), "base64".to_owned())])
        .collect()
}

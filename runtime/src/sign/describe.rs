//! What a scheme does with a request, in words that are made from the data which its verifier runs.

use super::scheme::{Algorithm, Form, Hash, HeaderNames, Layout, Method, Scheme, Setting};

impl Scheme {
    /// The cryptography: `HMAC-SHA256`.
    pub fn algorithm(&self) -> &'static str {
        match &self.method {
            Method::Headers(it) => match it.algorithm {
                Algorithm::Hmac(hash, _) => of_hash(hash),
                Algorithm::Ed25519 { .. } => "Ed25519",
            },
            Method::AdyenItems(_) => of_hash(Hash::Sha256),
            Method::Braintree(_) => of_hash(Hash::Sha1),
            Method::PayPal => "RSA with SHA-256",
            Method::FetchBack(_) => "none",
        }
    }

    /// Where in a delivery the signature stands, and what belongs to it.
    pub fn carried_in(&self) -> String {
        match &self.method {
            Method::Headers(it) => {
                let sets: Vec<String> = it.headers.iter().map(|set| headers(it, set)).collect();
                sets.join("; or ")
            }
            Method::AdyenItems(_) => "the field `additionalData.hmacSignature` of each item of the body, no header".to_owned(),
            Method::Braintree(_) => {
                "the field `bt_signature` of the form in the body, beside `bt_payload`, no header".to_owned()
            }
            Method::PayPal => "the header `PAYPAL-TRANSMISSION-SIG`, with `PAYPAL-TRANSMISSION-ID`, `PAYPAL-TRANSMISSION-TIME`, `PAYPAL-AUTH-ALGO` and `PAYPAL-CERT-URL`".to_owned(),
            Method::FetchBack(_) => "nothing: no part of a delivery is signed".to_owned(),
        }
    }

    /// The parameter that a time of signing depends on; `None` where every delivery has one or none has.
    pub fn time_depends_on(&self) -> Option<&'static str> {
        let Method::Headers(layout) = &self.method else {
            return None;
        };
        layout.headers.iter().find_map(|it| match it.timestamp {
            Setting::Argument(name) => Some(name),
            Setting::Fixed(_) | Setting::Absent => None,
        })
    }
}

fn of_hash(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha1 => "HMAC-SHA1",
        Hash::Sha256 => "HMAC-SHA256",
        Hash::Sha512 => "HMAC-SHA512",
    }
}

/// ``the header `webhook-signature` as `v1,…`, with the time in `webhook-timestamp` and the id in `webhook-id` ``
fn headers(layout: &Layout, set: &HeaderNames) -> String {
    let mut text = match set.signature {
        Setting::Fixed(name) => format!("the header `{name}`"),
        Setting::Argument(name) => format!("the header that `{name}` names"),
        Setting::Absent => "no header".to_owned(),
    };
    match layout.form {
        Form::Pairs {
            separator,
            timestamp,
            signature,
        } => text.push_str(&format!(
            ", spelled `{timestamp}=TIME{separator}{signature}=SIGNATURE`"
        )),
        Form::Versions { version } => {
            text.push_str(&format!(", spelled `{version},SIGNATURE`"));
        }
        Form::Whole {
            prefix: Setting::Fixed(prefix),
            ..
        } if !prefix.is_empty() => text.push_str(&format!(", spelled `{prefix}SIGNATURE`")),
        Form::Whole { .. } => {}
    }
    for (what, setting) in [("time of signing", set.timestamp), ("id", set.id)] {
        match setting {
            Setting::Fixed(name) => text.push_str(&format!(", the {what} in `{name}`")),
            Setting::Argument(name) => {
                text.push_str(&format!(", the {what} in the one that `{name}` names"));
            }
            Setting::Absent => {}
        }
    }
    text
}

//! API Gateway's REST proxy event and its answer: the exact bytes out of the envelope, and the first gates, before any secret is read.
//!
//! AWS: "Lambda proxy integrations in API Gateway", input and output format.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::route::Route;

/// Most headers of one request, and longest value of one, in bytes. API Gateway itself takes 10,240 bytes in all.
const HEADERS_MAX: usize = 100;
const HEADER_BYTES_MAX: usize = 8 * 1024;

/// What of the event is used. `Host`, `X-Forwarded-For` and the caller's address are not: nothing may be trusted for them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyEvent {
    http_method: String,
    resource: Option<String>,
    path: String,
    headers: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// A request that may go on to the signature.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// One entry per received line.
    pub(crate) headers: Vec<(String, String)>,
    /// The exact bytes that the sender sent.
    pub(crate) body: Vec<u8>,
}

/// Why a request goes no further: the status and a word for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
}

const fn turned<T>(status: u16, reason: &'static str) -> Result<T, Turned> {
    Err(Turned { status, reason })
}

/// The gates in order: path, method, header bounds, content encoding, content type, size, base64.
pub(crate) fn admit(route: &Route, event: ProxyEvent) -> Result<Admitted, Turned> {
    if event.path != route.path && event.resource.as_deref() != Some(route.path) {
        return turned(404, "wrong_path");
    }
    if event.http_method != route.method {
        return turned(405, "wrong_method");
    }
    let headers: Vec<(String, String)> = match event.multi_value_headers {
        Some(all) if !all.is_empty() => all
            .into_iter()
            .flat_map(|(name, values)| values.into_iter().map(move |it| (name.clone(), it)))
            .collect(),
        _ => event.headers.unwrap_or_default().into_iter().collect(),
    };
    if headers.len() > HEADERS_MAX
        || headers
            .iter()
            .any(|(name, value)| name.len().max(value.len()) > HEADER_BYTES_MAX)
    {
        return turned(431, "headers_too_large");
    }
    if values(&headers, "content-encoding").any(|it| !it.eq_ignore_ascii_case("identity")) {
        return turned(415, "content_encoding");
    }
    if !values(&headers, "content-type").all(is_json) {
        return turned(415, "content_type");
    }
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        // Four characters are at most three bytes, so that the length alone turns away what is too large, before it is decoded.
        if body.len() / 4 > route.body_bytes_max / 3 + 1 {
            return turned(413, "body_too_large");
        }
        match STANDARD.decode(&body) {
            Ok(body) => body,
            Err(_) => return turned(400, "bad_base64"),
        }
    } else {
        body.into_bytes()
    };
    if body.len() > route.body_bytes_max {
        return turned(413, "body_too_large");
    }
    Ok(Admitted { headers, body })
}

fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(it, _)| it.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// `application/json` and its kin in UTF-8, which is the only encoding that JSON has between systems (RFC 8259, 8.1).
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type
        .split(';')
        .map(|it| it.trim().to_ascii_lowercase());
    let kind = parts.next().unwrap_or_default();
    let kind = kind == "application/json"
        || kind == "text/json"
        || kind.starts_with("application/") && kind.ends_with("+json");
    kind && parts.all(|it| {
        it.strip_prefix("charset=")
            .is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    })
}

/// The answer in the shape that API Gateway wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyAnswer {
    pub(crate) status_code: u16,
    pub(crate) headers: BTreeMap<&'static str, String>,
    pub(crate) body: String,
    pub(crate) is_base64_encoded: bool,
}

impl ProxyAnswer {
    pub(crate) fn json(status_code: u16, body: String) -> Self {
        let headers = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ];
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        Self {
            status_code,
            headers,
            body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Verify;
    use serde_json::{Value, json};

    const ROUTE: Route = Route {
        method: "POST",
        path: "/webhooks",
        verify: Verify::Off,
        body_bytes_max: 12,
    };

    fn admit_json(changes: Value) -> Result<Admitted, (u16, &'static str)> {
        let mut event = json!({ "httpMethod": "POST", "resource": "/webhooks", "path": "/webhooks", "body": "{}",
            "headers": { "content-type": "application/json" }, "isBase64Encoded": false, "requestContext": { "stage": "v1" } });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        admit(&ROUTE, serde_json::from_value(event).unwrap()).map_err(|it| (it.status, it.reason))
    }

    /// ING-01, ING-03, ING-04, ING-06, ING-14
    #[test]
    fn each_gate_has_its_status() {
        let content_type = |it: &str| json!({ "headers": { "Content-Type": it } });
        for (changes, turned) in [
            (
                json!({ "path": "/other", "resource": "/other" }),
                (404, "wrong_path"),
            ),
            (json!({ "httpMethod": "GET" }), (405, "wrong_method")),
            (
                json!({ "headers": { "a": "x".repeat(HEADER_BYTES_MAX + 1) } }),
                (431, "headers_too_large"),
            ),
            (
                json!({ "multiValueHeaders": { "a": vec!["x"; HEADERS_MAX + 1] } }),
                (431, "headers_too_large"),
            ),
            (
                json!({ "headers": { "Content-Encoding": "gzip" } }),
                (415, "content_encoding"),
            ),
            (content_type("text/plain"), (415, "content_type")),
            (
                content_type("application/json; charset=latin-1"),
                (415, "content_type"),
            ),
            (content_type(""), (415, "content_type")),
            (
                json!({ "body": "é".repeat(6) + "!" }),
                (413, "body_too_large"),
            ),
            (
                json!({ "body": "A".repeat(1_000_000), "isBase64Encoded": true }),
                (413, "body_too_large"),
            ),
            (
                json!({ "body": "QUJDREVGR0hJSktMTQ==", "isBase64Encoded": true }),
                (413, "body_too_large"),
            ),
            (
                json!({ "body": "QUJ", "isBase64Encoded": true }),
                (400, "bad_base64"),
            ),
            (
                json!({ "body": "QUJD\n", "isBase64Encoded": true }),
                (400, "bad_base64"),
            ),
            (
                json!({ "body": "QUI_", "isBase64Encoded": true }),
                (400, "bad_base64"),
            ),
        ] {
            assert_eq!(
                admit_json(changes.clone()).unwrap_err(),
                turned,
                "{changes}"
            );
        }
    }

    /// ING-01, ING-02
    #[test]
    fn the_bytes_come_out_as_they_went_in() {
        for (changes, bytes) in [
            (json!({}), b"{}".as_slice()),
            (json!({ "body": null }), b""),
            (
                json!({ "body": STANDARD.encode(b"\0\x80\xff"), "isBase64Encoded": true }),
                b"\0\x80\xff",
            ),
            (
                json!({ "body": STANDARD.encode([7; 12]), "isBase64Encoded": true }),
                &[7; 12],
            ),
            (
                json!({ "body": "\u{e9}\u{0}", "headers": null, "multiValueHeaders": null }),
                b"\xc3\xa9\0",
            ),
        ] {
            assert_eq!(
                admit_json(changes.clone()).unwrap().body,
                bytes,
                "{changes}"
            );
        }
    }

    /// SIG-14, ING-14
    #[test]
    fn every_received_header_line_is_kept() {
        let both = json!({ "headers": { "sig": "b" }, "multiValueHeaders": { "sig": ["a", "b"], "content-type": ["application/vnd.x+json; charset=UTF-8"] } });
        let headers = admit_json(both).unwrap().headers;
        assert_eq!(headers.iter().filter(|(name, _)| name == "sig").count(), 2);
    }
}

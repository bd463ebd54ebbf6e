//! Requests from API Gateway and from function URLs, and their answer: the exact bytes out of the envelope, and the first gates, before any
//! secret is read.
//!
//! AWS: "Lambda proxy integrations in API Gateway", input and output format; "Invoking Lambda function URLs", payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::route::{Answer, Route, Verify, Via};
use crate::sign;

/// Most headers of one request, and longest value of one, in bytes. API Gateway itself takes 10,240 bytes in all.
const HEADERS_MAX: usize = 100;
const HEADER_BYTES_MAX: usize = 8 * 1024;
/// What stands in a route's path for the provider's name.
const PROVIDER: &str = "{provider}";

/// What of the event is used: API Gateway's REST proxy event, or that of a function URL (payload format 2.0). `Host`,
/// `X-Forwarded-For` and the caller's address are not: nothing may be trusted for them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    version: Option<String>,
    http_method: Option<String>,
    resource: Option<String>,
    path: Option<String>,
    path_parameters: Option<BTreeMap<String, String>>,
    /// Read only where the same headers do not come with all their values too.
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    raw_path: Option<String>,
    request_context: Option<RequestContext>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// A request as it came in, from either side.
#[derive(Debug)]
pub(crate) struct Incoming {
    via: Via,
    method: String,
    path: String,
    resource: Option<String>,
    provider: Option<String>,
    /// One entry per received line.
    headers: Vec<(String, String)>,
    body: String,
    is_base64_encoded: bool,
}

impl Incoming {
    /// Reads the event; `None` when it is no HTTP request.
    pub(crate) fn read(payload: &str) -> Option<Self> {
        let event: Envelope = serde_json::from_str(payload).ok()?;
        let by_url = event.version.as_deref() == Some("2.0");
        let (via, method, path) = if by_url {
            let method = event.request_context?.http?.method;
            (Via::FunctionUrl, method, event.raw_path?)
        } else {
            (Via::Api, event.http_method?, event.path?)
        };
        let headers = match event.multi_value_headers {
            Some(all) if !all.is_empty() => all
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |it| (name.clone(), it)))
                .collect(),
            _ => match event.headers {
                Some(single) => serde_json::from_str::<BTreeMap<_, _>>(single.get()).ok()?,
                None => BTreeMap::new(),
            }
            .into_iter()
            .collect(),
        };
        let parameters = event.path_parameters.as_ref();
        Some(Self {
            via,
            method,
            path,
            resource: event.resource,
            provider: parameters.and_then(|it| it.get("provider")).cloned(),
            headers,
            body: event.body.unwrap_or_default(),
            is_base64_encoded: event.is_base64_encoded,
        })
    }

    /// True when it is for this route's path; with the provider's name where the path has one.
    fn is_for(&self, route: &Route) -> Option<Option<String>> {
        if self.via != route.via {
            return None;
        }
        if !route.path.contains(PROVIDER) {
            let is_it = self.path == route.path || self.resource.as_deref() == Some(route.path);
            return is_it.then_some(None);
        }
        if self.resource.as_deref() == Some(route.path) && self.provider.is_some() {
            return Some(self.provider.clone());
        }
        let (before, behind) = route.path.split_once(PROVIDER)?;
        let name = self.path.strip_prefix(before)?.strip_suffix(behind)?;
        (!name.is_empty() && !name.contains('/')).then(|| Some(name.to_owned()))
    }
}

/// A request that may go on to the signature.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// The path that it was sent to.
    pub(crate) path: String,
    /// One entry per received line.
    pub(crate) headers: Vec<(String, String)>,
    /// The exact bytes that the sender sent.
    pub(crate) body: Vec<u8>,
    /// The declared provider that the path names.
    pub(crate) provider: Option<&'static str>,
    /// What proves who sent it.
    pub(crate) verify: Verify,
}

/// Why a request goes no further: the status and a word for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
    /// The method that the path has, for 405.
    pub(crate) allow: Option<&'static str>,
}

const fn turned<T>(status: u16, reason: &'static str) -> Result<T, Turned> {
    Err(Turned {
        status,
        reason,
        allow: None,
    })
}

/// The route that a request is for, and what may go on to its signature. The gates in order: path, provider, method, header bounds,
/// content encoding, content type, size, base64.
pub(crate) fn admit(
    routes: &[&'static Route],
    incoming: Incoming,
) -> Result<(&'static Route, Admitted), Turned> {
    let mut allow = None;
    let mut found = None;
    for route in routes {
        let Some(named) = incoming.is_for(route) else {
            continue;
        };
        if incoming.method == route.method {
            found = Some((*route, named));
            break;
        }
        allow = Some(route.method);
    }
    let Some((route, named)) = found else {
        return match allow {
            None => turned(404, "wrong_path"),
            allow => Err(Turned {
                status: 405,
                reason: "wrong_method",
                allow,
            }),
        };
    };
    let (provider, verify) = match route.verify {
        Verify::PerProvider(providers) => {
            let known = providers
                .iter()
                .find(|(it, _)| named.as_deref() == Some(*it));
            match known {
                Some((name, verify)) => (Some(*name), *verify),
                None => return turned(404, "unknown_provider"),
            }
        }
        verify => (None, verify),
    };
    let Incoming { path, headers, .. } = incoming;
    check_headers(&headers, route, &verify)?;
    let body = exact_bytes(
        incoming.body,
        incoming.is_base64_encoded,
        route.body_bytes_max,
    )?;
    let admitted = Admitted {
        path,
        headers,
        body,
        provider,
        verify,
    };
    Ok((route, admitted))
}

fn check_headers(
    headers: &[(String, String)],
    route: &Route,
    verify: &Verify,
) -> Result<(), Turned> {
    let is_large =
        |(name, value): &(String, String)| name.len().max(value.len()) > HEADER_BYTES_MAX;
    if headers.len() > HEADERS_MAX || headers.iter().any(is_large) {
        return turned(431, "headers_too_large");
    }
    if values(headers, "content-encoding").any(|it| !it.eq_ignore_ascii_case("identity")) {
        return turned(415, "content_encoding");
    }
    // Who only gets a status is not read, so what it sends may be anything.
    let known = |it: &str| is_json(it) || is_form(it) && takes_forms(verify);
    if route.answer == Answer::Handler && !values(headers, "content-type").all(known) {
        return turned(415, "content_type");
    }
    Ok(())
}

fn exact_bytes(body: String, is_base64: bool, bytes_max: usize) -> Result<Vec<u8>, Turned> {
    let body = if is_base64 {
        // Four characters are at most three bytes, so that the length alone turns away what is too large, before it is decoded.
        if body.len() / 4 > bytes_max / 3 + 1 {
            return turned(413, "body_too_large");
        }
        match STANDARD.decode(&body) {
            Ok(body) => body,
            Err(_) => return turned(400, "bad_base64"),
        }
    } else {
        body.into_bytes()
    };
    if body.len() > bytes_max {
        return turned(413, "body_too_large");
    }
    Ok(body)
}

fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(it, _)| it.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// What Braintree sends, whose signature is a field of a form, and Mollie, whose form names a payment.
fn takes_forms(verify: &Verify) -> bool {
    match verify {
        Verify::Scheme { name, .. } => sign::scheme(name).is_some_and(sign::Scheme::is_form),
        _ => false,
    }
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
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
    use serde_json::{Value, json};

    const ROUTE: Route = Route {
        method: "POST",
        path: "/webhooks",
        via: Via::Api,
        verify: Verify::Off,
        answer: Answer::Handler,
        body_bytes_max: 12,
    };
    const BY_PROVIDER: Route = Route {
        path: "/in/{provider}",
        verify: Verify::PerProvider(&[("stripe", Verify::Off)]),
        ..ROUTE
    };
    const HEALTH: Route = Route {
        method: "GET",
        path: "/health",
        via: Via::FunctionUrl,
        answer: Answer::Reply(200),
        ..ROUTE
    };
    const ROUTES: &[&Route] = &[&ROUTE, &BY_PROVIDER, &HEALTH];

    fn admit_event(event: &Value) -> Result<(&'static Route, Admitted), (u16, &'static str)> {
        admit(ROUTES, Incoming::read(&event.to_string()).unwrap())
            .map_err(|it| (it.status, it.reason))
    }

    fn by_url(method: &str, path: &str) -> Value {
        json!({ "version": "2.0", "rawPath": path, "headers": { "accept": "*/*" },
            "requestContext": { "http": { "method": method, "path": path } }, "isBase64Encoded": false })
    }

    #[test]
    fn a_provider_comes_from_the_path_and_only_a_declared_one_goes_on() {
        let sent = |path: &str| {
            let event = json!({ "httpMethod": "POST", "path": path, "body": "{}" });
            admit_event(&event).map(|(_, it)| it.provider)
        };
        assert_eq!(sent("/in/stripe"), Ok(Some("stripe")));
        assert_eq!(sent("/in/Stripe"), Err((404, "unknown_provider")));
        assert_eq!(sent("/in/"), Err((404, "wrong_path")));
        assert_eq!(sent("/in/stripe/x"), Err((404, "wrong_path")));
        let event = json!({ "httpMethod": "POST", "path": "/base/in/stripe", "resource": "/in/{provider}",
            "pathParameters": { "provider": "stripe" }, "body": "{}" });
        assert_eq!(admit_event(&event).unwrap().1.provider, Some("stripe"));
    }

    #[test]
    fn a_form_is_for_the_scheme_that_signs_forms() {
        const BRAINTREE: Route = Route {
            verify: Verify::Scheme {
                name: "braintree",
                arguments: &[],
                parameters: &[],
                secret: None,
            },
            ..ROUTE
        };
        let sent = |route: &'static Route| {
            let event = json!({ "httpMethod": "POST", "path": "/webhooks", "body": "bt_payload=x",
                "headers": { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" } });
            let admitted = admit(&[route], Incoming::read(&event.to_string()).unwrap());
            admitted.map(drop).map_err(|it| it.status)
        };
        assert_eq!((sent(&BRAINTREE), sent(&ROUTE)), (Ok(()), Err(415)));
    }

    #[test]
    fn each_side_has_its_own_routes() {
        assert_eq!(
            admit_event(&by_url("GET", "/health")).unwrap().0.path,
            "/health"
        );
        assert_eq!(
            admit_event(&by_url("POST", "/health")).unwrap_err(),
            (405, "wrong_method")
        );
        assert_eq!(
            admit_event(&by_url("POST", "/webhooks")).unwrap_err(),
            (404, "wrong_path")
        );
        let event = json!({ "httpMethod": "GET", "path": "/health", "resource": "/health" });
        assert_eq!(admit_event(&event).unwrap_err(), (404, "wrong_path"));
        assert!(Incoming::read(r#"{"Records":[]}"#).is_none());
    }

    fn admit_json(changes: Value) -> Result<Admitted, (u16, &'static str)> {
        let mut event = json!({ "httpMethod": "POST", "resource": "/webhooks", "path": "/webhooks", "body": "{}",
            "headers": { "content-type": "application/json" }, "isBase64Encoded": false, "requestContext": { "stage": "v1" } });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        admit_event(&event).map(|(_, it)| it)
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

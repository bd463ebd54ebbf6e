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
mod tests;

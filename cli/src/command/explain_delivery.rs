//! `pipec explain-delivery`: why a captured request was refused, told by trying what usually goes wrong.

use crate::address;
use crate::arguments::{ExplainDelivery, MessageFormat};
use crate::exit::{self, Exit};
use crate::signing::{self, Signing};
use crate::wire::Endpoint;
use pipe_compiler::model::{Pipeline, Route, Verify};
use pipe_runtime::keyring::Keyring;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    Candidate, Case, CertificateCache, ConfigError, Explanation, Refusal, Request, Scheme,
    Verifier, explain,
};
use serde_json::Value;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A request as somebody kept it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Captured {
    path: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    received_at_s: Option<i64>,
}

pub(crate) fn run(arguments: &ExplainDelivery) -> Result<(), Exit> {
    let pipeline = crate::spec::check(&arguments.spec, MessageFormat::Human)?;
    let bytes = read(&arguments.delivery)?;
    let captured = capture(&bytes).map_err(|why| {
        exit::say(
            exit::USAGE,
            &format!("{}: {why}", arguments.delivery.display()),
            None,
        )
    })?;
    let (route, verify) = judged_as(&pipeline, arguments, &captured)?;
    let endpoint = Endpoint::new(arguments.port);
    let Some(signing) = Signing::new(&pipeline, verify, &arguments.argument, &endpoint)? else {
        let told = format!("{} {} verifies nothing\n", route.method, route.path);
        return crate::output::print(&told);
    };
    let ring = match &arguments.secret {
        Some(file) => {
            let value = read(file)?;
            Some(signing::keyring(Secret::new(value.trim_ascii_end()))?)
        }
        None => signing.keys(&pipeline, &endpoint)?,
    };
    let given_s = arguments.received_at.or(captured.received_at_s);
    let received_at_s = given_s.unwrap_or_else(now_s);
    let declared = signing.secret.as_deref().unwrap_or_default();
    let (keys, mut other_keys) = candidates(declared, ring.as_ref(), received_at_s);
    if arguments.secret.is_none() {
        other_keys.extend(of_other_routes(
            &pipeline,
            declared,
            &endpoint,
            received_at_s,
        ));
    }
    let texts = signing.arguments();
    let request = Request {
        headers: &captured.headers,
        body: &captured.body,
    };
    let certificate = certificate(arguments, signing.scheme, &texts, &request)?;
    let case = Case {
        scheme: signing.scheme,
        arguments: &texts,
        keys: &keys,
        other_keys: &other_keys,
        certificates: certificate
            .as_ref()
            .map(|(cache, root)| (cache, root.as_slice())),
        request,
        received_at_s,
    };
    let explained = explained(case, given_s)?;
    tell(signing.scheme.name, &keys, &explained)
}

/// The route and what verifies its requests: as the command says, else as the request's path does.
fn judged_as<'a>(
    pipeline: &'a Pipeline,
    arguments: &ExplainDelivery,
    captured: &Captured,
) -> Result<(&'a Route, &'a Verify), Exit> {
    let named = captured
        .path
        .as_deref()
        .and_then(|it| address::named(pipeline, it));
    let (path, provider) = named.unzip();
    let route = signing::route(pipeline, arguments.route.as_deref().or(path))?;
    if arguments.route.is_none() && path.is_none() && pipeline.routes.len() > 1 {
        let message = match &captured.path {
            Some(path) => format!("no route of the pipeline is at {path}"),
            None => "the capture does not say which route was called".to_owned(),
        };
        let help = format!(
            "it is judged as a request to {}; --route names another",
            route.path
        );
        exit::note(&message, &help);
    }
    let provider = arguments.provider.as_deref().or(provider.flatten());
    let verify = signing::verify(pipeline, route, provider)?;
    Ok((route, verify))
}

/// A configuration that no request can be judged with; `keys` are the ones it was tried with.
fn unusable(keys: &[Candidate], error: &ConfigError) -> Exit {
    let named = |index: usize| match keys.get(index) {
        Some(key) => format!("the secret `{}`", key.name),
        None => "the signing secret".to_owned(),
    };
    let message = format!(
        "with this configuration every request is answered 503: {}",
        error.told(named)
    );
    exit::say(exit::FINDINGS, &message, None)
}

/// The certificate that came with the request, and the root it should lie under; both are files.
fn certificate(
    arguments: &ExplainDelivery,
    scheme: &'static Scheme,
    texts: &[(&str, &str)],
    request: &Request<'_>,
) -> Result<Option<(CertificateCache, Vec<u8>)>, Exit> {
    let (Some(chain), Some(root)) = (&arguments.certificate, &arguments.root) else {
        return Ok(None);
    };
    let verifier = Verifier::new(scheme, texts, &[]).map_err(|it| unusable(&[], &it))?;
    let cache = CertificateCache::of_captured(&verifier, request, read(chain)?);
    Ok(Some((cache, read(root)?)))
}

/// Without a word on when it came (`given_s`), the clock is no finding: then it is looked at as of the time that it was signed at.
fn explained(mut case: Case<'_>, given_s: Option<i64>) -> Result<Explanation, Exit> {
    let explain = |case: &Case<'_>| explain(case).map_err(|it| unusable(case.keys, &it));
    let explained = explain(&case)?;
    let (None, Err(refusal)) = (given_s, explained.decided) else {
        return Ok(explained);
    };
    let Some(difference_s) = refusal.clock_difference_s() else {
        return Ok(explained);
    };
    case.received_at_s = case.received_at_s.saturating_sub(difference_s);
    crate::output::print(&format!(
        "  note: when it came is not known, so the clock is not judged; it was signed {} s from now (--received-at says when it came)\n",
        difference_s.unsigned_abs()
    ))?;
    explain(&case)
}

fn tell(scheme: &str, keys: &[Candidate], explained: &Explanation) -> Result<(), Exit> {
    let refusal = match explained.decided {
        Ok(index) => {
            let key = keys.get(index).map_or("", |it| it.name.as_str());
            return crate::output::print(&format!(
                "accepted: it verifies as `{scheme}` {}\n",
                if key.is_empty() {
                    String::new()
                } else {
                    format!("with `{key}`")
                }
            ));
        }
        Err(refusal) => refusal,
    };
    if refusal == Refusal::ProviderUnavailable {
        return crate::output::print(&format!(
            "undecided: it is well formed, and `{scheme}` signs nothing; the provider's own answer decides, when the pipeline asks it\n"
        ));
    }
    let mut told = format!("refused: {} (scheme `{scheme}`)\n", refusal.code());
    for cause in &explained.causes {
        told.push_str(&format!("  - {cause}\n"));
    }
    if refusal == Refusal::CertificateUnavailable {
        told.push_str(
            "  - all else is well formed; with --certificate and --root the signature can be judged\n",
        );
    } else if explained.causes.is_empty() {
        told.push_str(&format!("  - {}\n", crate::refusal::meaning(refusal)));
    }
    let printed = crate::output::print(&told);
    Err(exit::worse(printed.err(), exit::FINDINGS))
}

/// The keys that are valid at that time, and the old one of a rotation that is over.
fn candidates(
    declared: &str,
    ring: Option<&Keyring>,
    at_s: i64,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let Some(ring) = ring else {
        return (Vec::new(), Vec::new());
    };
    let names = ["current", "previous"];
    let named = |(key, name): (&Secret, &str)| Candidate {
        name: format!("{declared}/{name}"),
        key: Secret::new(key.expose_secret()),
    };
    let valid = ring.valid_at(at_s.saturating_mul(1000));
    let over = ring.previous().filter(|_| valid.len() == 1);
    let valid = valid.into_iter().zip(names).map(named).collect();
    (
        valid,
        over.into_iter().map(|it| named((it, "previous"))).collect(),
    )
}

/// The keys of the pipeline's other secrets, as far as they can be read.
fn of_other_routes(
    pipeline: &Pipeline,
    own: &str,
    endpoint: &Endpoint,
    at_s: i64,
) -> Vec<Candidate> {
    let of_routes = pipeline.routes.iter().map(|it| &it.verify);
    let all = of_routes.chain(pipeline.providers.values().map(|it| &it.verify));
    let mut found = Vec::new();
    for signing in all.filter_map(Signing::keyed) {
        let Some(declared) = signing.secret.as_deref().filter(|it| *it != own) else {
            continue;
        };
        if let Ok(Some(ring)) = signing.keys(pipeline, endpoint) {
            found.extend(candidates(declared, Some(&ring), at_s).0);
        }
    }
    found
}

fn read(path: &Path) -> Result<Vec<u8>, Exit> {
    std::fs::read(path)
        .map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))
}

fn now_s() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Raw HTTP, or the JSON form, told apart by the first character: no HTTP method begins with `{`.
fn capture(bytes: &[u8]) -> Result<Captured, String> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        captured_json(bytes)
    } else {
        captured_http(bytes)
    }
}

/// A request line (which may be left out), header lines, an empty line, and the exact body.
fn captured_http(bytes: &[u8]) -> Result<Captured, String> {
    let end = |mark: &[u8]| {
        bytes
            .windows(mark.len())
            .position(|it| it == mark)
            .map(|at| (at, at + mark.len()))
    };
    let ends = [end(b"\r\n\r\n"), end(b"\n\n")];
    let (head_end, body_start) = ends
        .into_iter()
        .flatten()
        .min()
        .ok_or("there is no empty line between headers and body")?;
    let head = std::str::from_utf8(bytes.get(..head_end).unwrap_or_default())
        .map_err(|_| "a header is no UTF-8")?;
    let mut captured = Captured {
        body: bytes.get(body_start..).unwrap_or_default().to_vec(),
        ..Captured::default()
    };
    for (index, line) in head.lines().enumerate() {
        // HTTP/2 has its path among the headers.
        if let Some(pseudo) = line.strip_prefix(':') {
            let path = pseudo.strip_prefix("path:").map(str::trim);
            captured.path = path.map(without_query).or(captured.path);
            continue;
        }
        match line.split_once(':') {
            Some((name, value)) if !name.contains(' ') => captured
                .headers
                .push((name.to_owned(), value.trim().to_owned())),
            _ if index == 0 => captured.path = line.split(' ').nth(1).map(without_query),
            _ => return Err(format!("line {} is no header", index + 1)),
        }
    }
    Ok(captured)
}

fn without_query(path: &str) -> String {
    path.split('?').next().unwrap_or(path).to_owned()
}

/// `{"path", "headers": {name: value or [values]} or [[name, value]], "body" or "body_base64", "received_at"}`; also an API Gateway
/// proxy event, which has `multiValueHeaders` and `isBase64Encoded`.
fn captured_json(bytes: &[u8]) -> Result<Captured, String> {
    use base64::Engine as _;
    let json: Value = serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let mut headers = Vec::new();
    match json
        .get("multiValueHeaders")
        .filter(|it| it.is_object())
        .or_else(|| json.get("headers"))
    {
        Some(Value::Object(map)) => {
            for (name, value) in map {
                let one = std::slice::from_ref(value);
                let values = value.as_array().map_or(one, Vec::as_slice);
                headers.extend(
                    values
                        .iter()
                        .filter_map(Value::as_str)
                        .map(|it| (name.clone(), it.to_owned())),
                );
            }
        }
        Some(Value::Array(pairs)) => {
            for pair in pairs {
                let part =
                    |index: usize| pair.get(index).and_then(Value::as_str).map(str::to_owned);
                headers.push(
                    part(0)
                        .zip(part(1))
                        .ok_or("a header is not [name, value]")?,
                );
            }
        }
        _ => return Err("`headers` is missing".to_owned()),
    }
    let encoded = text("body_base64").or_else(|| {
        text("body").filter(|_| json.get("isBase64Encoded") == Some(&Value::Bool(true)))
    });
    let body = match encoded {
        Some(encoded) => base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .map_err(|_| "the body is no base64")?,
        None => text("body")
            .ok_or("`body` or `body_base64` is missing")?
            .as_bytes()
            .to_vec(),
    };
    let received_at_s = json.get("received_at").and_then(Value::as_i64).or_else(|| {
        json.pointer("/requestContext/requestTimeEpoch")
            .and_then(Value::as_i64)
            .map(|it| it / 1000)
    });
    Ok(Captured {
        path: text("path").map(without_query),
        headers,
        body,
        received_at_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_raw_http_or_json_and_the_body_keeps_its_bytes() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let raw = capture(b"POST /hooks?x=1 HTTP/1.1\r\nHost: a:1\r\nX-Sig: one\r\nx-sig: two\r\n\r\n{\n}\r\n\xff").unwrap();
        assert_eq!(raw.path.as_deref(), Some("/hooks"));
        assert_eq!(
            raw.headers,
            [
                header("Host", "a:1"),
                header("X-Sig", "one"),
                header("x-sig", "two")
            ]
        );
        assert_eq!(raw.body, b"{\n}\r\n\xff");
        let h2 = capture(b":method: POST\n:path: /hooks?x=1\nx-sig: one\n\n{}").unwrap();
        assert_eq!(h2.path.as_deref(), Some("/hooks"));
        assert_eq!(h2.headers, [header("x-sig", "one")]);
        let json = capture(
            br#"{"headers": {"X-Sig": ["one", "two"]}, "body_base64": "e30=", "received_at": 7}"#,
        )
        .unwrap();
        assert_eq!(
            (json.headers.len(), json.body.as_slice(), json.received_at_s),
            (2, b"{}".as_slice(), Some(7))
        );
        let event = capture(br#"{"path": "/hooks", "headers": {"a": "last"}, "multiValueHeaders": {"a": ["b", "c"]}, "body": "e30=", "isBase64Encoded": true, "requestContext": {"requestTimeEpoch": 7999}}"#).unwrap();
        assert_eq!(
            (
                event.headers.len(),
                event.body.as_slice(),
                event.received_at_s
            ),
            (2, b"{}".as_slice(), Some(7))
        );
        for bad in [
            b"X-Sig: one\n{}".as_slice(),
            b"{}",
            b"a b\nc d\n\n",
            br#"{"headers": {}}"#,
            br#"{"headers": [["a"]], "body": ""}"#,
        ] {
            assert!(capture(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}

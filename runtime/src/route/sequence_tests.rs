//! Deliveries in a row, from the shared conformance data: each is processed, known as a duplicate or refused as the provider's rules of
//! delivery say, by a whole route with its log.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Value, json};

use super::tests::Process;
use super::*;
use crate::certificate::Certificates;
use crate::event::{Event, Fact, Holds, Table};
use crate::telemetry::Telemetry;
use crate::value::{Fields, Invalid, Map, Record, Value as _, map};
use crate::verifiers::Verifiers;
use crate::{Request, Timestamp};

/// What is recorded of a delivery, as a spec would declare it: `once id`, and of the body what a signature covers and a retry repeats.
struct Delivered {
    id: String,
    at: Timestamp,
    about: String,
}

impl Record for Delivered {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get("id")?,
            at: fields.get("at")?,
            about: fields.get("about")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("id", self.id.write()),
            ("at", self.at.write()),
            ("about", self.about.write()),
        ])
    }
}

impl Event for Delivered {
    const NAME: &'static str = "Delivered";
    const ONCE: &'static [&'static str] = &["id"];
}

impl Fact for Delivered {
    fn read(_: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        Record::from_fields(fields)
    }
}

#[derive(Clone, Copy)]
struct Deliveries;

impl Table for Deliveries {
    const NAME: &'static str = "deliveries";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    type Fact = Delivered;
}

impl Holds<Delivered> for Deliveries {}

/// What a user's handler does: it names each fact by what the provider gives as its identity, and keeps what the fact is about.
fn read(request: &Request, at: Timestamp) -> Result<Vec<Delivered>, Fault> {
    let header = |names: &[&str]| {
        let mut named = request.headers.iter();
        let of = |name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        named.find(|(name, _)| of(name)).map(|(_, it)| it.clone())
    };
    let body: Value = serde_json::from_slice(&request.body)?;
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    if let Some(items) = body["notificationItems"].as_array() {
        let items = items.iter().map(|it| &it["NotificationRequestItem"]);
        return Ok(items
            .map(|it| Delivered {
                id: ["pspReference", "eventCode", "success"]
                    .map(|name| text(&it[name]))
                    .join(":"),
                at,
                about: it["amount"].to_string(),
            })
            .collect());
    }
    let of_header = header(&[
        "webhook-id",
        "svix-id",
        "X-GitHub-Delivery",
        "X-Shopify-Webhook-Id",
        "x-razorpay-event-id",
    ]);
    let of_body = ["event_id", "id"].iter().find_map(|it| body[*it].as_str());
    Ok(vec![Delivered {
        id: of_header
            .or(of_body.map(str::to_owned))
            .ok_or_else(|| Fault::new("no id"))?,
        at,
        about: format!("{} {}", body["type"], body["data"]["object"]["amount"]),
    }])
}

/// The scheme of a sequence's provider, its arguments, and the credentials that hold its keys.
fn scheme_of(sequence: &Value) -> (&'static str, Vec<(&'static str, String)>, &'static str) {
    let credentials = &sequence["credentials"];
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let environment = || {
        let steps = sequence["steps"].to_string();
        let sandbox = steps.contains("sandbox.paypal.com");
        if sandbox { "sandbox" } else { "live" }.to_owned()
    };
    match sequence["provider"].as_str().unwrap() {
        "stripe" => ("stripe", vec![], "secret"),
        "svix" | "standard-webhooks" => ("standard_webhooks", vec![], "secret"),
        "square" => ("square", vec![("url", text(&sequence["url"]))], "secret"),
        "adyen" => ("adyen", vec![], "hmac_key"),
        "adyen-platform" => ("adyen_platform", vec![], "hmac_key"),
        "github" => ("github", vec![], "secret"),
        "shopify" => ("shopify", vec![], "secret"),
        "paddle" => ("paddle", vec![], "secret"),
        "razorpay" => ("razorpay", vec![], "secret"),
        "mollie" => ("mollie", vec![], "secret"),
        "paypal" => {
            let arguments = [
                ("webhook_id", text(&credentials["webhook_id"])),
                ("environment", environment()),
            ];
            ("paypal", arguments.into(), "")
        }
        "generic" => {
            let named = ["header", "encoding", "prefix"].map(|it| (it, text(&credentials[it])));
            let given = named.into_iter().filter(|(_, it)| !it.is_empty());
            (
                "hmac_sha256",
                given.chain([("key", "base64".to_owned())]).collect(),
                "secret",
            )
        }
        other => panic!("no scheme for {other}"),
    }
}

/// The value of the secret: the key, or two keys while one takes the place of the other.
fn secret_of(credentials: &Value, prefix: &str) -> Option<&'static str> {
    let named = credentials.as_object().unwrap().iter();
    let (_, keys) = named
        .filter(|_| !prefix.is_empty())
        .find(|(name, _)| name.starts_with(prefix))?;
    let value = match keys.as_array().map(Vec::as_slice) {
        Some([current, previous]) => {
            json!({ "current": current, "previous": previous, "previous_until": "2999-01-01T00:00:00Z" }).to_string()
        }
        _ => keys.as_str().unwrap().to_owned(),
    };
    Some(value.leak())
}

/// The route of a sequence. It lives as long as the program, as those of handlers do.
fn route_of(sequence: &Value, has_secret: bool) -> &'static Route {
    let (name, arguments, _) = scheme_of(sequence);
    let arguments = arguments.into_iter().map(|(name, it)| (name, &*it.leak()));
    let arguments: &'static [(&str, &str)] = arguments.collect::<Vec<_>>().leak();
    Box::leak(Box::new(Route {
        verify: Verify::Scheme {
            name,
            arguments,
            parameters: &[],
            secret: has_secret.then_some("key"),
        },
        body_bytes_max: 1_048_576,
        ..super::tests::ROUTE
    }))
}

/// PayPal's certificates, as if they had been fetched at that instant.
fn certificates(process: &mut Process, credentials: &Value, now_ms: i64) {
    let texts = |name: &str| {
        let list = credentials[name].as_array().into_iter().flatten();
        list.map(|it| it.as_str().unwrap()).collect::<String>()
    };
    let (roots, behind) = (texts("trusted_roots_pem"), texts("intermediates_pem"));
    let named = credentials["certificates"].as_object();
    let chains = named.into_iter().flatten().map(|(url, pem)| {
        let chain = format!("{}{behind}", pem.as_str().unwrap());
        (url, chain)
    });
    let mut verifiers = Verifiers::default();
    for (index, (url, chain)) in chains.enumerate() {
        if index == 0 {
            verifiers.certificates =
                Certificates::holding(roots.as_bytes(), url, chain.as_bytes(), now_ms);
        } else {
            verifiers.certificates.hold(url, chain.as_bytes());
        }
    }
    process.services.verifiers = Rc::new(verifiers);
}

/// How one delivery ends, in the words of the data. A second body under a known transmission is refused too.
fn deliver(process: &Process, route: &'static Route, step: &Value) -> &'static str {
    let pairs: Vec<(String, String)> = serde_json::from_value(step["headers"].clone()).unwrap();
    let mut headers: serde_json::Map<String, Value> = pairs
        .into_iter()
        .map(|(name, it)| (name, it.into()))
        .collect();
    headers.insert("content-type".to_owned(), "application/json".into());
    let event = json!({
        "httpMethod": "POST", "path": route.path, "headers": headers, "body": step["body_base64"], "isBase64Encoded": true,
    });
    let telemetry = Telemetry::to(process.output.clone());
    let invocation = Invocation::of(
        &event.to_string(),
        process.services.clone(),
        telemetry,
        process.given,
    );
    let at = Timestamp::from_millis(step["now"].as_i64().unwrap() * 1000).unwrap();
    let handler =
        async |request: Request, context: Context| read(&request, context.call.received_at);
    let sinks = [sink::append::<Deliveries, Delivered>()];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(invocation.at(at).route(route, handler, &sinks));
    let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
    let body = answer["body"].as_str().unwrap();
    match (answer["statusCode"].as_u64().unwrap(), body) {
        (200, r#"{"outcome":"recorded"}"#) => "process",
        (200, r#"{"outcome":"duplicate"}"#) => "duplicate",
        (401 | 409, _) => "reject",
        (503, _) => "fail-downstream",
        other => panic!("{other:?}"),
    }
}

fn sequences() -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let path = root.join(folder).join("signatures/sequences.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: no conformance data at {} (set PIPEC_CONFORMANCE)",
            path.display()
        );
        return None;
    };
    Some(
        text.lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect(),
    )
}

/// SIG-23, IDM-01: a fact is recorded once, a forgery uses up no identity, and what could not be recorded is recorded the next time.
#[test]
fn every_sequence_is_processed_known_and_refused_as_recorded() {
    let Some(sequences) = sequences() else { return };
    assert!(!sequences.is_empty());
    let mut faults = Vec::new();
    for sequence in &sequences {
        let credentials = &sequence["credentials"];
        let secret = secret_of(credentials, scheme_of(sequence).2);
        let route = route_of(sequence, secret.is_some());
        let mut process = Process::new(secret);
        let steps = sequence["steps"].as_array().unwrap();
        let log = process.services.log.clone();
        for (index, step) in steps.iter().enumerate() {
            let expected = sequence["expect"][index].as_str().unwrap();
            process.services.log = if expected == "fail-downstream" {
                Rc::new(super::tests::Down)
            } else {
                log.clone()
            };
            // Each time another process, which has only the log in common with the one before.
            certificates(
                &mut process,
                credentials,
                step["now"].as_i64().unwrap() * 1000,
            );
            let decided = deliver(&process, route, step);
            if !expected.split("-or-").any(|it| it == decided) {
                faults.push(format!(
                    "{} step {index}: {decided}, recorded {expected}",
                    sequence["id"]
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

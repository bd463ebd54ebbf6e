//! Deliveries in a row, from the shared conformance data: each is processed, known as a duplicate or refused as the provider's rules of
//! delivery say, by a whole route with its log.

#[path = "../../tests/sdk_decisions/configuration.rs"]
pub(super) mod configuration;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Value, json};

use self::configuration::{Configuration, Unmapped, configuration};
use super::process::Process;
use super::*;
use crate::certificate::Certificates;
use crate::event::{Event, Fact, Holds, Table};
use crate::telemetry::Telemetry;
use crate::value::{Fields, Invalid, Map, Record, Value as _, map};
use crate::verifiers::Verifiers;
use crate::{Request, Timestamp};

/// What is recorded of a delivery, as a spec would declare it: `once id`, and of the body what a signature covers and a retry repeats.
pub(super) struct Delivered {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) about: String,
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
fn read(scheme: &str, request: &Request, at: Timestamp) -> Result<Vec<Delivered>, Fault> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    if scheme == "adyen" {
        let items = body["notificationItems"].as_array().into_iter().flatten();
        let items = items.map(|it| &it["NotificationRequestItem"]);
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
    let of_header = |names: &[&str]| {
        let value = names.iter().find_map(|it| request.header(it));
        value.map(str::to_owned)
    };
    let of_body = |name: &str| body[name].as_str().map(str::to_owned);
    let id = match scheme {
        "standard_webhooks" | "standard_webhooks_ed25519" => of_header(&["webhook-id", "svix-id"]),
        "github" => of_header(&["X-GitHub-Delivery"]),
        "shopify" => of_header(&["X-Shopify-Webhook-Id", "Shopify-Webhook-Id"]),
        "razorpay" => of_header(&["X-Razorpay-Event-Id"]),
        "square" | "paddle" => of_body("event_id"),
        "stripe" | "paypal" | "mollie" => of_body("id"),
        // Senders that give no id: the same bytes are the same delivery.
        _ => of_body("event_id")
            .or(of_body("id"))
            .or(Some(format!("{:?}", request.body))),
    };
    Ok(vec![Delivered {
        id: id.ok_or_else(|| Fault::new("no id"))?,
        at,
        about: format!("{} {}", body["type"], body["data"]["object"]["amount"]),
    }])
}

/// One step with the credentials of its sequence, where it has none of its own: what the mapping of recorded requests reads.
fn as_recorded(sequence: &Value, step: &Value) -> Value {
    let mut recorded = sequence.clone();
    recorded["steps"] = json!([step]);
    if !step["credentials"].is_null() {
        recorded["credentials"] = step["credentials"].clone();
    }
    recorded
}

/// The value of the secret: the key, or two keys while one takes the place of the other. A secret holds no third one.
pub(super) fn secret_of(configured: &Configuration, sequence: &Value) -> Option<String> {
    let (current, previous) = match configured.secrets.as_slice() {
        [] => return None,
        [only] => return Some(only.clone()),
        [current, previous, ..] => (current, previous),
    };
    let given = &sequence["credentials"]["previous_until"];
    let steps = sequence["steps"].as_array().into_iter().flatten();
    let last_s = steps.filter_map(|it| it["now"].as_i64()).max();
    // Where nothing says when the old key ends, it is a day after the last step.
    let until_s = given.as_i64().or(last_s.map(|it| it + 86_400)).unwrap();
    let until = given.as_str().map_or_else(
        || jiff::Timestamp::from_second(until_s).unwrap().to_string(),
        str::to_owned,
    );
    Some(json!({ "current": current, "previous": previous, "previous_until": until }).to_string())
}

/// The route of a step. It lives as long as the program, as those of handlers do.
pub(super) fn route_of(configured: &Configuration) -> &'static Route {
    let arguments = configured.arguments.first().cloned().unwrap_or_default();
    let arguments = arguments
        .into_iter()
        .map(|(name, it)| (&*name.leak(), &*it.leak()));
    let arguments: &'static [(&str, &str)] = arguments.collect::<Vec<_>>().leak();
    Box::leak(Box::new(Route {
        verify: Verify::Scheme {
            name: configured.scheme,
            arguments,
            parameters: &[],
            secret: (!configured.secrets.is_empty()).then_some("key"),
        },
        body_bytes_max: 1_048_576,
        ..super::process::ROUTE
    }))
}

/// PayPal's certificates, as if they had been fetched at that instant.
pub(super) fn certificates(process: &mut Process, credentials: &Value, now_ms: i64) {
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

/// The event of API Gateway for a step: each header line is there, also of a header that came twice.
pub(super) fn event_of(route: &Route, scheme: &str, step: &Value) -> Value {
    let mut headers: Vec<(String, String)> =
        serde_json::from_value(step["headers"].clone()).unwrap();
    let is_typed = |it: &(String, String)| it.0.eq_ignore_ascii_case("content-type");
    if !headers.iter().any(is_typed) {
        let form = "application/x-www-form-urlencoded";
        let sent = if scheme == "braintree" {
            form
        } else {
            "application/json"
        };
        headers.push(("Content-Type".to_owned(), sent.to_owned()));
    }
    let (mut last, mut all) = (json!({}), json!({}));
    for (name, value) in headers {
        last[&name] = value.clone().into();
        let lines = all.as_object_mut().unwrap().entry(name);
        let lines = lines.or_insert_with(|| json!([]));
        lines.as_array_mut().unwrap().push(value.into());
    }
    json!({
        "httpMethod": "POST", "path": route.path, "headers": last, "multiValueHeaders": all,
        "body": step["body_base64"], "isBase64Encoded": true,
    })
}

/// What a route answers: the status, and the outcome that the body names.
pub(super) fn answer<H>(
    process: &Process,
    route: &'static Route,
    (event, now_s): (&Value, i64),
    handler: H,
) -> (u64, String)
where
    H: AsyncFnOnce(Request, Context) -> Result<Vec<Delivered>, Fault>,
{
    let telemetry = Telemetry::to(process.output.clone());
    let services = process.services.clone();
    let invocation = Invocation::of(&event.to_string(), services, telemetry, process.given);
    let at = Timestamp::from_millis(now_s * 1000).unwrap();
    let sinks = [sink::append::<Deliveries, Delivered>()];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(invocation.at(at).route(route, handler, &sinks));
    let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let outcome = body["outcome"].as_str().unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), outcome.to_owned())
}

/// How one delivery ends, in the words of the data. A second body under a known transmission is refused too.
fn deliver(process: &Process, route: &'static Route, scheme: &'static str, step: &Value) -> String {
    let event = event_of(route, scheme, step);
    let handler =
        async |request: Request, context: Context| read(scheme, &request, context.call.received_at);
    let now_s = step["now"].as_i64().unwrap();
    let (status, outcome) = answer(process, route, (&event, now_s), handler);
    match (status, outcome.as_str()) {
        (200, "recorded") => "process".to_owned(),
        (200, "duplicate") => "duplicate".to_owned(),
        (401 | 409, _) => "reject".to_owned(),
        (503, _) => "fail-downstream".to_owned(),
        (status, outcome) => format!("{status} {outcome}"),
    }
}

/// A file of the shared conformance data, which a checkout alone has not.
pub(super) fn recorded(file: &str) -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let path = root.join(folder).join("signatures").join(file);
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
    let Some(sequences) = recorded("sequences.jsonl") else {
        return;
    };
    assert!(!sequences.is_empty());
    let faults: Vec<String> = sequences.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with our decisions about one sequence.
fn faults(sequence: &Value) -> Vec<String> {
    let (steps, expect) = (&sequence["steps"], &sequence["expect"]);
    let (steps, expect) = (steps.as_array().unwrap(), expect.as_array().unwrap());
    let mut faults = Vec::new();
    if steps.len() != expect.len() {
        faults.push(format!("{}: not every step is decided", sequence["id"]));
    }
    let log = Process::new(None).services.log;
    for (index, (step, expected)) in steps.iter().zip(expect).enumerate() {
        let recorded = as_recorded(sequence, step);
        let configured = match configuration(&recorded) {
            Ok(configured) => configured,
            Err(Unmapped::NotOffered(name) | Unmapped::Unknown(name)) => {
                faults.push(format!("{} step {index}: no scheme {name}", sequence["id"]));
                continue;
            }
        };
        let secret = secret_of(&configured, sequence);
        // Each time another process, which has only the log in common with the one before.
        let mut process = Process::new(secret.map(|it| &*it.leak()));
        let expected = expected.as_str().unwrap();
        process.services.log = if expected == "fail-downstream" {
            Rc::new(super::process::Down)
        } else {
            log.clone()
        };
        let now_ms = step["now"].as_i64().unwrap() * 1000;
        certificates(&mut process, &recorded["credentials"], now_ms);
        let route = route_of(&configured);
        let decided = deliver(&process, route, configured.scheme, step);
        if !expected.split("-or-").any(|it| it == decided) {
            faults.push(format!(
                "{} step {index}: {decided}, recorded {expected}",
                sequence["id"]
            ));
        }
    }
    faults
}

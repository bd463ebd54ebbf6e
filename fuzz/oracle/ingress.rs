//! f4: any JSON as an event of API Gateway, of a function URL or of a load balancer is answered with one of the known statuses, and recorded
//! only when it was signed with our key.
//!
//! An input is the event itself; a route of either kind is asked for it. `\u0001` in a header stands for the right signature of the event's body, which no fuzzer guesses.

use std::sync::OnceLock;

use pipe_runtime::event::{Event, Fact, Holds, Table};
use pipe_runtime::lambda::Invocation;
use pipe_runtime::route::{Answer, Route, Verify, Via};
use pipe_runtime::sink::append;
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value as _, map};
use pipe_runtime::{Decimal, Fault, Timestamp};
use serde_json::Value;

use super::hash::{Hash, base64, hex, hmac};

const KEY: &str = "a key that nobody knows";
const STATUSES: [u64; 11] = [200, 400, 401, 404, 405, 409, 413, 415, 422, 431, 503];
const ROUTE: Route = Route {
    method: "POST",
    path: "/webhooks",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "hmac_sha256",
        arguments: &[("header", "X-Sig")],
        parameters: &[],
        secret: Some("webhook_key"),
    },
    answer: Answer::Handler,
    body_bytes_max: 2_000,
};
/// The same at a function's URL, whose events have payload format 2.0.
const URL_ROUTE: Route = Route {
    via: Via::FunctionUrl,
    ..ROUTE
};

/// A payment as a spec would generate it, with a field of each kind that reading can stumble over.
#[derive(Debug)]
struct Paid {
    id: String,
    at: Timestamp,
    amount: Decimal,
    note: Option<String>,
    items: Vec<i64>,
}

impl Record for Paid {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get("id")?,
            at: fields.get_or_received_at("at")?,
            amount: fields.get("amount")?,
            note: fields.get("note")?,
            items: fields.get("items")?,
        })
    }

    fn to_fields(&self) -> Map {
        map([
            ("id", self.id.write()),
            ("at", self.at.write()),
            ("amount", self.amount.write()),
            ("note", self.note.write()),
            ("items", self.items.write()),
        ])
    }
}

impl Event for Paid {
    const NAME: &'static str = "Paid";
    const ONCE: &'static [&'static str] = &["id"];
}

impl Fact for Paid {
    fn read(_: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        Record::from_fields(fields)
    }
}

#[derive(Clone, Copy)]
struct Payments;

impl Table for Payments {
    const NAME: &'static str = "payments";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    type Fact = Paid;
}

impl Holds<Paid> for Payments {}

/// Judges one input.
pub fn judge(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let event = sealed(text);
    let statuses = statuses(&event);
    for status in statuses.into_iter().flatten() {
        assert!(STATUSES.contains(&status), "{status} for {event}");
        if status == 200 {
            assert!(is_signed(&event), "recorded without a signature: {event}");
        }
    }
    // An event came in by one of the two ways.
    let found = statuses.iter().filter(|it| **it != Some(404)).count();
    assert!(
        found <= 1 || statuses == [None, None],
        "taken for both: {event}"
    );
}

/// The status that the route at API Gateway answers, and that of the function's URL; `None` when the event is no HTTP request.
pub fn statuses(event: &str) -> [Option<u64>; 2] {
    [&ROUTE, &URL_ROUTE].map(|route| status(event, route))
}

fn status(event: &str, route: &'static Route) -> Option<u64> {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    });
    let invocation = Invocation::in_memory("validate", event, &[("webhook_key", KEY)])?;
    let handler = async |paid: Paid, _| {
        if paid.note.as_deref() == Some("fault") {
            Err(Fault::new("as asked"))
        } else {
            Ok(paid)
        }
    };
    match runtime.block_on(invocation.route(route, handler, &[append::<Payments, Paid>()])) {
        Ok(answer) => {
            let answer: Value = serde_json::from_str(answer.get()).unwrap();
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert!(body["outcome"].is_string(), "{answer}");
            Some(answer["statusCode"].as_u64().unwrap())
        }
        Err(diagnostic) => {
            assert_eq!(diagnostic.error_type, "Fault");
            None
        }
    }
}

/// The exact bytes that the event carries, if it carries any.
fn body(event: &Value) -> Option<Vec<u8>> {
    let body = event["body"].as_str().unwrap_or_default();
    if event["isBase64Encoded"] != true {
        return Some(body.as_bytes().to_vec());
    }
    let bytes = super::hash::unbase64(body);
    (base64(&bytes) == body).then_some(bytes)
}

/// Puts the right signature where the input asks for it.
pub fn sealed(text: &str) -> String {
    const MARK: &str = "\\u0001";
    match serde_json::from_str::<Value>(text) {
        Ok(event) if text.contains(MARK) => {
            let tag = hmac(
                Hash::Sha256,
                KEY.as_bytes(),
                &body(&event).unwrap_or_default(),
            );
            text.replace(MARK, &hex(&tag))
        }
        _ => text.to_owned(),
    }
}

/// The slow reading: some header of that name is the signature of the body.
fn is_signed(event: &str) -> bool {
    let event: Value = serde_json::from_str(event).unwrap();
    let Some(body) = body(&event) else {
        return false;
    };
    let right = hex(&hmac(Hash::Sha256, KEY.as_bytes(), &body));
    let mut values = Vec::new();
    for headers in [&event["headers"], &event["multiValueHeaders"]] {
        for (name, value) in headers.as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case("x-sig") {
                values.extend(value.as_str());
                values.extend(
                    value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str),
                );
            }
        }
    }
    values
        .iter()
        .any(|it| it.trim_matches([' ', '\t']) == right)
}

/// What fuzzing starts from.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let signed = r#"{"resource":"/webhooks","path":"/webhooks","httpMethod":"POST","headers":{"X-Sig":"\u0001","Content-Type":"application/json"},"multiValueHeaders":{"X-Sig":["\u0001"],"Content-Type":["application/json"]},"isBase64Encoded":false,"body":"{\"id\":\"pay_1\",\"amount\":99.90,\"at\":\"2026-11-20T19:23:00.123Z\",\"note\":\"x\",\"items\":[1,2]}","requestContext":{"stage":"v1"}}"#;
    let encoded = r#"{"path":"/webhooks","httpMethod":"POST","headers":{"x-sig":"\u0001"},"isBase64Encoded":true,"body":"eyJpZCI6InBheV8xIiwiYW1vdW50IjoiMTAuMDAiLCJpdGVtcyI6W119"}"#;
    // HTTP APIs and function URLs write names in lower case and put the values of a name in one line.
    let url = r#"{"version":"2.0","routeKey":"$default","rawPath":"/webhooks","rawQueryString":"a=b","cookies":["c=d"],"headers":{"x-sig":"\u0001","content-type":"application/json","x-forwarded-for":"192.0.2.1, 192.0.2.2"},"requestContext":{"accountId":"anonymous","domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"POST","path":"/webhooks","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"x"},"requestId":"r","routeKey":"$default","stage":"$default","timeEpoch":1718000000000},"body":"eyJpZCI6InBheV8xIiwiYW1vdW50IjoiMTAuMDAiLCJpdGVtcyI6W119","isBase64Encoded":true}"#;
    let rest = r#"{"version":"1.0","resource":"/{proxy+}","path":"/webhooks","httpMethod":"POST","headers":{"x-sig":"\u0001","content-type":"application/json"},"queryStringParameters":null,"pathParameters":{"proxy":"webhooks"},"requestContext":{"httpMethod":"POST","identity":{"sourceIp":"192.0.2.1"},"path":"/webhooks","stage":"$default"},"body":"{\"id\":\"pay_1\",\"amount\":\"10.00\",\"items\":[]}","isBase64Encoded":false}"#;
    let balancer = r#"{"requestContext":{"elb":{"targetGroupArn":"arn:aws:elasticloadbalancing:eu-central-1:000000000000:targetgroup/t/0"}},"httpMethod":"POST","path":"/webhooks","multiValueQueryStringParameters":{},"multiValueHeaders":{"x-sig":["\u0001"],"content-type":["application/json"]},"body":"{\"id\":\"pay_1\",\"amount\":10,\"items\":[]}","isBase64Encoded":false}"#;
    [
        ("signed", signed.to_owned()),
        ("encoded", encoded.to_owned()),
        ("forged", signed.replace("\\u0001", "00")),
        ("url", url.to_owned()),
        (
            "url-text",
            url.replace("true", "false").replace(
                "eyJpZCI6InBheV8xIiwiYW1vdW50IjoiMTAuMDAiLCJpdGVtcyI6W119",
                r#"{\"id\":\"pay_1\",\"amount\":10.00,\"items\":[3]}"#,
            ),
        ),
        ("url-forged", url.replace("\\u0001", "00")),
        ("url-joined", url.replace("\\u0001", "\\u0001,00")),
        (
            "url-method",
            url.replace(r#""method":"POST""#, r#""method":"GET""#),
        ),
        ("rest-1", rest.to_owned()),
        ("balancer", balancer.to_owned()),
        ("balancer-forged", balancer.replace("\\u0001", "00")),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .into()
}

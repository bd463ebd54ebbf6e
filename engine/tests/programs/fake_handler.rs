//! A handler that speaks the Runtime API and DynamoDB by hand, and misbehaves where its input asks for it.
//! It checks no signature: that is the runtime's part and tested there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let runtime = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    let handler = std::env::var("_HANDLER")?;
    let mut attempts = 0;
    loop {
        let (headers, body) = http(
            &runtime,
            "GET",
            "/2018-06-01/runtime/invocation/next",
            &[],
            b"",
        )?;
        let id = header(&headers, "lambda-runtime-aws-request-id").ok_or("no request id")?;
        let event: Value = serde_json::from_slice(&body)?;
        attempts += 1;
        let result = match handler.as_str() {
            "validate" => validate(&event),
            "worker" => work(&event),
            _ => process(&event, &mut attempts),
        };
        let (kind, body) = match result {
            Ok(value) => ("response", value),
            Err(value) => ("error", value),
        };
        http(
            &runtime,
            "POST",
            &format!("/2018-06-01/runtime/invocation/{id}/{kind}"),
            &[],
            body.to_string().as_bytes(),
        )?;
        // Each is long enough for another invocation to be given to this environment.
        if is_about(&event, "quit-") {
            std::thread::sleep(std::time::Duration::from_millis(200));
            return Ok(());
        }
        if is_about(&event, "hang-") {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
    }
}

/// The bytes of a webhook; none where the event is no webhook.
fn body_of(event: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(event["body"].as_str().unwrap_or_default())
        .unwrap_or_default()
}

/// Whether a webhook has an id of this kind.
fn is_about(event: &Value, kind: &str) -> bool {
    let body = body_of(event);
    String::from_utf8_lossy(&body).contains(&format!("\"{kind}"))
}

/// Records each message of a batch under its body; those that begin with `poison` fail.
fn work(event: &Value) -> Result<Value, Value> {
    let table = std::env::var("PIPE_TABLE_EVENTS").unwrap_or_default();
    let mut failed = Vec::new();
    for record in event["Records"].as_array().into_iter().flatten() {
        let body = record["body"].as_str().unwrap_or_default();
        let item = json!({ "TableName": table, "Item": { "paymentId": { "S": body } } });
        let recorded = !body.starts_with("poison")
            && dynamodb("PutItem", &item).is_ok_and(|(status, _)| status == 200);
        if !recorded {
            failed.push(json!({ "itemIdentifier": record["messageId"] }));
        }
    }
    Ok(json!({ "batchItemFailures": failed }))
}

/// Answers a proxy event after appending its payment as the runtime does: fact and claim in one transaction.
fn validate(event: &Value) -> Result<Value, Value> {
    let body = body_of(event);
    let Ok(payment) = serde_json::from_slice::<Value>(&body) else {
        return Ok(json!({ "statusCode": 400, "body": "no JSON" }));
    };
    let id = payment["paymentId"].as_str().unwrap_or_default();
    match id.split('-').next() {
        Some("crash") => std::process::exit(3),
        Some("sleep") => std::thread::sleep(std::time::Duration::from_secs(60)),
        Some("malformed") => return Ok(json!({ "status": "this is no proxy answer" })),
        Some("echo") => {
            return Ok(
                json!({ "statusCode": 200, "body": event.to_string(), "multiValueHeaders": { "X-Twice": ["a", "b"] } }),
            );
        }
        _ => {}
    }
    let status = payment["status"].as_str().unwrap_or("pending");
    let table = std::env::var("PIPE_TABLE_PAYMENT_EVENTS").unwrap_or_default();
    let sort = format!("2026-11-20T19:23:00.123Z#PaymentReceived#{status}");
    let claim = json!({ "paymentId": { "S": format!("claim#PaymentReceived#{id}#{status}") }, "timestamp": { "S": "claim" }, "_claim": { "S": "PaymentReceived" } });
    let fact = json!({
        "paymentId": { "S": id }, "timestamp": { "S": sort }, "_event": { "S": "PaymentReceived" }, "status": { "S": status },
        "amount": { "N": payment["amount"].to_string() }, "currency": { "S": "USD" }, "provider": { "S": "test" }, "_trace": { "S": "" },
    });
    let put = |item: Value| json!({ "Put": { "TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(paymentId)" } });
    let (code, answer) = dynamodb(
        "TransactWriteItems",
        &json!({ "TransactItems": [put(fact), put(claim)] }),
    )
    .map_err(|error| json!({ "errorType": "Fault", "errorMessage": error.to_string() }))?;
    let outcome = match code {
        200 => "recorded",
        _ if answer["__type"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("TransactionCanceledException")) =>
        {
            "duplicate"
        }
        _ => return Ok(json!({ "statusCode": 503, "body": answer.to_string() })),
    };
    println!(
        "{}",
        json!({ "level": "info", "outcome": outcome, "event_id": id })
    );
    Ok(
        json!({ "statusCode": 200, "body": json!({ "outcome": outcome }).to_string(), "headers": { "Content-Type": "application/json" } }),
    )
}

/// Gives a receipt, declines, or is down for two attempts and then answers.
fn process(event: &Value, attempts: &mut u32) -> Result<Value, Value> {
    let id = event["input"]["paymentId"].as_str().unwrap_or_default();
    if event["idempotency_key"].as_str().is_none_or(str::is_empty) {
        return Err(json!({ "errorType": "Fault", "errorMessage": "no idempotency key" }));
    }
    match id.split('-').next() {
        Some("declined") => Err(
            json!({ "errorType": "Declined", "errorMessage": json!({ "reason": "card expired" }).to_string() }),
        ),
        Some("flaky") if *attempts <= 2 => Err(
            json!({ "errorType": "GatewayDown", "errorMessage": json!({ "status": 503 }).to_string() }),
        ),
        Some("down") => Err(
            json!({ "errorType": "GatewayDown", "errorMessage": json!({ "status": 503 }).to_string() }),
        ),
        Some("faulty") => Err(json!({ "errorType": "Fault", "errorMessage": "a bug" })),
        Some("slow") => {
            std::thread::sleep(std::time::Duration::from_millis(100));
            Ok(json!({ "id": format!("rcpt_{id}") }))
        }
        _ => Ok(json!({ "id": format!("rcpt_{id}") })),
    }
}

fn dynamodb(operation: &str, body: &Value) -> Result<(u16, Value), Failure> {
    let endpoint = std::env::var("AWS_ENDPOINT_URL")?;
    let key = std::env::var("AWS_ACCESS_KEY_ID")?;
    let address = endpoint.trim_start_matches("http://");
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"
    );
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [
        ("X-Amz-Target", target.as_str()),
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Authorization", authorization.as_str()),
    ];
    let (headers, body) = http(address, "POST", "/", &headers, body.to_string().as_bytes())?;
    let status = headers
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    Ok((status, serde_json::from_slice(&body)?))
}

/// One request on a connection of its own; gives the status line with the headers, and the body.
fn http(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(Vec<String>, Vec<u8>), Failure> {
    let mut stream = TcpStream::connect(address)?;
    let extra: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    if lines.is_empty() {
        Err("no answer".into())
    } else {
        Ok((lines, body))
    }
}

fn header(lines: &[String], name: &str) -> Option<String> {
    lines.iter().find_map(|line| {
        line.split_once(": ")
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    })
}

//! What the end-to-end tests share: a running engine with the fake handler, and a plain HTTP client.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

pub mod process;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pipe_engine::{Config, Running, Step, StepKind};
use serde_json::{Value, json};

/// A folder that is removed when the test is over.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _fresh = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the temporary folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// The committed artifacts of the payments pipeline.
pub fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/payments")
}

pub fn handler() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_fake-handler"))
}

pub const TABLE: &str = "payment-events-local";
pub const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:settle-payment-local";

/// A local run in this process, and the steps that it has told.
pub struct Engine {
    pub running: Running,
    pub address: SocketAddr,
    pub steps: Arc<Mutex<Vec<Step>>>,
}

impl Engine {
    pub async fn start(state: &Path) -> Self {
        Self::start_with(artifacts(), state, 0.0).await
    }

    pub async fn start_with(artifacts: PathBuf, state: &Path, time_scale: f64) -> Self {
        Self::of(artifacts, handler(), state, time_scale).await
    }

    /// The payments pipeline with another handler program.
    pub async fn start_handler(handler: PathBuf, state: &Path) -> Self {
        Self::of(artifacts(), handler, state, 0.0).await
    }

    async fn of(artifacts: PathBuf, handler: PathBuf, state: &Path, time_scale: f64) -> Self {
        let steps = Arc::new(Mutex::new(Vec::new()));
        let told = steps.clone();
        let config = Config {
            artifacts,
            handler,
            state: state.to_owned(),
            port: 0,
            time_scale,
            tell_calls: false,
        };
        let running = pipe_engine::start(config, move |step| {
            told.lock().expect("no panic").push(step)
        })
        .await
        .expect("the engine starts");
        Self {
            address: running.address(),
            running,
            steps,
        }
    }

    pub fn kinds(&self) -> Vec<StepKind> {
        self.steps
            .lock()
            .expect("no panic")
            .iter()
            .map(|step| step.kind.clone())
            .collect()
    }

    /// Waits until the executions that have ended are `count`.
    pub async fn wait_for_endings(&self, count: usize) {
        let ended = |kind: &StepKind| {
            matches!(
                kind,
                StepKind::ExecutionSucceeded { .. } | StepKind::ExecutionFailed { .. }
            )
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.kinds().iter().filter(|kind| ended(kind)).count() < count {
            assert!(
                Instant::now() < deadline,
                "not {count} executions ended: {:#?}",
                self.kinds()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// An answer of the wire.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// One request on a connection of its own. `None` when the other side went away.
pub fn try_http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .ok()?;
    let extra: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).ok()?;
    parse(&raw)
}

/// The same, for many at once.
pub async fn try_http_async(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    let extra: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n",
        body.len()
    );
    // A server that has seen enough may close before it has read all; its answer is there all the same.
    let _closed_early = stream.write_all(&[head.as_bytes(), body].concat()).await;
    let mut raw = Vec::new();
    let _reset = stream.read_to_end(&mut raw).await;
    parse(&raw)
}

fn parse(raw: &[u8]) -> Option<Answer> {
    let split = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..split]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = raw[split + 4..].to_vec();
    // An answer that broke off is none.
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")
            .and_then(|it| it.parse::<usize>().ok())
    });
    (length.is_none_or(|length| length == body.len())).then_some(Answer { status, head, body })
}

pub async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    try_http_async(address, method, path, headers, body)
        .await
        .expect("an answer")
}

/// The committed artifacts with another throttle, rate and burst.
pub fn artifacts_with_throttle(folder: &Path, rate: u32) -> PathBuf {
    artifacts_with(folder, rate, None)
}

/// The same, and with room for `concurrency` runs of each function: what finds none is tried again as often as the spec
/// says, and then the payment has failed.
pub fn artifacts_with_room(folder: &Path, rate: u32, concurrency: u32) -> PathBuf {
    artifacts_with(folder, rate, Some(concurrency))
}

fn artifacts_with(folder: &Path, rate: u32, concurrency: Option<u32>) -> PathBuf {
    let text = std::fs::read_to_string(artifacts().join("template.json"))
        .expect("the template is readable");
    let mut template: Value = serde_json::from_str(&text).expect("the template is JSON");
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
        .filter(|it| it["Type"] == "AWS::ApiGateway::Stage")
    {
        for setting in resource["Properties"]["MethodSettings"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            setting["ThrottlingRateLimit"] = json!(rate);
            setting["ThrottlingBurstLimit"] = json!(rate);
        }
    }
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
        .filter(|it| it["Type"] == "AWS::Lambda::Function")
    {
        if let Some(concurrency) = concurrency {
            resource["Properties"]["ReservedConcurrentExecutions"] = json!(concurrency);
        }
    }
    let out = folder.join("artifacts/payments");
    std::fs::create_dir_all(&out).expect("the folder can be made");
    std::fs::write(out.join("template.json"), template.to_string())
        .expect("the template can be written");
    out
}

/// One AWS operation, as any SDK would send it.
pub async fn aws(address: SocketAddr, target: &str, body: &Value) -> Answer {
    http(
        address,
        "POST",
        "/",
        &[
            ("X-Amz-Target", target),
            ("Content-Type", "application/x-amz-json-1.0"),
        ],
        body.to_string().as_bytes(),
    )
    .await
}

pub fn payment(id: &str) -> Vec<u8> {
    json!({ "paymentId": id, "amount": 99.99, "currency": "USD", "status": "pending", "provider": "stripe" }).to_string().into_bytes()
}

pub async fn post(address: SocketAddr, body: &[u8]) -> Answer {
    http(
        address,
        "POST",
        "/webhooks",
        &[("Content-Type", "application/json")],
        body,
    )
    .await
}

/// The facts of the table: partition, event.
pub async fn facts(address: SocketAddr) -> Vec<(String, String)> {
    let scanned = aws(address, "DynamoDB_20120810.Scan", &json!({ "TableName": TABLE, "FilterExpression": "attribute_exists(#e)", "ExpressionAttributeNames": { "#e": "_event" } })).await;
    let items = scanned.json()["Items"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut facts: Vec<(String, String)> = items
        .iter()
        .map(|item| {
            (
                item["paymentId"]["S"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                item["_event"]["S"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    facts.sort();
    facts
}

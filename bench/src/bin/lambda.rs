//! Plays Lambda and AWS for one handler process over plain HTTP on this machine, and measures how long it takes to answer webhooks.
//!
//!     lambda INVOCATIONS PROGRAM [ARGUMENTS]
//!
//! Prints one JSON object: `cold_ms` from the start of the process to its first answer, `warm_ms` of each further one, the CPU time of
//! each, `cold_cpu_ms` and `warm_cpu_ms` (a mean, absent where there is no further one), and `rss_kb`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot run has nothing to say"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, scheme, sign};
use serde_json::json;

const SECRET: &str = "a key that nobody knows";
const BODY_BYTES: usize = 1024;
/// Time that the answer to one invocation may take, in milliseconds.
const GIVEN_MS: u128 = 10_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let invocations: usize = arguments.next().unwrap().parse().unwrap();
    let program = arguments.next().unwrap();
    let events: Vec<String> = (0..invocations).map(event).collect();
    let aws = serve(|request| Some(aws(&request)));
    let (durations, measured) = channel();
    let runtime = Mutex::new(Runtime {
        events,
        given: 0,
        sent: Instant::now(),
        durations,
    });
    let runtime_api = serve(move |request| runtime.lock().unwrap().answer(&request));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.as_str()),
        ("AWS_ENDPOINT_URL", &format!("http://{aws}")),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIALOCAL"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_LAMBDA_FUNCTION_NAME", "validate"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "validate"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "1"),
        ("_HANDLER", "validate"),
        ("PIPE_TABLE_PAYMENT_EVENTS", "payment-events-dev"),
        ("PIPE_SECRET_WEBHOOK_KEY", "/payments/dev/webhook-key"),
        ("WEBHOOK_KEY", SECRET),
    ] {
        command.env(name, value);
    }
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let next = || {
        let answered = measured.recv_timeout(Duration::from_secs(60));
        answered.unwrap_or_else(|_| panic!("the handler does not answer"))
    };
    let cold_ms = milliseconds(next().at.duration_since(started));
    let cold_cpu_ms = cpu_ms(child.id());
    let warm_ms: Vec<f64> = (1..invocations)
        .map(|_| milliseconds(next().within))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "nobody asks for so many")]
    let each = |total_ms: f64| (!warm_ms.is_empty()).then(|| total_ms / warm_ms.len() as f64);
    let report = json!({
        "cold_ms": cold_ms, "warm_ms": warm_ms, "rss_kb": rss_kb(child.id()),
        "cold_cpu_ms": cold_cpu_ms, "warm_cpu_ms": each(cpu_ms(child.id()) - cold_cpu_ms),
    });
    child.kill().unwrap();
    child.wait().unwrap();
    println!("{report}");
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Resident memory of a process.
fn rss_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// CPU time of a process: of each of its threads, Linux says the nanoseconds first in `/proc/PID/task/TID/schedstat`.
fn cpu_ms(pid: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of_thread = |path: std::path::PathBuf| {
        // A thread that has just ended has no file any more, and its time is lost.
        let schedstat = std::fs::read_to_string(path.join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<f64>().ok()
    };
    let threads = threads.filter_map(|it| of_thread(it.ok()?.path()));
    threads.sum::<f64>() / 1e6
}

/// A signed webhook as API Gateway hands it to a function.
fn event(number: usize) -> String {
    let mut body = format!(
        r#"{{"paymentId":"pay_{number}","provider":"stripe","amount":99.99,"currency":"USD","status":"pending","note":""#
    );
    while body.len() < BODY_BYTES - 2 {
        body.push('x');
    }
    body += "\"}";
    let scheme = scheme("hmac_sha256").unwrap();
    let delivery = Delivery {
        body: body.as_bytes(),
        id: "",
        now_s: 0,
    };
    let arguments = [("header", "X-Webhook-Signature")];
    let signed = sign(scheme, &arguments, Secret::new(SECRET), &delivery).unwrap();
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Host".to_owned(), "example.org".to_owned()),
        ("User-Agent".to_owned(), "bench".to_owned()),
    ];
    headers.extend(signed.headers);
    let single: serde_json::Map<String, serde_json::Value> = headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let multi: serde_json::Map<String, serde_json::Value> = headers
        .iter()
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    json!({
        "resource": "/webhooks", "path": "/webhooks", "httpMethod": "POST", "headers": single, "multiValueHeaders": multi,
        "queryStringParameters": null, "pathParameters": null, "stageVariables": null, "isBase64Encoded": false, "body": body,
        "requestContext": { "stage": "v1", "requestId": format!("r-{number}"), "httpMethod": "POST", "path": "/v1/webhooks" },
    })
    .to_string()
}

/// One answer of the handler.
struct Answered {
    at: Instant,
    within: Duration,
}

/// The Runtime API of one process, which works on one invocation at a time.
struct Runtime {
    events: Vec<String>,
    given: usize,
    sent: Instant,
    durations: Sender<Answered>,
}

impl Runtime {
    fn answer(&mut self, request: &Received) -> Option<Answer> {
        if request.path.ends_with("/invocation/next") {
            let event = self.events.get(self.given)?.clone();
            self.given += 1;
            let now_ms = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_millis();
            let headers = format!(
                "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-{:012}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:validate\r\n\
                 Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n",
                self.given,
                now_ms + GIVEN_MS
            );
            self.sent = Instant::now();
            return Some(Answer {
                status: "200 OK",
                headers,
                body: event,
            });
        }
        let at = Instant::now();
        let body = String::from_utf8_lossy(&request.body);
        if !request.path.ends_with("/response") || !body.contains(r#""statusCode":200"#) {
            panic!("the handler failed: {} {body}", request.path);
        }
        let within = at.duration_since(self.sent);
        self.durations.send(Answered { at, within }).unwrap();
        Some(Answer {
            status: "202 Accepted",
            headers: String::new(),
            body: r#"{"status":"OK"}"#.to_owned(),
        })
    }
}

/// The calls that the handlers make, always answered with success.
fn aws(request: &Received) -> Answer {
    let body = match request.target.as_str() {
        "AmazonSSM.GetParameter" => {
            json!({ "Parameter": { "Name": "/payments/dev/webhook-key", "Type": "SecureString", "Value": SECRET, "Version": 1 } }).to_string()
        }
        "DynamoDB_20120810.TransactWriteItems" | "DynamoDB_20120810.PutItem" => "{}".to_owned(),
        other => panic!("the handler asks for `{other}`, which is not played here"),
    };
    Answer {
        status: "200 OK",
        headers: "x-amzn-requestid: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n".to_owned(),
        body,
    }
}

struct Received {
    path: String,
    target: String,
    body: Vec<u8>,
}

struct Answer {
    status: &'static str,
    headers: String,
    body: String,
}

/// Serves HTTP/1.1 on a free port of this machine, one thread a connection. Without an answer the connection stays open and silent.
fn serve(answer: impl Fn(Received) -> Option<Answer> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(request) = receive(&mut reader) {
                    let Some(answer) = answer(request) else {
                        thread::park();
                        return;
                    };
                    send(&stream, &answer);
                }
            });
        }
    });
    address
}

fn send(mut stream: &TcpStream, answer: &Answer) {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let message = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    // A handler that is gone is noticed where its answer is missed.
    let _gone = stream.write_all(message.as_bytes());
}

/// One request with a known length; `None` when the connection ends.
fn receive(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|bytes| *bytes > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut target) = (0, String::new());
    loop {
        line.clear();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "x-amz-target" => value.trim().clone_into(&mut target),
            "transfer-encoding" => panic!("bodies in chunks are not read here"),
            _ => (),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, target, body })
}

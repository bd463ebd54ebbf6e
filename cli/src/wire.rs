//! A plain HTTP client for the pipeline that runs on this machine.

use serde_json::Value;
use std::time::Duration;

/// How long one local call may take; longer than API Gateway's 29 s, so that its answer is seen.
const CALL_TIMEOUT_S: u64 = 40;

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// The local endpoint on one port.
#[derive(Debug)]
pub(crate) struct Endpoint {
    agent: ureq::Agent,
    address: String,
}

impl Endpoint {
    /// The endpoint at `127.0.0.1:port`; nothing is contacted yet.
    pub(crate) fn new(port: u16) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(CALL_TIMEOUT_S)))
            // Every status is an answer here; only a broken connection is an error.
            .http_status_as_error(false)
            .build();
        Self {
            agent: config.into(),
            address: format!("127.0.0.1:{port}"),
        }
    }

    /// `127.0.0.1:4700`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Posts `body` to `path` with these headers.
    pub(crate) fn post(
        &self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let mut request = self.agent.post(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request
            .send(body)
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .read_to_vec()
            .map_err(|error| error.to_string())?;
        Ok(Answer { status, body })
    }

    /// Reads from a REST service of AWS, which a request names by its signature; this one is never checked.
    pub(crate) fn get_signed(&self, service: &str, path: &str) -> Result<Value, String> {
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential=pipec/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let request = self.agent.get(format!("http://{}{path}", self.address));
        let mut response = request
            .header("authorization", signature)
            .call()
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .read_to_vec()
            .map_err(|error| error.to_string())?;
        if status != 200 {
            return Err(format!("GET {path} answered {status}"));
        }
        serde_json::from_slice(&body)
            .map_err(|error| format!("GET {path} answered no JSON: {error}"))
    }

    /// Calls an AWS JSON operation such as `DynamoDB_20120810.Scan`.
    pub(crate) fn call(&self, target: &str, input: &Value) -> Result<Value, String> {
        let version = if target.starts_with("AmazonSSM") {
            "1.1"
        } else {
            "1.0"
        };
        let headers = [
            ("x-amz-target".to_owned(), target.to_owned()),
            (
                "content-type".to_owned(),
                format!("application/x-amz-json-{version}"),
            ),
        ];
        let answer = self.post("/", &headers, input.to_string().as_bytes())?;
        let body: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| format!("{target} answered {} and no JSON: {error}", answer.status))?;
        if answer.status == 200 {
            return Ok(body);
        }
        let kind = body
            .get("__type")
            .and_then(Value::as_str)
            .unwrap_or("an error");
        let message = body
            .get("message")
            .or_else(|| body.get("Message"))
            .and_then(Value::as_str);
        Err(format!(
            "{target} answered {}: {kind}: {}",
            answer.status,
            message.unwrap_or("no message")
        ))
    }

    fn unreachable(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
                format!("no pipeline is running at {}", self.address)
            }
            ureq::Error::ConnectionFailed => format!("no pipeline is running at {}", self.address),
            other => format!("{} did not answer: {other}", self.address),
        }
    }
}

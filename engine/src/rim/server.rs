//! The one HTTP port: AWS operations and the pipeline's routes, read whole, given to the core, answered when it says so.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, timeout};

use super::driver::Driver;
use super::pool::Pool;
use super::wire::{self, Decoded, Head};
use crate::core::{Answer, Caller, Input, RouteRequest, addressed_function};

/// API Gateway's limit on a request's body.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Those of DynamoDB and S3 are larger; of S3 that is what is kept in memory here.
const OPERATION_BYTES_MAX: usize = 65 * 1024 * 1024;
/// API Gateway hangs up after this long.
const ROUTE_LIMIT: Duration = Duration::from_secs(29);
/// No function runs longer.
const FUNCTION_LIMIT: Duration = Duration::from_secs(15 * 60);
/// How long a client may take to send its headers.
const HEADER_LIMIT: Duration = Duration::from_secs(30);

/// What each connection needs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) driver: Arc<Driver>,
    pub(crate) pool: Arc<Pool>,
}

impl Server {
    /// Serves until the listener is dropped by aborting the task.
    pub(crate) async fn run(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let server = self.clone();
                    tokio::spawn(async move { server.connection(stream, peer).await });
                }
                // Out of file descriptors, or a connection that is gone already: others may still come.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        // Without this each small answer may wait for the other side's delayed acknowledgement.
        let _best_effort = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { respond(server.answer(request, peer).await) }
        });
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_LIMIT);
        // A client that breaks off is its own business.
        let _broken = builder
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        let (parts, body) = request.into_parts();
        let is_operation = parts.headers.contains_key("x-amz-target")
            || parts.headers.contains_key("x-amz-content-sha256");
        let limit = if is_operation {
            OPERATION_BYTES_MAX
        } else {
            BODY_BYTES_MAX
        };
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Answer::json(413, &json!({ "message": "Request Entity Too Large" }));
            }
            Err(_) => return Answer::json(400, &json!({ "message": "Bad Request" })),
        };
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let head = Head {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            target: header("x-amz-target"),
            content_type: header("content-type").unwrap_or_default(),
            invocation_type: header("x-amz-invocation-type"),
            authorization: header("authorization"),
        };
        match wire::decode(head, &body) {
            Decoded::Operation(request, encoding) => {
                let caller = head
                    .authorization
                    .and_then(wire::access_key)
                    .map_or(Caller::Outside, |key| self.pool.caller(key));
                let answer = self
                    .driver
                    .ask(|call| Input::Call {
                        call,
                        caller,
                        request,
                    })
                    .await
                    .unwrap_or_else(stopping);
                encoding.encode(answer)
            }
            Decoded::Refused(answer) => answer,
            Decoded::Route if self.driver.draining() => stopping(),
            Decoded::Route => {
                let request = RouteRequest {
                    method: parts.method.as_str().to_owned(),
                    path: parts.uri.path().to_owned(),
                    query: parts.uri.query().unwrap_or_default().to_owned(),
                    headers: headers(&parts.headers),
                    body: body.to_vec(),
                    source_ip: peer.ip().to_string(),
                };
                let is_addressed =
                    addressed_function(header("host").unwrap_or_default(), &request.path).is_some();
                self.route(request, is_addressed).await
            }
        }
    }

    /// A function's own address waits as long as the function may run.
    async fn route(&self, request: RouteRequest, is_addressed: bool) -> Answer {
        let limit = if is_addressed {
            FUNCTION_LIMIT
        } else {
            ROUTE_LIMIT
        };
        let asked = self.driver.ask(|call| Input::Route { call, request });
        match timeout(limit, asked).await {
            Ok(answer) => answer.unwrap_or_else(stopping),
            Err(_) => Answer::json(504, &json!({ "message": "Endpoint request timed out" })),
        }
    }
}

fn stopping() -> Answer {
    Answer::json(
        503,
        &json!({ "__type": "ServiceUnavailable", "message": "the local run is stopping" }),
    )
}

/// Names and values in the order they came; a value that is no UTF-8 is taken as Latin-1, as HTTP once had it.
fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| {
        std::str::from_utf8(bytes).map_or_else(
            |_| bytes.iter().map(|byte| char::from(*byte)).collect(),
            str::to_owned,
        )
    };
    map.iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}

fn respond(answer: Answer) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    let mut builder = Response::builder().status(answer.status);
    if !answer
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        && !answer.body.is_empty()
    {
        builder = builder.header("Content-Type", "application/json");
    }
    for (name, value) in &answer.headers {
        // The length and the connection are this server's to say.
        if !["content-length", "connection", "transfer-encoding"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
        {
            builder = builder.header(name, value);
        }
    }
    match builder.body(Full::new(Bytes::from(answer.body))) {
        Ok(response) => Ok(response),
        // A handler's header that HTTP does not allow: to API Gateway a malformed proxy answer.
        Err(_) => Response::builder()
            .status(502)
            .header("Content-Type", "application/json")
            .body(Full::new(Bytes::from_static(
                br#"{"message":"Internal server error"}"#,
            ))),
    }
}

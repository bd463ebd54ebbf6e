//! The Lambda Runtime API, 2018-06-01, of one environment.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Duration;

use super::environment::{Delivery, Event};
use crate::core::Outcome;

/// The largest result of a synchronous invocation: 6 MB, and room for its JSON quoting.
const RESULT_BYTES_MAX: usize = 6 * 1024 * 1024 + 1024;
/// The wait before the next connection is taken when one could not be.
const ACCEPT_AGAIN: Duration = Duration::from_millis(20);
const PREFIX: &str = "/2018-06-01/runtime/";

pub(super) async fn serve(listener: TcpListener, events: mpsc::Sender<Event>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or a connection that is gone already: the program's next attempt may come through.
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        // Without this each small answer may wait for the other side's delayed acknowledgement.
        let _best_effort = stream.set_nodelay(true);
        let events = events.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, events.clone()));
            // A connection that breaks off is the program's business; its end is noticed by its process.
            let _broken = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Answered = Result<Response<Full<Bytes>>, hyper::http::Error>;

async fn answer(request: Request<Incoming>, events: mpsc::Sender<Event>) -> Answered {
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix(PREFIX) else {
        return error(StatusCode::NOT_FOUND, "UnknownPath", &path);
    };
    let parts: Vec<&str> = rest.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(&events).await,
        (&Method::POST, ["invocation", id, kind @ ("response" | "error")]) => {
            let (id, failed) = ((*id).to_owned(), *kind == "error");
            result(request, id, failed, &events).await
        }
        (&Method::POST, ["init", "error"]) => {
            let Ok(body) = Limited::new(request.into_body(), RESULT_BYTES_MAX)
                .collect()
                .await
            else {
                return error(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    "the body is too large",
                );
            };
            // The environment is ending when it no longer listens.
            let _ending = events
                .send(Event::InitError {
                    body: body.to_bytes().to_vec(),
                })
                .await;
            accepted()
        }
        _ => error(StatusCode::NOT_FOUND, "UnknownPath", &path),
    }
}

async fn next(events: &mpsc::Sender<Event>) -> Answered {
    let (sender, receiver) = oneshot::channel::<Delivery>();
    if events.send(Event::Next(sender)).await.is_err() {
        return error(StatusCode::FORBIDDEN, "Stopping", "the environment ends");
    }
    match receiver.await {
        Ok(delivery) => Response::builder()
            .header("Content-Type", "application/json")
            .header("Lambda-Runtime-Aws-Request-Id", delivery.request_id)
            .header("Lambda-Runtime-Deadline-Ms", delivery.deadline_ms)
            .header("Lambda-Runtime-Invoked-Function-Arn", delivery.arn)
            .header("Lambda-Runtime-Trace-Id", delivery.trace)
            .body(Full::new(Bytes::from(delivery.payload))),
        Err(_) => error(StatusCode::FORBIDDEN, "Stopping", "the environment ends"),
    }
}

async fn result(
    request: Request<Incoming>,
    request_id: String,
    failed: bool,
    events: &mpsc::Sender<Event>,
) -> Answered {
    let Ok(body) = Limited::new(request.into_body(), RESULT_BYTES_MAX)
        .collect()
        .await
    else {
        let too_large = json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)." });
        let outcome = Outcome::Failure(too_large.to_string().into_bytes());
        post(events, request_id, outcome).await;
        return error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "the result is too large",
        );
    };
    let body = body.to_bytes().to_vec();
    let outcome = if failed {
        Outcome::Failure(body)
    } else {
        Outcome::Success(body)
    };
    if post(events, request_id, outcome).await {
        accepted()
    } else {
        error(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        )
    }
}

async fn post(events: &mpsc::Sender<Event>, request_id: String, outcome: Outcome) -> bool {
    let (known, receiver) = oneshot::channel();
    events
        .send(Event::Result {
            request_id,
            outcome,
            known,
        })
        .await
        .is_ok()
        && receiver.await.unwrap_or(false)
}

fn accepted() -> Answered {
    Response::builder()
        .status(StatusCode::ACCEPTED)
        .header("Content-Type", "application/json")
        .body(Full::new(Bytes::from_static(br#"{"status":"OK"}"#)))
}

fn error(status: StatusCode, kind: &str, message: &str) -> Answered {
    let body = json!({ "errorType": kind, "errorMessage": message }).to_string();
    Response::builder()
        .status(status)
        .header("Content-Type", "application/json")
        .body(Full::new(Bytes::from(body)))
}

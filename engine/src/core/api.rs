//! AWS operations: finds the service, and writes its results and errors as that service's protocol does.

use serde_json::{Map, Value};

use super::Core;
use super::authority::Denied;
use super::input::{Action, Answer, ApiRequest, CallId, Caller, Output, Service};
use super::queues::query_code;
use crate::observe::StepKind;

/// What an operation gives: the body of its answer, or an error.
pub(super) type ApiResult = Result<Value, ApiError>;

/// An error in the terms of the JSON protocols.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    /// The error's type, with its namespace where the service's own answers have one.
    pub(super) kind: String,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: kind.into(),
            message: message.into(),
        }
    }

    pub(super) fn unknown(operation: &str) -> Self {
        Self::new(
            "UnknownOperationException",
            format!("the local run does not offer the operation {operation}"),
        )
    }
}

/// The content type of a service's answers.
fn content_type(service: Service) -> &'static str {
    match service {
        Service::DynamoDb | Service::StepFunctions | Service::Sqs => "application/x-amz-json-1.0",
        Service::CloudWatch => "application/x-amz-json-1.0",
        Service::Ssm | Service::Events | Service::Logs => "application/x-amz-json-1.1",
        // The wire makes its own of it.
        Service::Sns | Service::Sts => "application/json",
        Service::Lambda | Service::ApiGateway => "application/json",
        Service::S3 => "application/xml",
    }
}

impl Core {
    /// `AccessDeniedException` as the service words it; a person is told too, since a handler may not pass it on.
    fn refused(
        &self,
        service: Service,
        denied: &Denied,
        now_ms: u64,
        out: &mut Output,
    ) -> (u16, Value, Option<String>) {
        self.observe(
            None,
            StepKind::Notice {
                message: denied.message.clone(),
            },
            now_ms,
            out,
        );
        let kind = match service {
            Service::DynamoDb | Service::StepFunctions => {
                "com.amazon.coral.service#AccessDeniedException"
            }
            Service::Sns => "AuthorizationError",
            Service::CloudWatch => "AccessDenied",
            Service::Ssm
            | Service::Sqs
            | Service::Lambda
            | Service::Events
            | Service::Logs
            | Service::S3
            | Service::ApiGateway => "AccessDeniedException",
            Service::Sts => "AccessDenied",
        };
        let status = match service {
            Service::Lambda
            | Service::Sns
            | Service::CloudWatch
            | Service::S3
            | Service::Sts
            | Service::ApiGateway => 403,
            _ => 400,
        };
        failed(
            &ApiError {
                status,
                ..ApiError::new(kind, denied.message.clone())
            },
            "Message",
        )
    }

    pub(super) fn on_call(
        &mut self,
        call: CallId,
        caller: &Caller,
        request: ApiRequest,
        now_ms: u64,
        out: &mut Output,
    ) {
        let ApiRequest {
            service,
            operation,
            body,
            payload,
        } = request;
        let allowed = self.authorize_call(&self.principal(caller), service, &operation, &body);
        let (status, body, kind) = match (service, allowed) {
            (Service::S3, Err(denied)) => {
                self.refused(service, &denied, now_ms, out);
                return self.deny_s3(call, &body, denied.message, out);
            }
            (Service::S3, Ok(())) => {
                return self.s3(call, (&operation, &body), payload, now_ms, out);
            }
            (_, Err(denied)) => self.refused(service, &denied, now_ms, out),
            (Service::Lambda, Ok(())) => {
                match self.lambda(call, &operation, &body, payload, now_ms, out) {
                    Ok(()) => return,
                    Err(error) => failed(&error, "Message"),
                }
            }
            (Service::DynamoDb, Ok(())) => {
                match self.dynamodb(&operation, body, caller, None, now_ms, out) {
                    Ok(body) => (200, body, None),
                    Err(failure) => (400, failure.body(), None),
                }
            }
            (Service::StepFunctions, Ok(())) => {
                written(self.states(&operation, &body, now_ms, out))
            }
            (Service::ApiGateway, Ok(())) => written(self.api_gateway(&operation, &body, now_ms)),
            (Service::Ssm, Ok(())) => written(self.ssm(&operation, &body, now_ms, out)),
            (Service::Sqs, Ok(())) if operation == "ReceiveMessage" => {
                match self.sqs_receive(call, &body, now_ms, out).transpose() {
                    Some(result) => written(result),
                    None => return,
                }
            }
            (Service::Sqs, Ok(())) => {
                let sender = self.principal(caller);
                written(self.sqs(&operation, &body, &sender, now_ms, out))
            }
            (Service::Sns, Ok(())) => written(self.sns(&operation, &body, caller, now_ms, out)),
            (Service::Events, Ok(())) => {
                written(self.events(&operation, &body, caller, now_ms, out))
            }
            (Service::Sts, Ok(())) => written(self.sts(&operation, &self.principal(caller))),
            (Service::Logs, Ok(())) => written(self.logs(&operation, &body)),
            (Service::CloudWatch, Ok(())) => {
                written(self.cloudwatch(&operation, &body, now_ms, out))
            }
        };
        self.answer_with(call, service, (status, &body, kind), out);
    }

    /// Answers a call whose result came later than its own step.
    pub(super) fn answer_call(
        &mut self,
        call: CallId,
        service: Service,
        result: ApiResult,
        out: &mut Output,
    ) {
        let (status, body, kind) = written(result);
        self.answer_with(call, service, (status, &body, kind), out);
    }

    fn answer_with(
        &mut self,
        call: CallId,
        service: Service,
        (status, body, kind): (u16, &Value, Option<String>),
        out: &mut Output,
    ) {
        let mut answer = Answer::json(status, body);
        answer
            .headers
            .push(("Content-Type".to_owned(), content_type(service).to_owned()));
        answer
            .headers
            .push(("x-amzn-RequestId".to_owned(), self.ids.uuid()));
        if service == Service::DynamoDb {
            answer.headers.push((
                "x-amz-crc32".to_owned(),
                crc32fast::hash(&answer.body).to_string(),
            ));
        }
        if let (Service::Sqs, Some(kind)) = (service, &kind) {
            // SDKs still tell SQS errors by the codes of the old protocol.
            let code = format!("{};Sender", query_code(kind));
            answer.headers.push(("x-amzn-query-error".to_owned(), code));
        }
        if let Some(kind) = kind {
            answer.headers.push(("x-amzn-ErrorType".to_owned(), kind));
        }
        out.actions.push(Action::Answer { call, answer });
    }
}

fn written(result: ApiResult) -> (u16, Value, Option<String>) {
    match result {
        Ok(body) => (200, body, None),
        Err(error) => failed(&error, "message"),
    }
}

fn failed(error: &ApiError, message: &str) -> (u16, Value, Option<String>) {
    let mut body = Map::new();
    body.insert("__type".to_owned(), Value::String(error.kind.clone()));
    body.insert(message.to_owned(), Value::String(error.message.clone()));
    let kind = error
        .kind
        .rsplit('#')
        .next()
        .unwrap_or(&error.kind)
        .to_owned();
    (error.status, Value::Object(body), Some(kind))
}

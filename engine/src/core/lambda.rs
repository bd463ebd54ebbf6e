//! The Lambda API: `Invoke`, waited for or not, and what is asked of functions and mappings.

mod described;

use serde_json::{Value, json};

use super::api::ApiError;
use super::asynchronous::AsynchronousEvent;
use super::input::{Action, Answer, CallId, Outcome, Output, Service};
use super::{Core, Purpose};

impl Core {
    /// `body` is what the path and headers said: `FunctionName`, `InvocationType`.
    pub(super) fn lambda(
        &mut self,
        call: CallId,
        operation: &str,
        body: &Value,
        payload: Vec<u8>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), ApiError> {
        if operation != "Invoke" {
            let described = self.described_lambda(operation, body)?;
            self.answer_call(call, Service::Lambda, Ok(described), out);
            return Ok(());
        }
        let given = body
            .get("FunctionName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let function = self.function_named(given).ok_or_else(|| ApiError {
            status: 404,
            ..ApiError::new(
                "ResourceNotFoundException",
                format!("Function not found: {given}"),
            )
        })?;
        if !payload.is_empty()
            && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload)
        {
            return Err(ApiError::new(
                "InvalidRequestContentException",
                format!("Could not parse request body into json: {error}"),
            ));
        }
        match body
            .get("InvocationType")
            .and_then(Value::as_str)
            .unwrap_or("RequestResponse")
        {
            "RequestResponse" => {
                let trace = self.ids.trace(None, now_ms);
                let payload = if payload.is_empty() {
                    b"{}".to_vec()
                } else {
                    payload
                };
                let invocation =
                    self.invocation(Purpose::Api(call), &function, trace, payload, now_ms);
                out.at_once.push(Action::Invoke(invocation));
                Ok(())
            }
            "Event" => self.invoke_event(call, function, &payload, now_ms, out),
            "DryRun" => {
                out.actions.push(Action::Answer {
                    call,
                    answer: Answer {
                        status: 204,
                        ..Answer::default()
                    },
                });
                Ok(())
            }
            other => Err(ApiError::new(
                "InvalidParameterValueException",
                format!("the local run offers no invocation of type `{other}`"),
            )),
        }
    }

    /// `Invoke` of the type `Event`: answered when the event is durable, done later.
    fn invoke_event(
        &mut self,
        call: CallId,
        function: String,
        payload: &[u8],
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), ApiError> {
        let refused = |error: String| {
            ApiError::new(
                "InvalidRequestContentException",
                format!("Could not parse request body into json: {error}"),
            )
        };
        let payload = if payload.is_empty() {
            "{}".to_owned()
        } else {
            serde_json::from_slice::<&serde_json::value::RawValue>(payload)
                .map_err(|error| refused(error.to_string()))?
                .get()
                .to_owned()
        };
        let event = AsynchronousEvent {
            function,
            payload,
            ..AsynchronousEvent::default()
        };
        let _request_id = self.invoke_asynchronously(event, now_ms, out);
        out.actions.push(Action::Answer {
            call,
            answer: Answer {
                status: 202,
                ..Answer::default()
            },
        });
        Ok(())
    }

    /// The physical name of the function that `given` means: a name, an ARN, or either with a qualifier.
    pub(super) fn function_named(&self, given: &str) -> Option<String> {
        let name = match given.split_once(":function:") {
            Some((_, rest)) => rest.split(':').next().unwrap_or_default(),
            None => given.split(':').next().unwrap_or_default(),
        };
        self.deployment
            .functions
            .iter()
            .find(|it| it.name == name)
            .map(|it| it.name.clone())
    }
}

/// The result of an invocation as the caller of `Invoke` gets it.
pub(super) fn answer(call: CallId, outcome: &Outcome, out: &mut Output) {
    let version = ("X-Amz-Executed-Version".to_owned(), "$LATEST".to_owned());
    let answer = match outcome {
        Outcome::Success(payload) => Answer {
            status: 200,
            headers: vec![version],
            body: payload.clone(),
        },
        Outcome::Failure(payload) => Answer {
            status: 200,
            headers: vec![
                version,
                ("X-Amz-Function-Error".to_owned(), "Unhandled".to_owned()),
            ],
            body: payload.clone(),
        },
        Outcome::Throttled => {
            let body = json!({ "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded." });
            let mut answer = Answer::json(429, &body);
            answer.headers.push((
                "x-amzn-ErrorType".to_owned(),
                "TooManyRequestsException".to_owned(),
            ));
            answer
        }
        Outcome::Unavailable(why) => {
            let mut answer = Answer::json(500, &json!({ "Type": "Service", "Message": why }));
            answer
                .headers
                .push(("x-amzn-ErrorType".to_owned(), "ServiceException".to_owned()));
            answer
        }
    };
    out.actions.push(Action::Answer { call, answer });
}

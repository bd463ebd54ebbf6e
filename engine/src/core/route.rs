//! The pipeline's API: finds the route of a request, holds its throttle, calls the function and turns its result into the answer.

use std::collections::BTreeMap;

use serde_json::json;

use super::input::{Action, Answer, CallId, Invocation, Outcome, Output, RouteRequest};
use super::usage::NotAdmitted;
use super::{Core, Purpose, function_url, proxy};
use crate::artifacts::{Api, Deployment, Function, Route, Throttle};
use crate::observe::StepKind;

/// A route's request whose function is at work.
#[derive(Debug, Clone)]
pub(super) struct OpenRequest {
    pub(super) call: CallId,
    pub(super) request_id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) received_ms: u64,
    /// Name and stage of the API.
    pub(super) api: Option<(String, String)>,
    /// The partition value of the first fact that the function recorded.
    pub(super) subject: Option<String>,
    /// Whether it recorded a fact.
    pub(super) recorded: bool,
    /// Whether a condition refused what it wanted to record.
    pub(super) refused: bool,
    /// It came by the function's own address, whose answers are worded otherwise.
    pub(super) by_url: bool,
}

/// A route's token bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    tokens: f64,
    filled_ms: u64,
}

/// What API Gateway says on its own.
fn gateway(api: Option<&Api>, kind: &str, default: u16, message: &str) -> Answer {
    let status = api
        .and_then(|api| api.gateway_statuses.get(kind))
        .copied()
        .unwrap_or(default);
    let mut answer = Answer::json(status, &json!({ "message": message }));
    // The exception that SDKs know each of these by.
    let kind = match kind {
        "INVALID_API_KEY" => "ForbiddenException",
        "THROTTLED" => "TooManyRequestsException",
        "QUOTA_EXCEEDED" => "LimitExceededException",
        "MISSING_AUTHENTICATION_TOKEN" => "MissingAuthenticationTokenException",
        _ => "InternalServerErrorException",
    };
    answer
        .headers
        .push(("x-amzn-ErrorType".to_owned(), kind.to_owned()));
    answer
}

impl Core {
    pub(super) fn on_route(
        &mut self,
        call: CallId,
        request: RouteRequest,
        now_ms: u64,
        out: &mut Output,
    ) {
        let request_id = self.ids.uuid();
        let received = StepKind::Received {
            request: request_id.clone(),
            method: request.method.clone(),
            path: request.path.clone(),
            bytes: request.body.len(),
        };
        self.observe(None, received, now_ms, out);
        if self.on_function_url(call, &request, &request_id, now_ms, out) {
            return;
        }
        let deployment = self.deployment.clone();
        let (found, function) = match self.admit(&deployment, &request, now_ms, out) {
            Ok(admitted) => admitted,
            Err(answer) => {
                return self.answer_route(call, &request_id, &request, answer, now_ms, out);
            }
        };
        let incoming = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-trace-id"))
            .map(|(_, value)| value.as_str());
        let trace = self.ids.trace(incoming, now_ms);
        let context = proxy::Context {
            account: &deployment.account,
            api: found.api,
            route: found.route,
            path_parameters: &found.parameters,
            path: &found.path,
            request_id: &request_id,
            trace: &trace,
            now_ms,
        };
        let payload = proxy::event(&context, &request).to_string().into_bytes();
        let open = OpenRequest {
            call,
            request_id,
            method: request.method,
            path: request.path,
            received_ms: now_ms,
            api: Some(named(found.api)),
            subject: None,
            recorded: false,
            refused: false,
            by_url: false,
        };
        let invocation =
            self.invocation(Purpose::Route(open), &function.name, trace, payload, now_ms);
        out.at_once.push(Action::Invoke(invocation));
    }

    /// The route and function for a request, or what API Gateway answers by itself.
    fn admit<'a>(
        &mut self,
        deployment: &'a Deployment,
        request: &RouteRequest,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(Found<'a>, &'a Function), Answer> {
        // The default for a path or method that the API does not know is 403; the template may say 404.
        let unknown = || {
            gateway(
                deployment.apis.first(),
                "MISSING_AUTHENTICATION_TOKEN",
                403,
                "Missing Authentication Token",
            )
        };
        let found = find(&deployment.apis, request).ok_or_else(unknown)?;
        if found.route.needs_key
            && let Err(why) = self.admit_key(found.api, request, now_ms, out)
        {
            let api = Some(found.api);
            return Err(match why {
                NotAdmitted::Forbidden => gateway(api, "INVALID_API_KEY", 403, "Forbidden"),
                NotAdmitted::TooFast => gateway(api, "THROTTLED", 429, "Too Many Requests"),
                NotAdmitted::QuotaUsed => gateway(api, "QUOTA_EXCEEDED", 429, "Limit Exceeded"),
            });
        }
        let (method, path) = (&found.route.method, &found.route.path);
        let name = format!("{method} {path}");
        if let Some(throttle) = found.route.throttle
            && !take_token(&mut self.buckets, &name, throttle, now_ms)
        {
            return Err(gateway(
                Some(found.api),
                "THROTTLED",
                429,
                "Too Many Requests",
            ));
        }
        let failed = || {
            gateway(
                Some(found.api),
                "API_CONFIGURATION_ERROR",
                500,
                "Internal server error",
            )
        };
        let function = deployment
            .functions
            .iter()
            .find(|it| it.arn == found.route.function_arn)
            .ok_or_else(failed)?;
        if !self.authorize_route(found.api, found.route) {
            let message = format!(
                "API Gateway may not call {}: no permission of the template allows it",
                function.name
            );
            self.observe(None, StepKind::Notice { message }, now_ms, out);
            return Err(failed());
        }
        Ok((found, function))
    }

    pub(super) fn answer_route(
        &mut self,
        call: CallId,
        request_id: &str,
        request: &RouteRequest,
        answer: Answer,
        now_ms: u64,
        out: &mut Output,
    ) {
        let step = StepKind::Answered {
            request: request_id.to_owned(),
            method: request.method.clone(),
            path: request.path.clone(),
            status: answer.status,
            outcome: None,
            duration_ms: 0,
        };
        self.observe(None, step, now_ms, out);
        let named = find(&self.deployment.apis, request).map(|it| named(it.api));
        self.measure_api(named, answer.status, 0, now_ms);
        out.actions.push(Action::Answer { call, answer });
    }

    /// API Gateway gives its metrics by API, and by API and stage.
    fn measure_api(
        &mut self,
        api: Option<(String, String)>,
        status: u16,
        duration_ms: u64,
        now_ms: u64,
    ) {
        let Some((name, stage)) = api else { return };
        let (name, stage) = (("ApiName", name.as_str()), ("Stage", stage.as_str()));
        let of = |truth: bool| if truth { 1.0 } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "a request lasts 29 s at most")]
        let latency_ms = duration_ms as f64;
        for dimensions in [&[name][..], &[name, stage]] {
            for (metric, value) in [
                ("Count", 1.0),
                ("Latency", latency_ms),
                ("4XXError", of((400..500).contains(&status))),
                ("5XXError", of(status >= 500)),
            ] {
                self.metrics
                    .add("AWS/ApiGateway", metric, dimensions, value, now_ms);
            }
        }
    }

    pub(super) fn route_done(
        &mut self,
        open: OpenRequest,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        let failed =
            |status: u16| Answer::json(status, &json!({ "message": "Internal server error" }));
        let answer = match outcome {
            outcome if open.by_url => function_url::answer(outcome),
            Outcome::Success(payload) => proxy::answer(payload).unwrap_or_else(|| failed(502)),
            Outcome::Failure(_) => failed(502),
            // API Gateway does not pass the function's 429 on: to the caller it is a failed integration.
            Outcome::Throttled | Outcome::Unavailable(_) => failed(500),
        };
        let said = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
        let said = said
            .as_ref()
            .and_then(|body| body.get("outcome").or_else(|| body.get("status")))
            .and_then(|it| it.as_str())
            .map(str::to_owned);
        let outcome = match (open.recorded, said) {
            (_, Some(said)) => Some(said),
            (true, None) => Some("recorded".to_owned()),
            (false, None) if open.refused && answer.status < 300 => Some("duplicate".to_owned()),
            (false, None) => None,
        };
        let duration_ms = now_ms.saturating_sub(open.received_ms);
        self.measure_api(open.api, answer.status, duration_ms, now_ms);
        let step = StepKind::Answered {
            request: open.request_id,
            method: open.method,
            path: open.path,
            status: answer.status,
            outcome,
            duration_ms,
        };
        self.observe(open.subject, step, now_ms, out);
        out.actions.push(Action::Answer {
            call: open.call,
            answer,
        });
    }

    pub(super) fn invocation(
        &mut self,
        purpose: Purpose,
        function: &str,
        trace: String,
        payload: Vec<u8>,
        now_ms: u64,
    ) -> Invocation {
        let id = self.ids.number();
        let request_id = self.ids.uuid();
        self.work_begins(id, function, &trace, now_ms);
        self.pending.insert(id, purpose);
        Invocation {
            id,
            function: function.to_owned(),
            request_id,
            trace,
            payload,
            fault: self.faults.get(function).cloned(),
        }
    }
}

/// Takes one token from the named bucket, which is full at first.
pub(super) fn take_token(
    buckets: &mut Buckets,
    name: &str,
    throttle: Throttle,
    now_ms: u64,
) -> bool {
    let bucket = buckets.entry(name.to_owned()).or_insert(Bucket {
        tokens: throttle.burst,
        filled_ms: now_ms,
    });
    #[expect(
        clippy::cast_precision_loss,
        reason = "an interval in milliseconds is far below the 53 bits of a double"
    )]
    let elapsed_s = now_ms.saturating_sub(bucket.filled_ms) as f64 / 1000.0;
    bucket.tokens = (bucket.tokens + elapsed_s * throttle.rate_per_s).min(throttle.burst);
    bucket.filled_ms = bucket.filled_ms.max(now_ms);
    if bucket.tokens < 1.0 {
        return false;
    }
    bucket.tokens -= 1.0;
    true
}

fn named(api: &Api) -> (String, String) {
    (api.name.clone(), api.stage.clone())
}

/// Buckets by route.
pub(super) type Buckets = BTreeMap<String, Bucket>;

struct Found<'a> {
    api: &'a Api,
    route: &'a Route,
    parameters: Parameters,
    path: String,
}

/// Path parameters by name.
type Parameters = Vec<(String, String)>;

/// The route for a request, whose path may begin with the stage or not. A literal part is preferred to a parameter.
fn find<'a>(apis: &'a [Api], request: &RouteRequest) -> Option<Found<'a>> {
    for api in apis {
        let below = request
            .path
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(api.stage.as_str()))
            .filter(|rest| rest.starts_with('/'));
        for path in [Some(request.path.as_str()), below].into_iter().flatten() {
            let mut candidates: Vec<(usize, &Route, Parameters)> = Vec::new();
            for route in api
                .routes
                .iter()
                .filter(|route| route.method == request.method || route.method == "ANY")
            {
                if let Some(parameters) = match_path(&route.path, path) {
                    candidates.push((parameters.len(), route, parameters));
                }
            }
            candidates.sort_by_key(|(parameters, route, _)| (*parameters, route.method == "ANY"));
            if let Some((_, route, parameters)) = candidates.into_iter().next() {
                return Some(Found {
                    api,
                    route,
                    parameters,
                    path: path.to_owned(),
                });
            }
        }
    }
    None
}

fn match_path(pattern: &str, path: &str) -> Option<Parameters> {
    let mut parameters = Vec::new();
    let mut rest = path
        .trim_start_matches('/')
        .trim_end_matches('/')
        .split('/');
    for part in pattern.trim_start_matches('/').split('/') {
        if let Some(name) = part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix("+}"))
        {
            let all: Vec<&str> = rest.by_ref().collect();
            parameters.push((name.to_owned(), proxy::decode(&all.join("/"))));
        } else if let Some(name) = part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            let value = rest.next().filter(|value| !value.is_empty())?;
            parameters.push((name.to_owned(), proxy::decode(value)));
        } else if rest.next()? != part {
            return None;
        }
    }
    rest.next().is_none().then_some(parameters)
}

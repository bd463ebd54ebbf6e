//! Calling a function: the task, what is tried again, where errors lead.

use serde_json::Number;

use crate::emit::asl::payload::Payload;
use crate::emit::asl::{Next, Pass, ResultPath, Retrier, Task};
use crate::model::{self, Pipeline, Type};

use super::effect::{Place, THROTTLED as THROTTLED_SERVICE};
use super::value::{complete, placeholder};

/// Seconds on top of the function's own timeout: a cold start, up to ten, and the way there. So it is the function that
/// times out first, and says so.
const MARGIN_S: u32 = 15;

/// Where an error goes that no `catch` gives a name.
pub(crate) const UNNAMED_ERROR: &str = "$._error";

/// `Throttled`: the function did not run, or Lambda could not say that it did; the idempotency key covers that.
const THROTTLED: [&str; 4] = [
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
];

/// `Timeout`: the state's own, and the function's.
const TIMEOUT: [&str; 2] = ["States.Timeout", "Sandbox.Timedout"];

/// The names that States Language has for errors of the spec.
pub(crate) fn errors(names: &[String]) -> Vec<String> {
    if names.is_empty() {
        return vec!["States.ALL".to_owned()];
    }
    let mut errors = Vec::new();
    for name in names {
        match name.as_str() {
            "Throttled" => errors.extend(THROTTLED.map(str::to_owned)),
            "Timeout" => errors.extend(TIMEOUT.map(str::to_owned)),
            "any" => return vec!["States.ALL".to_owned()],
            declared => errors.push(declared.to_owned()),
        }
    }
    errors
}

/// The same of a statement that is no call: any service, and inside a `parallel` or `for` also functions.
pub(crate) fn errors_of_any(names: &[String]) -> Vec<String> {
    let mut all = errors(names);
    if names.iter().any(|it| it == "Throttled") && !all.iter().any(|it| it == "States.ALL") {
        all.extend(THROTTLED_SERVICE.iter().map(|it| (*it).to_owned()));
    }
    all
}

/// The task without its catchers.
pub(crate) fn task(
    place: &Place<'_>,
    function: &model::Function,
    function_id: &str,
    argument: Payload,
    binding: Option<&str>,
    retry: Option<&model::Retry>,
    next: Next,
) -> Task {
    let event = Payload::object([
        ("input", argument),
        (
            "idempotency_key",
            Payload::Computed(place.scope.actor("$$.Execution.Name")),
        ),
        ("trace", Payload::computed("$.trace")),
    ]);
    let request = Payload::object([
        ("FunctionName", Payload::Constant(placeholder(function_id))),
        ("Payload", event),
    ]);
    let output = match &function.output {
        Some(ty) => complete(place.pipeline, "$.Payload", ty),
        None => "$.Payload".to_owned(),
    };
    let selector = Payload::object([("value", Payload::Computed(output))]);
    Task {
        // Its name says what is called. What is written above the function is of the function, whose resources alone it may change.
        comment: None,
        resource: "arn:aws:states:::lambda:invoke",
        parameters: request,
        result_selector: binding.map(|_| selector),
        result_path: binding.map_or(ResultPath::Discard(()), |it| {
            ResultPath::At(format!("$.{it}"))
        }),
        timeout_seconds: function.timeout_s.saturating_add(MARGIN_S),
        retry: retriers(retry),
        catch: Vec::new(),
        next,
    }
}

/// The policy of the spec; where it does not speak of throttling, a throttled call is still tried again, since nothing happened.
fn retriers(retry: Option<&model::Retry>) -> Vec<Retrier> {
    let mut retriers = Vec::new();
    if let Some(retry) = retry {
        retriers.push(Retrier {
            error_equals: errors(&retry.errors),
            interval_seconds: retry.interval_s,
            max_attempts: retry.retries,
            backoff_rate: retry.backoff.parse().unwrap_or_else(|_| Number::from(2)),
            max_delay_seconds: retry.max_delay_s,
            jitter_strategy: if retry.jitter_full { "FULL" } else { "NONE" },
        });
    }
    if !retry.is_some_and(|it| {
        it.errors
            .iter()
            .any(|error| error == "Throttled" || error == "any")
    }) {
        retriers.push(Retrier {
            error_equals: THROTTLED.map(str::to_owned).to_vec(),
            interval_seconds: 1,
            max_attempts: 6,
            backoff_rate: Number::from(2),
            max_delay_seconds: 30,
            jitter_strategy: "FULL",
        });
    }
    retriers
}

/// The passes that bring a caught error's fields to `$.<binding>.value`.
pub(crate) fn unpack(pipeline: &Pipeline, catch: &model::Catch) -> Vec<Unpack> {
    let Some(binding) = &catch.binding else {
        return Vec::new();
    };
    let path = format!("$.{binding}");
    let declared = !catch.errors.is_empty()
        && catch
            .errors
            .iter()
            .all(|it| pipeline.errors.contains_key(it));
    if !declared {
        // What is built in has a name and no fields.
        let error = Payload::object([("error", Payload::computed(format!("{path}.Error")))]);
        return vec![Unpack {
            suffix: "name",
            path,
            parameters: Payload::object([("value", error)]),
        }];
    }
    let cause = Payload::computed(format!("States.StringToJson({path}.Cause)"));
    let fields = format!("States.StringToJson({path}.cause.errorMessage)");
    let fields = match catch.errors.as_slice() {
        [one] => complete(pipeline, &fields, &Type::Record(one.clone())),
        _ => fields,
    };
    let fields = Payload::Computed(fields);
    vec![
        Unpack {
            suffix: "read cause",
            path: path.clone(),
            parameters: Payload::object([("cause", cause)]),
        },
        Unpack {
            suffix: "read fields",
            path,
            parameters: Payload::object([("value", fields)]),
        },
    ]
}

/// One step of unpacking an error.
pub(crate) struct Unpack {
    /// Ends the state's name.
    pub(crate) suffix: &'static str,
    path: String,
    parameters: Payload,
}

impl Unpack {
    /// The state.
    pub(crate) fn pass(self, next: Next) -> Pass {
        Pass {
            comment: None,
            parameters: self.parameters,
            result_path: Some(ResultPath::At(self.path)),
            next,
        }
    }
}

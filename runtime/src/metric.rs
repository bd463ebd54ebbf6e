//! What the runtime counts, as CloudWatch has it. Telemetry writes these names and the compiler's alarms watch them, so that the two cannot
//! drift apart.

/// The namespace of all of them.
pub const NAMESPACE: &str = "pipec";

/// Dimension of what is counted of a function: its physical name, as in AWS's own metrics of functions, so that two stacks of one account
/// are counted apart.
pub const FUNCTION_NAME: &str = "FunctionName";

/// Dimension of what is counted of a secret: the name of the SSM parameter that holds it, whichever function read it.
pub const PARAMETER_NAME: &str = "ParameterName";

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// Its only dimension, so that their number is bounded by the spec.
    pub dimension: &'static str,
    /// Its unit in CloudWatch: `Count` or `Percent`.
    pub unit: &'static str,
}

const fn count(name: &'static str) -> Metric {
    Metric {
        name,
        dimension: FUNCTION_NAME,
        unit: "Count",
    }
}

/// Requests that are not for us, or not signed: 401, 404, 405, 413, 415, 431.
pub const REFUSED: Metric = count("Refused");
/// Deliveries and messages whose identity is recorded with other content: 409, or a failed message. Nothing of them is stored.
pub const MISMATCHED: Metric = count("PayloadMismatch");
/// Values of a handler that are not as `expect:` says: 422, or a failed message. Nothing of them is recorded or sent.
pub const UNEXPECTED: Metric = count("Unexpected");
/// Requests and messages that are not what the spec says: 400, or a failed message.
pub const INVALID: Metric = count("Invalid");
/// Requests and messages that a service did not answer in time, so that they come again: 503, or a failed message.
pub const UNAVAILABLE: Metric = count("Unavailable");
/// Requests, messages and calls that ended with a fault: 503, a failed message, `Fault` in a workflow.
pub const FAILED: Metric = count("Failed");
/// Genuine deliveries of a type that the route does not accept: recorded, 200.
pub const UNKNOWN_TYPE: Metric = count("UnknownType");
/// Genuine deliveries that are no JSON, or not as their type is described: recorded, 200.
pub const UNREADABLE: Metric = count("Unreadable");

/// Of deliveries that come while two keys of a secret are valid: 100 for the old key, 0 for the new one. The average is the share of the
/// old, in percent, over whatever functions and time one asks for.
pub const PREVIOUS_KEY: Metric = Metric {
    name: "PreviousKey",
    dimension: PARAMETER_NAME,
    unit: "Percent",
};

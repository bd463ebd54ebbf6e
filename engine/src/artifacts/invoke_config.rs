//! `AWS::Lambda::EventInvokeConfig`: how often and how long an asynchronous invocation is tried, and where it ends.

use serde_json::Value;

use super::{ArtifactError, Function, Reading};

/// What follows when an asynchronous invocation fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asynchronous {
    pub max_retries: u64,
    pub max_age_s: u64,
    /// Gets a record of the invocation after its last attempt.
    pub on_failure_arn: Option<String>,
}

/// What holds without a configuration: two retries, six hours.
impl Default for Asynchronous {
    fn default() -> Self {
        Self {
            max_retries: 2,
            max_age_s: 21_600,
            on_failure_arn: None,
        }
    }
}

/// Reads one configuration into the function that it is for.
pub(super) fn read(
    cx: &Reading<'_>,
    functions: &mut [Function],
    notices: &mut Vec<String>,
) -> Result<(), ArtifactError> {
    let known = [
        "FunctionName",
        "Qualifier",
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "DestinationConfig",
    ];
    cx.note_unknown(&known, notices);
    let given = cx.string("FunctionName")?;
    let name = given.rsplit(":function:").next().unwrap_or(&given);
    let Some(function) = functions.iter_mut().find(|it| it.name == name) else {
        return Err(cx.fault(
            "FunctionName",
            format!("`{given}` is no function of this template"),
        ));
    };
    let destination = |kind: &str| {
        cx.properties
            .pointer(&format!("/DestinationConfig/{kind}/Destination"))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    if destination("OnSuccess").is_some() {
        return Err(cx.fault(
            "DestinationConfig.OnSuccess",
            "the local run offers destinations of failures only",
        ));
    }
    let default = Asynchronous::default();
    function.asynchronous = Asynchronous {
        max_retries: cx
            .optional_number("MaximumRetryAttempts")?
            .unwrap_or(default.max_retries),
        max_age_s: cx
            .optional_number("MaximumEventAgeInSeconds")?
            .unwrap_or(default.max_age_s),
        on_failure_arn: destination("OnFailure"),
    };
    Ok(())
}

//! `AWS::Lambda::Url`: an address of a function's own, for anyone to call.

use serde_json::Value;

use super::{ArtifactError, Function, Reading};

/// What stands before `.lambda-url.REGION.on.aws`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    pub id: String,
}

/// Reads one address into the function that it is of.
pub(super) fn read(
    cx: &Reading<'_>,
    functions: &mut [Function],
    notices: &mut Vec<String>,
) -> Result<(), ArtifactError> {
    cx.note_unknown(&["AuthType", "TargetFunctionArn", "InvokeMode"], notices);
    let auth = cx.string("AuthType")?;
    if auth != "NONE" {
        return Err(cx.fault(
            "AuthType",
            format!("`{auth}`: the local run offers addresses that anyone may call"),
        ));
    }
    let mode = cx.properties.get("InvokeMode").and_then(Value::as_str);
    if !matches!(mode, None | Some("BUFFERED")) {
        return Err(cx.fault("InvokeMode", "the local run does not stream answers"));
    }
    let given = cx.string("TargetFunctionArn")?;
    let name = given.rsplit(":function:").next().unwrap_or(&given);
    match functions.iter_mut().find(|it| it.name == name) {
        Some(function) => {
            function.url = Some(FunctionUrl {
                id: cx.template.url_id(cx.id),
            });
            Ok(())
        }
        None => Err(cx.fault(
            "TargetFunctionArn",
            format!("`{given}` is no function of this template"),
        )),
    }
}

//! `AWS::SSM::Parameter`, and the parameters and secrets that the stack reads but does not make.

use serde_json::Value;

use super::{ArtifactError, Function, Reading, Template};

/// A parameter that the stack makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// `String` or `StringList`: CloudFormation can make no `SecureString`.
    pub kind: String,
    pub value: String,
}

/// A parameter that somebody puts there by hand; locally a missing secret is made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The parameter's physical name, `/payments/local/webhook-key`.
    pub name: String,
    /// The name that the spec gives it.
    pub declared: String,
    /// A `SecureString`.
    pub secret: bool,
}

pub(super) fn read(cx: &Reading<'_>) -> Result<Parameter, ArtifactError> {
    Ok(Parameter {
        name: cx.template.name(cx.id)?,
        kind: cx.string("Type")?,
        value: cx.string("Value")?,
    })
}

/// What `Metadata.pipec.external_parameters` lists: `{"secret": "webhook_key", "type": "SecureString", "variable":
/// "PIPE_SECRET_WEBHOOK_KEY", "name": "/payments/<EnvironmentSuffix>/webhook-key"}`. The physical name is what the functions
/// have in the variable, since metadata holds no intrinsic functions.
pub(super) fn externals(
    template: &Template,
    functions: &[Function],
) -> Result<Vec<External>, ArtifactError> {
    let mut out = Vec::new();
    let listed = template
        .metadata
        .pointer("/pipec/external_parameters")
        .unwrap_or(&Value::Null);
    for item in listed.as_array().into_iter().flatten() {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let variable = text("variable").unwrap_or_default();
        let value = functions
            .iter()
            .find_map(|function| function.environment.get(variable));
        let Some(name) = value
            .cloned()
            .or_else(|| text("name").map(|name| template.fill_in(name)))
        else {
            return Err(ArtifactError::at(
                "Metadata.pipec.external_parameters",
                format!("`{item}` names no parameter"),
            ));
        };
        out.push(External {
            declared: text("secret")
                .or_else(|| text("param"))
                .unwrap_or(&name)
                .to_owned(),
            secret: text("type").is_none_or(|kind| kind == "SecureString"),
            name,
        });
    }
    Ok(out)
}

//! `AWS::SSM::Parameter`, and the parameters and secrets that the stack reads but does not make.

use serde_json::Value;

use super::{ArtifactError, Reading, Template};

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

/// What `Metadata.pipec.external_parameters` lists: `{"secret": "webhook_key", "name": "/payments/${EnvironmentSuffix}/webhook-key",
/// "type": "SecureString"}`. Names are in the notation of `Fn::Sub`.
pub(super) fn externals(template: &Template) -> Result<Vec<External>, ArtifactError> {
    let mut out = Vec::new();
    let listed = template.metadata.pointer("/pipec/external_parameters").unwrap_or(&Value::Null);
    for item in listed.as_array().into_iter().flatten() {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let Some(name) = item.get("name") else {
            return Err(ArtifactError::at("Metadata.pipec.external_parameters", format!("`{item}` names no parameter")));
        };
        let name = if name.is_string() { template.substitute(name)? } else { super::template::text(&template.resolve(name)?) };
        out.push(External {
            declared: text("secret").or_else(|| text("param")).unwrap_or(&name).to_owned(),
            secret: text("type").is_none_or(|kind| kind == "SecureString"),
            name,
        });
    }
    Ok(out)
}

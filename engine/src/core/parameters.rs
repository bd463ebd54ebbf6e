//! SSM Parameter Store: what the stack makes, what somebody puts there, and secrets, which are stored apart.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{ApiError, ApiResult};
use super::input::Output;
use super::time::epoch_seconds;
use super::{Core, RestoreError};
use crate::change::Change;
use crate::store::SECRET_PREFIX;

/// A parameter; `Debug` never shows the value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parameter {
    kind: String,
    value: String,
    version: u64,
    modified_ms: u64,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Parameter {{ kind: {:?}, version: {}, .. }}",
            self.kind, self.version
        )
    }
}

/// Every parameter by its name.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    by_name: BTreeMap<String, Parameter>,
    /// What the stack made, as it made it: somebody may have put another value over it since.
    made: BTreeMap<String, Parameter>,
}

/// What AWS encrypts a `SecureString` with when no key is named; locally a mark that the value was asked for encrypted.
const ENCRYPTED: &str = "[encrypted: ask with --with-decryption]";

/// What the keys of the stack's own parameters begin with in the store.
const MADE_PREFIX: &[u8] = b"stack-parameter/";

impl Parameters {
    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let name = std::str::from_utf8(key)
            .ok()
            .and_then(|key| key.split_once('/'))
            .map(|(_, name)| name.to_owned());
        let parameter = serde_json::from_slice(value).ok();
        match (name, parameter) {
            (Some(name), Some(parameter)) => {
                let place = if key.starts_with(MADE_PREFIX) {
                    &mut self.made
                } else {
                    &mut self.by_name
                };
                place.insert(name, parameter);
                Ok(())
            }
            _ => Err(RestoreError("a stored parameter is damaged".to_owned())),
        }
    }

    fn shown(&self, name: &str, decrypt: bool, arn: &str) -> Option<Value> {
        let parameter = self.by_name.get(name)?;
        let value = if parameter.kind == "SecureString" && !decrypt {
            ENCRYPTED
        } else {
            parameter.value.as_str()
        };
        Some(json!({
            "Name": name, "Type": parameter.kind, "Value": value, "Version": parameter.version,
            "LastModifiedDate": epoch_seconds(parameter.modified_ms), "ARN": format!("{arn}{name}"), "DataType": "text",
        }))
    }
}

impl Core {
    /// Makes the stack's own parameters, as of when the template first had them with these values. What somebody put over
    /// one stays.
    pub(super) fn start_parameters(&mut self, now_ms: u64, out: &mut Output) {
        let deployment = self.deployment.clone();
        for given in &deployment.parameters {
            let before = self.parameters.made.get(&given.name);
            let same = before.filter(|it| it.kind == given.kind && it.value == given.value);
            let parameter = same.cloned().unwrap_or_else(|| Parameter {
                kind: given.kind.clone(),
                value: given.value.clone(),
                version: before.map_or(1, |it| it.version + 1),
                modified_ms: now_ms,
            });
            if same.is_none() {
                let key = [MADE_PREFIX, given.name.as_bytes()].concat();
                // A struct of texts and numbers always has a JSON form.
                let value = serde_json::to_vec(&parameter).unwrap_or_default();
                out.changes.push(Change::put(key, value));
            }
            let made = &mut self.parameters.made;
            made.insert(given.name.clone(), parameter.clone());
            let known = &mut self.parameters.by_name;
            known.entry(given.name.clone()).or_insert(parameter);
        }
    }

    pub(super) fn ssm(
        &mut self,
        operation: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let arn = format!(
            "arn:aws:ssm:{}:{}:parameter",
            self.deployment.region, self.deployment.account
        );
        let decrypt = body.get("WithDecryption") == Some(&Value::Bool(true));
        match operation {
            "GetParameter" => {
                let name = text(body, "Name")?;
                let shown = self.parameters.shown(name, decrypt, &arn).ok_or_else(|| {
                    ApiError::new("ParameterNotFound", format!("no parameter `{name}`"))
                })?;
                Ok(json!({ "Parameter": shown }))
            }
            "GetParameters" => {
                let names: Vec<&str> = body
                    .get("Names")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let (mut found, mut invalid) = (Vec::new(), Vec::new());
                for name in names {
                    match self.parameters.shown(name, decrypt, &arn) {
                        Some(shown) => found.push(shown),
                        None => invalid.push(name),
                    }
                }
                Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
            }
            "PutParameter" => self.put_parameter(body, now_ms, out),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn put_parameter(&mut self, body: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        let (name, value) = (text(body, "Name")?, text(body, "Value")?);
        let known = self.parameters.by_name.get(name);
        if known.is_some() && body.get("Overwrite") != Some(&Value::Bool(true)) {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(ApiError::new("ParameterAlreadyExists", message));
        }
        let kind = body
            .get("Type")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| known.map(|it| it.kind.clone()));
        let Some(kind) =
            kind.filter(|kind| ["String", "StringList", "SecureString"].contains(&kind.as_str()))
        else {
            return Err(ApiError::new(
                "ValidationException",
                "A parameter type is required when you create a parameter.",
            ));
        };
        if value.is_empty() {
            return Err(ApiError::new(
                "ValidationException",
                "Value must not be empty",
            ));
        }
        let parameter = Parameter {
            kind,
            value: value.to_owned(),
            version: known.map_or(1, |it| it.version + 1),
            modified_ms: now_ms,
        };
        let version = parameter.version;
        out.changes.push(stored(name, &parameter));
        self.parameters.by_name.insert(name.to_owned(), parameter);
        Ok(json!({ "Version": version, "Tier": "Standard" }))
    }

    /// The secrets that nobody has put there yet, by name.
    pub fn missing_secrets(&self) -> Vec<String> {
        self.missing_externals(true)
    }

    /// The other parameters that the stack reads and nobody has put there yet, by name: nobody but their owner knows a value.
    pub fn missing_parameters(&self) -> Vec<String> {
        self.missing_externals(false)
    }

    fn missing_externals(&self, secret: bool) -> Vec<String> {
        let missing =
            self.deployment.externals.iter().filter(|it| {
                it.secret == secret && !self.parameters.by_name.contains_key(&it.name)
            });
        missing.map(|it| it.name.clone()).collect()
    }
}

/// Secrets under a prefix of their own, which the store keeps out of its log.
fn stored(name: &str, parameter: &Parameter) -> Change {
    let mut key = if parameter.kind == "SecureString" {
        SECRET_PREFIX.to_vec()
    } else {
        b"parameter/".to_vec()
    };
    key.extend_from_slice(name.as_bytes());
    // A struct of texts and numbers always has a JSON form.
    Change::put(key, serde_json::to_vec(parameter).unwrap_or_default())
}

fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, ApiError> {
    body.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| ApiError::new("ValidationException", format!("{key} is required")))
}

//! The names and values that a request gives to the placeholders of its expressions, and which of
//! them were used.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::Fields;
use crate::dynamodb::value::AttributeValue;

/// `ExpressionAttributeNames` and `ExpressionAttributeValues` of one request.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, AttributeValue>,
    used: BTreeSet<String>,
}

const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";

impl Placeholders {
    /// Reads both maps. `expressions` are the fields that could use them: giving placeholders but
    /// none of those is an error.
    pub(crate) fn read(fields: &Fields<'_>, expressions: &[&str]) -> Result<Self, Failure> {
        let mut placeholders = Self::default();
        let given = |field: &str| fields.value(field).is_some();
        let refuse_without_expression = |field: &str| {
            if expressions.iter().any(|expression| given(expression)) {
                return Ok(());
            }
            let mut message = format!("{field} can only be specified when using expressions");
            if field == VALUES {
                // A projection has no use for values, so it is not named.
                let users: Vec<&str> = expressions
                    .iter()
                    .filter(|name| **name != "ProjectionExpression")
                    .copied()
                    .collect();
                let verb = if users.len() == 1 { "is" } else { "are" };
                message = format!("{message}: {} {verb} null", users.join(" and "));
            }
            Err(Failure::validation(message))
        };
        if let Some(names) = fields.map(NAMES)? {
            refuse_without_expression(NAMES)?;
            refuse_empty(names.len(), NAMES)?;
            for (key, name) in names {
                check_key(NAMES, '#', key)?;
                let Value::String(name) = name else {
                    return Err(Failure::serialization(format!(
                        "{} cannot be converted to String",
                        crate::dynamodb::value::kind(name)
                    )));
                };
                placeholders.names.insert(key.clone(), name.clone());
            }
        }
        if let Some(values) = fields.map(VALUES)? {
            refuse_without_expression(VALUES)?;
            refuse_empty(values.len(), VALUES)?;
            for (key, value) in values {
                check_key(VALUES, ':', key)?;
                let value = AttributeValue::from_json(value).map_err(|mut failure| {
                    if failure.name() == "ValidationException" {
                        failure.message = format!(
                            "{VALUES} contains invalid value: {} for key {key}",
                            failure.message
                        );
                    }
                    failure
                })?;
                placeholders.values.insert(key.clone(), value);
            }
        }
        Ok(placeholders)
    }

    /// What a `#name` stands for.
    pub(super) fn name(&mut self, placeholder: &str) -> Result<String, String> {
        let name = self.names.get(placeholder).ok_or_else(|| {
            format!(
                "An expression attribute name used in the document path is not defined; attribute \
                 name: {placeholder}"
            )
        })?;
        self.used.insert(placeholder.to_owned());
        Ok(name.clone())
    }

    /// What a `:value` stands for.
    pub(super) fn value(&mut self, placeholder: &str) -> Result<AttributeValue, String> {
        let value = self.values.get(placeholder).ok_or_else(|| {
            format!(
                "An expression attribute value used in expression is not defined; attribute value: \
                 {placeholder}"
            )
        })?;
        self.used.insert(placeholder.to_owned());
        Ok(value.clone())
    }

    /// After all expressions were read: a placeholder that none of them used is an error.
    pub(crate) fn refuse_unused(&self) -> Result<(), Failure> {
        let unused = |keys: Vec<&String>| -> Vec<String> {
            keys.into_iter()
                .filter(|key| !self.used.contains(*key))
                .cloned()
                .collect()
        };
        for (field, keys) in [
            (NAMES, unused(self.names.keys().collect())),
            (VALUES, unused(self.values.keys().collect())),
        ] {
            if !keys.is_empty() {
                return Err(Failure::validation(format!(
                    "Value provided in {field} unused in expressions: keys: {{{}}}",
                    keys.join(", ")
                )));
            }
        }
        Ok(())
    }
}

fn refuse_empty(entries: usize, field: &str) -> Result<(), Failure> {
    if entries == 0 {
        return Err(Failure::validation(format!("{field} must not be empty")));
    }
    Ok(())
}

fn check_key(field: &str, sigil: char, key: &str) -> Result<(), Failure> {
    let valid = key.strip_prefix(sigil).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    if valid {
        return Ok(());
    }
    Err(Failure::validation(format!(
        "{field} contains invalid key: Syntax error; key: \"{key}\""
    )))
}

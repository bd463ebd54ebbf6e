//! Policy documents, read strictly.

use super::condition::Condition;
use super::grammar;
use serde_json::{Map, Value};

/// A policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) allows: bool,
    pub(super) principals: Option<Principals>,
    pub(super) actions: Which,
    pub(super) resources: Which,
    pub(super) conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Which {
    /// Any of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// Not written: only a resource policy may leave its resource out.
    Unsaid,
}

/// The `Principal` of a resource policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Principals {
    /// `"*"`
    Anyone,
    /// Kind (`AWS`, `Service`, …) and name.
    Named(Vec<(String, String)>),
}

/// Why a document was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong, and with which part.
    pub message: String,
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError {
        message: message.into(),
    })
}

/// The only version with policy variables, and the only one the compiler writes.
pub(super) const VERSION: &str = "2012-10-17";
/// The version of a document that names none.
pub(super) const OLD_VERSION: &str = "2008-10-17";
/// Elements of a statement.
const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Policy {
    /// Whether a condition of it asks for a key that begins so.
    #[must_use]
    pub fn mentions(&self, prefix: &str) -> bool {
        let conditions = self.statements.iter().flat_map(|it| &it.conditions);
        conditions.map(Condition::key).any(|key| {
            key.get(..prefix.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(prefix))
        })
    }

    /// Adds the statements of another document, as several policies of one resource add up.
    pub fn extend(&mut self, other: Self) {
        self.statements.extend(other.statements);
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// A part that is malformed or not offered (`NotPrincipal`, an unknown operator) refuses the whole document.
    pub fn parse(document: &Value) -> Result<Self, PolicyError> {
        let Some(document) = document.as_object() else {
            return refuse("a policy document is a JSON object");
        };
        for name in document.keys() {
            if !["Version", "Id", "Statement"].contains(&name.as_str()) {
                return refuse(format!("a policy document has no element `{name}`"));
            }
        }
        let written = match document.get("Version").map(Value::as_str) {
            Some(Some(VERSION)) => document.get("Statement").cloned(),
            None | Some(Some(OLD_VERSION)) => document.get("Statement").map(without_variables),
            Some(_) => return refuse(format!("a policy document must be of version {VERSION}")),
        };
        let statements = match &written {
            Some(Value::Array(statements)) => statements
                .iter()
                .map(statement)
                .collect::<Result<Vec<_>, _>>()?,
            Some(one @ Value::Object(_)) => vec![statement(one)?],
            _ => return refuse("a policy document has statements"),
        };
        Ok(Self { statements })
    }

    /// Reads a document that is a role's own.
    ///
    /// # Errors
    ///
    /// As `parse`, and where IAM would not take the document, with what IAM says of it.
    pub fn parse_identity(document: &Value) -> Result<Self, PolicyError> {
        grammar::check(document)?;
        Self::parse(document)
    }
}

/// The same with every `${` as plain text, since the old version knows no variables.
fn without_variables(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${", "${$}{")),
        Value::Array(list) => list.iter().map(without_variables).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), without_variables(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn statement(value: &Value) -> Result<Statement, PolicyError> {
    let Some(value) = value.as_object() else {
        return refuse("a statement is a JSON object");
    };
    for name in value.keys() {
        if !ELEMENTS.contains(&name.as_str()) {
            return refuse(format!("a statement's element `{name}` is not offered"));
        }
    }
    let allows = match value.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return refuse("a statement's `Effect` is `Allow` or `Deny`"),
    };
    let sid = value.get("Sid").and_then(Value::as_str).map(str::to_owned);
    let principals = value.get("Principal").map(principals).transpose()?;
    let actions = which(value, "Action", "NotAction")?;
    let resources = which(value, "Resource", "NotResource")?;
    if actions == Which::Unsaid || (resources == Which::Unsaid && principals.is_none()) {
        return refuse("a statement names actions, and resources unless it is a resource's own");
    }
    if let Which::In(names) | Which::NotIn(names) = &actions
        && let Some(name) = names
            .iter()
            .find(|name| *name != "*" && !name.contains(':'))
    {
        return refuse(format!("`{name}` is no action: actions are `service:Name`"));
    }
    let conditions = match value.get("Condition") {
        None => Vec::new(),
        Some(Value::Object(operators)) => Condition::parse_all(operators)?,
        Some(_) => return refuse("a statement's `Condition` is a JSON object"),
    };
    Ok(Statement {
        sid,
        allows,
        principals,
        actions,
        resources,
        conditions,
    })
}

fn which(statement: &Map<String, Value>, name: &str, negated: &str) -> Result<Which, PolicyError> {
    match (statement.get(name), statement.get(negated)) {
        (Some(_), Some(_)) => refuse(format!("a statement has `{name}` or `{negated}`, not both")),
        (Some(value), None) => texts(value, name).map(Which::In),
        (None, Some(value)) => texts(value, negated).map(Which::NotIn),
        (None, None) => Ok(Which::Unsaid),
    }
}

fn principals(value: &Value) -> Result<Principals, PolicyError> {
    match value {
        Value::String(text) if text == "*" => Ok(Principals::Anyone),
        Value::Object(kinds) => {
            let mut named = Vec::new();
            for (kind, names) in kinds {
                if !["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str()) {
                    return refuse(format!("a principal of kind `{kind}` is not offered"));
                }
                for name in texts(names, kind)? {
                    if name == "*" && kind == "AWS" {
                        return Ok(Principals::Anyone);
                    }
                    named.push((kind.clone(), name));
                }
            }
            Ok(Principals::Named(named))
        }
        _ => refuse("a `Principal` is \"*\" or an object of kinds"),
    }
}

/// One text or a list of texts. Numbers and booleans are written out, as IAM does.
pub(super) fn texts(value: &Value, element: &str) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => refuse(format!("`{element}` takes texts")),
    };
    match value {
        // IAM takes a null in a list, which names nothing.
        Value::Array(values) => values
            .iter()
            .filter(|value| !value.is_null())
            .map(one)
            .collect(),
        other => Ok(vec![one(other)?]),
    }
}

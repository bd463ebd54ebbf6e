//! The form in which IAM takes an identity policy, and what it says of one that it does not take.
//!
//! IAM answers with one message, of the first thing that it looks for: the form of the JSON, the version, what its older parser does not
//! read, ids, actions, the form of ARNs, of actions, and last whether there are resources.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; the messages and their order are recorded (`iam/policy_documents`).

use super::condition;
use super::policy::{OLD_VERSION, PolicyError, VERSION, refuse};
use super::resource_form;
use super::value;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const SYNTAX: &str = "Syntax errors in policy.";
pub(super) const LEGACY: &str = "The policy failed legacy parsing";

type Statement = Map<String, Value>;

/// Checks a document as IAM does when it becomes a policy of a role, a user or a group.
pub(super) fn check(document: &Value) -> Result<(), PolicyError> {
    let Some(statements) = statements(document) else {
        return refuse(SYNTAX);
    };
    if document.get("Version").and_then(Value::as_str) != Some(VERSION) {
        return refuse(format!(
            "Policy document must be version {VERSION} or greater."
        ));
    }
    if !statements.iter().all(|it| is_read_by_the_older_parser(it)) {
        return refuse(LEGACY);
    }
    // Of all statements first what they name, then what they except.
    let each = |name| statements.iter().map(move |it| named(it, name));
    let ill_formed = resource_form::check(each("Resource").chain(each("NotResource")))?;
    let mut ids = BTreeSet::new();
    let written = statements.iter().filter_map(|it| it.get("Sid")?.as_str());
    if !written.filter(|id| !id.is_empty()).all(|id| ids.insert(id)) {
        return refuse("Statement IDs (SID) in a single policy must be unique.");
    }
    let lacks = |name, negated| {
        each(name)
            .zip(each(negated))
            .any(|(one, other)| one.is_empty() && other.is_empty())
    };
    if lacks("Action", "NotAction") {
        return refuse("Policy statement must contain actions.");
    }
    if let Some(message) = ill_formed {
        return refuse(message);
    }
    each("Action")
        .chain(each("NotAction"))
        .flatten()
        .try_for_each(action)?;
    if lacks("Resource", "NotResource") {
        return refuse("Policy statement must contain resources.");
    }
    if statements.iter().any(|it| it.contains_key("Principal")) {
        return refuse("Policy document should not specify a principal.");
    }
    Ok(())
}

/// The statements of a document whose JSON has the form of a policy.
fn statements(document: &Value) -> Option<Vec<&Statement>> {
    let document = document.as_object()?;
    let known = |name: &String| ["Version", "Id", "Statement"].contains(&name.as_str());
    let is_version = |it: &Value| it == VERSION || it == OLD_VERSION;
    let statements: Vec<&Statement> = match document.get("Statement")? {
        Value::Array(list) => list.iter().map(Value::as_object).collect::<Option<_>>()?,
        one => vec![one.as_object()?],
    };
    let sound = document.keys().all(known)
        && document.get("Version").is_none_or(is_version)
        && document.get("Id").is_none_or(Value::is_string)
        && !statements.is_empty()
        && statements.iter().all(|it| is_statement(it));
    sound.then_some(statements)
}

fn is_statement(statement: &Statement) -> bool {
    let is_effect = |it: &str| {
        ["Allow", "Deny"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(it))
    };
    let not_both =
        |one: &str, other: &str| !statement.contains_key(one) || !statement.contains_key(other);
    let fits = |(name, value): (&String, &Value)| match name.as_str() {
        "Sid" => value.is_string(),
        "Effect" => value.as_str().is_some_and(is_effect),
        "Action" | "NotAction" | "Resource" | "NotResource" => is_texts(value),
        "Principal" | "NotPrincipal" => value.is_string() || value.is_object(),
        "Condition" => value.as_object().is_some_and(is_condition),
        _ => false,
    };
    statement.iter().all(fits)
        && statement.contains_key("Effect")
        && not_both("Action", "NotAction")
        && not_both("Resource", "NotResource")
}

/// A text or a list of texts, in which IAM takes a null.
fn is_texts(value: &Value) -> bool {
    let in_list = |it: &Value| it.is_string() || it.is_null();
    value.is_string()
        || value
            .as_array()
            .is_some_and(|list| list.iter().all(in_list))
}

fn is_condition(operators: &Map<String, Value>) -> bool {
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| {
            keys.values().all(is_condition_value)
                && (keys.is_empty() || condition::is_operator(operator))
        })
    })
}

fn is_condition_value(value: &Value) -> bool {
    match value {
        Value::Array(list) => !list.iter().any(|it| it.is_array() || it.is_object()),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Object(_) => false,
    }
}

/// The older parser tells the case of an effect apart, and reads dates.
fn is_read_by_the_older_parser(statement: &Statement) -> bool {
    let effect = statement.get("Effect");
    let mut operators = statement
        .get("Condition")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let dates = |(operator, keys): (&String, &Value)| {
        !condition::compares_dates(operator)
            || keys
                .as_object()
                .into_iter()
                .flatten()
                .all(|(_, value)| match value {
                    Value::Array(list) => list.iter().all(is_date),
                    one => is_date(one),
                })
    };
    effect.is_some_and(|it| it == "Allow" || it == "Deny") && operators.all(dates)
}

fn is_date(value: &Value) -> bool {
    match value {
        Value::String(text) => value::is_date(text),
        other => other.is_u64(),
    }
}

/// The texts of an element, of which a statement may have none.
fn named<'a>(statement: &'a Statement, name: &str) -> Vec<&'a str> {
    match statement.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

/// `service:Name` or `*`.
fn action(text: &str) -> Result<(), PolicyError> {
    let (vendor, name) = match text.split_once(':') {
        None if text == "*" => return Ok(()),
        None => {
            return refuse(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            );
        }
        Some(parts) => parts,
    };
    if name.contains(':') {
        return refuse("Actions/Condition can contain only one colon.");
    }
    let fits = |each: char| each.is_ascii_alphanumeric() || each == '-' || each == '.';
    if vendor != "*" && !vendor.chars().all(fits) {
        return refuse(format!("Vendor {vendor} is not valid"));
    }
    Ok(())
}

//! What the statements of a template's policies say: to whom, which actions, on what, and under which conditions.

#![expect(
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{list, referred, resources, text};

/// A statement with the resource that carries it.
pub(crate) struct Statement<'a> {
    /// Logical id of the resource.
    pub(crate) id: &'a str,
    /// Type of the resource.
    pub(crate) kind: &'a str,
    value: Cow<'a, Value>,
}

/// A condition: what is asked of a key of the request.
pub(crate) struct Demand<'a> {
    operator: &'a str,
    key: &'a str,
    values: Vec<&'a Value>,
}

/// Operators that a request meets only by having one of the values. `Arn…` take `*` and `?` for any text, as `StringLike` does.
const LITERAL: &[&str] = &["StringEquals"];
const PATTERN: &[&str] = &["StringLike", "ArnEquals", "ArnLike"];

/// Statements of every policy in the template, those among them that a resource takes as a text.
pub(crate) fn statements(template: &Value) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    for (id, resource) in resources(template) {
        let mut values = Vec::new();
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        collect(properties, &mut values);
        let kind = resource.get("Type").and_then(Value::as_str).unwrap();
        found.extend(
            values
                .into_iter()
                .map(|value| Statement { id, kind, value }),
        );
    }
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<Cow<'a, Value>>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "Statement" => found.extend(list(value).into_iter().map(Cow::Borrowed)),
                    // CloudWatch Logs takes its policy as a text.
                    "PolicyDocument" if !text(value).is_empty() => {
                        let document: Value = serde_json::from_str(&text(value)).unwrap();
                        let statements = list(document.get("Statement").unwrap());
                        found.extend(statements.into_iter().cloned().map(Cow::Owned));
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        _ => {}
    }
}

impl Statement<'_> {
    pub(crate) fn member(&self, name: &str) -> &Value {
        self.value.get(name).unwrap_or(&Value::Null)
    }

    pub(crate) fn objection(&self) -> String {
        let sid = self.member("Sid");
        format!("{}: {}", self.id, sid.as_str().unwrap_or("no Sid"))
    }

    pub(crate) fn allows(&self) -> bool {
        self.member("Effect") == "Allow"
    }

    /// True for a statement of a role's trust.
    pub(crate) fn is_trust(&self) -> bool {
        self.kind == "AWS::IAM::Role" && !self.member("Principal").is_null()
    }

    /// True for a statement of what an identity may do.
    pub(crate) fn is_identity(&self) -> bool {
        self.kind.starts_with("AWS::IAM::") && self.member("Principal").is_null()
    }

    pub(crate) fn actions(&self) -> Vec<&str> {
        let actions = list(self.member("Action")).into_iter();
        actions.map(|it| it.as_str().unwrap()).collect()
    }

    /// True where the statement is about the action, by its name or by `*`.
    pub(crate) fn has_action(&self, action: &str) -> bool {
        let (service, _) = action.split_once(':').unwrap();
        let all = format!("{service}:*");
        self.actions()
            .iter()
            .any(|it| *it == action || *it == all || *it == "*")
    }

    /// Who is named, of one kind: `Service`, `AWS`.
    pub(crate) fn principals(&self, kind: &str) -> Vec<&Value> {
        list(self.member("Principal").get(kind).unwrap_or(&Value::Null))
    }

    /// Services that are named, as `Fn::Sub` writes them.
    pub(crate) fn services(&self) -> Vec<String> {
        self.principals("Service").into_iter().map(text).collect()
    }

    /// True where anybody is named, or anybody but some.
    pub(crate) fn is_public(&self) -> bool {
        let principal = self.member("Principal");
        let mut named = match principal {
            Value::Object(members) => members.values().flat_map(list).collect(),
            other => list(other),
        }
        .into_iter();
        named.any(|it| text(it).contains('*')) || !self.member("NotPrincipal").is_null()
    }

    pub(crate) fn demands(&self) -> Vec<Demand<'_>> {
        let operators = self.member("Condition").as_object().into_iter().flatten();
        operators
            .flat_map(|(operator, keys)| {
                let keys = keys.as_object().into_iter().flatten();
                keys.map(move |(key, value)| Demand {
                    operator,
                    key,
                    values: list(value),
                })
            })
            .collect()
    }

    /// True where a request needs one of the values for the key, and `holds` of each of them. Where `unsent` is set, a request without the
    /// key is let through, which is right only where AWS does not always send it.
    pub(crate) fn demands_of(
        &self,
        key: &str,
        unsent: bool,
        holds: impl Fn(&Demand<'_>, &Value) -> bool,
    ) -> bool {
        self.demands().iter().any(|it| {
            it.key == key
                && it.binds(unsent)
                && !it.values.is_empty()
                && it.values.iter().all(|value| holds(it, value))
        })
    }

    /// True where only this account's resources are meant: by the source's account and the source itself.
    pub(crate) fn is_of_source(&self, unsent: bool, holds: impl Fn(&str) -> bool) -> bool {
        self.demands_of("aws:SourceAccount", unsent, |_, it| is_own_account(it))
            && self.demands_of("aws:SourceArn", unsent, |demand, it| {
                demand.names_own(it) || holds(&text(it))
            })
    }

    /// True where the request's encryption context names what is of this account.
    pub(crate) fn is_of_context(&self) -> bool {
        self.demands().iter().any(|it| {
            it.key.starts_with("kms:EncryptionContext:")
                && it.binds(false)
                && !it.values.is_empty()
                && it.values.iter().all(|value| it.names_own(value))
        })
    }

    /// True where a key of the condition has this value among others.
    pub(crate) fn names(&self, key: &str, value: &str) -> bool {
        self.demands()
            .iter()
            .any(|it| it.key == key && it.values.iter().any(|it| text(it) == value))
    }
}

impl Demand<'_> {
    pub(crate) fn key(&self) -> &str {
        self.key
    }

    fn binds(&self, unsent: bool) -> bool {
        let operator = match self.operator.strip_suffix("IfExists") {
            Some(operator) if unsent => operator,
            _ => self.operator,
        };
        LITERAL.contains(&operator) || PATTERN.contains(&operator)
    }

    /// True where the value is of this stack, or an ARN in this account whose wildcard, if it has one, comes after a name.
    fn names_own(&self, value: &Value) -> bool {
        if !referred(value).is_empty() {
            return true;
        }
        let text = text(value);
        let parts: Vec<&str> = text.splitn(2, ":${AWS::AccountId}:").collect();
        let [before, name] = parts.as_slice() else {
            return false;
        };
        let literal = LITERAL.contains(&self.operator);
        before.starts_with("arn:${AWS::Partition}:")
            && !before.contains(['*', '?'])
            && (literal || names_before_wildcard(name))
    }
}

/// True where a wildcard, if there is one, stands only for the last part of a name.
pub(crate) fn names_before_wildcard(name: &str) -> bool {
    // What `Fn::Sub` puts in place is a name.
    match name.split_once(['*', '?']) {
        None => !name.is_empty(),
        Some((before, after)) => {
            let kind_alone = before
                .trim_end_matches([':', '/'])
                .chars()
                .all(|it| it.is_ascii_lowercase() || it == '-');
            after.is_empty() && !kind_alone
        }
    }
}

/// True where the value is the account that the stack is in.
pub(crate) fn is_own_account(value: &Value) -> bool {
    text(value) == "${AWS::AccountId}"
}

/// True where the value is whoever the account lets, which is how a key leaves the matter to the roles.
pub(crate) fn is_own_root(value: &Value) -> bool {
    *value == json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"})
}

//! The decision: explicit deny, then allow by an identity or resource policy, else an implicit deny.

use super::pattern::Pattern;
use super::policy::{Policy, Principals, Statement, Which};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who wants to do what to which resource, in which circumstances.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Request {
    /// `dynamodb:PutItem`
    pub action: String,
    /// ARN of the resource, or `*` for actions that know none.
    pub resource: String,
    /// `("AWS", role ARN)` or `("Service", "logs.amazonaws.com")`; only resource policies ask.
    pub principal: Option<(String, String)>,
    /// Condition keys in lower case, since IAM does not tell their case apart.
    context: BTreeMap<String, Vec<String>>,
}

/// What a request meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, by the statement with this `Sid`, if it has one.
    Allow(Option<String>),
    /// No statement allows it.
    ImplicitDeny,
    /// The statement with this `Sid` denies it.
    ExplicitDeny(Option<String>),
}

impl Request {
    /// A request without a principal and without context.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            ..Self::default()
        }
    }

    /// The same with one more value under a condition key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context
            .entry(key.to_lowercase())
            .or_default()
            .push(value.into());
        self
    }

    /// The same without a condition key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.context.remove(&key.to_lowercase());
        self
    }

    /// The same by this principal.
    #[must_use]
    pub fn by(mut self, kind: &str, name: impl Into<String>) -> Self {
        self.principal = Some((kind.to_owned(), name.into()));
        self
    }

    /// The values under a condition key.
    #[must_use]
    pub fn values(&self, key: &str) -> Option<&[String]> {
        if let Some(values) = self.context.get(key) {
            return Some(values);
        }
        let written_otherwise = key.chars().any(char::is_uppercase);
        let lower = written_otherwise.then(|| key.to_lowercase())?;
        self.context.get(&lower).map(Vec::as_slice)
    }
}

/// Decides within one account: identity and resource policies add up, and a deny in either wins.
pub fn decide(identity: &[&Policy], resource: Option<&Policy>, request: &Request) -> Decision {
    let identity = identity.iter().flat_map(|policy| &policy.statements);
    let own = resource
        .into_iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| names(statement, request));
    let mut allowed = None;
    for statement in identity
        .chain(own)
        .filter(|statement| applies(statement, request))
    {
        if !statement.allows {
            return Decision::ExplicitDeny(statement.sid.clone());
        }
        allowed.get_or_insert_with(|| statement.sid.clone());
    }
    allowed.map_or(Decision::ImplicitDeny, Decision::Allow)
}

/// True when the statement of a resource policy is about the request's principal.
pub(super) fn names(statement: &Statement, request: &Request) -> bool {
    match (&statement.principals, &request.principal) {
        (Some(Principals::Anyone), _) => true,
        (Some(Principals::Named(named)), Some((kind, name))) => named
            .iter()
            .any(|(own_kind, own)| own_kind == kind && (own == name || is_account_of(own, name))),
        _ => false,
    }
}

/// `arn:aws:iam::123456789012:root`, or the bare account, stands for everyone in the account.
fn is_account_of(own: &str, name: &str) -> bool {
    let account = own
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.strip_suffix(":root"))
        .unwrap_or(own);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account && name.split(':').nth(4) == Some(account)
}

pub(super) fn applies(statement: &Statement, request: &Request) -> bool {
    // Most names have nothing to fill in or to match, and are compared as they are: this is asked for every call.
    let action = |name: &String| {
        if !name.contains(['*', '?']) {
            return name.eq_ignore_ascii_case(&request.action);
        }
        Pattern::plain(&name.to_lowercase()).matches(&request.action.to_lowercase())
    };
    let resource = |name: &String| {
        if name == "*" || !name.contains(['*', '?', '$']) {
            return name == "*" || *name == request.resource;
        }
        Pattern::fill(name, request).is_some_and(|pattern| pattern.matches_arn(&request.resource))
    };
    includes(&statement.actions, action)
        && includes(&statement.resources, resource)
        && statement
            .conditions
            .iter()
            .all(|condition| condition.holds(request))
}

fn includes(which: &Which, fits: impl Fn(&String) -> bool) -> bool {
    match which {
        Which::In(names) => names.iter().any(fits),
        Which::NotIn(names) => !names.iter().any(fits),
        Which::Unsaid => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(statement: serde_json::Value) -> Policy {
        Policy::parse(&json!({ "Version": "2012-10-17", "Statement": statement })).unwrap()
    }

    #[test]
    fn a_deny_wins_over_every_allow() {
        let allow = policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
        let deny = policy(
            json!({ "Sid": "No", "Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*" }),
        );
        let delete = Request::new("dynamodb:DeleteItem", "arn:aws:dynamodb:r:1:table/t");
        assert_eq!(
            decide(&[&allow, &deny], None, &delete),
            Decision::ExplicitDeny(Some("No".into()))
        );
        assert_eq!(decide(&[&allow], None, &delete), Decision::Allow(None));
        assert_eq!(decide(&[], None, &delete), Decision::ImplicitDeny);
    }

    #[test]
    fn a_resource_policy_speaks_of_its_principals_only() {
        let key = policy(json!({
            "Effect": "Allow", "Principal": { "Service": "logs.amazonaws.com" }, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } }
        }));
        let request = Request::new("kms:Decrypt", "arn:aws:kms:r:123456789012:key/k")
            .with("aws:SourceAccount", "123456789012");
        let logs = request.clone().by("Service", "logs.amazonaws.com");
        assert_eq!(decide(&[], Some(&key), &logs), Decision::Allow(None));
        assert_eq!(
            decide(&[], Some(&key), &request.by("Service", "sqs.amazonaws.com")),
            Decision::ImplicitDeny
        );
    }

    #[test]
    fn a_root_principal_is_everyone_in_the_account() {
        let own = policy(json!({
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "kms:Decrypt", "Resource": "*"
        }));
        let by = |account: &str| {
            Request::new("kms:Decrypt", "k").by("AWS", format!("arn:aws:iam::{account}:role/r"))
        };
        assert_eq!(
            decide(&[], Some(&own), &by("123456789012")),
            Decision::Allow(None)
        );
        assert_eq!(
            decide(&[], Some(&own), &by("210987654321")),
            Decision::ImplicitDeny
        );
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        let document = |statement| json!({ "Version": "2012-10-17", "Statement": [statement] });
        let odd = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": { "StringSounds": { "a:b": "c" } } });
        assert!(
            Policy::parse(&document(odd))
                .unwrap_err()
                .message
                .contains("StringSounds")
        );
        let not =
            json!({ "Effect": "Allow", "NotPrincipal": "*", "Action": "a:b", "Resource": "*" });
        assert!(
            Policy::parse(&document(not))
                .unwrap_err()
                .message
                .contains("NotPrincipal")
        );
    }
}

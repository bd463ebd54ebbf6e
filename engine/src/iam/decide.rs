//! The decision: explicit deny, then allow by an identity or resource policy, else an implicit deny.

use super::pattern::{Pattern, is_whole_arn};
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
    // A resource that names the account leaves it to the account's own policies, and so allows nothing by itself.
    let own = resource
        .into_iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| names(statement, request))
        .filter(|statement| !statement.allows || names_itself(statement, request));
    weigh(identity.chain(own), request)
}

/// Decides what an endpoint lets through: its policy grants nothing, so that to name the account is enough.
pub fn decide_endpoint(endpoint: &Policy, request: &Request) -> Decision {
    let statements = endpoint.statements.iter();
    weigh(
        statements.filter(|statement| names(statement, request)),
        request,
    )
}

fn weigh<'a>(statements: impl Iterator<Item = &'a Statement>, request: &Request) -> Decision {
    let mut allowed = None;
    for statement in statements.filter(|statement| applies(statement, request)) {
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

/// Whether the statement names this very principal, or everyone, and not only its account.
pub(super) fn names_itself(statement: &Statement, request: &Request) -> bool {
    match (&statement.principals, &request.principal) {
        (Some(Principals::Anyone), _) => true,
        (Some(Principals::Named(named)), Some((kind, name))) => named
            .iter()
            .any(|(own_kind, own)| own_kind == kind && own == name),
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
        let as_written = !name.contains(['*', '?', '$']);
        if name == "*" || as_written && (*name == request.resource || is_whole_arn(name)) {
            return name == "*" || *name == request.resource;
        }
        let pattern = Pattern::fill(name, request);
        pattern.is_some_and(|pattern| pattern.matches_resource(&request.resource))
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
        let own = |effect: &str| {
            policy(json!({
                "Effect": effect, "Principal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "sqs:*", "Resource": "*"
            }))
        };
        let by = |account: &str| {
            Request::new("sqs:SendMessage", "q").by("AWS", format!("arn:aws:iam::{account}:role/r"))
        };
        let (near, far) = (by("123456789012"), by("210987654321"));
        assert_eq!(
            decide(&[], Some(&own("Deny")), &near),
            Decision::ExplicitDeny(None)
        );
        assert_eq!(
            decide(&[], Some(&own("Deny")), &far),
            Decision::ImplicitDeny
        );
        // An allow leaves it to the account, and lets through where nothing is granted.
        assert_eq!(
            decide(&[], Some(&own("Allow")), &near),
            Decision::ImplicitDeny
        );
        assert_eq!(decide_endpoint(&own("Allow"), &near), Decision::Allow(None));
        let mine =
            policy(json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*" }));
        assert_eq!(
            decide(&[&mine], Some(&own("Allow")), &near),
            Decision::Allow(None)
        );
    }

    #[test]
    fn several_values_of_a_key_need_a_set_operator() {
        let tags = Request::new("a:b", "*")
            .with("aws:TagKeys", "a")
            .with("aws:TagKeys", "b");
        let allows = |operator: &str| {
            let condition = json!({ operator: { "aws:tagkeys": ["a", "b"] } });
            let statement = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": condition });
            decide(&[&policy(statement)], None, &tags) == Decision::Allow(None)
        };
        assert!(allows("ForAllValues:StringEquals"));
        assert!(allows("ForAnyValue:StringLike"));
        assert!(!allows("StringEquals"));
        assert!(!allows("StringLikeIfExists"));
        // Of no value at all, each is so, and none is.
        let condition = |operator: &str| json!({ operator: { "aws:RequestedRegion": "a" } });
        let none = |operator: &str| {
            let statement = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": condition(operator) });
            decide(&[&policy(statement)], None, &tags) == Decision::Allow(None)
        };
        assert!(none("ForAllValues:StringEquals"));
        assert!(none("StringEqualsIfExists"));
        assert!(!none("ForAnyValue:StringEqualsIfExists"));
        assert!(!none("ForAnyValue:StringNotEquals"));
    }

    #[test]
    fn only_texts_take_variables_and_only_truths_are_bool() {
        let request = Request::new("a:b", "*")
            .with("k", "7")
            .with("own", "7")
            .with("t", "yes");
        let allows = |condition: serde_json::Value| {
            let statement = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": condition });
            decide(&[&policy(statement)], None, &request) == Decision::Allow(None)
        };
        assert!(allows(json!({ "StringEquals": { "k": "${own}" } })));
        assert!(allows(json!({ "NumericEquals": { "k": "7.0" } })));
        assert!(!allows(json!({ "NumericEquals": { "k": "${own}" } })));
        assert!(!allows(json!({ "Bool": { "t": "yes" } })));
        assert!(allows(json!({ "StringSounds": {} })));
    }

    #[test]
    fn the_old_version_knows_no_variables() {
        let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}*" });
        let by = |name: &str| {
            let object = format!("arn:aws:s3:::b/{name}");
            Request::new("s3:GetObject", object).with("aws:username", "ann")
        };
        for version in [json!("2008-10-17"), json!(null)] {
            let mut document = json!({ "Version": version, "Statement": statement });
            if version.is_null() {
                document.as_object_mut().unwrap().remove("Version");
            }
            let old = Policy::parse(&document).unwrap();
            assert_eq!(decide(&[&old], None, &by("ann")), Decision::ImplicitDeny);
            assert_eq!(
                decide(&[&old], None, &by("${aws:username}1")),
                Decision::Allow(None)
            );
        }
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

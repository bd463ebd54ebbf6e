//! The decision on a key of KMS: its policy has the first word, and gives the account's identity policies a say only where it says so.
//!
//! Source: AWS KMS Developer Guide, "Default key policy" ("Allows access to the AWS account and enables IAM policies").

use super::decide::{Request, applies, names, names_itself};
use super::policy::{Policy, Statement};

/// What a request to use a key meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDecision {
    /// Allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// The key's policy neither names the principal nor lets the account decide.
    NoKeyPolicy,
    /// The key's policy leaves it to the account, and no identity policy allows it.
    NoIdentityPolicy,
}

/// Decides on the use of a key whose policy is `key`.
#[must_use]
pub fn decide_key(identity: &[&Policy], key: Option<&Policy>, request: &Request) -> KeyDecision {
    let about = |statement: &&Statement| applies(statement, request);
    let own: Vec<&Statement> = key
        .into_iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| names(statement, request))
        .filter(about)
        .collect();
    let granted: Vec<&Statement> = identity
        .iter()
        .flat_map(|policy| &policy.statements)
        .filter(about)
        .collect();
    if own
        .iter()
        .chain(&granted)
        .any(|statement| !statement.allows)
    {
        return KeyDecision::ExplicitDeny;
    }
    if own.iter().any(|statement| names_itself(statement, request)) {
        KeyDecision::Allow
    } else if own.is_empty() {
        KeyDecision::NoKeyPolicy
    } else if granted.is_empty() {
        KeyDecision::NoIdentityPolicy
    } else {
        KeyDecision::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ROLE: &str = "arn:aws:iam::123456789012:role/r";

    fn policy(statement: Value) -> Policy {
        Policy::parse(&json!({ "Version": "2012-10-17", "Statement": statement })).unwrap()
    }

    fn root() -> Value {
        json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "kms:*", "Resource": "*" })
    }

    #[test]
    fn the_account_decides_only_where_the_key_says_so() {
        let request = Request::new("kms:Decrypt", "k").by("AWS", ROLE);
        let identity =
            policy(json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "k" }));
        let key = policy(root());
        assert_eq!(
            decide_key(&[&identity], Some(&key), &request),
            KeyDecision::Allow
        );
        assert_eq!(
            decide_key(&[], Some(&key), &request),
            KeyDecision::NoIdentityPolicy
        );
        assert_eq!(
            decide_key(&[&identity], None, &request),
            KeyDecision::NoKeyPolicy
        );
    }

    #[test]
    fn a_principal_that_the_key_names_needs_nothing_else() {
        let key = policy(
            json!({ "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": "kms:Decrypt", "Resource": "*" }),
        );
        let request = Request::new("kms:Decrypt", "k").by("AWS", ROLE);
        assert_eq!(decide_key(&[], Some(&key), &request), KeyDecision::Allow);
        let deny = policy(json!({ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }));
        assert_eq!(
            decide_key(&[&deny], Some(&key), &request),
            KeyDecision::ExplicitDeny
        );
    }

    #[test]
    fn a_service_needs_a_statement_of_its_own() {
        let request = Request::new("kms:Decrypt", "k").by("Service", "events.amazonaws.com");
        assert_eq!(
            decide_key(&[], Some(&policy(root())), &request),
            KeyDecision::NoKeyPolicy
        );
    }
}

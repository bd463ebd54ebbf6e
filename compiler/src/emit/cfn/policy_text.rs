//! A policy as one JSON text, for what takes it so: members in the order of their names, references as `${…}` of the `Fn::Sub` that the
//! text becomes.

use std::borrow::Cow;

use serde::Serialize;

use super::iam::{Conditions, Effect, Policy, Principal, Statement, one_or_many};
use super::value::{Any, Sub, Value};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyText {
    statement: Vec<StatementText>,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatementText {
    #[serde(serialize_with = "one_or_many")]
    action: Cow<'static, [&'static str]>,
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    condition: Conditions,
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Principal>,
    #[serde(serialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    resource: Vec<Value<Any>>,
    sid: Cow<'static, str>,
}

impl Policy {
    /// This as JSON text.
    pub(crate) fn in_text(self) -> Sub {
        let text = PolicyText {
            statement: self.statement.into_iter().map(StatementText::of).collect(),
            version: self.version,
        };
        // Policies have text keys and no numbers, so this cannot fail; an empty text would not pass any test.
        Sub::raw(serde_json::to_string(&text).unwrap_or_default())
    }
}

impl StatementText {
    fn of(it: Statement) -> Self {
        Self {
            action: it.action,
            condition: it.condition.in_text(),
            effect: it.effect,
            principal: it.principal.map(principal),
            resource: it.resource.into_iter().map(Value::in_text).collect(),
            sid: it.sid,
        }
    }
}

fn principal(it: Principal) -> Principal {
    match it {
        Principal::Service(service) => Principal::Service(service.in_text()),
        Principal::Services(several) => {
            Principal::Services(several.into_iter().map(Value::in_text).collect())
        }
        Principal::Account(account) => Principal::Account(account.in_text()),
        Principal::Everyone(everyone) => Principal::Everyone(everyone),
    }
}

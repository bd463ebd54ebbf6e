//! AWS::IAM::Role and the policy documents that roles, keys and queues carry.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use super::value::{Any, HasArn, Resource, Value};

/// AWS::IAM::Role
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// What the console shows.
    pub description: String,
    /// Who may take the role.
    pub assume_role_policy_document: Policy,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<InlinePolicy>,
}

impl Resource for Role {
    const TYPE: &'static str = "AWS::IAM::Role";
}
impl HasArn for Role {}

/// A policy that exists only inside its role.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// Name inside the role.
    pub policy_name: String,
    /// The statements.
    pub policy_document: Policy,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    /// Statements in reading order.
    pub statement: Vec<Statement>,
}

impl Policy {
    /// A document of the current version of the policy language.
    pub fn new(statement: Vec<Statement>) -> Self {
        Self {
            version: "2012-10-17",
            statement,
        }
    }
}

/// Whether a statement allows or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It forbids, whatever else allows.
    Deny,
}

/// Who a resource policy or trust policy speaks of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Principal {
    /// An AWS service.
    Service(Value<Any>),
    /// Several of them.
    #[serde(rename = "Service")]
    Services(Vec<Value<Any>>),
    /// An account.
    #[serde(rename = "AWS")]
    Account(Value<Any>),
    /// Anyone; only a `Deny` may say so.
    #[serde(untagged)]
    Everyone(Everyone),
}

/// `"*"`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Everyone {
    /// `"*"`
    #[serde(rename = "*")]
    Star,
}

/// One statement of a policy document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Name of the grant: letters and digits only.
    pub sid: String,
    /// Allow or deny.
    pub effect: Effect,
    /// Only in resource and trust policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Actions, each written out.
    #[serde(serialize_with = "one_or_many")]
    pub action: Vec<&'static str>,
    /// Resources; none in a trust policy.
    #[serde(serialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Value<Any>>,
    /// Conditions, all of which must hold.
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    pub condition: Conditions,
}

/// Operator, then key, then values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions(BTreeMap<&'static str, BTreeMap<String, Vec<Value<Any>>>>);

impl Conditions {
    /// Adds one test.
    #[must_use]
    pub fn with(mut self, operator: &'static str, key: &str, values: Vec<Value<Any>>) -> Self {
        self.0
            .entry(operator)
            .or_default()
            .insert(key.to_owned(), values);
        self
    }

    /// The values of one test; none where it is not asked.
    pub fn values(&self, operator: &str, key: &str) -> &[Value<Any>] {
        let test = self.0.get(operator).and_then(|it| it.get(key));
        test.map_or(&[], Vec::as_slice)
    }

    /// Operators, and the keys that each of them asks for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let tests = self.0.iter();
        tests.flat_map(|(operator, test)| {
            std::iter::once(*operator).chain(test.keys().map(String::as_str))
        })
    }

    /// Number of values of all tests.
    pub fn count(&self) -> usize {
        self.0
            .values()
            .flat_map(BTreeMap::values)
            .map(Vec::len)
            .sum()
    }

    /// True without tests.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Test<'a>(&'a BTreeMap<String, Vec<Value<Any>>>);
        struct Values<'a>(&'a Vec<Value<Any>>);
        impl Serialize for Values<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                one_or_many(self.0, serializer)
            }
        }
        impl Serialize for Test<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for (key, values) in self.0 {
                    map.serialize_entry(key, &Values(values))?;
                }
                map.end()
            }
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (operator, test) in &self.0 {
            map.serialize_entry(operator, &Test(test))?;
        }
        map.end()
    }
}

/// One value stands alone, as people write it; several make a list.
fn one_or_many<T: Serialize, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if let [value] = values {
        return value.serialize(serializer);
    }
    let mut list = serializer.serialize_seq(Some(values.len()))?;
    for value in values {
        list.serialize_element(value)?;
    }
    list.end()
}

//! AWS::IAM::Role and the policy documents that roles, keys and queues carry.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeSeq, SerializeStruct, Serializer};

use super::size::{Document, Limits, Size, TEXT_FRAME, value_most};
use super::value::{Any, HasArn, Naming, Resource, Value};
use crate::limits;

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
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[(&limits::ROLE_POLICIES, |it| Size::Document(&it.policies))];
}
impl HasArn for Role {}

/// A policy that exists only inside its role.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// Name inside the role.
    pub policy_name: &'static str,
    /// The statements.
    pub policy_document: Policy,
}

/// IAM counts all of them together, without their names.
impl Document for Vec<InlinePolicy> {
    fn bytes_most(&self) -> usize {
        let documents = self.iter().map(|it| it.policy_document.bytes_most());
        TEXT_FRAME + documents.sum::<usize>()
    }

    fn json(&self) -> serde_json::Value {
        self.iter().map(|it| it.policy_document.json()).collect()
    }
}

/// A policy document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    pub(super) version: &'static str,
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

/// What stands in a policy around its statements: its version and their brackets.
const POLICY_FRAME: usize = 64;
/// The same of a statement: the names of its members, brackets, quotes and commas.
const STATEMENT_FRAME: usize = 160;

impl Document for Policy {
    fn bytes_most(&self) -> usize {
        let statements = self.statement.iter().map(Statement::bytes_most);
        POLICY_FRAME + statements.sum::<usize>()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
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
    pub sid: Cow<'static, str>,
    /// Allow or deny.
    pub effect: Effect,
    /// Only in resource and trust policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Actions, each written out.
    #[serde(serialize_with = "one_or_many")]
    pub action: Cow<'static, [&'static str]>,
    /// Resources; none in a trust policy.
    #[serde(serialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Value<Any>>,
    /// Conditions, all of which must hold.
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    pub condition: Conditions,
}

impl Statement {
    /// More bytes than it can have once it is deployed.
    fn bytes_most(&self) -> usize {
        let written = |text: &str| text.len() + TEXT_FRAME;
        let actions: usize = self.action.iter().map(|it| written(it)).sum();
        let conditions: usize = self.condition.names().map(written).sum();
        let principals = match &self.principal {
            Some(Principal::Services(several)) => several.as_slice(),
            Some(Principal::Service(one) | Principal::Account(one)) => std::slice::from_ref(one),
            Some(Principal::Everyone(Everyone::Star)) | None => &[],
        };
        let values = principals.iter().chain(&self.resource);
        let values = values.chain(self.condition.all());
        let values: usize = values.map(|it| value_most(it) + TEXT_FRAME).sum();
        let said = written(&self.sid) + actions + conditions;
        STATEMENT_FRAME + said + values
    }
}

/// Tests in the order of their operators and keys, of which each is there once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions(Vec<Test>);

/// What one of these values must be found in a request.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    operator: &'static str,
    key: &'static str,
    values: Vec<Value<Any>>,
}

impl Test {
    fn name(&self) -> (&'static str, &'static str) {
        (self.operator, self.key)
    }
}

impl Conditions {
    /// Adds one test.
    #[must_use]
    pub fn with(
        mut self,
        operator: &'static str,
        key: &'static str,
        values: Vec<Value<Any>>,
    ) -> Self {
        let test = Test {
            operator,
            key,
            values,
        };
        let name = test.name();
        let at = self.0.partition_point(|it| it.name() < name);
        match self.0.get_mut(at).filter(|it| it.name() == name) {
            Some(same) => *same = test,
            None => self.0.insert(at, test),
        }
        self
    }

    /// The values of one test; none where it is not asked.
    pub fn values(&self, operator: &str, key: &str) -> &[Value<Any>] {
        let test = self.0.iter().find(|it| it.name() == (operator, key));
        test.map_or(&[], |it| it.values.as_slice())
    }

    /// Operators, and the keys that each of them asks for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let operators = self.operators();
        operators.flat_map(|(operator, tests)| {
            std::iter::once(operator).chain(tests.iter().map(|it| it.key))
        })
    }

    /// The values of all tests.
    fn all(&self) -> impl Iterator<Item = &Value<Any>> {
        self.0.iter().flat_map(|it| &it.values)
    }

    /// True without tests.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These as they stand in a text that becomes one `Fn::Sub`.
    pub(super) fn in_text(mut self) -> Self {
        for test in &mut self.0 {
            let values = std::mem::take(&mut test.values);
            test.values = values.into_iter().map(Value::in_text).collect();
        }
        self
    }

    /// Each operator once, with its tests.
    fn operators(&self) -> impl Iterator<Item = (&'static str, &[Test])> {
        let tests = self.0.chunk_by(|a, b| a.operator == b.operator);
        tests.filter_map(|tests| Some((tests.first()?.operator, tests)))
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Tests<'a>(&'a [Test]);
        struct Values<'a>(&'a [Value<Any>]);
        impl Serialize for Values<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                one_or_many(self.0, serializer)
            }
        }
        impl Serialize for Tests<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut object = serializer.serialize_struct("Tests", self.0.len())?;
                for test in self.0 {
                    object.serialize_field(test.key, &Values(&test.values))?;
                }
                object.end()
            }
        }
        let mut object = serializer.serialize_struct("Conditions", self.0.len())?;
        for (operator, tests) in self.operators() {
            object.serialize_field(operator, &Tests(tests))?;
        }
        object.end()
    }
}

/// One value stands alone, as people write it; several make a list.
pub(super) fn one_or_many<T: Serialize, S: Serializer>(
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

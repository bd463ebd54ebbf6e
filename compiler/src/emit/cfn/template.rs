//! The template: parameters, conditions, resources of every type, outputs.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::value::{Any, Handle, Id, Resource as Kind, Text, Value};
use crate::emit::ordered::Ordered;
use crate::emit::piece::text_of;

pub use super::Properties;

/// A whole template, members in the order of reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Template {
    /// `2010-09-09`
    #[serde(rename = "AWSTemplateFormatVersion")]
    pub version: &'static str,
    /// What the console shows.
    pub description: String,
    /// What a tool needs to know and AWS does not.
    pub metadata: Metadata,
    /// Chosen at deployment.
    pub parameters: Ordered<Parameter>,
    /// Named tests over parameters.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub conditions: Ordered<Condition>,
    /// The resources.
    pub resources: Ordered<Resource>,
    /// What a person wants to know after a deployment.
    pub outputs: Ordered<Output>,
}

/// Template-level metadata.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metadata {
    /// Ours.
    pub pipec: Pipec,
}

/// What a tool needs to know and AWS does not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pipec {
    /// Declared name of the pipeline.
    pub pipeline: String,
    /// Spec file that lines are cited of.
    pub spec: String,
    /// Routes with how they are verified.
    pub routes: Vec<RouteNote>,
    /// SSM parameters that must exist and that the stack does not make.
    pub external_parameters: Vec<ExternalParameter>,
    /// Tables with their events.
    pub tables: Vec<TableNote>,
    /// Workflows with what starts them.
    pub workflows: Vec<WorkflowNote>,
    /// What is declared `per provider`, member by member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberNote>,
}

/// A function or queue that is one of a family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberNote {
    /// Its logical id.
    pub id: Id,
    /// What the spec declares: `lane`.
    pub family: String,
    /// Which of them it is: `stripe`.
    pub provider: String,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RouteNote {
    /// `POST`
    pub method: String,
    /// `/webhooks`
    pub path: String,
    /// `v1`
    pub stage: String,
    /// Logical id of its function.
    pub function: Id,
    /// `function_url` where it is served by the function's URL and not by the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<&'static str>,
    /// The status that everyone gets who passes `verify`, where no handler makes the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<u16>,
    /// Logical id of the API key that a caller must show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Id>,
    /// How it is verified.
    pub verify: VerifyNote,
    /// Logical ids of the tables appended to.
    pub append: Vec<Id>,
    /// Largest accepted body in bytes.
    pub body_bytes_max: u64,
}

/// How a route is verified.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum VerifyNote {
    /// A scheme.
    Scheme {
        /// Its name.
        scheme: String,
        /// Its arguments; a secret by its declared name.
        arguments: Ordered<Argument>,
    },
    /// By the provider that the path names; every other is answered 404.
    PerProvider {
        /// How each is verified, by its declared name.
        providers: Ordered<VerifyNote>,
    },
    /// None, for a reason.
    Off {
        /// The reason of the spec.
        off_because: String,
    },
}

/// An argument of a signature scheme.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Argument {
    /// Text, or the name of a secret.
    Text(String),
    /// A declared parameter, whose value at run time is the argument.
    Parameter {
        /// Its name.
        parameter: String,
    },
    /// Seconds.
    DurationS(u64),
}

/// An SSM parameter that must exist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExternalParameter {
    /// Declared name, of a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Declared name, of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// SSM name, with `<EnvironmentSuffix>` where the suffix stands.
    pub name: String,
    /// `SecureString` or `String`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Environment variable that tells a function the name.
    pub variable: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableNote {
    /// Declared name.
    pub name: String,
    /// Logical id.
    pub id: Id,
    /// Partition key.
    pub partition: String,
    /// Sort key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Events it holds, with the fields that make one unique.
    pub events: Ordered<Vec<String>>,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowNote {
    /// Declared name.
    pub name: String,
    /// Logical id.
    pub id: Id,
    /// Logical id of the table whose stream starts it.
    pub on: Id,
    /// The event that starts it.
    pub event: String,
    /// File with its definition.
    pub definition: String,
}

/// A template parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// `String`
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// What it is for.
    pub description: Cow<'static, str>,
    /// Taken when nothing is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'static str>,
    /// What is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_pattern: Option<&'static str>,
    /// The only values that are accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_values: Vec<&'static str>,
    /// Said when it is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint_description: Option<&'static str>,
}

/// A named test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Condition {
    /// Both are equal.
    #[serde(rename = "Fn::Equals")]
    Equals(Value<Text>, Value<Text>),
    /// The other one does not hold.
    #[serde(rename = "Fn::Not")]
    Not([Box<Condition>; 1]),
}

/// An output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// What it is.
    pub description: Cow<'static, str>,
    /// Its value.
    pub value: Value<Any>,
}

/// What becomes of a resource that leaves the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OnDelete {
    /// It goes.
    Delete,
    /// It stays.
    Retain,
}

/// A resource with everything that stands around its properties.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// Its type name.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// Made only when this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<&'static str>,
    /// Made after these, where no reference says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Id>,
    /// When the stack goes. Written for what holds data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<OnDelete>,
    /// When an update replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_replace_policy: Option<OnDelete>,
    /// Where it comes from.
    pub metadata: Source,
    /// What it is.
    pub properties: Properties,
}

/// Where a resource comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source {
    /// `payments.pipe:31`
    pub pipe: SpecLine,
    /// By Sid: the grant or edge that asked for the statement.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub statements: Ordered<StatementSource>,
    /// The reason that the spec gives for a default that is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_because: Option<String>,
    /// Controls of checkov that are rightly not met.
    #[serde(skip_serializing_if = "Skips::is_empty")]
    pub checkov: Skips,
    /// Controls of this project's own audit that are rightly not met, mostly because the spec says otherwise.
    #[serde(skip_serializing_if = "Skips::is_empty")]
    pub audit: Skips,
}

/// Controls that a tool need not object to, in the form that checkov reads. Of parliament, which reads none, `./verify policies` does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Skips {
    /// The controls.
    pub skip: Vec<Skip>,
}

impl Skips {
    fn is_empty(&self) -> bool {
        self.skip.is_empty()
    }
}

/// A control that is rightly not met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skip {
    /// `CKV_AWS_117`, `TPL-07`, `RESOURCE_STAR`
    pub id: &'static str,
    /// Why.
    pub comment: Cow<'static, str>,
}

/// Who asked for a policy statement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatementSource {
    /// `payments.pipe:88`
    pub pipe: SpecLine,
    /// Why it is there, where the grant does not say it; always for a wildcard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Cow<'static, str>>,
    /// What parliament finds in it and is rightly so.
    #[serde(skip_serializing_if = "Skips::is_empty")]
    pub parliament: Skips,
}

/// A place in the spec: `payments.pipe:31`. All that comes from there shares its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpecLine {
    text: Arc<str>,
    line: usize,
}

impl SpecLine {
    /// A line of a file.
    pub fn new(file: &str, line: usize) -> Self {
        let text = text_of((file, ":", line)).into();
        Self { text, line }
    }

    /// The line.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Serialize for SpecLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Resource {
    /// A resource that comes from `pipe`, a place in the spec.
    pub fn new<R: Kind + Into<Properties>>(properties: R, pipe: SpecLine) -> Self {
        Self {
            kind: R::TYPE,
            condition: None,
            depends_on: Vec::new(),
            deletion_policy: None,
            update_replace_policy: None,
            metadata: Source {
                pipe,
                ..Source::default()
            },
            properties: properties.into(),
        }
    }

    /// Says what becomes of it, for what holds data.
    #[must_use]
    pub fn on_delete(mut self, retain: bool) -> Self {
        let policy = if retain {
            OnDelete::Retain
        } else {
            OnDelete::Delete
        };
        self.deletion_policy = Some(policy);
        self.update_replace_policy = Some(policy);
        self
    }

    /// Says why a control is rightly not met: one of checkov by its `CKV_…`, any other of our own audit.
    #[must_use]
    pub fn skip(mut self, id: &'static str, comment: impl Into<Cow<'static, str>>) -> Self {
        let comment = comment.into();
        let skips = if id.starts_with("CKV_") {
            &mut self.metadata.checkov
        } else {
            &mut self.metadata.audit
        };
        skips.skip.push(Skip { id, comment });
        self
    }

    /// Made only when the named condition holds.
    #[must_use]
    pub fn when(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Made after these.
    #[must_use]
    pub fn after(mut self, ids: Vec<Id>) -> Self {
        self.depends_on = ids;
        self
    }
}

/// Resources on their way into a template.
pub type Resources = Ordered<Resource>;

impl Resources {
    /// Adds a resource under its handle.
    pub fn add<R>(&mut self, handle: &Handle<R>, resource: Resource) {
        self.push(handle.id.clone(), resource);
    }
}

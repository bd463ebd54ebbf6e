//! AWS::SSM::Parameter

use serde::Serialize;

use super::size::{Limits, Size};
use super::value::{Naming, Resource, Text, Value};
use crate::limits;

/// AWS::SSM::Parameter
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// Physical name, which begins with `/`.
    pub name: Value<Text>,
    /// `String`: what is confidential is a secret, which no stack makes.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// Its text; JSON for a record.
    pub value: String,
    /// What the console shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Resource for Parameter {
    const TYPE: &'static str = "AWS::SSM::Parameter";
    const NAME: Naming<Self> = Naming::Unique("parameter", |it| &it.name);
    const LIMITS: Limits<Self> = &[(&limits::PARAMETER_DESCRIPTION, |it| {
        Size::Characters(it.description.as_deref().unwrap_or_default())
    })];
}

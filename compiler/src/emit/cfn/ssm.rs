//! AWS::SSM::Parameter

use serde::Serialize;

use super::value::{Resource, Text, Value};

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
}

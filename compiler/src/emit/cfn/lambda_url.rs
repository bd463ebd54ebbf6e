//! AWS::Lambda::Url and the two permissions that let the world call one.

use serde::Serialize;

use super::lambda::Function;
use super::size::Limits;
use super::value::{Arn, Naming, Resource, Value};

/// AWS::Lambda::Url
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Url {
    /// `NONE`: anyone may call; the spec gives the reason.
    pub auth_type: &'static str,
    /// The function.
    pub target_function_arn: Value<Arn<Function>>,
    /// `BUFFERED`: the answer comes whole.
    pub invoke_mode: &'static str,
}

impl Resource for Url {
    const TYPE: &'static str = "AWS::Lambda::Url";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::Lambda::Permission for callers of a function URL. Since October 2025 a caller needs two of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UrlPermission {
    /// `lambda:InvokeFunctionUrl` or `lambda:InvokeFunction`
    pub action: &'static str,
    /// The function.
    pub function_name: Value<Arn<Function>>,
    /// `*`: anyone.
    pub principal: &'static str,
    /// `NONE`, with `lambda:InvokeFunctionUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_url_auth_type: Option<&'static str>,
    /// True with `lambda:InvokeFunction`: by way of the URL and not otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_via_function_url: Option<bool>,
}

impl Resource for UrlPermission {
    const TYPE: &'static str = "AWS::Lambda::Permission";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

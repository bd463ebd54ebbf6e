//! AWS::ApiGateway: RestApi, Resource, Method, Deployment, Stage, GatewayResponse, ApiKey, UsagePlan, UsagePlanKey, Account.

use serde::Serialize;

use super::iam::Role;
use super::logs::LogGroup;
use super::size::Limits;
use super::value::{Any, Arn, Name, Naming, Resource, Text, Value};
use crate::emit::ordered::Ordered;

/// AWS::ApiGateway::RestApi
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestApi {
    /// Physical name.
    pub name: Value<Text>,
    /// Where it is reachable.
    pub endpoint_configuration: EndpointConfiguration,
    /// Media types whose bodies pass as bytes.
    pub binary_media_types: Vec<&'static str>,
}

impl Resource for RestApi {
    const TYPE: &'static str = "AWS::ApiGateway::RestApi";
    // Two APIs may have the same.
    const NAME: Naming<Self> = Naming::Shared(|it| &it.name);
    const LIMITS: Limits<Self> = &[];
}

/// Where an API is reachable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointConfiguration {
    /// `REGIONAL`
    pub types: Vec<&'static str>,
}

/// AWS::ApiGateway::Resource, one segment of a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PathPart {
    /// The API.
    pub rest_api_id: Value<Name<RestApi>>,
    /// The path above.
    pub parent_id: Value<Any>,
    /// The segment.
    #[serde(rename = "PathPart")]
    pub segment: String,
}

impl Resource for PathPart {
    const TYPE: &'static str = "AWS::ApiGateway::Resource";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::ApiGateway::Method
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Method {
    /// The API.
    pub rest_api_id: Value<Name<RestApi>>,
    /// The path.
    pub resource_id: Value<Any>,
    /// `POST`
    pub http_method: String,
    /// `NONE`: the handler verifies the provider's signature, which API Gateway cannot.
    pub authorization_type: &'static str,
    /// Whether a caller must show a key. Providers cannot; a relay of one's own can.
    pub api_key_required: bool,
    /// What answers.
    pub integration: Integration,
}

impl Resource for Method {
    const TYPE: &'static str = "AWS::ApiGateway::Method";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// What answers a method.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Integration {
    /// `AWS_PROXY`: the whole request goes to the function.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// Always `POST` towards Lambda.
    pub integration_http_method: &'static str,
    /// The function's invocation path.
    pub uri: Value<Text>,
    /// Milliseconds, at most 29,000.
    pub timeout_in_millis: u32,
}

/// AWS::ApiGateway::GatewayResponse
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GatewayResponse {
    /// The API.
    pub rest_api_id: Value<Name<RestApi>>,
    /// Which of API Gateway's own answers.
    pub response_type: &'static str,
    /// Its status.
    pub status_code: &'static str,
    /// Its body by media type.
    pub response_templates: Ordered<&'static str>,
}

impl Resource for GatewayResponse {
    const TYPE: &'static str = "AWS::ApiGateway::GatewayResponse";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::ApiGateway::Deployment: a snapshot of the API, never changed after.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deployment {
    /// The API.
    pub rest_api_id: Value<Name<RestApi>>,
    /// What it holds.
    pub description: String,
}

impl Resource for Deployment {
    const TYPE: &'static str = "AWS::ApiGateway::Deployment";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::ApiGateway::Stage
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stage {
    /// The API.
    pub rest_api_id: Value<Name<RestApi>>,
    /// The snapshot it serves.
    pub deployment_id: Value<Name<Deployment>>,
    /// First segment of its URL.
    pub stage_name: String,
    /// What the console shows.
    pub description: Value<Text>,
    /// X-Ray.
    pub tracing_enabled: bool,
    /// One line per request.
    pub access_log_setting: AccessLog,
    /// Execution log and throttle.
    pub method_settings: Vec<MethodSetting>,
}

impl Resource for Stage {
    const TYPE: &'static str = "AWS::ApiGateway::Stage";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// One line per request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessLog {
    /// Where to.
    pub destination_arn: Value<Arn<LogGroup>>,
    /// What a line holds.
    pub format: String,
}

/// Execution log and throttle of some methods.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MethodSetting {
    /// `/*` or the path with `~1` for its slashes.
    pub resource_path: String,
    /// `*` or the method.
    pub http_method: String,
    /// `ERROR` or `INFO`
    pub logging_level: &'static str,
    /// True would write bodies into the log.
    pub data_trace_enabled: bool,
    /// Metrics per method.
    pub metrics_enabled: bool,
    /// Requests per second.
    pub throttling_rate_limit: u32,
    /// Requests at once above that.
    pub throttling_burst_limit: u32,
}

/// AWS::ApiGateway::Account: the one execution-log role of account and region.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// The role.
    pub cloud_watch_role_arn: Value<Arn<Role>>,
}

impl Resource for Account {
    const TYPE: &'static str = "AWS::ApiGateway::Account";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::ApiGateway::ApiKey
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiKey {
    /// Physical name.
    pub name: Value<Text>,
    /// What the console shows.
    pub description: String,
    /// Whether it opens anything.
    pub enabled: bool,
}

impl Resource for ApiKey {
    const TYPE: &'static str = "AWS::ApiGateway::ApiKey";
    // Two keys may have the same.
    const NAME: Naming<Self> = Naming::Shared(|it| &it.name);
    const LIMITS: Limits<Self> = &[];
}

/// AWS::ApiGateway::UsagePlan
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UsagePlan {
    /// Physical name.
    pub usage_plan_name: Value<Text>,
    /// What the console shows.
    pub description: String,
    /// Where its keys open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_stages: Vec<ApiStage>,
    /// How often in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<PlanQuota>,
    /// How often at once.
    pub throttle: PlanThrottle,
}

impl Resource for UsagePlan {
    const TYPE: &'static str = "AWS::ApiGateway::UsagePlan";
    // Two plans may have the same.
    const NAME: Naming<Self> = Naming::Shared(|it| &it.usage_plan_name);
    const LIMITS: Limits<Self> = &[];
}

/// A stage of an API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiStage {
    /// The API.
    pub api_id: Value<Name<RestApi>>,
    /// The stage.
    pub stage: Value<Name<Stage>>,
}

/// How often a key may call in a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlanQuota {
    /// Requests.
    pub limit: u32,
    /// `DAY`, `WEEK` or `MONTH`
    pub period: &'static str,
}

/// How fast a key may call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlanThrottle {
    /// Requests per second.
    pub rate_limit: u32,
    /// Requests at once above that.
    pub burst_limit: u32,
}

/// AWS::ApiGateway::UsagePlanKey
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UsagePlanKey {
    /// The key.
    pub key_id: Value<Name<ApiKey>>,
    /// `API_KEY`
    pub key_type: &'static str,
    /// Its plan.
    pub usage_plan_id: Value<Name<UsagePlan>>,
}

impl Resource for UsagePlanKey {
    const TYPE: &'static str = "AWS::ApiGateway::UsagePlanKey";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

//! Reads what the compiler wrote for one pipeline, `infra-out/NAME/template.json`, and nothing else of ours, and turns
//! it into a [`Deployment`]: the functions, tables, routes, pipes and machines that a local run offers.
//! What it does not offer is an error or a notice, never ignored in silence.

mod alarm;
mod api;
mod api_key;
mod bucket;
mod bus;
mod call;
mod dashboard;
mod declared;
mod endpoint;
mod function;
mod function_url;
mod invoke_config;
mod log_group;
mod log_writer;
mod machine;
mod mapping;
mod names;
mod parameter;
mod pipe;
mod queue;
mod resource_policy;
mod role;
mod table;
mod template;
mod topic;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::iam::Policy;
pub use alarm::{Alarm, Comparison, MetricStat, Missing, Query, QueryOf, Watched};
pub use api::{Api, Route, Throttle};
pub use api_key::{ApiKey, Period, Quota, UsagePlan};
pub use bucket::{Bucket, Encryption};
pub(crate) use bus::bus_name;
pub use bus::{Bus, Rule, RuleTarget, TargetInput, TargetKind};
pub use call::Call;
pub use dashboard::Dashboard;
pub use declared::Declared;
pub use function::Function;
pub use function_url::FunctionUrl;
pub use invoke_config::Asynchronous;
pub use log_group::LogGroup;
pub use log_writer::LogWriter;
pub use machine::Machine;
pub use mapping::{MappedStream, Mapping, MappingSource};
pub use parameter::{External, Parameter};
pub use pipe::{Pipe, PipeSource, PipeTarget, StartingPosition};
pub use queue::{Fifo, Queue, Redrive};
pub use role::Role;
pub use table::Table;
pub use template::Place;
use template::{Resource, Template};
pub use topic::{Endpoint, Filter, FilterScope, Subscription, Topic};

/// Everything that one template describes and the local run offers.
#[derive(Debug, Clone, Default)]
pub struct Deployment {
    /// The pipeline's name as the spec has it.
    pub pipeline: String,
    /// The region that ARNs name.
    pub region: String,
    /// The account that ARNs name.
    pub account: String,
    pub apis: Vec<Api>,
    pub api_keys: Vec<ApiKey>,
    pub usage_plans: Vec<UsagePlan>,
    pub buckets: Vec<Bucket>,
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub pipes: Vec<Pipe>,
    pub machines: Vec<Machine>,
    pub queues: Vec<Queue>,
    pub mappings: Vec<Mapping>,
    pub topics: Vec<Topic>,
    pub subscriptions: Vec<Subscription>,
    pub buses: Vec<Bus>,
    pub rules: Vec<Rule>,
    pub log_groups: Vec<LogGroup>,
    pub alarms: Vec<Alarm>,
    pub dashboards: Vec<Dashboard>,
    pub parameters: Vec<Parameter>,
    pub roles: Vec<Role>,
    /// The resource policy of each function, by its ARN.
    pub permissions: BTreeMap<String, Policy>,
    /// The resource policies of queues, topics, buses and buckets, by their ARN.
    pub resource_policies: BTreeMap<String, Policy>,
    /// The policies of a network's endpoints, by the service's name in actions: `sqs`.
    pub endpoints: BTreeMap<String, Policy>,
    /// Services that write a log with a role of the template.
    pub log_writers: Vec<LogWriter>,
    /// The policies of keys, by their ARN.
    pub keys: BTreeMap<String, Policy>,
    /// The ARN of the key behind `alias/name`.
    pub aliases: BTreeMap<String, String>,
    /// What the spec calls a resource, by its ARN.
    pub declared: BTreeMap<String, Declared>,
    /// Parameters and secrets that the stack reads and does not make.
    pub externals: Vec<External>,
    /// What is in the template and has no effect here, one sentence each.
    pub notices: Vec<String>,
}

/// Why a template cannot be run: the place in the template and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactError {
    pub place: String,
    pub message: String,
}

impl ArtifactError {
    pub(crate) fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ArtifactError {}

/// What the local run does with a resource type.
enum Support {
    /// Modelled: what it does on AWS happens here.
    Offered,
    /// Changes nothing that a run on one machine could show.
    Inert,
}

fn support(kind: &str) -> Option<Support> {
    Some(match kind {
        "AWS::DynamoDB::Table"
        | "AWS::Lambda::Function"
        | "AWS::StepFunctions::StateMachine"
        | "AWS::Pipes::Pipe"
        | "AWS::SQS::Queue"
        | "AWS::Lambda::EventSourceMapping"
        | "AWS::Lambda::EventInvokeConfig"
        | "AWS::Lambda::Url"
        | "AWS::S3::Bucket" => Support::Offered,
        "AWS::ApiGateway::ApiKey"
        | "AWS::ApiGateway::UsagePlan"
        | "AWS::ApiGateway::UsagePlanKey" => Support::Offered,
        "AWS::SNS::Topic"
        | "AWS::SNS::Subscription"
        | "AWS::Events::EventBus"
        | "AWS::Events::Rule"
        | "AWS::Logs::LogGroup"
        | "AWS::CloudWatch::Alarm"
        | "AWS::CloudWatch::Dashboard" => Support::Offered,
        // Not things of their own, but what others may do with the things above.
        "AWS::KMS::Key"
        | "AWS::KMS::Alias"
        | "AWS::Logs::ResourcePolicy"
        | "AWS::SQS::QueuePolicy"
        | "AWS::SNS::TopicPolicy"
        | "AWS::S3::BucketPolicy"
        | "AWS::Events::EventBusPolicy" => Support::Offered,
        "AWS::SSM::Parameter"
        | "AWS::ApiGateway::RestApi"
        | "AWS::ApiGateway::Resource"
        | "AWS::ApiGateway::Method" => Support::Offered,
        "AWS::ApiGateway::Stage" | "AWS::ApiGateway::GatewayResponse" => Support::Offered,
        "AWS::ApiGateway::Deployment"
        | "AWS::ApiGateway::Account"
        | "AWS::Lambda::Permission"
        | "AWS::IAM::Role"
        | "AWS::IAM::Policy" => Support::Inert,
        "AWS::Logs::LogStream" | "AWS::CDK::Metadata" => Support::Inert,
        // Networks: on one machine everything reaches everything, but what their endpoints' policies keep back.
        kind if kind.starts_with("AWS::EC2::") => Support::Inert,
        _ => return None,
    })
}

/// Reads the artifacts of one pipeline from their folder.
pub fn load(folder: &Path, place: &Place) -> Result<Deployment, ArtifactError> {
    let file = folder.join("template.json");
    let text = std::fs::read_to_string(&file).map_err(|error| {
        ArtifactError::at(
            file.display().to_string(),
            format!("cannot be read: {error}"),
        )
    })?;
    let document: Value = serde_json::from_str(&text).map_err(|error| {
        ArtifactError::at(file.display().to_string(), format!("is no JSON: {error}"))
    })?;
    let stack = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("pipeline")
        .replace('_', "-");
    read(&document, &stack, place).map_err(|error| {
        ArtifactError::at(format!("{} {}", file.display(), error.place), error.message)
    })
}

/// Reads one template that is already parsed.
pub fn read(document: &Value, stack: &str, place: &Place) -> Result<Deployment, ArtifactError> {
    let template = Template::new(document, stack, place)?;
    let mut deployment = Deployment {
        pipeline: template
            .metadata
            .pointer("/pipec/pipeline")
            .and_then(Value::as_str)
            .unwrap_or(stack)
            .to_owned(),
        region: place.region.clone(),
        account: place.account.clone(),
        ..Deployment::default()
    };
    refuse_what_is_not_offered(&template)?;
    for (id, resource) in &template.resources {
        let cx = Reading {
            template: &template,
            id,
            properties: template.resolve(&resource.properties)?,
        };
        read_resource(&cx, &resource.kind, &mut deployment)?;
    }
    finish_functions(&template, &mut deployment)?;
    queue::check_redrive(&deployment.queues)?;
    deployment.externals = parameter::externals(&template, &deployment.functions)?;
    deployment.permissions = role::permissions(&template)?;
    deployment.resource_policies = resource_policy::read(&template)?;
    resource_policy::tell_queues(&template, &mut deployment.queues)?;
    deployment.keys = resource_policy::keys(&template)?;
    deployment.aliases = resource_policy::aliases(&template)?;
    deployment.endpoints = endpoint::read(&template)?;
    deployment.log_writers = log_writer::read(&template, &deployment.apis)?;
    role::check_trust(&deployment)?;
    deployment.declared = declared::read(&template, &deployment)?;
    Ok(deployment)
}

fn refuse_what_is_not_offered(template: &Template) -> Result<(), ArtifactError> {
    let mut unsupported = Vec::new();
    for (id, resource) in &template.resources {
        match support(&resource.kind) {
            Some(Support::Offered | Support::Inert) => {}
            None => unsupported.push(format!("{id} ({})", resource.kind)),
        }
    }
    if !unsupported.is_empty() {
        return Err(ArtifactError::at(
            "Resources",
            format!("the local run does not offer {}", unsupported.join(", ")),
        ));
    }
    Ok(())
}

/// One resource that stands for itself; what others say about it is read afterwards.
fn read_resource(
    cx: &Reading<'_>,
    kind: &str,
    deployment: &mut Deployment,
) -> Result<(), ArtifactError> {
    let notices = &mut deployment.notices;
    match kind {
        "AWS::DynamoDB::Table" => deployment.tables.push(table::read(cx, notices)?),
        "AWS::Lambda::Function" => deployment.functions.push(function::read(cx, notices)?),
        "AWS::StepFunctions::StateMachine" => deployment.machines.push(machine::read(cx, notices)?),
        "AWS::Pipes::Pipe" => deployment.pipes.push(pipe::read(cx, notices)?),
        "AWS::SQS::Queue" => deployment.queues.push(queue::read(cx, notices)?),
        "AWS::Lambda::EventSourceMapping" => deployment.mappings.push(mapping::read(cx)?),
        "AWS::SNS::Topic" => deployment.topics.push(topic::read(cx, notices)?),
        "AWS::SNS::Subscription" => deployment
            .subscriptions
            .push(topic::read_subscription(cx, notices)?),
        "AWS::Events::EventBus" => deployment.buses.push(bus::read(cx, notices)?),
        "AWS::Events::Rule" => deployment.rules.push(bus::read_rule(cx, notices)?),
        "AWS::CloudWatch::Alarm" => deployment.alarms.push(alarm::read(cx, notices)?),
        "AWS::CloudWatch::Dashboard" => deployment.dashboards.push(dashboard::read(cx)?),
        "AWS::Logs::LogGroup" => deployment.log_groups.push(log_group::read(cx, notices)?),
        "AWS::IAM::Role" => deployment.roles.push(role::read(cx, notices)?),
        "AWS::SSM::Parameter" => deployment.parameters.push(parameter::read(cx)?),
        "AWS::S3::Bucket" => deployment.buckets.push(bucket::read(cx, notices)?),
        "AWS::ApiGateway::ApiKey" => deployment.api_keys.push(api_key::read(cx, notices)?),
        "AWS::ApiGateway::UsagePlan" => deployment
            .usage_plans
            .push(api_key::read_plan(cx, notices)?),
        "AWS::ApiGateway::RestApi" => deployment.apis.push(api::read(cx, notices)?),
        _ => {}
    }
    Ok(())
}

/// What other resources say about a function.
fn finish_functions(template: &Template, deployment: &mut Deployment) -> Result<(), ArtifactError> {
    for (id, resource) in of_kind(template, "AWS::Lambda::EventInvokeConfig") {
        let cx = Reading {
            template,
            id,
            properties: template.resolve(&resource.properties)?,
        };
        invoke_config::read(&cx, &mut deployment.functions, &mut deployment.notices)?;
    }
    for (id, resource) in of_kind(template, "AWS::Lambda::Url") {
        let cx = Reading {
            template,
            id,
            properties: template.resolve(&resource.properties)?,
        };
        function_url::read(&cx, &mut deployment.functions, &mut deployment.notices)?;
    }
    mapping::check(
        &deployment.mappings,
        &deployment.functions,
        &deployment.queues,
    )
}

/// One resource with its properties resolved, and the template around it.
pub(crate) struct Reading<'a> {
    template: &'a Template,
    id: &'a str,
    properties: Value,
}

impl Reading<'_> {
    fn fault(&self, property: &str, message: impl Into<String>) -> ArtifactError {
        ArtifactError::at(
            format!("Resources.{}.Properties.{property}", self.id),
            message,
        )
    }

    fn string(&self, property: &str) -> Result<String, ArtifactError> {
        match self.properties.get(property) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(self.fault(property, format!("`{other}` is no text"))),
            None => Err(self.fault(property, "is missing")),
        }
    }

    fn optional_string(&self, property: &str) -> Option<String> {
        let value = self.properties.get(property).and_then(Value::as_str);
        value.map(str::to_owned)
    }

    /// CloudFormation takes `"true"` where it means `true`.
    fn flag(&self, property: &str) -> bool {
        self.properties
            .get(property)
            .is_some_and(|value| *value == true || *value == "true")
    }

    /// The properties of these names that are there.
    fn chosen(&self, names: &[&str]) -> impl Iterator<Item = (String, Value)> {
        let given = names.iter().filter_map(|name| {
            let value = self.properties.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        given.collect::<Vec<_>>().into_iter()
    }

    /// A property that is JSON, or its text.
    fn json(&self, property: &str) -> Result<Option<Value>, ArtifactError> {
        match self.properties.get(property) {
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|error| self.fault(property, format!("is no JSON: {error}"))),
            other => Ok(other.cloned()),
        }
    }

    fn optional_number(&self, property: &str) -> Result<Option<u64>, ArtifactError> {
        match self.properties.get(property) {
            None => Ok(None),
            Some(value) => number(value)
                .map(Some)
                .ok_or_else(|| self.fault(property, format!("`{value}` is no whole number"))),
        }
    }

    /// Says in a notice which properties have no effect here: all but those `known`.
    fn note_unknown(&self, known: &[&str], notices: &mut Vec<String>) {
        for property in self
            .properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            if !known.contains(&property.as_str()) {
                let kind = self
                    .template
                    .resources
                    .get(self.id)
                    .map(|it| it.kind.as_str())
                    .unwrap_or_default();
                notices.push(format!(
                    "{} ({kind}): `{property}` has no effect locally",
                    self.id
                ));
            }
        }
    }
}

/// A whole number, which CloudFormation lets be written as text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A number with a fraction (rates); CloudFormation lets it be written as text.
pub(crate) fn fraction(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The resources of one type, by logical id.
pub(crate) fn of_kind<'a>(
    template: &'a Template,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Resource)> {
    template
        .resources
        .iter()
        .filter(move |(_, resource)| resource.kind == kind)
}

//! Policies of resources: of queues, topics, buses, buckets and keys, and of log groups, which share those of the account.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ArtifactError, Deployment, Template, of_kind};
use crate::iam::Policy;

/// Under which name the log groups' policies are kept.
const LOGS: &str = "logs";

/// The resource policies of a template, by the ARN of the resource; of keys only those of keys.
pub(super) fn read(template: &Template) -> Result<BTreeMap<String, Policy>, ArtifactError> {
    let mut policies: BTreeMap<String, Policy> = BTreeMap::new();
    let mut add = |arn: String, policy: Policy| match policies.get_mut(&arn) {
        Some(known) => known.extend(policy),
        None => {
            policies.insert(arn, policy);
        }
    };
    let last = |text: &str, separator: char| text.rsplit(separator).next().unwrap_or("").to_owned();
    for (kind, property) in [
        ("AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::S3::BucketPolicy", "Bucket"),
    ] {
        for (id, resource) in of_kind(template, kind) {
            let properties = template.resolve(&resource.properties)?;
            let policy = document(id, properties.get("PolicyDocument"))?;
            let named = properties.get(property).unwrap_or(&Value::Null);
            let list = named.as_array().cloned().unwrap_or(vec![named.clone()]);
            for name in list.iter().filter_map(Value::as_str) {
                let arn = match kind {
                    "AWS::SQS::QueuePolicy" => template.arn("sqs", &last(name, '/')),
                    "AWS::SNS::TopicPolicy" => name.to_owned(),
                    _ => format!("arn:aws:s3:::{name}"),
                };
                add(arn, policy.clone());
            }
        }
    }
    for (id, resource) in of_kind(template, "AWS::Events::EventBusPolicy") {
        let properties = template.resolve(&resource.properties)?;
        let Some(statement) = properties.get("Statement") else {
            let place = format!("Resources.{id}.Properties.Statement");
            return Err(ArtifactError::at(place, "is missing"));
        };
        let whole = serde_json::json!({ "Version": "2012-10-17", "Statement": statement });
        let bus = properties.get("EventBusName").and_then(Value::as_str);
        let bus = super::bus::bus_name(bus.unwrap_or_default());
        let arn = template.arn("events", &format!("event-bus/{bus}"));
        add(arn, document(id, Some(&whole))?);
    }
    for (id, resource) in of_kind(template, "AWS::Logs::ResourcePolicy") {
        let properties = template.resolve(&resource.properties)?;
        let written = properties.get("PolicyDocument");
        let parsed = written.and_then(Value::as_str).map(serde_json::from_str);
        let parsed: Option<Value> = parsed.transpose().map_err(|error| {
            let place = format!("Resources.{id}.Properties.PolicyDocument");
            ArtifactError::at(place, format!("is no JSON: {error}"))
        })?;
        add(LOGS.to_owned(), document(id, parsed.as_ref().or(written))?);
    }
    Ok(policies)
}

/// Tells each queue the policy that is written for it.
pub(super) fn tell_queues(
    template: &Template,
    queues: &mut [super::Queue],
) -> Result<(), ArtifactError> {
    for (_, resource) in of_kind(template, "AWS::SQS::QueuePolicy") {
        let properties = template.resolve(&resource.properties)?;
        let named = properties.get("Queues").and_then(Value::as_array);
        let policy = properties.get("PolicyDocument").map(Value::to_string);
        for url in named.into_iter().flatten().filter_map(Value::as_str) {
            if let Some(queue) = queues.iter_mut().find(|it| it.url == url) {
                queue.policy.clone_from(&policy);
            }
        }
    }
    Ok(())
}

/// The policies of the keys that the template makes, by the key's ARN.
pub(super) fn keys(template: &Template) -> Result<BTreeMap<String, Policy>, ArtifactError> {
    let mut keys = BTreeMap::new();
    for (id, resource) in of_kind(template, "AWS::KMS::Key") {
        let policy =
            template.resolve(resource.properties.get("KeyPolicy").unwrap_or(&Value::Null))?;
        keys.insert(template.attribute(id, "Arn")?, document(id, Some(&policy))?);
    }
    Ok(keys)
}

/// The ARN of the key behind each alias, by `alias/name`.
pub(super) fn aliases(template: &Template) -> Result<BTreeMap<String, String>, ArtifactError> {
    let mut aliases = BTreeMap::new();
    for (id, resource) in of_kind(template, "AWS::KMS::Alias") {
        let properties = template.resolve(&resource.properties)?;
        let target = properties.get("TargetKeyId").and_then(Value::as_str);
        let target = target.unwrap_or_default();
        let key = of_kind(template, "AWS::KMS::Key")
            .map(|(key, _)| template.attribute(key, "Arn"))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .find(|arn| arn == target || arn.rsplit('/').next() == Some(target));
        if let Some(arn) = key {
            aliases.insert(template.name(id)?, arn);
        }
    }
    Ok(aliases)
}

fn document(id: &str, value: Option<&Value>) -> Result<Policy, ArtifactError> {
    Policy::parse(value.unwrap_or(&Value::Null)).map_err(|error| {
        let place = format!("Resources.{id}.Properties.PolicyDocument");
        ArtifactError::at(place, error.to_string())
    })
}

impl Deployment {
    /// The policy of the resource itself, where it has one.
    pub(crate) fn resource_policy(&self, arn: &str) -> Option<&Policy> {
        match arn.split(':').nth(2)? {
            "lambda" => self.permissions.get(arn),
            "logs" => self.resource_policies.get(LOGS),
            // An object is its bucket's business.
            "s3" => self.resource_policies.get(arn.split('/').next()?),
            _ => self.resource_policies.get(arn),
        }
    }
}

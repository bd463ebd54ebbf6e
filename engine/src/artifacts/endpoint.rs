//! `AWS::EC2::VPCEndpoint`: what an endpoint lets through to its service. The rest of a network has no effect on one machine.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ArtifactError, Template, of_kind};
use crate::iam::Policy;

/// The policies of endpoints by the service's name in actions: `sqs`. A network of the template has one endpoint for a service.
pub(super) fn read(template: &Template) -> Result<BTreeMap<String, Policy>, ArtifactError> {
    let mut policies: BTreeMap<String, Policy> = BTreeMap::new();
    for (id, resource) in of_kind(template, "AWS::EC2::VPCEndpoint") {
        let properties = template.resolve(&resource.properties)?;
        // Without a policy an endpoint lets everything through.
        let Some(document) = properties.get("PolicyDocument") else {
            continue;
        };
        let place = |what: &str| format!("Resources.{id}.Properties.{what}");
        let policy = Policy::parse(document)
            .map_err(|error| ArtifactError::at(place("PolicyDocument"), error.to_string()))?;
        let service = properties.get("ServiceName").and_then(Value::as_str);
        let service = service.and_then(|it| it.rsplit('.').next());
        let Some(service) = service else {
            return Err(ArtifactError::at(place("ServiceName"), "is no text"));
        };
        match policies.get_mut(service) {
            Some(known) => known.extend(policy),
            None => {
                policies.insert(service.to_owned(), policy);
            }
        }
    }
    Ok(policies)
}

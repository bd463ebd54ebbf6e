//! What the spec calls the resources of a template, for messages that say what a spec lacks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ArtifactError, Deployment, Template, of_kind};

/// What the spec calls a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// As it is declared; of a family's member the family's name.
    pub name: String,
    /// Which member it is, of a family.
    pub provider: Option<String>,
}

impl Declared {
    /// How a grant to `actor` names it. A member of a family has its own members by their bare name; of another's it chooses one.
    #[must_use]
    pub fn granted_to(&self, actor: &Self) -> String {
        match &self.provider {
            Some(provider) if actor.provider.as_ref() != Some(provider) => {
                format!("{}[{provider}]", self.name)
            }
            _ => self.name.clone(),
        }
    }
}

/// What the spec calls its resources, which `Metadata.pipec`, the handlers' names and the logical ids tell.
pub(super) fn read(
    template: &Template,
    deployment: &Deployment,
) -> Result<BTreeMap<String, Declared>, ArtifactError> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for function in &deployment.functions {
        names.insert(function.arn.clone(), function.handler.clone());
    }
    for external in &deployment.externals {
        names.insert(
            template.arn("ssm", &format!("parameter{}", external.name)),
            external.declared.clone(),
        );
    }
    for list in ["tables", "workflows"] {
        let listed = template
            .metadata
            .get("pipec")
            .and_then(|pipec| pipec.get(list));
        for item in listed.and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| item.get(key).and_then(Value::as_str);
            if let (Some(name), Some(id)) = (text("name"), text("id"))
                && template.resources.contains_key(id)
            {
                let arn = template.resolve(&serde_json::json!({ "Fn::GetAtt": [id, "Arn"] }))?;
                names.insert(super::template::text(&arn), name.to_owned());
            }
        }
    }
    for (kind, suffix, attribute) in KINDS {
        for (id, _) in of_kind(template, kind) {
            if let Some(name) = id.strip_suffix(suffix) {
                names.insert(template.attribute(id, attribute)?, snake(name));
            }
        }
    }
    for (id, resource) in of_kind(template, "AWS::SSM::Parameter") {
        let properties = template.resolve(&resource.properties)?;
        let physical = properties.get("Name").and_then(Value::as_str);
        if let (Some(name), Some(physical)) = (id.strip_suffix("Parameter"), physical) {
            let arn = template.arn("ssm", &format!("parameter{physical}"));
            names.insert(arn, snake(name));
        }
    }
    let alone = |name| Declared {
        name,
        provider: None,
    };
    let mut declared: BTreeMap<String, Declared> = names
        .into_iter()
        .map(|(arn, name)| (arn, alone(name)))
        .collect();
    declared.extend(members(template)?);
    Ok(declared)
}

/// What is declared `per provider` is in the template member by member; `Metadata.pipec` tells of which family each is.
fn members(template: &Template) -> Result<Vec<(String, Declared)>, ArtifactError> {
    let listed = template.metadata.get("pipec");
    let listed = listed.and_then(|it| it.get("members"));
    let mut members = Vec::new();
    for item in listed.and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        if let (Some(id), Some(family), Some(provider)) =
            (text("id"), text("family"), text("provider"))
            && template.resources.contains_key(id)
        {
            let declared = Declared {
                name: family.to_owned(),
                provider: Some(provider.to_owned()),
            };
            members.push((template.attribute(id, "Arn")?, declared));
        }
    }
    Ok(members)
}

/// Kinds whose logical ids are the declared name in PascalCase and this, and the attribute that is the ARN.
const KINDS: [(&str, &str, &str); 4] = [
    ("AWS::SQS::Queue", "Queue", "Arn"),
    ("AWS::SNS::Topic", "Topic", "TopicArn"),
    ("AWS::Events::EventBus", "Bus", "Arn"),
    ("AWS::S3::Bucket", "Bucket", "Arn"),
];

/// `WebhookInbox` as the spec writes it: `webhook_inbox`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

//! The controls that a template can show, one rule or more per row of the project's checklist. A rule gives what it objects to.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

pub(crate) mod access;
pub(crate) mod alarms;
pub(crate) mod api;
pub(crate) mod delivery;
pub(crate) mod elsewhere;
pub(crate) mod iam;
pub(crate) mod key;
pub(crate) mod logs;
pub(crate) mod network;
pub(crate) mod policy;
pub(crate) mod resources;
pub(crate) mod secrets;
pub(crate) mod spoiled;
pub(crate) mod workflow;

use serde_json::{Map, Value, json};

pub(crate) use spoiled::{Spoil, archive, fixture, refunds, webhooks};

/// One control: what it objects to in a template, and changes of good templates, to each of which it must object.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) check: fn(&Value) -> Vec<String>,
    pub(crate) spoil: &'static [Spoil],
}

/// Every rule.
pub(crate) fn rules() -> Vec<&'static Rule> {
    let all = [
        access::RULES,
        alarms::RULES,
        api::RULES,
        delivery::RULES,
        iam::RULES,
        key::RULES,
        logs::RULES,
        network::RULES,
        resources::RULES,
        secrets::RULES,
        workflow::RULES,
    ];
    all.into_iter().flatten().collect()
}

/// Resources of a type: logical id and the whole resource.
pub(crate) fn of_type<'a>(
    template: &'a Value,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    resources(template)
        .iter()
        .filter(move |(_, it)| it["Type"] == kind)
}

pub(crate) fn resources(template: &Value) -> &Map<String, Value> {
    template["Resources"].as_object().unwrap()
}

/// True where the template has a resource of this type by this logical id.
pub(crate) fn is_declared(template: &Value, id: &str, kind: &str) -> bool {
    resources(template)
        .get(id)
        .is_some_and(|it| it["Type"] == kind)
}

/// Objections to resources of a type whose properties do not satisfy the condition.
pub(crate) fn each(
    template: &Value,
    kind: &str,
    objection: &str,
    holds: impl Fn(&Value) -> bool,
) -> Vec<String> {
    let bad = of_type(template, kind).filter(|(_, it)| !holds(&it["Properties"]));
    bad.map(|(id, _)| format!("{id}: {objection}")).collect()
}

/// The reason that the resource's metadata gives for not meeting a control, where it rightly does not.
pub(crate) fn reason<'a>(resource: &'a Value, control: &str) -> Option<&'a str> {
    let skips = resource["Metadata"]["audit"]["skip"].as_array();
    let mut skips = skips.into_iter().flatten();
    let skip = skips.find(|it| it["id"] == control)?;
    skip["comment"].as_str().filter(|it| !it.trim().is_empty())
}

/// True where the resource's metadata says that a control is rightly not met, and why.
pub(crate) fn left_out(resource: &Value, control: &str) -> bool {
    reason(resource, control).is_some()
}

/// Both `"x"` and `["x"]` as a list.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// True where the value is the pipeline's key, by its ARN or its id.
pub(crate) fn is_key(value: &Value) -> bool {
    *value == json!({"Fn::GetAtt": ["PipelineKey", "Arn"]})
        || *value == json!({"Ref": "PipelineKey"})
}

/// Logical id that a value refers to.
pub(crate) fn referred(value: &Value) -> &str {
    value["Fn::GetAtt"][0]
        .as_str()
        .or(value["Ref"].as_str())
        .unwrap_or_default()
}

/// A name or an ARN as `Fn::Sub` writes it, whichever way the value does.
pub(crate) fn text(value: &Value) -> String {
    let reference = value["Ref"].as_str().map(|it| format!("${{{it}}}"));
    reference.unwrap_or_else(|| {
        let plain = value.as_str().or(value["Fn::Sub"].as_str());
        plain.unwrap_or_default().to_owned()
    })
}

/// The ARN of what has this name in this account and region, as `Fn::Sub` writes it.
pub(crate) fn own_arn(service: &str, name: &str) -> String {
    format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{name}")
}

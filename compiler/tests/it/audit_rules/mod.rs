//! The controls that a template can show, one rule per id of the project's checklist. A rule gives what it objects to.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

pub(crate) mod delivery;
pub(crate) mod elsewhere;
pub(crate) mod iam;
pub(crate) mod network;
pub(crate) mod resources;
pub(crate) mod secrets;
pub(crate) mod workflow;

use serde_json::{Map, Value};

/// One control: what it objects to in a template, and a change of a good template that it must object to.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) check: fn(&Value) -> Vec<String>,
    pub(crate) spoil: fn(&mut Value),
}

/// Every rule.
pub(crate) fn rules() -> Vec<Rule> {
    [
        resources::RULES,
        delivery::RULES,
        network::RULES,
        iam::RULES,
        secrets::RULES,
        workflow::RULES,
    ]
    .concat_rules()
}

trait ConcatRules {
    fn concat_rules(self) -> Vec<Rule>;
}

impl ConcatRules for [&[Rule]; 6] {
    fn concat_rules(self) -> Vec<Rule> {
        let all = self.into_iter().flatten();
        all.map(|it| Rule {
            id: it.id,
            check: it.check,
            spoil: it.spoil,
        })
        .collect()
    }
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

/// The first resource of a type, to be spoiled.
pub(crate) fn first<'a>(template: &'a mut Value, kind: &str) -> &'a mut Value {
    let resources = template["Resources"].as_object_mut().unwrap();
    resources
        .values_mut()
        .find(|it| it["Type"] == kind)
        .unwrap()
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

/// True where the resource's metadata says that a control is rightly not met, and why.
pub(crate) fn left_out(resource: &Value, control: &str) -> bool {
    let skips = resource["Metadata"]["audit"]["skip"].as_array();
    skips.into_iter().flatten().any(|it| {
        it["id"] == control
            && it["comment"]
                .as_str()
                .is_some_and(|it| !it.trim().is_empty())
    })
}

/// Both `"x"` and `["x"]` as a list.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// True where the value refers to the pipeline's key.
pub(crate) fn is_key(value: &Value) -> bool {
    value.to_string().contains("PipelineKey")
}

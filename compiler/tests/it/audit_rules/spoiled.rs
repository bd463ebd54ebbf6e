//! What spoils a good template, so that a control that does not object shows itself; and how a change finds its place.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a change that does not find its place fails the test"
)]

use serde_json::Value;

/// The template that is made of the fixture's model and not of a spec.
pub(crate) const FIXTURE: &str = "the fixture";

/// A change of a template that a control must object to.
pub(crate) struct Spoil {
    /// What is wrong after it.
    pub(crate) what: &'static str,
    /// The spec whose template is changed, or the fixture.
    pub(crate) of: &'static str,
    pub(crate) change: fn(&mut Value),
    /// Rows of the checklist that the same fault breaks too.
    pub(crate) also: &'static [&'static str],
}

impl Spoil {
    pub(crate) const fn also(mut self, rows: &'static [&'static str]) -> Self {
        self.also = rows;
        self
    }
}

const fn spoil(of: &'static str, what: &'static str, change: fn(&mut Value)) -> Spoil {
    Spoil {
        what,
        of,
        change,
        also: &[],
    }
}

/// Changes the fixture's template.
pub(crate) const fn fixture(what: &'static str, change: fn(&mut Value)) -> Spoil {
    spoil(FIXTURE, what, change)
}

/// Changes the template of `specs/archive.pipe`.
pub(crate) const fn archive(what: &'static str, change: fn(&mut Value)) -> Spoil {
    spoil("archive.pipe", what, change)
}

/// Changes the template of `specs/refunds.pipe`.
pub(crate) const fn refunds(what: &'static str, change: fn(&mut Value)) -> Spoil {
    spoil("refunds.pipe", what, change)
}

/// Changes the template of `specs/webhook_processing.pipe`.
pub(crate) const fn webhooks(what: &'static str, change: fn(&mut Value)) -> Spoil {
    spoil("webhook_processing.pipe", what, change)
}

/// The first resource of a type.
pub(crate) fn first<'a>(template: &'a mut Value, kind: &str) -> &'a mut Value {
    let resources = template["Resources"].as_object_mut().unwrap();
    resources
        .values_mut()
        .find(|it| it["Type"] == kind)
        .unwrap()
}

/// Properties of the first resource of a type.
pub(crate) fn of_first<'a>(template: &'a mut Value, kind: &str) -> &'a mut Value {
    &mut first(template, kind)["Properties"]
}

/// Properties of a resource.
pub(crate) fn of<'a>(template: &'a mut Value, id: &str) -> &'a mut Value {
    let properties = &mut template["Resources"][id]["Properties"];
    assert!(properties.is_object(), "there is no {id}");
    properties
}

/// Takes a member away, which has to be there.
pub(crate) fn forget(value: &mut Value, member: &str) {
    let removed = value.as_object_mut().unwrap().remove(member);
    assert!(removed.is_some(), "there is no {member}");
}

/// Takes a resource away.
pub(crate) fn without(template: &mut Value, id: &str) {
    forget(&mut template["Resources"], id);
}

/// Adds a resource that says where it comes from, as each has to.
pub(crate) fn with(template: &mut Value, kind: &str, properties: &Value) {
    template["Resources"]["Added"] = serde_json::json!({
        "Type": kind,
        "Metadata": {"pipe": "added.pipe:1"},
        "Properties": properties,
    });
}

/// Every list of statements in the properties of a resource.
fn statements<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Vec<Value>>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "Statement" {
                    found.extend(value.as_array_mut());
                } else {
                    statements(value, found);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| statements(it, found)),
        _ => {}
    }
}

/// The first list of statements of a resource.
pub(crate) fn policy<'a>(template: &'a mut Value, id: &str) -> &'a mut Vec<Value> {
    let mut found = Vec::new();
    statements(of(template, id), &mut found);
    found.into_iter().next().unwrap()
}

/// The statement of a resource's policies with this Sid.
pub(crate) fn statement<'a>(template: &'a mut Value, id: &str, sid: &str) -> &'a mut Value {
    let mut found = Vec::new();
    statements(of(template, id), &mut found);
    let mut all = found.into_iter().flatten();
    all.find(|it| it["Sid"] == sid).unwrap()
}

/// Takes the statement with this Sid away.
pub(crate) fn without_statement(template: &mut Value, id: &str, sid: &str) {
    let mut found = Vec::new();
    statements(of(template, id), &mut found);
    let mut removed = 0;
    for list in found {
        let before = list.len();
        list.retain(|it| it["Sid"] != sid);
        removed += before - list.len();
    }
    assert_eq!(removed, 1, "{id}: {sid}");
}

//! The controls of the checklist over the emitted templates: none objects to a template, and each objects to its own spoiled copy.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

mod audit_rules;
mod emit_fixture;

use audit_rules::rules;
use pipe_compiler::{check, compile};
use serde_json::Value;

fn template(artifacts: &[pipe_compiler::Artifact]) -> Value {
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    serde_json::from_slice(&template.contents).unwrap()
}

/// Specs whose templates are not complete yet.
const NOT_YET: &[&str] = &["archive", "notifications", "webhook_processing"];

/// Templates of all specs.
fn templates() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let specs = paths.filter(|it| it.extension().is_some_and(|it| it == "pipe"));
    let specs = specs.filter(|it| {
        !NOT_YET
            .iter()
            .any(|name| it.file_stem().is_some_and(|stem| stem == *name))
    });
    let emit = |path: std::path::PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let checked = check(&file, &std::fs::read_to_string(&path).unwrap());
        (file, template(&compile(&checked.pipeline.unwrap())))
    };
    specs.map(emit).collect()
}

#[test]
fn no_control_objects_to_an_emitted_template() {
    for (file, template) in templates() {
        for rule in rules() {
            let objections = (rule.check)(&template);
            assert!(objections.is_empty(), "{file}: {}: {objections:?}", rule.id);
        }
    }
}

#[test]
fn each_control_objects_to_its_own_spoiled_template() {
    let good = template(&compile(&emit_fixture::payments()));
    for rule in rules() {
        let mut spoiled = good.clone();
        (rule.spoil)(&mut spoiled);
        assert!(spoiled != good, "{}: nothing was spoiled", rule.id);
        let flagged: Vec<&str> = rules()
            .iter()
            .filter(|it| !(it.check)(&spoiled).is_empty())
            .map(|it| it.id)
            .collect();
        assert!(
            flagged.contains(&rule.id),
            "{} does not object to its spoiled template",
            rule.id
        );
        // A statement that is replaced has lost its own grant too; everything else stays quiet.
        let others: Vec<&&str> = flagged.iter().filter(|it| **it != rule.id).collect();
        assert!(others.is_empty(), "{} also flags {others:?}", rule.id);
    }
}

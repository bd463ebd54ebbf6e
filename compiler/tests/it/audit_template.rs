//! The controls of the checklist over the emitted templates: none objects to a template, and each objects to every copy that is spoiled for it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use crate::audit_rules::elsewhere::ELSEWHERE;
use crate::audit_rules::rules;
use crate::audit_rules::spoiled::FIXTURE;
use pipe_compiler::{check, compile};
use serde_json::Value;

fn template(artifacts: &[pipe_compiler::Artifact]) -> Value {
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    serde_json::from_slice(&template.contents).unwrap()
}

/// Templates of all specs.
fn templates() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let specs = paths.filter(|it| it.extension().is_some_and(|it| it == "pipe"));
    let emit = |path: std::path::PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let checked = check(&file, &std::fs::read_to_string(&path).unwrap());
        (file, template(&compile(&checked.pipeline.unwrap())))
    };
    specs.map(emit).collect()
}

/// Templates of all specs, and of the fixture.
fn all() -> Vec<(String, Value)> {
    let fixture = template(&compile(&crate::emit_fixture::surroundings::whole()));
    let mut all = templates();
    all.push((FIXTURE.to_owned(), fixture));
    all
}

#[test]
fn no_control_objects_to_an_emitted_template() {
    for (file, template) in all() {
        for rule in rules() {
            let objections = (rule.check)(&template);
            assert!(objections.is_empty(), "{file}: {}: {objections:?}", rule.id);
        }
    }
}

#[test]
fn each_control_objects_to_every_template_that_is_spoiled_for_it() {
    let templates = all();
    let mut faults = Vec::new();
    for rule in rules() {
        // A rule that is broken in one way only may hold to that way alone.
        assert!(rule.spoil.len() > 1, "{}: one way to spoil it", rule.id);
        for spoil in rule.spoil {
            let (_, good) = templates.iter().find(|it| it.0 == spoil.of).unwrap();
            let name = format!("{}: {}: {}", rule.id, spoil.of, spoil.what);
            let mut spoiled = good.clone();
            (spoil.change)(&mut spoiled);
            assert!(spoiled != *good, "{name}: nothing was spoiled");
            if (rule.check)(&spoiled).is_empty() {
                faults.push(format!("{name}: not found"));
            }
            for other in rules() {
                let row = other.id.split(' ').next().unwrap();
                let expected = rule.id.starts_with(row) || spoil.also.contains(&row);
                let objections = (other.check)(&spoiled);
                if !expected && !objections.is_empty() {
                    faults.push(format!("{name}: {row} objects too: {objections:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Rows of the checklist by prefix, and how many there are of each.
const ROWS: [(&str, usize); 4] = [("TPL", 16), ("IAM", 14), ("OBS", 8), ("DEL", 17)];

#[test]
fn every_row_of_the_checklist_has_a_rule_or_a_reason_why_not() {
    for (prefix, count) in ROWS {
        for number in 1..=count {
            let row = format!("{prefix}-{number:02}");
            let ruled = rules()
                .iter()
                .any(|it| it.id.starts_with(&format!("{row} ")));
            let elsewhere = ELSEWHERE
                .iter()
                .filter(|(id, reason)| *id == row && !reason.is_empty());
            assert_eq!(
                usize::from(ruled) + elsewhere.count(),
                1,
                "{row}: a rule or one reason"
            );
        }
    }
}

#[test]
fn the_readme_says_how_a_stack_is_protected() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, production) = readme.split_once("### In production\n").unwrap();
    let (production, _) = production.split_once("\n#").unwrap();
    for command in [
        "update-termination-protection --stack-name payments-prod --enable-termination-protection",
        "set-stack-policy --stack-name payments-prod",
    ] {
        assert!(production.contains(command), "TPL-10: {command}");
    }
}

#[test]
fn what_is_left_out_names_a_control_of_ours_and_a_reason() {
    for (file, template) in all() {
        for (id, resource) in crate::audit_rules::resources(&template) {
            for skip in resource["Metadata"]["audit"]["skip"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let control = skip["id"].as_str().unwrap();
                assert!(
                    rules().iter().any(|it| it.id.starts_with(control)),
                    "{file}: {id}: {control}"
                );
                assert!(
                    skip["comment"].as_str().unwrap().split(' ').count() >= 3,
                    "{file}: {id}: {skip}"
                );
            }
        }
    }
}

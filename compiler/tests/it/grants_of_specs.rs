//! Every single grant of every spec is needed: without it the spec or the handlers do not compile, and the policy loses its statement.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use pipe_compiler::model::{ParameterSource, Permission, Pipeline, Verb};
use pipe_compiler::{check, compile, diag};
use serde_json::Value;

/// File name and text of each spec.
fn specs() -> Vec<(String, String)> {
    let mut paths: Vec<_> = std::fs::read_dir("../specs")
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "pipe"));
    paths.sort();
    assert!(paths.len() >= 5, "the specs are not there");
    let name = |it: &std::path::Path| it.file_name().unwrap().to_str().unwrap().to_owned();
    paths
        .iter()
        .map(|it| (name(it), std::fs::read_to_string(it).unwrap()))
        .collect()
}

fn pipeline(file: &str, text: &str) -> Pipeline {
    let checked = check(file, text);
    let shown = diag::render_short(&checked.diagnostics, file, text);
    checked.pipeline.unwrap_or_else(|| panic!("{shown}"))
}

/// Each permission as written, once, however many members it stands for.
fn written(pipeline: &Pipeline) -> Vec<(String, Permission)> {
    let mut all = BTreeMap::new();
    for grant in pipeline.grants.values() {
        for it in &grant.permissions {
            all.entry(it.origin.start)
                .or_insert_with(|| (grant.to.clone(), it.clone()));
        }
    }
    all.into_values().collect()
}

/// The text without the name at this place, and without the comma or the verb that is left over.
fn without(text: &str, it: &Permission) -> String {
    let (before, after) = (&text[..it.origin.start], &text[it.origin.end..]);
    if let Some(rest) = after.trim_start().strip_prefix(',')
        && before.trim_end().ends_with([',', ':'])
        && !rest
            .trim_start()
            .split([',', '\n', '}'])
            .next()
            .unwrap()
            .contains(':')
    {
        return format!("{before}{}", rest.trim_start());
    }
    let before = before.trim_end();
    if let Some(before) = before.strip_suffix(',') {
        return format!("{before}{after}");
    }
    // It was the only one of its verb.
    let verb = before.strip_suffix(':').unwrap().trim_end();
    let verb = &verb[..verb.rfind(|it: char| !it.is_ascii_alphabetic()).unwrap() + 1];
    let after = after
        .trim_start_matches(' ')
        .strip_prefix(',')
        .unwrap_or(after);
    format!("{verb}{after}")
}

/// Roles with the identifiers of their statements.
fn statements(pipeline: &Pipeline) -> BTreeSet<(String, String)> {
    let artifacts = compile(pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    let template: Value = serde_json::from_slice(&template.contents).unwrap();
    let mut all = BTreeSet::new();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        let policies = resource["Properties"]["Policies"]
            .as_array()
            .into_iter()
            .flatten();
        for statement in
            policies.flat_map(|it| it["PolicyDocument"]["Statement"].as_array().unwrap())
        {
            all.insert((id.clone(), statement["Sid"].as_str().unwrap().to_owned()));
        }
    }
    all
}

/// `impl TakeGrant<read> for orders {}` and the like, of the generated program.
fn capabilities(pipeline: &Pipeline) -> BTreeSet<String> {
    let artifacts = compile(pipeline);
    let code = artifacts
        .iter()
        .find(|it| it.path == "handlers/src/capabilities.rs")
        .unwrap();
    let code = String::from_utf8(code.contents.clone()).unwrap();
    code.lines()
        .filter(|it| it.starts_with("impl ") && it.ends_with("{}") && it.contains('<'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_grant_can_be_taken_away() {
    let mut counted = (0, 0);
    for (file, text) in specs() {
        let whole = pipeline(&file, &text);
        for (to, it) in written(&whole) {
            let text = without(&text, &it);
            let what = format!("{file}: {to} without {:?} {}", it.verb, it.resource);
            if it.used_by_edge {
                counted.0 += 1;
                edge_fails_and_mends(&file, &what, &text, &whole);
            } else {
                counted.1 += 1;
                capability_goes(&file, &what, &text, &whole, &it);
            }
        }
    }
    assert!(
        counted.0 > 40 && counted.1 >= 4,
        "edges and capabilities: {counted:?}"
    );
}

/// The checker objects at the use, and its own mends make the spec what it was.
fn edge_fails_and_mends(file: &str, what: &str, text: &str, whole: &Pipeline) {
    let checked = check(file, text);
    assert!(checked.pipeline.is_none(), "{what}: nobody misses it");
    let missing: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|it| it.code.id == "P0601")
        .collect();
    let shown = diag::render_short(&checked.diagnostics, file, text);
    assert!(!missing.is_empty(), "{what}: {shown}");
    assert!(
        missing
            .iter()
            .all(|it| it.help.as_deref().is_some_and(|it| it.starts_with("add `"))),
        "{what}: {shown}"
    );
    let mut mended = text.to_owned();
    // Of a family each member's edge is missed and mended by itself.
    for _ in 0..=whole.providers.len().max(1) {
        let checked = check(file, &mended);
        if let Some(pipeline) = checked.pipeline {
            assert_eq!(statements(&pipeline), statements(whole), "{what}");
            return;
        }
        let mend = checked
            .diagnostics
            .iter()
            .find_map(|it| it.suggestion.clone());
        let mend = mend.unwrap_or_else(|| panic!("{what}: no mend"));
        mended.replace_range(mend.span.start..mend.span.end, &mend.replacement);
    }
    panic!("{what}: the mends do not mend it\n{mended}");
}

/// The spec stands without it, the program cannot do it any more, and the policy does not allow it.
fn capability_goes(file: &str, what: &str, text: &str, whole: &Pipeline, it: &Permission) {
    let rest = pipeline(file, text);
    let (before, after) = (capabilities(whole), capabilities(&rest));
    assert!(
        after.is_subset(&before) && after.len() < before.len(),
        "{what}: the code can still do it"
    );
    let at_deploy = whole
        .parameters
        .get(&it.resource)
        .is_some_and(|it| it.source == ParameterSource::AtDeploy);
    let (before, after) = (statements(whole), statements(&rest));
    let gone = before.difference(&after).count();
    assert!(
        after.is_subset(&before),
        "{what}: {:?}",
        after.difference(&before)
    );
    // A parameter of the template stands in the environment and in no policy.
    assert!(
        gone > 0 || at_deploy || it.verb == Verb::Call,
        "{what}: the policy still allows it"
    );
}

//! Generated Rust is laid out as prettyplease lays it out, for every spec here and for made-up ones: read by syn and printed again it is
//! the same text, but for blank lines, which prettyplease does not set.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[allow(
    dead_code,
    reason = "other tests use the rest of what makes specs up and reads them"
)]
use std::fs;
use std::path::{Path, PathBuf};

use crate::grants::generator;
use pipe_compiler::emit::rust::artifacts;
use pipe_compiler::{Artifact, check, user_stubs};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

/// Made-up specs.
const CASES: u32 = 60;
const SEED: u64 = 20_261_122;

fn without_blank_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|it| !it.is_empty()).collect()
}

/// The first line that prettyplease prints otherwise, with what it makes of it.
fn difference(artifact: &Artifact) -> Option<String> {
    let text = std::str::from_utf8(&artifact.contents).unwrap();
    let tree = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let printed = prettyplease::unparse(&tree);
    let (ours, theirs) = (without_blank_lines(text), without_blank_lines(&printed));
    let at = (0..ours.len().max(theirs.len())).find(|it| ours.get(*it) != theirs.get(*it))?;
    let around = |lines: &[&str]| {
        lines
            .iter()
            .skip(at.saturating_sub(3))
            .take(8)
            .map(|it| format!("    {it}\n"))
            .collect::<String>()
    };
    Some(format!(
        "{}:\n  printed\n{}  prettyplease prints\n{}",
        artifact.path,
        around(&ours),
        around(&theirs)
    ))
}

/// What differs in the crate that is generated for a spec, and in the first version of the user's.
fn differences(file: &str, text: &str) -> Vec<String> {
    let Some(pipeline) = check(file, text).pipeline else {
        return Vec::new();
    };
    let all = artifacts(&pipeline)
        .into_iter()
        .chain(user_stubs(&pipeline, "../generated"));
    all.filter(|it| it.path.ends_with(".rs"))
        .filter_map(|it| difference(&it).map(|it| format!("{file} {it}")))
        .collect()
}

fn specs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "pipe"));
    paths.sort();
    paths
}

#[test]
fn the_crates_of_all_specs_are_laid_out_as_prettyplease_does() {
    let mut seen = 0;
    let mut found = Vec::new();
    for path in specs("../specs").into_iter().chain(specs("tests/ui")) {
        let file = path.file_name().unwrap().to_str().unwrap();
        found.extend(differences(file, &fs::read_to_string(&path).unwrap()));
        seen += 1;
    }
    assert!(seen >= 8, "{seen} specs");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_crates_of_the_manuals_examples_are_laid_out_as_prettyplease_does() {
    let mut seen = 0;
    let mut found = Vec::new();
    for entry in fs::read_dir("../docs/errors").unwrap() {
        let page = fs::read_to_string(entry.unwrap().path()).unwrap();
        let Some((_, corrected)) = page.rsplit_once("\n```pipe\n") else {
            continue;
        };
        let text = corrected.split("\n```").next().unwrap();
        let name = text.lines().find_map(|it| it.strip_prefix("pipeline "));
        found.extend(differences(
            &format!("{}.pipe", name.unwrap_or("shop")),
            text,
        ));
        seen += 1;
    }
    assert!(seen >= 50, "{seen} pages");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_crates_of_made_up_specs_are_laid_out_as_prettyplease_does() {
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 50,
        rng_seed: RngSeed::Fixed(SEED),
        ..ProptestConfig::default()
    };
    let numbers = prop::collection::vec(prop_oneof![2 => Just(0_u8), 1 => any::<u8>()], 0..160);
    TestRunner::new(config)
        .run(&numbers, |numbers| {
            let spec = generator::spec(&numbers);
            let found = differences("sample.pipe", &spec.text);
            prop_assert!(found.is_empty(), "{}\n{}", found.join("\n"), spec.text);
            Ok(())
        })
        .unwrap();
}

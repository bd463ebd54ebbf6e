//! `infra-out/` is what the compiler emits from `specs/`: nothing missing, nothing else, byte for byte. `BLESS=1` accepts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test file is part of its tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bless;
use pipe_compiler::{Artifact, check, compile};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Each `specs/NAME.pipe` with what the compiler emits for it.
fn emitted() -> Vec<(String, Vec<Artifact>)> {
    let mut specs: Vec<PathBuf> = fs::read_dir(root().join("specs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "pipe"))
        .collect();
    specs.sort();
    let compile = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        let checked = check(file, &fs::read_to_string(path).unwrap());
        let pipeline = checked
            .pipeline
            .unwrap_or_else(|| panic!("{file}: {:?}", checked.diagnostics));
        let artifacts = compile(&pipeline);
        (pipeline.name, artifacts)
    };
    specs.iter().map(compile).collect()
}

/// Paths of all files below `folder`, relative to it, with `/`.
fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn infra_out_is_what_the_compiler_emits() {
    let accept = bless::is_asked();
    let emitted = emitted();
    assert!(!emitted.is_empty(), "no specs");
    for (name, artifacts) in &emitted {
        let folder = root().join("infra-out").join(name);
        let mut stale = BTreeSet::new();
        files(&folder, "", &mut stale);
        for artifact in artifacts {
            let path = folder.join(&artifact.path);
            stale.remove(&artifact.path);
            if accept {
                bless::write(&path, &artifact.contents);
            }
            let found = fs::read(&path).unwrap_or_default();
            assert!(
                found == artifact.contents,
                "{name}/{} is not what is emitted: BLESS=1 cargo test",
                artifact.path
            );
        }
        for path in &stale {
            if accept {
                fs::remove_file(folder.join(path)).unwrap();
            }
        }
        assert!(
            accept || stale.is_empty(),
            "infra-out/{name} has files that nothing emits: {stale:?}"
        );
    }
}

#[test]
fn every_folder_of_infra_out_has_its_spec() {
    let names: BTreeSet<String> = emitted().into_iter().map(|(name, _)| name).collect();
    for entry in fs::read_dir(root().join("infra-out")).unwrap() {
        let entry = entry.unwrap();
        assert!(
            names.contains(entry.file_name().to_str().unwrap()),
            "{} has no spec",
            entry.path().display()
        );
    }
}

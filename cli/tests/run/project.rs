//! A project made by `pipec new`, beside this repository: with a member that uses what is built here, cargo agrees on the same features
//! for the AWS SDK, and nothing of it is built a second time. That the runtime also builds with a project's own features alone is shown by
//! the packages of `./verify package`.

use crate::pipeline::{root, target};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `pipec` in a folder, with the target folder of this build.
pub(crate) fn pipec(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipec"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("CARGO_TARGET_DIR", target());
    command
}

/// Makes a project. Its handlers are a program of its name in the one target folder, so no two tests of a run may share a name.
pub(crate) fn new(folder: &Path, name: &str) -> PathBuf {
    let made = pipec(folder, &["new", name]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let project = folder.join(name);
    add_neighbour(&project);
    project
}

fn add_neighbour(project: &Path) {
    let manifest = project.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let with = text.replacen("members = [", "members = [\"neighbour\", ", 1);
    assert_ne!(with, text);
    std::fs::write(&manifest, with).unwrap();
    let mut text = String::from(
        "[package]\nname = \"neighbour\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\n",
    );
    let of_pipelines = root().join("infra-out").read_dir().unwrap();
    let of_pipelines = of_pipelines.map(|it| it.unwrap().path().join("handlers"));
    for crate_dir in of_pipelines.chain([root().join("engine"), root().join("compiler")]) {
        let manifest = std::fs::read_to_string(crate_dir.join("Cargo.toml")).unwrap();
        let name = manifest.lines().find_map(|it| it.strip_prefix("name = "));
        let name = name.unwrap().trim_matches('"');
        writeln!(text, "{name} = {{ path = {crate_dir:?} }}").unwrap();
    }
    let neighbour = project.join("neighbour");
    std::fs::create_dir(&neighbour).unwrap();
    std::fs::write(neighbour.join("Cargo.toml"), text).unwrap();
    std::fs::write(neighbour.join("lib.rs"), "").unwrap();
}

//! The core and the models below it know no clock, randomness, environment, file, socket or thread.
#![allow(clippy::expect_used, reason = "test code outside of test functions")]

use std::path::{Path, PathBuf};

/// What would let the outside in. Hash-ordered collections are among it: their order differs from run to run.
const FORBIDDEN: [&str; 17] = [
    "SystemTime",
    "Instant::now",
    "std::time",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "to_socket_addrs",
    "std::process",
    "std::thread",
    "tokio",
    "HashMap",
    "HashSet",
    "getrandom",
];
const PURE: [&str; 8] = [
    "core",
    "core.rs",
    "asl",
    "dynamodb",
    "iam",
    "pattern",
    "pattern.rs",
    "change.rs",
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)
            .expect("a folder of sources")
            .flatten()
        {
            sources(&entry.path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_owned());
    }
}

#[test]
fn the_core_is_a_function_of_its_inputs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for part in PURE {
        sources(&root.join(part), &mut files);
    }
    assert!(
        files.len() > 40,
        "the sources are where this test looks: {}",
        files.len()
    );
    let mut faults = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a source is text");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            faults.extend(
                FORBIDDEN
                    .iter()
                    .filter(|word| code.contains(*word))
                    .map(|word| format!("{}:{}: {word}", file.display(), number + 1)),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_no_longer_than_500_lines() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"),
        &mut files,
    );
    let mut faults = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a source is text");
        if !text.starts_with("//! ") {
            faults.push(format!(
                "{} does not begin with what it is for",
                file.display()
            ));
        }
        if text.lines().count() > 500 {
            faults.push(format!(
                "{} has {} lines",
                file.display(),
                text.lines().count()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

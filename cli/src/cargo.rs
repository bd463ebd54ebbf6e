//! Builds the user's handler crate with cargo, whose own output is the progress that people see.

use crate::exit::{self, Exit};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is built, and how.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    /// Folder of the user's crate.
    pub(crate) crate_dir: &'a Path,
    /// Name of its binary: the pipeline's name.
    pub(crate) binary: &'a str,
    /// With optimisation.
    pub(crate) release: bool,
    /// Target triple; `None` is this machine.
    pub(crate) target: Option<&'a str>,
    /// Further arguments for cargo.
    pub(crate) extra: Vec<String>,
}

/// Runs cargo and returns the program it made.
pub(crate) fn build(what: &Build<'_>) -> Result<PathBuf, Exit> {
    let manifest = what.crate_dir.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(exit::say(
            exit::USAGE,
            &format!(
                "{} is missing: the handlers have no crate",
                manifest.display()
            ),
            Some("`pipec compile` writes it once; then implement the functions in its src folder"),
        ));
    }
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .arg("build")
        .arg("--manifest-path")
        .arg(&manifest)
        .args(["--bin", what.binary]);
    command.arg("--message-format=json-render-diagnostics");
    if what.release {
        command.arg("--release");
    } else {
        // With the features that the whole workspace agrees on, so that `cargo test` and a local run share what they build.
        command.arg("--workspace");
    }
    if let Some(target) = what.target {
        command.args(["--target", target]);
    }
    command
        .args(&what.extra)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| {
        exit::say(
            exit::USAGE,
            &format!("cargo could not be started: {error}"),
            Some("the handlers are Rust: install it from https://rustup.rs"),
        )
    })?;
    let program = child
        .stdout
        .take()
        .and_then(|stdout| executable(BufReader::new(stdout), what.binary));
    let status = child
        .wait()
        .map_err(|error| exit::say(exit::USAGE, &format!("cargo was lost: {error}"), None))?;
    if !status.success() {
        return Err(exit::say(
            exit::FINDINGS,
            &format!(
                "the handlers in {} do not compile",
                what.crate_dir.display()
            ),
            Some("cargo's messages above say where"),
        ));
    }
    program.ok_or_else(|| {
        exit::say(
            exit::FINDINGS,
            &format!(
                "{} has no binary named `{}`",
                manifest.display(),
                what.binary
            ),
            Some("the package's `[[bin]]` must carry the pipeline's name"),
        )
    })
}

/// The path in cargo's artifact message for `binary`, if it made one.
fn executable(lines: impl BufRead, binary: &str) -> Option<PathBuf> {
    let mut program = None;
    for line in lines.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        if message.pointer("/target/name").and_then(Value::as_str) == Some(binary)
            && let Some(path) = message.get("executable").and_then(Value::as_str)
        {
            program = Some(PathBuf::from(path));
        }
    }
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_other_messages() {
        let lines = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"payments"},"executable":"/t/debug/payments"}"#,
            "\n",
        );
        assert_eq!(
            executable(lines.as_bytes(), "payments"),
            Some(PathBuf::from("/t/debug/payments"))
        );
        assert_eq!(executable(lines.as_bytes(), "other"), None);
    }
}

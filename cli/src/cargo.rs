//! Builds the user's handler crate with cargo, whose own output is the progress that people see.

use crate::exit::{self, Exit};
use crate::project::Project;
use crate::workspace::Crates;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is built, and how.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    /// Whose crate it is; its binary has the pipeline's name.
    pub(crate) project: &'a Project,
    /// With optimisation.
    pub(crate) release: bool,
    /// Target triple; `None` is this machine.
    pub(crate) target: Option<&'a str>,
    /// Further arguments for cargo.
    pub(crate) extra: Vec<String>,
}

/// Runs cargo and returns the program it made.
pub(crate) fn build(what: &Build<'_>) -> Result<PathBuf, Exit> {
    let manifest = what.project.handlers.join("Cargo.toml");
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
        .args(["--bin", &what.project.name]);
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
    let told = child.stdout.take().map_or_else(Told::default, |stdout| {
        Told::read(BufReader::new(stdout), &what.project.name)
    });
    let status = child
        .wait()
        .map_err(|error| exit::say(exit::USAGE, &format!("cargo was lost: {error}"), None))?;
    if !status.success() && !told.has_compiled {
        return Err(not_begun(what.project, &manifest));
    }
    if !status.success() {
        return Err(exit::say(
            exit::FINDINGS,
            &format!(
                "the handlers in {} do not compile",
                what.project.handlers.display()
            ),
            Some("cargo's messages above say where"),
        ));
    }
    told.program.ok_or_else(|| {
        exit::say(
            exit::FINDINGS,
            &format!(
                "{} has no binary named `{}`",
                manifest.display(),
                what.project.name
            ),
            Some("the package's `[[bin]]` must carry the pipeline's name"),
        )
    })
}

/// Cargo ended before any handler was looked at: no fault of their code.
fn not_begun(project: &Project, manifest: &Path) -> Exit {
    let fault = Crates::of(project).ok().and_then(|it| it.fault());
    let (message, help) = match &fault {
        Some(missing) => (missing.message.clone(), missing.help.as_str()),
        None => (
            format!(
                "cargo stopped before it compiled anything: {}, its workspace or a dependency is at fault, not the handlers",
                manifest.display()
            ),
            "cargo's message above says what",
        ),
    };
    exit::say(exit::USAGE, &message, Some(help))
}

/// What cargo's messages for machines told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// The program that was made.
    program: Option<PathBuf>,
    /// Whether cargo came to its end with compiling. It says nothing when a manifest or a dependency keeps it from beginning.
    has_compiled: bool,
}

impl Told {
    fn read(lines: impl BufRead, binary: &str) -> Self {
        let mut told = Self::default();
        for line in lines.lines().map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            let reason = message.get("reason").and_then(Value::as_str);
            told.has_compiled |= reason == Some("build-finished");
            if message.pointer("/target/name").and_then(Value::as_str) == Some(binary)
                && let Some(path) = message.get("executable").and_then(Value::as_str)
            {
                told.program = Some(PathBuf::from(path));
            }
        }
        told
    }
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
        let told = |binary| Told::read(lines.as_bytes(), binary);
        let program = Some(PathBuf::from("/t/debug/payments"));
        assert_eq!(told("payments").program, program);
        assert_eq!(told("other").program, None);
        assert!(!told("other").has_compiled);
        let finished = r#"{"reason":"build-finished","success":false}"#;
        assert!(Told::read(finished.as_bytes(), "other").has_compiled);
    }
}

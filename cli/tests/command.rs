//! The command as a person meets it: exit codes, what is said about a typo, a missing file, a folder, a port in use.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "command/check.rs"]
mod check;
#[path = "command/compile.rs"]
mod compile;
#[path = "command/explain.rs"]
mod explain;
#[path = "command/send.rs"]
mod send;
#[path = "command/stale.rs"]
mod stale;
#[path = "command/workspace.rs"]
mod workspace;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PIPEC: &str = env!("CARGO_BIN_EXE_pipec");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// An empty folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("command")
        .join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn pipec(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PIPEC)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The committed spec with one text replaced by another.
fn broken(folder: &Path, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    assert!(text.contains(from), "the spec has no `{from}`");
    let path = folder.join("payments.pipe");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    path
}

#[test]
fn the_committed_specs_check_in_silence() {
    for entry in std::fs::read_dir(root().join("specs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "pipe") {
            let output = pipec(&root(), &["check", path.to_str().unwrap()]);
            assert_eq!(
                (output.status.code(), said(&output).as_str()),
                (Some(0), ""),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn a_typo_is_shown_where_it_stands_with_the_word_that_was_meant() {
    let folder = folder("typo");
    broken(&folder, "append:  payment_events", "append:  payment_event");
    let output = pipec(&folder, &["check", "payments.pipe"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("payments.pipe:") && said.contains("`payment_events`"),
        "{said}"
    );
    assert!(said.contains("pipec explain P"), "{said}");
}

#[test]
fn every_message_format_names_the_code_and_the_line() {
    let folder = folder("formats");
    broken(&folder, "handler: validate", "handler: validat");
    let short = said(&pipec(
        &folder,
        &["check", "--message-format", "short", "payments.pipe"],
    ));
    assert!(
        short.starts_with("payments.pipe:") && short.contains(": error[P"),
        "{short}"
    );
    let json = pipec(
        &folder,
        &["check", "--message-format", "json", "payments.pipe"],
    );
    for line in String::from_utf8(json.stdout).unwrap().lines() {
        let diagnostic: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            diagnostic["code"].as_str().unwrap().starts_with('P'),
            "{line}"
        );
    }
}

#[test]
fn what_is_no_spec_is_told_apart_by_its_exit_code() {
    let folder = folder("no_spec");
    std::fs::write(folder.join("binary.pipe"), b"\xff\xfe\x00pipeline").unwrap();
    std::fs::write(folder.join("empty.pipe"), b"").unwrap();
    std::fs::create_dir(folder.join("folder.pipe")).unwrap();
    for (file, code) in [
        ("missing.pipe", 2),
        ("folder.pipe", 2),
        ("binary.pipe", 1),
        ("empty.pipe", 1),
    ] {
        let output = pipec(&folder, &["check", file]);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{file}: {}",
            said(&output)
        );
        assert!(said(&output).contains(file), "{file}: {}", said(&output));
    }
    assert_eq!(pipec(&folder, &["chekc"]).status.code(), Some(2));
    assert_eq!(pipec(&folder, &["check"]).status.code(), Some(2));
}

#[test]
fn a_spec_with_errors_hides_no_other_and_writes_nothing() {
    let folder = folder("two");
    broken(&folder, "partition: paymentId", "partition: paymentID");
    std::fs::write(folder.join("other.pipe"), "pipeline other\nnonsense here\n").unwrap();
    let output = pipec(&folder, &["compile", "payments.pipe", "other.pipe"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.contains("payments.pipe:") && said.contains("other.pipe:"),
        "{said}"
    );
    assert!(!folder.join("infra-out").exists());
}

#[test]
fn user_files_are_made_once_and_never_touched_again() {
    let folder = folder("stubs");
    std::fs::create_dir(folder.join("specs")).unwrap();
    std::fs::copy(
        root().join("specs/payments.pipe"),
        folder.join("specs/payments.pipe"),
    )
    .unwrap();
    let first = pipec(&folder, &["compile", "specs/payments.pipe"]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let file = folder.join("specs/payments/src/main.rs");
    assert!(file.is_file(), "{}", said(&first));
    std::fs::write(&file, "// mine\n").unwrap();
    let second = pipec(&folder, &["compile", "specs/payments.pipe"]);
    assert_eq!(said(&second), "", "a second compile has nothing to say");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "// mine\n");
}

/// What is wrong with a secret is said of the secret, by its name in the spec, and never with its value.
#[test]
fn a_secret_that_cannot_be_the_key_is_named_with_what_to_do() {
    let folder = folder("unusable_secret");
    std::fs::write(folder.join("captured.http"), "X-A: b\n\n{}").unwrap();
    let spec = root().join("specs/payments.pipe");
    let explain = [
        "explain-delivery",
        spec.to_str().unwrap(),
        "captured.http",
        "--secret",
        "secret.txt",
    ];
    for (value, told) in [
        (
            "changeme",
            "the secret `webhook_key/current` is a placeholder; put the key there",
        ),
        (
            r#"{"current":"8f1c3b2a59687d40","previous":" 0fd1c3b2a59687","previous_until":"2999-01-01T00:00:00Z"}"#,
            "the secret `webhook_key/previous` begins or ends with white space; put it there again",
        ),
    ] {
        std::fs::write(folder.join("secret.txt"), value).unwrap();
        let output = pipec(&folder, &explain);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(told), "{said}");
        assert!(!said.contains("0fd1c3b2a59687"), "{said}");
    }
}

#[test]
fn formatting_changes_nothing_in_the_committed_specs() {
    let output = pipec(&root(), &["fmt", "--check", "specs/payments.pipe"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn sending_to_nothing_says_how_to_start_it() {
    // Port 1 is privileged and, on a machine like this, closed.
    let output = pipec(&root(), &["send", "specs/payments.pipe", "--port", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("no pipeline is running at 127.0.0.1:1"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("pipec run"), "{}", said(&output));
}

#[test]
fn many_specs_are_compiled_at_once_and_told_of_in_their_order() {
    let folder = folder("many");
    let sample = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    let mut arguments = vec!["compile", "--message-format", "short", "--out", "out"];
    let names: Vec<String> = (0..12).map(|it| format!("copy_{it}.pipe")).collect();
    for (index, file) in names.iter().enumerate() {
        // Every third one has a fault of its own.
        let fault = if index % 3 == 0 {
            "\nqueu oops { }"
        } else {
            ""
        };
        let head = format!("pipeline copy_{index}\n{fault}");
        let text = sample.replacen("pipeline payments", &head, 1);
        std::fs::write(folder.join(file), text).unwrap();
        arguments.push(file);
    }
    let output = pipec(&folder, &arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    let place = |it| {
        said.find(&format!("copy_{it}.pipe:5:"))
            .unwrap_or(usize::MAX)
    };
    let places: Vec<usize> = (0..12).step_by(3).map(place).collect();
    assert!(
        places.is_sorted() && !places.contains(&usize::MAX),
        "{said}"
    );
    for index in 0..12 {
        let template = folder.join(format!("out/copy_{index}/template.json"));
        assert_eq!(template.exists(), index % 3 != 0, "{}", template.display());
    }
}

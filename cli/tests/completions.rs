//! Completion as a shell asks for it: where bash is there, its own script is loaded and asked what can come next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PIPEC: &str = env!("CARGO_BIN_EXE_pipec");

fn pipec(arguments: &[&str]) -> Output {
    Command::new(PIPEC).args(arguments).output().unwrap()
}

/// A folder with a spec, a folder that holds another, and a file that is none.
fn project() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("completions");
    std::fs::create_dir_all(folder.join("specs")).unwrap();
    std::fs::create_dir_all(folder.join("my specs")).unwrap();
    for file in [
        "specs/payments.pipe",
        "specs/notes.txt",
        "special.pipe",
        "my specs/it's $5.pipe",
    ] {
        std::fs::write(folder.join(file), "").unwrap();
    }
    folder
}

/// What bash would offer after these words, of which the last one is being typed; `None` where there is no bash.
fn bash(words: &[&str]) -> Option<Vec<String>> {
    // The script is told by `complete` which function to call; `compgen` cannot call one that reads COMP_WORDS, so this does what bash does.
    let script = r#"
        source <(pipec completions bash) || exit 3
        function=$(complete -p pipec | sed 's/.*-F \([^ ]*\) .*/\1/')
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
        word=${COMP_WORDS[COMP_CWORD]}
        $function pipec "${word#[\"\']}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let path = std::env::var("PATH").unwrap_or_default();
    let beside = Path::new(PIPEC).parent().unwrap().display().to_string();
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script, "bash", "pipec"])
        .args(words)
        .current_dir(project())
        .env("PATH", format!("{beside}:{path}"))
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let offered = String::from_utf8(output.stdout).unwrap();
    Some(
        offered
            .lines()
            .map(|it| it.trim().to_owned())
            .filter(|it| !it.is_empty())
            .collect(),
    )
}

#[test]
fn bash_completes_commands_words_options_and_specs() {
    for (words, offered) in [
        (&["expl"][..], &["explain", "explain-delivery"][..]),
        (
            &["explain", "stan"],
            &["standard_webhooks", "standard_webhooks_ed25519"],
        ),
        (&["explain", "queue.f"], &["queue.fifo"]),
        (
            &["explain", "P010"],
            &[
                "P0101", "P0102", "P0103", "P0104", "P0105", "P0106", "P0107", "P0108", "P0109",
            ],
        ),
        (
            &["explain", "p010"],
            &[
                "p0101", "p0102", "p0103", "p0104", "p0105", "p0106", "p0107", "p0108", "p0109",
            ],
        ),
        (&["explain", "pu"], &["publish", "put"]),
        (&["explain", "stripe.inv"], &["stripe.invoice.paid"]),
        (&["check", "spec"], &["specs/", "special.pipe"]),
        (&["check", "specs/"], &["specs/payments.pipe"]),
        (&["run", "special.pipe", "--tim"], &["--time-scale"]),
        (
            &["send", "special.pipe", "--tamper", ""],
            &["signature", "body", "timestamp"],
        ),
        (&["completions", "f"], &["fish"]),
        // What is offered is what has to be typed, in the quotes that are open.
        (&["check", "my"], &[r"my\ specs/"]),
        (&["check", r"my\ s"], &[r"my\ specs/"]),
        (&["check", r"my\ specs/"], &[r"my\ specs/it\'s\ \$5.pipe"]),
        (&["check", "\"my specs/"], &[r"my specs/it's \$5.pipe"]),
        (&["check", "'my s"], &["my specs/"]),
    ] {
        let Some(found) = bash(words) else { return };
        let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
        let mut offered = offered.to_vec();
        found.sort_unstable();
        offered.sort_unstable();
        assert_eq!(found, offered, "{words:?}");
    }
}

#[test]
fn every_shell_gets_a_script_that_asks_this_program() {
    for (shell, sign) in [
        ("bash", "complete -o"),
        ("zsh", "#compdef pipec"),
        ("fish", "complete --keep-order"),
    ] {
        let output = pipec(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(
            script.contains(sign) && script.contains("PIPEC_COMPLETE"),
            "{script}"
        );
    }
    assert_eq!(pipec(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn a_shell_that_is_not_known_is_told_which_ones_are() {
    for arguments in [&[][..], &["--", "pipec", "expl"]] {
        let output = Command::new(PIPEC)
            .args(arguments)
            .env("PIPEC_COMPLETE", "tcsh")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "error: no completion is known for the shell `tcsh`\n  help: PIPEC_COMPLETE is one of `bash`, `zsh`, `fish`\n"
        );
    }
}

//! Every block of README and docs is run: commands are run and their output compared, specs are checked, and a block that nobody runs is refused.
//!
//! | block | what this test does |
//! |---|---|
//! | `pipe` | the spec must check without a diagnostic |
//! | `console` | each `$ command` is run in a copy of the specs; the lines below it must come out, `…` standing for any text or any lines |
//! | `sh run` | the main job: run until the last payment has come to its end, then stopped as with Ctrl-C (in `run.rs`) |
//! | `sh local`, `sh aws` | run by `./verify`, which has curl, openssl and the AWS CLI |
//! | `sh aws production` | of operations that no emulator has: `./verify` lets the AWS CLI judge each command without sending it |
//! | `sh` | must be listed in `ELSEWHERE` with the place that runs it |
//! | `text`, `json`, `rust`, none | an excerpt or a picture: nothing to run |

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Plain `sh` blocks that something other than this test runs.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo test --workspace", "`.ci/run`"),
    ("./verify", "`.ci/run`"),
    (
        "fuzz/run",
        "a person, for ten minutes; `cargo test` replays what it found",
    ),
    (
        "cargo build --release -p pipec && bench/compile",
        "a person, on a quiet machine",
    ),
];

struct Block {
    file: PathBuf,
    line: usize,
    info: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// README.md and everything in docs, without the pages of diagnostics, which the compiler's own tests run.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    pages.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "md")),
    );
    pages.retain(|page| page.is_file());
    pages.sort();
    pages
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for file in pages() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut open: Option<Block> = None;
        for (index, line) in text.lines().enumerate() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    open = Some(Block {
                        file: file.clone(),
                        line: index + 1,
                        info: info.trim().to_owned(),
                        text: String::new(),
                    });
                }
                (Some(_), Some("")) => blocks.extend(open.take()),
                (Some(block), _) => block.text.push_str(&format!("{line}\n")),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", file.display());
    }
    assert!(blocks.len() > 5, "the documentation has lost its blocks");
    blocks
}

/// A folder with the specs, their handler crates and the compiled artifacts, that commands may write to.
fn sandbox(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // A folder left by an earlier run must not help this one.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("specs")).unwrap();
    for entry in std::fs::read_dir(root().join("specs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "pipe") {
            std::fs::copy(&path, folder.join("specs").join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// True when `actual` is `expected`, in which `…` stands for anything within a line and, alone on its line, for any lines.
fn matches(expected: &[&str], actual: &[&str]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=actual.len()).any(|skip| matches(rest, &actual[skip..])),
        (Some((first, rest)), Some((line, lines))) => {
            matches_line(first, line) && matches(rest, lines)
        }
        _ => false,
    }
}

fn matches_line(expected: &str, actual: &str) -> bool {
    let mut parts = expected.trim_end().split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = actual.trim_end().strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    if parts.is_empty() {
        return rest.is_empty();
    }
    let (last, middle) = parts.split_last().unwrap();
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn every_block_is_run_somewhere() {
    for block in blocks() {
        let place = format!("{}:{}", block.file.display(), block.line);
        match block.info.as_str() {
            "pipe" | "console" | "sh run" | "sh local" | "sh aws" | "sh aws production"
            | "text" | "json" | "rust" | "" => {}
            "sh" => {
                for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
                    let command = line.split('#').next().unwrap().trim();
                    assert!(
                        ELSEWHERE.iter().any(|(known, _)| *known == command),
                        "{place}: nothing runs `{command}`"
                    );
                }
            }
            other => panic!("{place}: unknown kind of block `{other}`"),
        }
    }
}

#[test]
fn specs_in_the_documentation_check_without_a_diagnostic() {
    for block in blocks().into_iter().filter(|block| block.info == "pipe") {
        let name = block
            .text
            .lines()
            .find_map(|line| line.strip_prefix("pipeline "))
            .unwrap_or("example")
            .trim();
        // A block without a `pipeline` line shows a part; the language reference's own test completes those.
        if name == "example" {
            continue;
        }
        let checked = pipe_compiler::check(&format!("{name}.pipe"), &block.text);
        assert!(
            checked.diagnostics.is_empty(),
            "{}:{}: {:#?}",
            block.file.display(),
            block.line,
            checked.diagnostics
        );
    }
}

#[test]
fn commands_print_what_the_documentation_says() {
    let folder = sandbox("documentation");
    let mut ran = 0;
    for block in blocks().into_iter().filter(|block| block.info == "console") {
        let mut lines = block.text.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| {
                panic!(
                    "{}:{}: output without a command",
                    block.file.display(),
                    block.line
                )
            });
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push(line);
            }
            let shown = run(command, &folder);
            let actual: Vec<&str> = shown.lines().collect();
            assert!(
                matches(&expected, &actual),
                "{}:{}: `{command}`\nexpected:\n{}\nprinted:\n{shown}",
                block.file.display(),
                block.line,
                expected.join("\n")
            );
            ran += 1;
        }
    }
    assert!(ran > 0, "the documentation shows no command");
}

/// Runs a command of the documentation through the shell, with this build's `pipec`, and gives what it printed.
fn run(command: &str, folder: &Path) -> String {
    let pipec = Path::new(env!("CARGO_BIN_EXE_pipec"));
    let path = std::env::var("PATH").unwrap_or_default();
    let command = command.replace("cargo run -p pipec --", "pipec");
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env(
            "PATH",
            format!("{}:{path}", pipec.parent().unwrap().display()),
        )
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_ellipsis_stands_for_text_and_for_lines() {
    assert!(matches(&["a…z", "…", "end"], &["abcz", "1", "2", "end"]));
    assert!(!matches(&["a…z"], &["abc"]));
    assert!(!matches(&["a"], &["a", "b"]));
}

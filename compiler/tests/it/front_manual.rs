//! `docs/language.md`: every block in it is checked, and its lists of metrics and kinds are the compiler's.
//!
//! `BLESS=1 cargo test -p pipe-compiler --test it front_manual` writes the lists.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bless;
use pipe_compiler::explain::value;
use pipe_compiler::kinds::{Kind, KindId, Presence};
use pipe_compiler::metrics::{Holders, METRICS};
use pipe_compiler::statements::STATEMENTS;

const MANUAL: &str = "../docs/language.md";
const LIST: &str = "\n## Kinds\n";
const METRICS_BEGIN: &str =
    "<!-- metrics: written by `BLESS=1 cargo test -p pipe-compiler --test it front_manual` -->\n";
const METRICS_END: &str = "<!-- end of metrics -->\n";

/// The table of a kind's attributes, if it has some.
fn attributes(out: &mut String, kind: &Kind) {
    if kind.attributes.is_empty() {
        return;
    }
    out.push_str("\n| attribute | value | if not written | |\n|---|---|---|---|\n");
    for it in kind.attributes {
        let absent = match it.presence {
            Presence::Required => "an error".to_owned(),
            Presence::Default(text) => format!("`{text}`"),
            Presence::Optional => "nothing".to_owned(),
        };
        let (name, value, doc) = (it.name, value(&it.value), it.doc);
        writeln!(out, "| `{name}` | {value} | {absent} | {doc} |").unwrap();
    }
}

fn list() -> String {
    let mut out = String::from(LIST);
    for id in KindId::ALL {
        let kind = id.kind();
        write!(
            out,
            "\n### `{}`\n\n`{}`\n\n{}\n",
            kind.keyword, kind.form, kind.doc
        )
        .unwrap();
        attributes(&mut out, kind);
        for nested in kind.nested {
            write!(out, "\nInside of it: `{}`\n\n{}\n", nested.form, nested.doc).unwrap();
            attributes(&mut out, nested);
        }
    }
    out
}

#[test]
fn every_block_of_the_manual_checks_without_a_word() {
    let manual = fs::read_to_string(MANUAL).unwrap();
    let blocks: Vec<&str> = manual
        .split("```pipe\n")
        .skip(1)
        .map(|it| it.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let name = block
            .lines()
            .find_map(|it| it.strip_prefix("pipeline "))
            .unwrap();
        let checked = pipe_compiler::check(&format!("{name}.pipe"), block);
        let shown = pipe_compiler::diag::render_short(&checked.diagnostics, name, block);
        assert!(checked.diagnostics.is_empty(), "{shown}");
        assert_eq!(
            pipe_dsl::format(block).as_deref(),
            Some(block),
            "blocks are formatted"
        );
    }
}

fn metrics() -> String {
    let mut out = String::from("| of | metric | what it is | only of |\n|---|---|---|---|\n");
    for it in METRICS {
        let of = it.of.with_article();
        let percent = if it.percent { ", in %" } else { "" };
        let only = match it.holders {
            Holders::All => "",
            some => some.phrase(),
        };
        let doc = it.doc.trim_end_matches('.');
        writeln!(out, "| {of} | `{}` | {doc}{percent} | {only} |", it.word).unwrap();
    }
    out
}

/// Two tests write the manual, each as it has read it but for its own part: one after the other, or the second takes back the first.
fn lock() -> MutexGuard<'static, ()> {
    static WRITING: Mutex<()> = Mutex::new(());
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_manual_lists_the_metrics_and_kinds_of_the_compiler() {
    let _writing = lock();
    let manual = fs::read_to_string(MANUAL).unwrap();
    let written = manual.split_once(LIST).unwrap().0;
    let (before, rest) = written.split_once(METRICS_BEGIN).unwrap();
    let behind = rest.split_once(METRICS_END).unwrap().1;
    let metrics = metrics();
    let now = format!(
        "{before}{METRICS_BEGIN}{metrics}{METRICS_END}{behind}{}",
        list()
    );
    if bless::is_asked() {
        bless::write(MANUAL, now);
    } else {
        assert_eq!(manual, now, "BLESS=1 writes it");
    }
}

/// The rows of the table of statements.
fn statements() -> String {
    let rows = STATEMENTS.iter().map(|it| {
        let forms: Vec<String> = it.forms.iter().map(|it| format!("`{it}`")).collect();
        format!("| {} | {} |\n", forms.join(", "), it.doc)
    });
    rows.collect()
}

#[test]
fn the_manual_lists_the_statements_of_the_compiler() {
    let head = "| statement | what it does |\n|---|---|\n";
    let _writing = lock();
    let manual = fs::read_to_string(MANUAL).unwrap();
    let (before, rest) = manual.split_once(head).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let now = format!("{before}{head}{}\n{after}", statements());
    if bless::is_asked() {
        bless::write(MANUAL, now);
    } else {
        assert_eq!(manual, now, "BLESS=1 writes it");
    }
}

#[test]
fn the_readme_counts_the_lines_of_each_spec() {
    let readme = fs::read_to_string("../README.md").unwrap();
    let rows: Vec<&str> = readme
        .lines()
        .filter(|it| it.starts_with("| [`") && it.contains("](specs/"))
        .collect();
    assert!(rows.len() >= 5, "the table of the systems is read");
    for row in rows {
        let (_, rest) = row.split_once("](").unwrap();
        let (path, rest) = rest.split_once(')').unwrap();
        let count = fs::read_to_string(format!("../{path}")).unwrap();
        let said = format!("| {} |", count.lines().count());
        assert!(rest.ends_with(&said), "{path} has {said} lines: {row}");
    }
}

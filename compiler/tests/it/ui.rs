//! What the generated crate lets through and what it refuses: code that uses what its function was not granted does not compile, and the
//! compiler's message names the grant to add and the line of the spec to add it to.
//!
//! The cases compile against the committed `infra-out/payments/handlers`, and against what is emitted for `tests/ui/odd.pipe`, a spec with
//! every type, names that Rust has taken and a capability, `plain.pipe`, which has next to nothing, and `every.pipe`, which has every verb on
//! every kind of resource. `BLESS=1` accepts what is emitted for them, `TRYBUILD=overwrite` the messages.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use crate::bless;
use pipe_compiler::emit::rust::artifacts;
use pipe_compiler::model::Pipeline;
use pipe_compiler::{check, user_stubs};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

fn pipeline(name: &str, text: &str) -> Pipeline {
    let checked = check(name, text);
    let said = pipe_compiler::diag::render_short(&checked.diagnostics, name, text);
    checked.pipeline.unwrap_or_else(|| panic!("{said}"))
}

fn spec(name: &str) -> Pipeline {
    let file = format!("{name}.pipe");
    pipeline(&file, &fs::read_to_string(folder().join(&file)).unwrap())
}

/// What is emitted for a spec of this folder is what the cases compile against.
fn hold(name: &str) {
    for artifact in artifacts(&spec(name)) {
        let Some(file) = artifact.path.strip_prefix("handlers/src/") else {
            continue;
        };
        let path = folder().join(name).join(file);
        if bless::is_asked() {
            bless::write(&path, &artifact.contents);
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed.as_bytes() == artifact.contents,
            "{name}/{file} differs; BLESS=1 accepts"
        );
    }
}

#[test]
fn stubs_are_rust_that_says_where_it_is_to_be_written() {
    let stubs = user_stubs(&spec("odd"), "../../infra-out/odd/handlers");
    let paths: Vec<&str> = stubs.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "Cargo.toml",
            "src/main.rs",
            "src/keep.rs",
            "src/match.rs",
            "src/take.rs"
        ]
    );
    for stub in stubs.iter().filter(|it| it.path.ends_with(".rs")) {
        let text = std::str::from_utf8(&stub.contents).unwrap();
        assert!(!text.contains("compile_error"), "{text}");
        assert!(syn::parse_file(text).is_ok(), "{text}");
        assert_eq!(
            text.contains("Fault::not_written_yet(file!())"),
            stub.path != "src/main.rs"
        );
    }
}

#[test]
fn only_what_is_granted_compiles() {
    hold("odd");
    hold("plain");
    hold("every");
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/granted.rs");
    cases.pass("tests/ui/plain.rs");
    cases.pass("tests/ui/every.rs");
    cases.compile_fail("tests/ui/refused/*.rs");
}

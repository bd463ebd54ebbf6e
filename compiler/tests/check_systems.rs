//! The other systems, `specs/*.pipe`: they check without a word, and their models say what the specs say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use pipe_compiler::model::Pipeline;

fn system(name: &str) -> Pipeline {
    let file = format!("{name}.pipe");
    let text = std::fs::read_to_string(format!("../specs/{file}")).unwrap();
    let checked = pipe_compiler::check(&file, &text);
    let shown = pipe_compiler::diag::render_human(&checked.diagnostics, &file, &text, false);
    assert!(checked.diagnostics.is_empty(), "{shown}");
    checked.pipeline.unwrap()
}

#[test]
fn notifications_checks() {
    system("notifications");
}

#[test]
fn webhook_processing_checks() {
    system("webhook_processing");
}

#[test]
fn archive_checks() {
    system("archive");
}

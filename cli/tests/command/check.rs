//! `pipec check` as editors and CI use it: a spec on standard input, and warnings that must not be there.

use super::{PIPEC, folder, pipec, root, said};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// `pipec check -` with this on its standard input.
fn piped(text: &str) -> Output {
    let mut child = Command::new(PIPEC)
        .args(["check", "--message-format", "short", "-"])
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_spec_on_standard_input_is_checked() {
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    let fine = piped(&text);
    assert_eq!((fine.status.code(), said(&fine).as_str()), (Some(0), ""));
    let broken = piped(&text.replacen("handler: validate", "handler: validat", 1));
    assert_eq!(broken.status.code(), Some(1));
    assert!(
        said(&broken).starts_with("-:") && said(&broken).contains(": error[P"),
        "{}",
        said(&broken)
    );
    assert_eq!(piped("").status.code(), Some(1));
}

#[test]
fn a_warning_is_an_error_where_warnings_are_denied() {
    let folder = folder("deny_warnings");
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    std::fs::write(folder.join("payments.pipe"), &text).unwrap();
    let check = |deny: &[&str]| pipec(&folder, &[&["check", "payments.pipe"], deny].concat());
    assert_eq!(check(&["--deny-warnings"]).status.code(), Some(0));
    let unused = format!("{text}\nsecret nobody_reads\n");
    std::fs::write(folder.join("payments.pipe"), unused).unwrap();
    let told = check(&[]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    assert!(said(&told).contains("warning[P"), "{}", said(&told));
    assert_eq!(check(&["--deny-warnings"]).status.code(), Some(1));
}

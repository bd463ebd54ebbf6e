//! `pipec compile` of several specs at once: each has a folder of its own.

use crate::{folder, pipec, root, said};

/// The committed spec in two folders, with something in the second that its artifacts show.
fn two_of_a_name(name: &str) -> std::path::PathBuf {
    let folder = folder(name);
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    for (place, text) in [
        ("a", text.clone()),
        ("b", format!("{text}\ntopic only_here {{ }}\n")),
    ] {
        std::fs::create_dir(folder.join(place)).unwrap();
        std::fs::write(folder.join(place).join("payments.pipe"), text).unwrap();
    }
    folder
}

#[test]
fn two_specs_of_one_name_are_refused_before_anything_is_written() {
    let folder = two_of_a_name("two_of_a_name");
    let output = pipec(
        &folder,
        &[
            "compile",
            "a/payments.pipe",
            "b/payments.pipe",
            "--out",
            "o",
        ],
    );
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for told in ["a/payments.pipe", "b/payments.pipe", "o/payments", "--out"] {
        assert!(said.contains(told), "{told} is not in\n{said}");
    }
    assert!(!folder.join("o").exists() && !folder.join("a/payments").exists());
}

#[test]
fn a_spec_that_is_named_twice_is_compiled_once() {
    let folder = two_of_a_name("named_twice");
    let output = pipec(
        &folder,
        &[
            "compile",
            "b/payments.pipe",
            "./a/../b/payments.pipe",
            "--out",
            "o",
        ],
    );
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("payments/src/main.rs").count(), 1, "{said}");
    let template = std::fs::read_to_string(folder.join("o/payments/template.json")).unwrap();
    assert!(template.contains("OnlyHereTopic"));
}

//! What an earlier compile wrote and this one does not is removed; what is not ours stays. A file where a folder is needed is named.

use super::{folder, pipec, root, said};

/// The workflow of the example and what starts it, taken away.
fn without_workflow(text: &str) -> String {
    text.replace("settle_payment", "settle_order")
}

#[test]
fn a_state_machine_that_is_no_longer_compiled_is_removed_and_foreign_files_stay() {
    let folder = folder("stale");
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    let spec = folder.join("payments.pipe");
    std::fs::write(&spec, &text).unwrap();
    assert!(
        pipec(&folder, &["compile", "payments.pipe"])
            .status
            .success()
    );
    let artifacts = folder.join("infra-out/payments");
    let source = artifacts.join("handlers/src");
    assert!(artifacts.join("settle_payment.asl.json").is_file());
    // Ours, from another version; and files of others, of our kinds and of theirs.
    std::fs::write(
        source.join("older.rs"),
        "//! The events of `payments.pipe`.\n",
    )
    .unwrap();
    let foreign = [
        artifacts.join("mine.asl.json"),
        artifacts.join("notes.md"),
        source.join("mine.rs"),
    ];
    for path in &foreign {
        std::fs::write(path, "{}").unwrap();
    }
    std::fs::create_dir(artifacts.join("folder.asl.json")).unwrap();
    std::fs::write(&spec, without_workflow(&text)).unwrap();
    let output = pipec(&folder, &["compile", "payments.pipe"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for gone in ["settle_payment.asl.json", "handlers/src/older.rs"] {
        assert!(!artifacts.join(gone).exists(), "{said}");
        let told = format!("removed infra-out/payments/{gone}, which the spec no longer asks for");
        assert!(said.contains(&told), "{said}");
    }
    assert!(artifacts.join("settle_order.asl.json").is_file());
    assert!(foreign.iter().all(|it| it.is_file()), "{said}");
    assert!(artifacts.join("folder.asl.json").is_dir());
}

#[test]
fn a_file_where_a_folder_is_needed_is_named() {
    let folder = folder("in_the_way");
    std::fs::copy(
        root().join("specs/payments.pipe"),
        folder.join("payments.pipe"),
    )
    .unwrap();
    std::fs::write(folder.join("out"), "").unwrap();
    let output = pipec(&folder, &["compile", "payments.pipe", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    assert!(
        told.contains("out is a file, and a folder is needed there for out/payments"),
        "{told}"
    );
    assert!(told.contains("--out names another folder"), "{told}");
    std::fs::write(folder.join("payments"), "").unwrap();
    let output = pipec(&folder, &["compile", "payments.pipe"]);
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    assert!(
        told.contains("payments is a file, and a folder is needed there for payments/Cargo.toml"),
        "{told}"
    );
}

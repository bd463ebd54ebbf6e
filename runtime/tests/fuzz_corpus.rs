//! Replays what the fuzzers found interesting, without a fuzzer: the same oracles over the committed corpus, and over their seeds.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its oracles too"
)]

// The fuzz targets use the oracles as a library does.
#[path = "../../fuzz/oracle/hash.rs"]
#[allow(unreachable_pub, reason = "public for the targets")]
mod hash;
#[cfg(feature = "lambda")]
#[path = "../../fuzz/oracle/ingress.rs"]
#[allow(unreachable_pub, reason = "public for the targets")]
mod ingress;
#[path = "../../fuzz/oracle/signature.rs"]
#[allow(
    unreachable_pub,
    clippy::too_many_lines,
    reason = "public for the targets; a scheme is decided from top to bottom"
)]
mod signature;

use std::path::Path;

/// Every input of a target by its file's name; there must be some.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            std::fs::read(&path).unwrap(),
        )
    };
    let inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(&folder).unwrap().map(read).collect();
    assert!(
        inputs.len() > 20,
        "{} holds {} inputs",
        folder.display(),
        inputs.len()
    );
    inputs
}

#[test]
fn signatures_are_decided_as_a_slow_reading_decides() {
    for (name, input) in corpus("f3_signature") {
        eprintln!("{name}");
        signature::judge(&input);
    }
}

#[test]
fn fuzzing_of_signatures_starts_from_requests_that_are_accepted() {
    for (name, input) in signature::seeds() {
        assert!(signature::is_accepted(&input), "{name}");
        signature::judge(&input);
        seed("f3_signature", &name, &input);
    }
}

#[cfg(feature = "lambda")]
#[test]
fn any_event_is_answered_with_a_known_status() {
    for (name, input) in corpus("f4_ingress") {
        eprintln!("{name}");
        ingress::judge(&input);
    }
}

#[cfg(feature = "lambda")]
#[test]
fn fuzzing_of_the_ingress_starts_from_an_event_that_is_recorded() {
    let statuses: Vec<Option<u64>> = ingress::seeds()
        .iter()
        .map(|(name, input)| {
            ingress::judge(input);
            seed("f4_ingress", name, input);
            ingress::status(&ingress::sealed(std::str::from_utf8(input).unwrap()))
        })
        .collect();
    assert_eq!(statuses, [Some(200), Some(200), Some(401)]);
}

/// Writes a seed into the corpus when `BLESS` is set.
fn seed(target: &str, name: &str, input: &[u8]) {
    if std::env::var_os("BLESS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/corpus")
            .join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("seed-{name}")), input).unwrap();
    }
}

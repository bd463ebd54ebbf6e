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
fn fuzzing_of_the_ingress_starts_from_events_that_are_recorded_by_either_route() {
    let [by_api, by_url] = [0, 1].map(|of| {
        let found = ingress::seeds().into_iter().map(|(name, input)| {
            ingress::judge(&input);
            seed("f4_ingress", &name, &input);
            let text = ingress::sealed(std::str::from_utf8(&input).unwrap());
            (ingress::statuses(&text)[of], name)
        });
        let found = found.filter(|it| it.0 != Some(404));
        found
            .map(|(status, name)| format!("{name} {}", status.unwrap()))
            .collect::<Vec<_>>()
    });
    assert_eq!(
        by_api,
        [
            "signed 200",
            "encoded 200",
            "forged 401",
            "rest-1 200",
            "balancer 200",
            "balancer-forged 401"
        ]
    );
    assert_eq!(
        by_url,
        [
            "url 200",
            "url-text 200",
            "url-forged 401",
            "url-joined 401",
            "url-method 405"
        ]
    );
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

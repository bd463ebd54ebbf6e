//! SEC-01: secrets that are easy to recognise go through a whole run, and then everything that the run has left is searched for them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; the pipeline of the other tests can more than is needed here"
)]

#[path = "run/pipeline.rs"]
mod pipeline;

use pipeline::{Pipeline, folder, handler, hmac_hex, sign_with};
use serde_json::json;
use std::path::{Path, PathBuf};

const CANARY: &str = "CANARY-4f2a9c71-webhook-key";
const NEXT: &str = "CANARY-4f2a9c71-next-key";
/// What both have in common, as it stands in a file; and as base64 would write it, at each of the three offsets.
const NEEDLES: [&[u8]; 4] = [
    b"CANARY-4f2a9c71",
    b"Q0FOQVJZLTRmMmE5Yzcx",
    b"NBTkFSWS00ZjJhOWM3M",
    b"DQU5BUlktNGYyYTljNz",
];

fn put(pipeline: &Pipeline, value: &str) {
    let input = json!({ "Name": "/payments/local/webhook-key", "Type": "SecureString", "Value": value, "Overwrite": true });
    pipeline.call("AmazonSSM.PutParameter", &input).unwrap();
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|it| it == needle)
}

#[test]
fn no_secret_is_in_any_artifact_log_state_file_answer_or_program() {
    let state = folder("canaries");
    let pipeline = Pipeline::start(&state);
    let body = br#"{"paymentId":"pay_canary","amount":99.99,"currency":"USD","status":"pending","provider":"stripe"}"#;
    let header = |value: String| vec![("x-webhook-signature".to_owned(), value)];
    let mut answers = Vec::new();
    put(&pipeline, CANARY);
    let signed = sign_with(CANARY, body);
    let good = signed.headers[0].1.clone();
    answers.push(pipeline.post(&signed.headers, body).unwrap());
    assert_eq!(answers[0].0, 200);
    // What goes wrong is what tempts a program to say too much.
    let flipped = good.replace(|it: char| it.is_ascii_digit(), "0");
    for wrong in [hmac_hex(b"another", body), flipped, String::new()] {
        answers.push(pipeline.post(&header(wrong), body).unwrap());
    }
    answers.push(
        pipeline
            .post(&header(hmac_hex(CANARY.as_bytes(), b"{")), b"{")
            .unwrap(),
    );
    // A rotation, one that is written wrong, and a secret that no scheme takes.
    let both =
        json!({ "current": NEXT, "previous": CANARY, "previous_until": "2999-01-01T00:00:00Z" });
    put(&pipeline, &both.to_string());
    answers.push(pipeline.post(&sign_with(NEXT, body).headers, body).unwrap());
    put(
        &pipeline,
        &json!({ "current": NEXT, "previous": CANARY }).to_string(),
    );
    answers.push(pipeline.post(&header(hmac_hex(b"x", body)), body).unwrap());
    pipeline.until_settled(1);
    drop(pipeline);

    let answers = format!("{answers:?}");
    assert!(NEEDLES.iter().all(|it| !holds(answers.as_bytes(), it)));
    let mut found = vec![
        handler("payments"),
        PathBuf::from(env!("CARGO_BIN_EXE_pipec")),
    ];
    files(&state, &mut found);
    assert!(found.iter().any(|it| it.ends_with("stdout.log")) && found.len() > 10);
    // The one place where a local run keeps secrets; that it is its owner's alone is a test of the engine's.
    let mut kept = 0;
    for file in found {
        let bytes = std::fs::read(&file).unwrap();
        let leaks = NEEDLES.iter().any(|it| holds(&bytes, it));
        if file.file_name().is_some_and(|it| it == "secrets.json") {
            kept += usize::from(leaks);
        } else {
            assert!(!leaks, "{} holds a secret", file.display());
        }
        // The store keeps what the sender sent; the log must not say what would have been right.
        let is_log = file.extension().is_some_and(|it| it == "log");
        let signature = is_log && holds(&bytes, good.as_bytes());
        assert!(!signature, "{} holds a right signature", file.display());
    }
    assert_eq!(kept, 1, "the search finds what is there");
}

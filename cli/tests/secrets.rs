//! SEC-01: secrets and bodies that are easy to recognise go through a whole run, and then everything that the run has left is searched:
//! no secret is anywhere but in its store, and nothing of a body but what names its event is in a log.

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
const PARAMETER: &str = "/payments/local/webhook-key";
/// In every body that is sent, where no event reads it.
const UNREAD: &str = "CANARY-c03d-body";
/// What both have in common, as it stands in a file; and as base64 would write it, at each of the three offsets.
const NEEDLES: [&[u8]; 4] = [
    b"CANARY-4f2a9c71",
    b"Q0FOQVJZLTRmMmE5Yzcx",
    b"NBTkFSWS00ZjJhOWM3M",
    b"DQU5BUlktNGYyYTljNz",
];

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
    let payment = |amount: &str| {
        format!(
            r#"{{"paymentId":"pay_canary","amount":{amount},"currency":"USD","status":"pending","provider":"stripe","card":"{UNREAD}"}}"#
        )
    };
    let body = payment("99.99").into_bytes();
    let body = body.as_slice();
    let header = |value: String| vec![("x-webhook-signature".to_owned(), value)];
    let mut answers = Vec::new();
    pipeline.put_secret(PARAMETER, CANARY);
    let signed = sign_with(CANARY, body);
    let good = signed.headers[0].1.clone();
    answers.push(pipeline.post(&signed.headers, body).unwrap());
    assert_eq!(answers[0].0, 200);
    // What goes wrong is what tempts a program to say too much.
    let flipped = good.replace(|it: char| it.is_ascii_digit(), "0");
    for wrong in [hmac_hex(b"another", body), flipped, String::new()] {
        answers.push(pipeline.post(&header(wrong), body).unwrap());
    }
    // Rightly signed: no JSON, JSON of another form, an amount that is none, another body under the same identity.
    for (wrong, status) in [
        (format!("{{ {UNREAD}"), 400),
        (format!(r#"["{UNREAD}"]"#), 400),
        (payment(&format!("\"{UNREAD}\"")), 400),
        (payment("1"), 409),
    ] {
        let wrong = wrong.as_bytes();
        let answer = pipeline.post(&sign_with(CANARY, wrong).headers, wrong);
        answers.push(answer.unwrap());
        assert_eq!(answers.last().unwrap().0, status, "{answers:?}");
    }
    // A rotation, one that is written wrong, and a secret that no scheme takes.
    let both =
        json!({ "current": NEXT, "previous": CANARY, "previous_until": "2999-01-01T00:00:00Z" });
    pipeline.put_secret(PARAMETER, &both.to_string());
    answers.push(pipeline.post(&sign_with(NEXT, body).headers, body).unwrap());
    let unfinished = json!({ "current": NEXT, "previous": CANARY });
    pipeline.put_secret(PARAMETER, &unfinished.to_string());
    answers.push(pipeline.post(&header(hmac_hex(b"x", body)), body).unwrap());
    pipeline.until_settled(1);
    drop(pipeline);

    let answers = format!("{answers:?}");
    assert!(NEEDLES.iter().all(|it| !holds(answers.as_bytes(), it)));
    assert!(!answers.contains(UNREAD), "{answers}");
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
        let unread = is_log && holds(&bytes, UNREAD.as_bytes());
        assert!(!unread, "{} holds what was in a body", file.display());
    }
    assert_eq!(kept, 1, "the search finds what is there");
}

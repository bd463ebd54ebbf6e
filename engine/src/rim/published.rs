//! What is published to topics, kept in a file of the state folder: whoever subscribes on AWS may have no part in a local run.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::json;

use crate::observe::{Step, StepKind};

/// The file's name in the state folder.
pub(crate) const FILE: &str = "published.jsonl";

/// Adds one message to the file, a JSON object on a line of its own. Only its owner may read it: it says who paid what.
pub(crate) fn keep(file: &Path, step: &Step) {
    let StepKind::Published {
        topic,
        subject,
        text,
        attributes,
        ..
    } = &step.kind
    else {
        return;
    };
    let line = json!({
        "at": super::mailbox::instant(step.at_ms),
        "topic": topic,
        "subject": subject,
        "message": text,
        "attributes": attributes,
    });
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file);
    // A full disk shows at the next commit, which is not ignored.
    let _best_effort = opened.and_then(|mut file| writeln!(file, "{line}"));
}

//! What AWS would send by e-mail, kept in a file of the state folder.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::observe::{Step, StepKind};

/// The file's name in the state folder.
pub(crate) const FILE: &str = "mail.txt";

/// Adds one e-mail to the file, which only its owner may read: it says what went wrong with whose payment.
pub(crate) fn keep(file: &Path, step: &Step) {
    let StepKind::Emailed {
        topic,
        address,
        subject,
        text,
    } = &step.kind
    else {
        return;
    };
    // AWS takes a message without a subject under this one.
    let subject = subject.as_deref().unwrap_or("AWS Notification Message");
    let mail = format!(
        "Date: {}\nFrom: {topic}\nTo: {}\nSubject: {}\n\n{}\n\n",
        instant(step.at_ms),
        one_line(address),
        one_line(subject),
        text.trim_end(),
    );
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file);
    // A full disk shows at the next commit, which is not ignored; the timeline has the e-mail too.
    let _best_effort = opened.and_then(|mut file| file.write_all(mail.as_bytes()));
}

/// `2026-11-23T09:30:00.000Z`
pub(super) fn instant(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// No text of a message can begin a header of its own.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

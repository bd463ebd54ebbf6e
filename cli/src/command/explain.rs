//! `pipec explain`: what a word of the language means, and how a diagnostic is mended.

use crate::exit::{self, Exit};
use pipe_compiler::explain::{self, Topic};

/// Most words that are shown of those that begin as one that means nothing.
const BEGUN_MAX: usize = 8;

pub(crate) fn run(word: Option<&str>) -> Result<(), Exit> {
    let text = match word {
        None => list(),
        Some(word) => meanings(word)?,
    };
    crate::output::print_verbatim(text.as_bytes())
}

/// Everything that can be explained, by group. The events of providers are listed by `pipec explain PROVIDER`.
fn list() -> String {
    let listed: Vec<Topic> = Topic::all()
        .filter(|it| !matches!(it, Topic::Event(..)))
        .collect();
    let mut text = String::new();
    for group in listed.chunk_by(|one, next| one.group() == next.group()) {
        let width = group.iter().map(|it| it.word().len()).max().unwrap_or(0);
        let title = group.first().map(Topic::group).unwrap_or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{title}:\n"));
        for it in group {
            text.push_str(&format!("  {:width$}  {}\n", it.word(), it.summary()));
        }
    }
    text
}

/// All that the word means, one after the other.
fn meanings(word: &str) -> Result<String, Exit> {
    let texts: Vec<String> = Topic::of(word).iter().map(Topic::text).collect();
    if !texts.is_empty() {
        return Ok(texts.join("\n"));
    }
    let message = format!("nothing that is explained is called `{word}`");
    let help = match explain::nearest(word) {
        Some(meant) => format!("did you mean `{meant}`? "),
        None => begun(word).unwrap_or_default(),
    };
    let help = format!("{help}`pipec explain` lists all words");
    Err(exit::say(exit::USAGE, &message, Some(&help)))
}

/// What the word is the beginning of, where it is one.
fn begun(word: &str) -> Option<String> {
    let mut whole = explain::beginning_with(word).map(|it| format!("`{}`", it.word()));
    let shown: Vec<String> = whole.by_ref().take(BEGUN_MAX).collect();
    let more = whole.count();
    if word.is_empty() || shown.is_empty() {
        return None;
    }
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("so begin {}{more}; ", shown.join(", ")))
}

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
    let meant = explain::nearest(word).map(|it| format!("did you mean `{it}`? "));
    // Who has written a point has got so far rightly, or is not far from it.
    let hint = if word.contains('.') {
        begun(word).or(meant)
    } else {
        meant.or_else(|| begun(word))
    };
    let help = format!(
        "{}`pipec explain` lists all words",
        hint.unwrap_or_default()
    );
    Err(exit::say(exit::USAGE, &message, Some(&help)))
}

/// What the word is the beginning of, where it is one.
fn begun(word: &str) -> Option<String> {
    let mut whole: Vec<String> = explain::beginning_with(word)
        .map(|it| format!("`{}`", it.word()))
        .collect();
    // A scheme and a provider may have one name.
    whole.dedup();
    if word.is_empty() || whole.is_empty() {
        return None;
    }
    let more = match whole.len().saturating_sub(BEGUN_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    whole.truncate(BEGUN_MAX);
    Some(format!("so begin {}{more}; ", whole.join(", ")))
}

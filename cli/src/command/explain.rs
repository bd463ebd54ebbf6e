//! `pipec explain`: what a word of the language means, and how a diagnostic is mended.

use crate::exit::{self, Exit};
use pipe_compiler::explain::{self, Topic};

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
    let message = format!("nothing of the language is called `{word}`");
    let help = match explain::nearest(word) {
        Some(meant) => format!("did you mean `{meant}`? `pipec explain` lists all words"),
        None => "`pipec explain` lists all words".to_owned(),
    };
    Err(exit::say(exit::USAGE, &message, Some(&help)))
}

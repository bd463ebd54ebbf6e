//! A misspelled word is one diagnostic: whoever is told what was meant is told nothing that only follows from the slip.

use std::fs;

use pipe_compiler::diag::{Diagnostic, render_short};

/// The words of a spec outside of comments and texts, each with where it begins.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split("//").next().unwrap_or_default();
        // What stands between two quotes is a text.
        let mut from = 0;
        for (place, part) in code.split('"').enumerate() {
            let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let parts = part.split(|it| !is_word(it)).filter(|_| place % 2 == 0);
            for word in
                parts.filter(|it| it.len() > 2 && !it.starts_with(|it: char| it.is_ascii_digit()))
            {
                let begin = word.as_ptr() as usize - line.as_ptr() as usize;
                words.push((at + begin, word));
            }
            from += part.len() + 1;
        }
        assert!(from > code.len());
        at += line.len();
    }
    words
}

/// The spec with the middle letter of a word left out, and what is said about it.
fn said(name: &str, text: &str, at: usize, word: &str) -> (String, Vec<Diagnostic>) {
    let middle = at + word.len() / 2;
    let wrong = format!("{}{}", &text[..middle], &text[middle + 1..]);
    let found = pipe_compiler::check(name, &wrong).diagnostics;
    (wrong, found)
}

#[test]
fn who_is_told_what_was_meant_is_told_nothing_that_follows() {
    let mut told = 0;
    let mut faults = Vec::new();
    for name in [
        "archive",
        "notifications",
        "payments",
        "refunds",
        "webhook_processing",
    ] {
        let file = format!("{name}.pipe");
        let text = fs::read_to_string(format!("../specs/{file}")).unwrap();
        for (at, word) in words(&text) {
            let (wrong, found) = said(&file, &text, at, word);
            let meant = |it: &Diagnostic| {
                let mend = it.suggestion.as_ref();
                it.primary.span.start == at && mend.is_some_and(|it| it.replacement == word)
            };
            if found.iter().any(meant) {
                told += 1;
                if found.len() > 1 {
                    faults.push(render_short(&found, &file, &wrong));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(told > 500, "{told} were told what was meant");
}

//! What the checker looks for at each word, of specs that are whole and of specs that are being written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use pipe_compiler::{Expected, outline};

/// The committed specs, with their file names.
fn specs() -> Vec<(String, String)> {
    let all = fs::read_dir("../specs").unwrap();
    let mut specs: Vec<(String, String)> = all
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "pipe"))
        .map(|it| {
            let name = it.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(it).unwrap())
        })
        .collect();
    specs.sort();
    assert_eq!(specs.len(), 5);
    specs
}

/// What is looked for is what is found, in specs that are right: then completion offers it and hover knows it.
#[test]
fn what_stands_in_a_right_spec_is_what_was_expected_there() {
    for (name, text) in specs() {
        let outline = outline(&name, &text);
        assert!(outline.words.len() > 100, "{name}: {}", outline.words.len());
        for (span, expected) in &outline.words {
            let word = span.text(&text);
            let others = outline.words.iter().filter(|it| it.0 == *span).count() > 1;
            let fits = match expected {
                // Without a colon it is a statement or a nested declaration, which is no attribute.
                Expected::Attribute(kind) => {
                    let is_key = text.get(span.end..).unwrap().starts_with(':');
                    !is_key || kind.attribute(word).is_some()
                }
                Expected::Name(kinds) => outline
                    .declaration(word)
                    .is_some_and(|it| kinds.contains(&it.kind)),
                Expected::Field(known) | Expected::Binding(known) => {
                    known.iter().any(|it| it.0 == word)
                }
                Expected::Variant(known) => known.iter().any(|it| it == word),
                Expected::Scheme => pipe_runtime::sign::scheme(word).is_some(),
                Expected::SchemeArgument(scheme) => scheme.parameter(word).is_some(),
                Expected::ProviderEvent(provider) => provider.event(word).is_some(),
                _ => true,
            };
            // At some places one of several things belongs, such as an attribute or a statement.
            assert!(fits || others, "{name}: `{word}` is not {expected:?}");
        }
    }
}

/// Someone who types a spec passes through all its beginnings; each is asked about, with and without a word at its end.
#[test]
fn every_beginning_of_a_spec_has_an_outline_that_lies_inside() {
    for (name, text) in specs() {
        for (at, _) in text.char_indices().step_by(211) {
            let begun = text.get(..at).unwrap();
            for typed in [
                begun.to_owned(),
                format!("{begun}word"),
                format!("{begun}word }}"),
            ] {
                let outline = outline(&name, &typed);
                let spans = outline.words.iter().map(|it| it.0);
                for span in spans.chain(outline.declared.iter().map(|it| it.whole)) {
                    assert!(
                        typed.get(span.start..span.end).is_some(),
                        "{name} at {at}: {span:?}"
                    );
                }
            }
        }
    }
}

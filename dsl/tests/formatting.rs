//! The formatter changes blanks and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use pipe_dsl::tree::File;
use pipe_dsl::{format, parse};
use proptest::prelude::*;

/// A tree without its places.
fn shape(file: &File) -> String {
    let mut out = String::new();
    let shown = format!("{:?} {:?}", file.doc, file.declarations);
    let mut rest = shown.as_str();
    while let Some((before, after)) = rest.split_once("span: Span {") {
        out.push_str(before);
        rest = after.split_once('}').map_or("", |it| it.1);
    }
    out + rest
}

fn comments(text: &str) -> Vec<String> {
    parse(text)
        .file
        .comments
        .iter()
        .map(|it| it.span.text(text).trim_end().to_owned())
        .collect()
}

fn check(text: &str) {
    let Some(formatted) = format(text) else {
        assert!(!parse(text).errors.is_empty());
        return;
    };
    let parsed = parse(&formatted);
    assert_eq!(parsed.errors, [], "{formatted}");
    assert_eq!(
        shape(&parsed.file),
        shape(&parse(text).file),
        "{text}\n--\n{formatted}"
    );
    assert_eq!(comments(&formatted), comments(text));
    assert_eq!(
        format(&formatted).unwrap(),
        formatted,
        "formatted again it changes:\n{formatted}"
    );
}

fn specs() -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir("tests/specs")
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    paths.push("../specs/payments.pipe".into());
    paths.sort();
    paths
        .iter()
        .map(|it| std::fs::read_to_string(it).unwrap())
        .collect()
}

#[test]
fn every_spec_keeps_its_tree_and_comments() {
    for text in specs() {
        check(&text);
        check(&text.replace('\n', "\r\n"));
        check(&text.replace("  ", "\t"));
        check(&text.replace(": ", " :").replace(", ", ","));
    }
}

#[test]
fn payments_is_formatted_as_it_stands() {
    let text = std::fs::read_to_string("../specs/payments.pipe").unwrap();
    assert_eq!(format(&text).unwrap(), text);
}

#[test]
fn a_crooked_spec_becomes_straight() {
    let text = "pipeline   a\n\n\n\ntable t   {\n\n partition:x // why\n     sort :  y,\n\n  holds: A ,\n B\n\n}\nerror E {a:string}\nerror Failed{  }\n";
    let straight = "pipeline a\n\ntable t {\n  partition: x  // why\n  sort:      y,\n\n  holds: A,\n    B\n}\nerror E      { a: string }\nerror Failed { }\n";
    assert_eq!(format(text).unwrap(), straight);
    assert_eq!(format("table {"), None);
}

#[test]
fn strings_and_paths_are_left_as_they_are() {
    let text = "route POST   /a/{b}/c   { reply:\"a \\\"  {  // \\\\\",  stage:x }   //  why\n";
    let straight = "route POST /a/{b}/c { reply: \"a \\\"  {  // \\\\\", stage: x }  //  why\n";
    assert_eq!(format(text).unwrap(), straight);
    check(text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_spec_keeps_what_it_says(which in 0_usize..5, at in 0_usize..4_000, with in "[ \\n\\t,:{}()a-z\"./=|?-]{0,6}") {
        let text = &specs()[which];
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        check(&format!("{}{with}{}", &text[..at], &text[at..]));
    }
}

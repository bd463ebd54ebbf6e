//! What the parser makes of each form, and where it says that a text breaks off.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use pipe_dsl::tree::{Body, Expr, ExprKind};
use pipe_dsl::{SyntaxErrorKind, parse};

/// The expressions of the only declaration.
fn items(text: &str) -> Vec<Expr<'_>> {
    let parsed = parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    match &parsed.file.declarations.first().unwrap().body {
        Body::Phrase(phrase) => phrase.items.clone().into(),
        Body::Attribute(attribute) => attribute.values.first().unwrap().items.clone().into(),
    }
}

/// The first error: the text before it, what is found there, and what could have stood there.
fn broken(text: &str) -> (String, String, Vec<&'static str>) {
    let parsed = parse(text);
    assert!(parsed.file.declarations.is_empty(), "{text}");
    let error = parsed.errors.first().unwrap();
    let SyntaxErrorKind::Unexpected { found, expected } = &error.kind else {
        panic!("{error:?}");
    };
    let before = text.get(..error.span.start).unwrap().to_owned();
    (before, found.clone(), expected.clone())
}

#[test]
fn operators_bind_from_or_to_alternatives() {
    let all = items("a not x == b | c and y starts_with \"d\" or z");
    let ExprKind::Or(or) = &all.first().unwrap().kind else {
        panic!("{all:?}");
    };
    let [
        Expr {
            kind: ExprKind::And(and),
            ..
        },
        z,
    ] = or.as_slice()
    else {
        panic!("{or:?}");
    };
    assert!(z.is_word("z"));
    let [
        Expr {
            kind: ExprKind::Not(not),
            ..
        },
        starts,
    ] = and.as_slice()
    else {
        panic!("{and:?}");
    };
    let ExprKind::Compare {
        operator, right, ..
    } = &not.kind
    else {
        panic!("{not:?}");
    };
    assert_eq!(*operator, "==");
    assert!(matches!(right.kind, ExprKind::Alternatives(_)));
    assert!(
        matches!(&starts.kind, ExprKind::Compare { operator, .. } if *operator == "starts_with")
    );
}

#[test]
fn a_blank_tells_a_call_from_a_condition() {
    assert!(matches!(items("a f(b)")[0].kind, ExprKind::Call { .. }));
    let apart = items("a where (b)");
    assert!(apart[0].is_word("where") && matches!(apart[1].kind, ExprKind::Parens(_)));
    assert!(matches!(items("a lane[b]")[0].kind, ExprKind::Index { .. }));
    assert_eq!(
        items("a f(b)[c]").len(),
        2,
        "nothing that is written is dropped"
    );
}

#[test]
fn a_list_goes_on_after_a_comma_unless_a_key_follows() {
    let text = "t a {\n  holds: A,\n    B\n  sort: c, d\n}";
    let all = items(text);
    let block = all.last().unwrap().as_block().unwrap();
    assert_eq!(block.entries.len(), 2);
    assert_eq!(
        items("t { a: b, c: d }")
            .last()
            .unwrap()
            .as_block()
            .unwrap()
            .entries
            .len(),
        2
    );
}

#[test]
fn spans_end_with_what_they_cover() {
    let text = "t a {  // why\n  b: c  // that is why\n}";
    let block = items(text).pop().unwrap();
    let entry = block.as_block().unwrap().entries.first().unwrap().span;
    assert_eq!(entry.text(text), "b: c");
}

#[test]
fn an_error_stands_where_the_text_breaks_off() {
    for (text, before, found, expected) in [
        ("t { a = }", "t { a = ", "}", vec!["a value"]),
        ("t { a: }", "t { a: ", "}", vec!["a value"]),
        (
            "t { a: b c: d }",
            "t { a: b c",
            ":",
            vec!["`,`", "`=`", "`}`", "a value"],
        ),
        ("t { ..E: b }", "t { ..E", ":", vec!["`,`", "`}`"]),
        ("t { ..a. }", "t { ..a. ", "}", vec!["a name"]),
        ("t { ; }", "t { ", ";", vec!["a value", "an entry"]),
        ("t a(b c: d)", "t a(b c", ":", vec!["`)`", "`,`", "a value"]),
        ("t [a b]", "t [a ", "b", vec!["`,`", "`]`"]),
        ("t a ==", "t a ==", "", vec!["a value"]),
        (
            "t a b :",
            "t a b ",
            ":",
            vec!["`=`", "a value", "the end of the declaration"],
        ),
        ("1", "", "1", vec!["a name"]),
    ] {
        let (at, what, could) = broken(text);
        assert_eq!((at.as_str(), what.as_str()), (before, found), "{text}");
        assert_eq!(could, expected, "{text}");
    }
}

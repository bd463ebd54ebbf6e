//! Any input ends soon, with a result or with diagnostics whose spans lie in it; nothing panics.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use pipe_compiler::diag::{render_human, render_json, render_short};
use pipe_compiler::{Checked, check_bytes};
use proptest::prelude::*;

/// The product's bound is two seconds in a release build; tests run without optimisation beside others.
const TIME_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });

fn checked(bytes: &[u8]) -> Checked {
    let begin = Instant::now();
    let (checked, text) = check_bytes("payments.pipe", bytes);
    for it in &checked.diagnostics {
        let labels = std::iter::once(&it.primary).chain(&it.secondary);
        for span in labels
            .map(|it| it.span)
            .chain(it.suggestion.iter().map(|it| it.span))
        {
            assert!(
                text.get(span.start..span.end).is_some(),
                "{:?} of {}",
                span,
                text.len()
            );
        }
        assert!(!it.message.contains('\n'));
    }
    let file = "payments.pipe";
    let shown = render_human(&checked.diagnostics, file, &text, true);
    let lines = [
        render_short(&checked.diagnostics, file, &text),
        render_json(&checked.diagnostics, file, &text),
    ];
    assert!(checked.diagnostics.is_empty() || !shown.is_empty());
    assert!(
        lines
            .iter()
            .all(|it| it.lines().count() == checked.diagnostics.len())
    );
    assert!(
        begin.elapsed() < TIME_MAX,
        "{:?} for {} bytes",
        begin.elapsed(),
        bytes.len()
    );
    checked
}

fn payments() -> String {
    std::fs::read_to_string("../specs/payments.pipe").unwrap()
}

/// What a megabyte is filled with.
const REPEATED: &[&str] = &[
    "{",
    "}",
    "(",
    "{}",
    "a {\n",
    "a {}\n",
    "a ",
    "a\n",
    "a.",
    "not ",
    "\"",
    "\\",
    "//\n",
    "/// x\n",
    "/",
    "\u{202E}",
    "\0",
    "é",
    "-",
    "1",
    "\n",
    "\r",
    "\r\n",
    "whsec_0123456789 ",
    "{{resolve:",
];

/// What stands at the beginning of a megabyte, and what fills the rest of it.
const OPEN: &[(&str, &str)] = &[
    ("event E once a { ", "a: string, "),
    ("event E once a { ", "..E, "),
    ("secret ", "s"),
    ("workflow w(e: E) { on: t where ", "a == b or "),
    ("workflow w(e: E) { ", "x = f(e)\n "),
    (
        "workflow w(e: E) { x = f(e)\n",
        "catch A as b { fail C }\n ",
    ),
    ("grant f { read: ", "a, "),
    ("", "type A { a: A }\n"),
    ("", "secret s\n"),
    ("error E { a: ", "b | "),
    ("route POST /", "x/"),
    ("retry r { errors: ", "[a, b"),
    ("event E once ", "a, "),
    ("function f", "(a)"),
    ("table t { holds: ", "a where b == c, "),
    ("key { on_delete: ", "a = b "),
];

/// Whole declarations, repeated as often as the limit on words and signs allows.
const WHOLE: &[(&str, &str, &str)] = &[
    ("event E once a { ", "a: string, ", "}"),
    ("event E once a { ", "..E, ", "}"),
    ("error E { a: ", "b | ", "b }"),
    ("workflow w(e: E) { on: t where ", "a == b or ", "a == b }"),
    (
        "event E once a { a: string }\nfunction f(E)\nworkflow w(e: E) { on: t\n",
        " x = f(e)\n ",
        "}",
    ),
    (
        "event E once a { a: string }\nfunction f(E)\nworkflow w(e: E) { on: t\n f(e)\n",
        "catch A as b { fail C }\n ",
        "}",
    ),
    ("function f", "(a)", ""),
    (
        "event E once a { a: string, n: decimal }\nbus b { source: \"s\", holds: E }\nrules r on b {\n",
        "c: n < 5 and a == \"x\" send log l\n ",
        "}",
    ),
    (
        "event E once a { a: string, n: decimal }\nbus b { source: \"s\", holds: E }\nrule r on b where n > 5 send ",
        "log l, ",
        "log l",
    ),
    ("queue q { on: t where ", "a == b and ", "a == b }"),
    (
        "dashboard d {\n",
        "graph \"g\" { show: functions.errors }\n ",
        "}",
    ),
    ("param p: T = { ", "a: 1, ", "}"),
    ("", "provider p { verify: off because \"x\" }\n", ""),
    ("", "queue q per provider { dead_letter: q after 5 }\n", ""),
    ("function f(A) { send: ", "q[p] where a == b, ", "q }"),
    ("", "a ", ""),
    ("", "a {\n", ""),
];

fn refused(text: &str) {
    let checked = checked(text.as_bytes());
    assert!(checked.pipeline.is_none());
    assert!(!checked.diagnostics.is_empty(), "{}", &text[..20]);
}

#[test]
fn a_megabyte_of_one_thing_ends_soon() {
    for it in REPEATED {
        refused(&it.repeat((1 << 20) / it.len()));
    }
}

#[test]
fn a_megabyte_of_an_open_declaration_ends_soon() {
    for (head, it) in OPEN {
        refused(&format!(
            "pipeline payments\n{head}{}",
            it.repeat((1 << 20) / it.len() - 128)
        ));
    }
}

#[test]
fn as_much_as_is_parsed_ends_soon() {
    for (head, it, tail) in WHOLE {
        let tokens: usize = it.split_whitespace().map(|it| it.len().min(2)).sum();
        refused(&format!(
            "pipeline payments\n{head}{}{tail}\n",
            it.repeat(40_000 / tokens)
        ));
    }
}

/// Groups of rules are looked through value by value, so they are what takes the most time for a word.
#[test]
fn many_cases_end_soon() {
    let bus = "pipeline payments\nevent E once a { a: string, m: decimal, n: decimal, o: decimal }\nbus b { source: \"s\", holds: E }\n";
    let mut one = format!("{bus}rules r on b {{\n");
    for it in 0..4_000 {
        one.push_str(&format!(
            "  c_{it}: n >= {it} and n < {}.5 send log l\n",
            it
        ));
    }
    one.push_str("}\n");
    assert!(checked(one.as_bytes()).pipeline.is_none());
    let mut many = String::from(bus);
    for it in 0..400 {
        many.push_str(&format!("rules r_{it} on b {{\n"));
        for case in 0..6 {
            many.push_str(&format!(
                "  c_{case}: m > {case} and n < 1{case} and o != 2{case} and a == \"{case}\" send log l\n"
            ));
        }
        many.push_str("}\n");
    }
    assert!(checked(many.as_bytes()).pipeline.is_none());
}

#[test]
fn chains_of_a_thousand_declarations_end_soon() {
    let mut spreads = String::from("pipeline payments\n");
    let mut calls = spreads.clone();
    for it in 0..900 {
        spreads.push_str(&format!(
            "type T{it} {{ ..T{}, f{it}: string, t: T{} }}\n",
            it + 1,
            it + 2
        ));
        calls.push_str(&format!("function f_{it}(E) -> E fails A, B\n"));
    }
    checked(spreads.as_bytes());
    calls.push_str("event E once a { a: string }\nworkflow w(e: E) {\n  on: t\n");
    for it in 0..900 {
        calls.push_str(&format!(
            "  x_{it} = f_{it}(e)\n  catch A {{\n    fail A\n  }}\n"
        ));
    }
    calls.push_str("}\n");
    checked(calls.as_bytes());
}

#[test]
fn a_hundred_thousand_braces_are_one_diagnostic() {
    let text = format!(
        "pipeline payments\nkey {}{}\nsecret used_nowhere\n",
        "{".repeat(100_000),
        "}".repeat(100_000)
    );
    let checked = checked(text.as_bytes());
    let codes: Vec<&str> = checked.diagnostics.iter().map(|it| it.code.id).collect();
    assert_eq!(codes, ["P0004"]);
}

#[test]
fn what_is_no_text_is_said_to_be_none() {
    for bytes in [
        &b"\xff\xfe"[..],
        b"pipeline payments\n\xc3",
        b"\x7fELF\x02\x01\x01\xff",
    ] {
        let codes: Vec<&str> = checked(bytes)
            .diagnostics
            .iter()
            .map(|it| it.code.id)
            .collect();
        assert_eq!(codes, ["P0008"]);
    }
    let empty: Vec<&str> = checked(b"")
        .diagnostics
        .iter()
        .map(|it| it.code.id)
        .collect();
    assert_eq!(empty, ["P0109"]);
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let text = format!("\u{FEFF}{}", payments().replace('\n', "\r\n"));
    assert!(checked(text.as_bytes()).diagnostics.is_empty());
}

#[test]
fn unseen_characters_never_reach_the_terminal() {
    let text = "pipeline payments\n// \u{1b}[2J \u{202E}\nsecret \"\u{200B}\u{7}\"\n";
    let checked = checked(text.as_bytes());
    let shown = render_human(&checked.diagnostics, "payments.pipe", text, false);
    assert!(
        !shown.contains(['\u{1b}', '\u{202E}', '\u{200B}', '\u{7}']),
        "{shown}"
    );
    assert!(
        checked.diagnostics.iter().all(|it| it.code.id == "P0006"),
        "{shown}"
    );
}

/// Words and signs of the language.
const WORDS: &str = "pipeline secret event type table route error function retry workflow grant key defaults once fails on \
    where append fail catch any as to read call holds partition sort verify handler off because \
    and or not started_at received_at uuid string int decimal bool timestamp epoch_millis true A B E \
    a b f t w github POST /a { } ( ) [ ] : , \
    = == > | ? -> .. . 1 30s 256MB -1.5 payments é";
/// What else stands between them.
const OTHERS: &[&str] = &[
    "\"x\"", "\"", "\n", "\n", "\n  ", "// c\n", "/// d\n", "\u{202E}",
];

/// Words, signs and line ends of the language, in any order.
fn soup() -> impl Strategy<Value = String> {
    let words = prop::sample::select(
        WORDS
            .split(' ')
            .chain(OTHERS.iter().copied())
            .collect::<Vec<_>>(),
    );
    prop::collection::vec((words, prop::bool::weighted(0.8)), 0..120).prop_map(|it| {
        it.into_iter()
            .map(|(word, blank)| format!("{word}{}", if blank { " " } else { "" }))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        checked(&bytes);
    }

    #[test]
    fn random_text_is_survived(text in "\\PC{0,300}") {
        checked(text.as_bytes());
    }

    #[test]
    fn random_words_are_survived(text in soup()) {
        checked(text.as_bytes());
    }

    #[test]
    fn a_damaged_spec_is_survived(
        name in 0_usize..4, from in 0_usize..3_600, len in 0_usize..40, with in soup(), cut in 0_usize..3
    ) {
        let name = ["payments", "archive", "notifications", "webhook_processing"][name];
        let text = std::fs::read_to_string(format!("../specs/{name}.pipe")).unwrap().replace(&format!("pipeline {name}"), "pipeline payments");
        let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1; } at };
        let (start, end) = (floor(from), floor(from.saturating_add(len)));
        let with: String = with.chars().take(12 * cut).collect();
        checked(format!("{}{with}{}", &text[..start], &text[end..]).as_bytes());
    }
}

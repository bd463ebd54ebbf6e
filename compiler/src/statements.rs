//! The statements of a workflow: one list. Checker, `explain`, completion and manual read it.

/// One statement, or what belongs to one.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its word: `append`.
    pub word: &'static str,
    /// How it looks, with words in capitals for what the user chooses.
    pub forms: &'static [&'static str],
    /// What it does, as the rest of a sentence.
    pub doc: &'static str,
    /// False for a call, which begins with what it binds or calls.
    pub begins_with_word: bool,
}

const fn beginning(
    word: &'static str,
    forms: &'static [&'static str],
    doc: &'static str,
) -> Statement {
    Statement {
        word,
        forms,
        doc,
        begins_with_word: true,
    }
}

/// Every statement.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        word: "call",
        forms: &["NAME = FUNCTION(VALUE) retry POLICY"],
        doc: "calls a function; `NAME =` and `retry` may be left out",
        begins_with_word: false,
    },
    beginning(
        "append",
        &["append EVENT { field: value } to TABLE"],
        "records an event, complete and typed",
    ),
    beginning(
        "update",
        &["update TABLE.field = VALUE for EVENT"],
        "changes one field of a recorded event, which is no key and no identity",
    ),
    beginning(
        "publish",
        &[
            "publish EVENT to TOPIC",
            "publish \"subject\", \"text\" to TOPIC",
        ],
        "an event that the topic holds, or an alert",
    ),
    beginning(
        "send",
        &["send VALUE to QUEUE", "send EVENT to BUS"],
        "a message; a FIFO queue orders it by its `group:`",
    ),
    beginning(
        "put",
        &["put VALUE to BUCKET key \"…\""],
        "an object with the value's JSON",
    ),
    beginning(
        "start",
        &["start WORKFLOW(event)"],
        "begins a workflow without `on:`, once for this statement of this execution",
    ),
    beginning(
        "if",
        &["if CONDITION { … } else if CONDITION { … } else { … }"],
        "one way or another",
    ),
    beginning(
        "expect",
        &["expect CONDITION else { … }"],
        "goes on only where the condition holds; the block behind `else` ends with `fail` or `done`",
    ),
    beginning(
        "match",
        &["match VALUE { variant { … } variant, variant { … } else { … } }"],
        "for a value of an enum; every variant has its arm, or there is `else`",
    ),
    beginning(
        "wait",
        &["wait 5m", "wait until TIMESTAMP"],
        "lets time pass; `timeout:` includes it",
    ),
    beginning(
        "parallel",
        &["parallel { branch NAME { … } branch NAME { … } }"],
        "all at once; what a branch binds is `NAME.binding` after it",
    ),
    beginning(
        "for",
        &["for NAME in LIST at_once 5 { … }"],
        "the same for each item of a list; without `at_once` one after the other",
    ),
    beginning(
        "catch",
        &[
            "catch ERROR as NAME { … }",
            "catch ERROR, ERROR { … }",
            "catch any { … }",
        ],
        "belongs to the statement above it",
    ),
    beginning(
        "fail",
        &["fail ERROR { field: value }"],
        "ends the workflow with a declared error",
    ),
    beginning("done", &["done"], "ends the workflow well"),
];

/// The statement of that word.
#[must_use]
pub fn statement(word: &str) -> Option<&'static Statement> {
    STATEMENTS.iter().find(|it| it.word == word)
}

/// The words that a statement may begin with.
pub(crate) fn words() -> impl Iterator<Item = &'static str> + Clone {
    let known = STATEMENTS.iter().filter(|it| it.begins_with_word);
    known.map(|it| it.word)
}

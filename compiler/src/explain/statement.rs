//! `pipec explain append`: a statement of a workflow.

use std::fmt::Write as _;

use crate::statements::Statement;

pub(super) fn text(it: &Statement) -> String {
    let mut text = format!("# `{}`: a statement of a workflow\n\n", it.word);
    for form in it.forms {
        let _ = writeln!(text, "- `{form}`");
    }
    let mut doc = it.doc.chars();
    let first: String = doc.next().iter().flat_map(|it| it.to_uppercase()).collect();
    let _ = writeln!(text, "\n{first}{}.", doc.as_str());
    text
}

//! `pipec explain queue`: a kind with its attributes, what it becomes, its metrics and an example.

use std::fmt::Write as _;

use super::attribute;
use crate::kinds::KindId;
use crate::metrics::METRICS;

pub(super) fn text(id: KindId) -> String {
    let kind = id.kind();
    let mut text = format!(
        "# `{}`: a kind of declaration\n\n`{}`\n\n{}\n",
        kind.keyword, kind.form, kind.doc
    );
    if !kind.attributes.is_empty() {
        text.push_str("\n## Attributes\n\n");
        for it in kind.attributes {
            let _ = writeln!(text, "- {} {}", attribute::line(it), it.doc);
        }
    }
    for nested in kind.nested {
        let _ = write!(
            text,
            "\n## `{}`\n\n`{}`\n\n{}\n\n",
            nested.keyword, nested.form, nested.doc
        );
        for it in nested.attributes {
            let _ = writeln!(text, "- {} {}", attribute::line(it), it.doc);
        }
    }
    if kind.becomes.is_empty() {
        text.push_str("\n## On AWS\n\nNo resource of its own.\n");
    } else {
        text.push_str("\n## On AWS\n\nWith what belongs to it, and as far as it needs them:\n\n");
        for it in kind.becomes {
            let _ = writeln!(text, "- `{it}`");
        }
    }
    let own: Vec<_> = METRICS.iter().filter(|it| it.of.kind() == id).collect();
    if !own.is_empty() {
        text.push_str("\n## Metrics\n\n");
        for it in own {
            let _ = writeln!(text, "- `{}` {}", it.word, it.doc);
        }
    }
    let _ = write!(text, "\n## Example\n\n```pipe\n{}\n```\n", kind.example);
    text
}

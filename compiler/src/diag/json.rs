//! Diagnostics for machines: one JSON object a line.
//!
//! `{"file", "code", "severity", "message", "spans": [{"start", "end", "line", "column", "end_line", "end_column", "primary", "label"}],
//! "help"?, "suggestion"?: {"start", "end", "replacement"}}`. Offsets are bytes, lines and columns count from 1, columns in characters.

use pipe_dsl::Lines;
use pipe_dsl::tree::Span;
use serde::Serialize;

use super::{Diagnostic, Label};

#[derive(Serialize)]
struct Object<'a> {
    file: &'a str,
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    spans: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<Mend<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    primary: bool,
    label: &'a str,
}

#[derive(Serialize)]
struct Mend<'a> {
    start: usize,
    end: usize,
    replacement: &'a str,
}

/// One JSON object a line.
#[must_use]
pub fn render_json(diagnostics: &[Diagnostic], file_name: &str, text: &str) -> String {
    let lines = Lines::new(text);
    let mut out = String::new();
    for it in diagnostics {
        let mut spans = vec![place(&it.primary, true, text, &lines)];
        spans.extend(it.secondary.iter().map(|it| place(it, false, text, &lines)));
        let object = Object {
            file: file_name,
            code: it.code.id,
            severity: it.severity().word(),
            message: &it.message,
            spans,
            help: it.help.as_deref(),
            suggestion: it.suggestion.as_ref().map(|it| Mend {
                start: it.span.start,
                end: it.span.end,
                replacement: &it.replacement,
            }),
        };
        // Strings and numbers alone: writing them cannot fail.
        out.push_str(&serde_json::to_string(&object).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn place<'a>(label: &'a Label, primary: bool, text: &str, lines: &Lines) -> Place<'a> {
    let Span { start, end } = label.span;
    let (line, column) = lines.position(text, start);
    let (end_line, end_column) = lines.position(text, end);
    Place {
        start,
        end,
        line,
        column,
        end_line,
        end_column,
        primary,
        label: &label.text,
    }
}

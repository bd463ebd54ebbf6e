//! Diagnostics as text: framed for a person, or one line each.

use std::borrow::Cow;

use codespan_reporting::diagnostic::{self as codespan, LabelStyle};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term::{self, Config};
use pipe_dsl::Lines;

use super::ansi::Ansi;
use super::{Diagnostic, Severity};

/// Longest line that is drawn with a frame; longer ones were made by machines and would fill the terminal.
const FRAMED_LINE_BYTES_MAX: usize = 1_000;

/// Framed excerpts for a person; `colour` adds ANSI sequences.
#[must_use]
pub fn render_human(
    diagnostics: &[Diagnostic],
    file_name: &str,
    text: &str,
    colour: bool,
) -> String {
    let lines = Lines::new(text);
    let shown = visible(text);
    let file = SimpleFile::new(file_name, shown.as_ref());
    let mut out = String::new();
    for it in diagnostics {
        let framed = std::iter::once(&it.primary)
            .chain(&it.secondary)
            .all(|label| lines.line_len(lines.line(label.span.start)) <= FRAMED_LINE_BYTES_MAX);
        let drawn = if framed {
            draw(&file, it, colour)
        } else {
            None
        };
        match drawn {
            Some(drawn) => out.push_str(&drawn),
            None => {
                out.push_str(&short_line(it, file_name, text, &lines));
                out.push('\n');
            }
        }
    }
    out
}

/// The text with unseen characters replaced by visible ones of the same length, so that spans still fit.
fn visible(text: &str) -> Cow<'_, str> {
    // Most texts are plain ASCII, which takes one look at each byte.
    let is_plain = |it: u8| matches!(it, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    if !text.contains(|it| pipe_dsl::is_unseen(it) && it != '\r') {
        return Cow::Borrowed(text);
    }
    let replaced =
        text.chars().map(
            |it| match (pipe_dsl::is_unseen(it) && it != '\r', it.len_utf8()) {
                (false, _) => it,
                (true, 1) => '?',
                (true, 2) => '¿',
                (true, 3) => '\u{FFFD}',
                (true, _) => '\u{1F6AB}',
            },
        );
    Cow::Owned(replaced.collect())
}

fn draw(file: &SimpleFile<&str, &str>, it: &Diagnostic, colour: bool) -> Option<String> {
    let severity = match it.severity() {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    let mut labels = vec![label(LabelStyle::Primary, &it.primary)];
    labels.extend(
        it.secondary
            .iter()
            .map(|it| label(LabelStyle::Secondary, it)),
    );
    let notes: Vec<String> = it.help.iter().map(|it| format!("help: {it}")).collect();
    let drawn = codespan::Diagnostic::new(severity)
        .with_code(it.code.id)
        .with_message(&it.message)
        .with_labels(labels)
        .with_notes(notes);
    let config = Config::default();
    if colour {
        let mut buffer = Ansi::default();
        term::emit_to_write_style(&mut buffer, &config, file, &drawn).ok()?;
        buffer.into_text()
    } else {
        term::emit_into_string(&config, file, &drawn).ok()
    }
}

fn label(style: LabelStyle, it: &super::Label) -> codespan::Label<()> {
    codespan::Label::new(style, (), it.span.start..it.span.end).with_message(&it.text)
}

/// `payments.pipe:3:1: error[P0101]: message`, one line each.
#[must_use]
pub fn render_short(diagnostics: &[Diagnostic], file_name: &str, text: &str) -> String {
    let lines = Lines::new(text);
    diagnostics
        .iter()
        .map(|it| short_line(it, file_name, text, &lines))
        .collect()
}

fn short_line(it: &Diagnostic, file_name: &str, text: &str, lines: &Lines) -> String {
    let (line, column) = lines.position(text, it.primary.span.start);
    let Diagnostic { code, message, .. } = it;
    format!(
        "{file_name}:{line}:{column}: {}[{}]: {message}\n",
        it.severity().word(),
        code.id
    )
}

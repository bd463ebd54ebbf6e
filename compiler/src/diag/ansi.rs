//! ANSI colours for drawn diagnostics.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::WriteStyle;

/// A buffer that turns styles into escape sequences.
#[derive(Default)]
pub(super) struct Ansi {
    bytes: Vec<u8>,
}

impl Ansi {
    /// What was written.
    pub(super) fn into_text(self) -> Option<String> {
        String::from_utf8(self.bytes).ok()
    }

    fn sequence(&mut self, codes: &str) -> io::Result<()> {
        write!(self.bytes, "\u{1b}[{codes}m")
    }
}

impl Write for Ansi {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bold red for errors, bold yellow for warnings.
fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Bug | Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Note | Severity::Help => "1;36",
    }
}

impl WriteStyle for Ansi {
    fn set_header(&mut self, severity: Severity) -> io::Result<()> {
        self.sequence(colour(severity))
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.sequence("1")
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.sequence("34")
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.sequence("34")
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.sequence("34")
    }

    fn set_label(&mut self, severity: Severity, label_style: LabelStyle) -> io::Result<()> {
        match label_style {
            LabelStyle::Primary => self.sequence(colour(severity)),
            LabelStyle::Secondary => self.sequence("34"),
        }
    }

    fn reset(&mut self) -> io::Result<()> {
        self.sequence("0")
    }
}

//! Diagnostics: the list of codes, and how one is put together where a fault is found.
//!
//! Wording: a message is lower-case, has no final period and no line break, and shows the user's own words in backticks.

mod ansi;
mod codes;
mod json;
mod render;

pub use codes::*;
pub use json::render_json;
pub use render::{render_human, render_short};

use pipe_dsl::tree::{Phrase, Span};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is compiled.
    Error,
    /// Compiled all the same.
    Warning,
}

impl Severity {
    /// `error`, `warning`
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One kind of fault. Codes are never used again for something else.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `P0101`
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A noun phrase, the title of its page.
    pub title: &'static str,
    /// Its page, `docs/errors/P0101.md`.
    pub page: &'static str,
}

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty.
    pub text: String,
}

/// A mend that a tool can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What to replace; empty to insert.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One fault of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of fault.
    pub code: &'static Code,
    /// One line.
    pub message: String,
    /// The place to look at.
    pub primary: Label,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// The mend, where there is one sensible mend.
    pub suggestion: Option<Suggestion>,
}

impl Code {
    /// A diagnostic of this code.
    #[must_use]
    pub fn at(&'static self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            message: message.into(),
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: None,
            suggestion: None,
        }
    }
}

impl Diagnostic {
    /// Says something beside the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn second(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Gives the mend.
    #[must_use]
    pub fn suggest(mut self, span: Span, replacement: impl Into<String>) -> Diagnostic {
        self.suggestion = Some(Suggestion {
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// `did you mean …`, as help and as mend, if one of the names is near enough to what was written.
    #[must_use]
    pub fn nearest<'a>(
        self,
        written: &str,
        span: Span,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Diagnostic {
        self.meant(span, crate::check::distance::nearest(written, names))
    }

    /// The same where it is known already what was probably meant.
    #[must_use]
    pub(crate) fn meant(self, span: Span, name: Option<&str>) -> Diagnostic {
        match name {
            Some(name) => self
                .help(format!("did you mean `{name}`?"))
                .suggest(span, name),
            None => self,
        }
    }

    /// The mend of `key value`, if the key is one: a colon.
    pub(crate) fn missing_colon(self, it: &Phrase, is_key: impl Fn(&str) -> bool) -> Diagnostic {
        match it.items.as_slice() {
            [key, _, ..] if key.as_word().is_some_and(|it| is_key(it.text)) => {
                let end = Span {
                    start: key.span.end,
                    end: key.span.end,
                };
                self.suggest(end, ":")
            }
            _ => self,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity
    }
}

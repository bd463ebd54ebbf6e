//! Text to tree. A broken declaration is reported and left out; its neighbours are parsed as if it were not there.

use crate::characters::is_word_byte;
use crate::declaration::{Parser, Unread};
use crate::docs::Docs;
use crate::lines::Lines;
use crate::scan::{Chunk, scan};
use crate::tree::{Broken, Comment, File, Span, Word};

/// Largest file in bytes: a spec of a thousand declarations is a tenth of it.
pub const BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of brackets: a catch in a catch is at four.
pub const DEPTH_MAX: usize = 24;

/// Most words and signs of one file, which bounds the time that parsing takes: `payments.pipe` has 400.
pub const TOKENS_MAX: usize = 50_000;
/// Most declarations of one file; CloudFormation takes 500 resources.
pub const DECLARATIONS_MAX: usize = 1_000;

/// What parsing gives: a tree, always, and what was wrong.
#[derive(Clone, Debug)]
pub struct Parsed<'t> {
    /// The tree of all that could be read.
    pub file: File<'t>,
    /// Where the lines of the text begin.
    pub lines: Lines,
    /// Errors by position.
    pub errors: Vec<SyntaxError>,
}

/// One syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
    /// The other place that matters: the bracket that was opened.
    pub also: Option<Span>,
}

/// What can be wrong with the form of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Something else should stand here.
    Unexpected {
        /// What stands here; empty at the end of a declaration.
        found: String,
        /// What could stand here instead.
        expected: Vec<&'static str>,
    },
    /// A string without its closing quote.
    UnclosedString,
    /// A backslash before something that needs none.
    BadEscape,
    /// A bracket that nothing closes.
    Unclosed(char),
    /// A bracket that closes nothing.
    Unopened(char),
    /// A bracket closed by one of another kind.
    Mismatched(char, char),
    /// More than [`DEPTH_MAX`] brackets inside each other.
    TooDeep,
    /// A character that cannot be seen.
    Invisible(char),
    /// A control character.
    Control(char),
    /// A letter of another alphabet outside strings and comments.
    NotAscii(char),
    /// More than [`DECLARATIONS_MAX`] declarations; those beyond are not parsed.
    TooMany,
    /// More than [`TOKENS_MAX`] words and signs; nothing is parsed.
    TooMuch,
    /// More than [`BYTES_MAX`] bytes.
    TooLong,
}

/// Parses a text.
#[must_use]
pub fn parse(text: &str) -> Parsed<'_> {
    if text.len() > BYTES_MAX {
        let kind = SyntaxErrorKind::TooLong;
        let error = SyntaxError {
            kind,
            span: Span::default(),
            also: None,
        };
        return Parsed {
            file: File::default(),
            lines: Lines::new(text),
            errors: vec![error],
        };
    }
    let scanned = scan(text);
    let lines = Lines::found(text, scanned.line_starts);
    if scanned.tokens > TOKENS_MAX {
        let mut errors = scanned.errors;
        errors.push(SyntaxError {
            kind: SyntaxErrorKind::TooMuch,
            span: Span::default(),
            also: None,
        });
        return Parsed {
            file: File::default(),
            lines,
            errors,
        };
    }
    let docs = Docs::new(text, &lines, &scanned.comments);
    let mut file = File {
        doc: file_doc(text, &scanned.comments),
        ..File::default()
    };
    let mut errors = scanned.errors;
    if let Some(chunk) = scanned.chunks.get(DECLARATIONS_MAX) {
        let span = broken(text, chunk)
            .kind
            .map_or(chunk.span.at_start(), |it| it.span);
        errors.push(SyntaxError {
            kind: SyntaxErrorKind::TooMany,
            span,
            also: None,
        });
    }
    let mut parser = Parser::new(text, &docs);
    file.declarations.reserve(scanned.chunks.len());
    for chunk in scanned.chunks.iter().take(DECLARATIONS_MAX) {
        if chunk.broken {
            file.broken.push(broken(text, chunk));
            continue;
        }
        match parser.read(chunk.span) {
            Ok(it) => file.declarations.push(it),
            Err(unread) => {
                errors.push(unexpected(text, chunk, unread));
                file.broken.push(broken(text, chunk));
            }
        }
    }
    file.comments = scanned.comments;
    errors.sort_by_key(|it| it.span);
    Parsed {
        file,
        lines,
        errors,
    }
}

fn file_doc(text: &str, comments: &[Comment]) -> String {
    let mut doc = String::new();
    let lines = comments
        .iter()
        .filter_map(|it| it.span.text(text).strip_prefix("//!"));
    for (at, line) in lines.enumerate() {
        if at > 0 {
            doc.push('\n');
        }
        doc.push_str(line.trim());
    }
    doc
}

/// What can be told of a declaration without parsing it: its first two words.
fn broken<'t>(text: &'t str, chunk: &Chunk) -> Broken<'t> {
    let kind = word_at(text, chunk.span.start, chunk.span.end);
    let name = kind
        .as_ref()
        .and_then(|it| word_at(text, it.span.end, chunk.span.end));
    let end = chunk.span.start + chunk.span.text(text).trim_end().len();
    Broken {
        kind,
        name,
        span: Span {
            start: chunk.span.start,
            end,
        },
    }
}

fn word_at(text: &str, start: usize, end: usize) -> Option<Word<'_>> {
    let rest = text.get(start..end)?;
    let trimmed = rest.trim_start_matches([' ', '\t']);
    let start = start + (rest.len() - trimmed.len());
    let len = trimmed.bytes().take_while(|it| is_word_byte(*it)).count();
    let span = Span {
        start,
        end: start + len,
    };
    (len > 0).then(|| Word {
        text: span.text(text),
        span,
    })
}

fn unexpected(text: &str, chunk: &Chunk, unread: Unread) -> SyntaxError {
    let start = unread.at.min(chunk.span.end);
    let rest = text.get(start..chunk.span.end).unwrap_or_default();
    let found: String = match rest.chars().next() {
        None | Some('\n' | '\r') => String::new(),
        Some(it) if it.is_ascii_alphanumeric() || it == '_' => rest
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || *it == '_')
            .take(64)
            .collect(),
        Some('"') => "\"".to_owned(),
        Some(it) => it.to_string(),
    };
    let end = start + found.len();
    SyntaxError {
        kind: SyntaxErrorKind::Unexpected {
            found,
            expected: unread.expected,
        },
        span: Span { start, end },
        also: None,
    }
}

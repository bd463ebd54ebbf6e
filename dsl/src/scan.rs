//! The first look at a file: cuts it into declarations at column 0 and refuses what no parser should see, in one pass.

use crate::characters::{is_control, is_invisible, is_word_byte};
use crate::parse::{DEPTH_MAX, SyntaxError, SyntaxErrorKind};
use crate::tree::{Comment, Span};

/// How many bytes lines and declarations have at least on average, so that most lists of them need not grow.
const LINE_BYTES: usize = 20;
const CHUNK_BYTES: usize = 80;

/// One declaration's text, from its first word to the next declaration.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Where it lies.
    pub(crate) span: Span,
    /// True when the scan found an error in it, so that parsing it would only repeat that.
    pub(crate) broken: bool,
}

/// What the scan finds.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Where lines begin.
    pub(crate) line_starts: Vec<usize>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) errors: Vec<SyntaxError>,
    /// Words and signs.
    pub(crate) tokens: usize,
}

/// A bracket that is still open.
#[derive(Clone, Copy)]
struct Open {
    bracket: char,
    at: usize,
    /// Blanks before the first thing on its line.
    indent: usize,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Blanks at the start of the line, and whether only blanks were seen on it so far.
    indent: usize,
    blank: bool,
    open: Vec<Open>,
    /// A closing brace further left than its opener: the brace that was really forgotten is in there.
    suspect: Option<Open>,
    /// An error of the chunk being scanned was reported.
    broken: bool,
    /// The character before was part of a word.
    in_word: bool,
    out: Scan,
}

/// Scans a text.
pub(crate) fn scan(text: &str) -> Scan {
    let at = if text.starts_with('\u{FEFF}') {
        '\u{FEFF}'.len_utf8()
    } else {
        0
    };
    let mut line_starts = Vec::with_capacity(1 + text.len() / LINE_BYTES);
    line_starts.push(0);
    let mut scanner = Scanner {
        text,
        at,
        indent: 0,
        blank: true,
        open: Vec::with_capacity(DEPTH_MAX),
        suspect: None,
        broken: false,
        in_word: false,
        out: Scan {
            line_starts,
            chunks: Vec::with_capacity(text.len() / CHUNK_BYTES),
            comments: Vec::new(),
            errors: Vec::new(),
            tokens: 0,
        },
    };
    scanner.run();
    scanner.out
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte that many bytes ahead.
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Goes over the bytes of this kind, which are ASCII.
    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|it| !is(*it)).unwrap_or(rest.len());
    }

    fn run(&mut self) {
        while let Some(it) = self.byte(0) {
            match it {
                b'\n' => {
                    self.at += 1;
                    self.indent = 0;
                    self.blank = true;
                    self.in_word = false;
                    self.out.line_starts.push(self.at);
                }
                b'\r' if self.byte(1) == Some(b'\n') => self.at += 1,
                b' ' | b'\t' => {
                    let start = self.at;
                    self.skip(|it| matches!(it, b' ' | b'\t'));
                    if self.blank {
                        self.indent += self.at - start;
                    }
                    self.in_word = false;
                }
                b'/' if self.byte(1) == Some(b'/') => self.comment(),
                _ => self.token(it),
            }
        }
        self.end_chunk();
    }

    fn token(&mut self, first: u8) {
        if self.blank && (self.out.chunks.is_empty() || self.begins_declaration()) {
            self.begin_chunk();
        }
        let in_word = is_word_byte(first);
        // A chunk with an error is not parsed, so it costs no more.
        let begins = !in_word || !self.in_word;
        self.out.tokens += usize::from(begins && !self.broken);
        self.in_word = in_word;
        match first {
            b'"' => self.string(),
            b'{' | b'(' | b'[' => self.opening(char::from(first)),
            b'}' | b')' | b']' => self.closing(char::from(first)),
            // Of a word only the beginning says anything.
            _ if in_word => self.skip(is_word_byte),
            _ if first.is_ascii_graphic() => self.at += 1,
            _ => self.character(),
        }
        self.blank = false;
    }

    /// A word in column 0 begins a declaration, unless `:` or `=` says that it is an entry somebody did not indent.
    fn begins_declaration(&self) -> bool {
        if self.indent > 0 {
            return false;
        }
        let rest = self.rest().as_bytes();
        let is_word = rest
            .first()
            .is_some_and(|it| it.is_ascii_alphabetic() || *it == b'_');
        let mut after = rest.iter().skip_while(|it| is_word_byte(**it));
        let is_entry = match after.find(|it| !matches!(it, b' ' | b'\t')) {
            Some(b':') => true,
            Some(b'=') => after.next() != Some(&b'='),
            _ => false,
        };
        is_word && !is_entry
    }

    fn begin_chunk(&mut self) {
        self.end_chunk();
        self.out.chunks.push(Chunk {
            span: Span {
                start: self.at,
                end: self.at,
            },
            broken: false,
        });
    }

    fn end_chunk(&mut self) {
        if let Some(open) = self
            .suspect
            .filter(|_| !self.open.is_empty())
            .or(self.open.last().copied())
        {
            let span = Span {
                start: open.at,
                end: open.at + 1,
            };
            self.error(SyntaxErrorKind::Unclosed(open.bracket), span, None);
        }
        if let Some(chunk) = self.out.chunks.last_mut() {
            chunk.span.end = self.at;
            chunk.broken = self.broken;
        }
        self.open.clear();
        self.suspect = None;
        self.broken = false;
    }

    /// The first error of a chunk is the one to mend; those after it are often its consequence.
    fn error(&mut self, kind: SyntaxErrorKind, span: Span, also: Option<Span>) {
        if !self.broken {
            self.out.errors.push(SyntaxError { kind, span, also });
        }
        self.broken = true;
    }

    fn comment(&mut self) {
        let start = self.at;
        self.skip(|it| matches!(it, b' '..=b'~'));
        if !matches!(self.byte(0), None | Some(b'\n')) {
            self.unusual_comment(start);
        }
        self.out.comments.push(Comment {
            span: Span {
                start,
                end: self.at,
            },
            alone: self.blank,
        });
    }

    /// A comment in which a byte is no printable ASCII.
    fn unusual_comment(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        self.at = start + line.len();
        let bad = line
            .char_indices()
            .filter(|(_, it)| !matches!(it, ' '..='~'))
            .find(|(_, it)| is_invisible(*it) || is_control(*it) || *it == '\r');
        if let Some((offset, it)) = bad {
            let start = start + offset;
            // A comment breaks no declaration, so the chunk stays whole.
            let span = Span {
                start,
                end: start + it.len_utf8(),
            };
            self.out.errors.push(SyntaxError {
                kind: unseen(it),
                span,
                also: None,
            });
        }
    }

    fn string(&mut self) {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip(|it| matches!(it, b' '..=b'~') && !matches!(it, b'"' | b'\\'));
            let Some(it) = self.rest().chars().next() else {
                return self.unclosed_string(start);
            };
            let len = it.len_utf8();
            match it {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\n' | '\r' => return self.unclosed_string(start),
                '\\' => {
                    let escape = escape_len(self.rest());
                    if escape == 0 {
                        let end =
                            self.at + 1 + self.rest().chars().nth(1).map_or(0, char::len_utf8);
                        self.error(
                            SyntaxErrorKind::BadEscape,
                            Span {
                                start: self.at,
                                end,
                            },
                            None,
                        );
                    }
                    self.at += escape.max(1);
                }
                _ if is_invisible(it) || is_control(it) => {
                    self.error(
                        unseen(it),
                        Span {
                            start: self.at,
                            end: self.at + len,
                        },
                        None,
                    );
                    self.at += len;
                }
                _ => self.at += len,
            }
        }
    }

    fn unclosed_string(&mut self, start: usize) {
        self.error(
            SyntaxErrorKind::UnclosedString,
            Span {
                start,
                end: self.at,
            },
            None,
        );
    }

    fn opening(&mut self, bracket: char) {
        if self.open.len() >= DEPTH_MAX {
            let span = Span {
                start: self.at,
                end: self.at + 1,
            };
            self.error(SyntaxErrorKind::TooDeep, span, None);
        } else {
            self.open.push(Open {
                bracket,
                at: self.at,
                indent: self.indent,
            });
        }
        self.at += 1;
    }

    fn closing(&mut self, bracket: char) {
        let span = Span {
            start: self.at,
            end: self.at + 1,
        };
        self.at += 1;
        let Some(open) = self.open.pop() else {
            return self.error(SyntaxErrorKind::Unopened(bracket), span, None);
        };
        let also = Span {
            start: open.at,
            end: open.at + 1,
        };
        if !matches!(
            (open.bracket, bracket),
            ('{', '}') | ('(', ')') | ('[', ']')
        ) {
            self.error(
                SyntaxErrorKind::Mismatched(open.bracket, bracket),
                span,
                Some(also),
            );
        }
        if self.blank && self.indent < open.indent && self.suspect.is_none() {
            self.suspect = Some(open);
        }
    }

    fn character(&mut self) {
        let Some(it) = self.rest().chars().next() else {
            return;
        };
        let span = Span {
            start: self.at,
            end: self.at + it.len_utf8(),
        };
        if is_invisible(it) || is_control(it) || it == '\r' {
            self.error(unseen(it), span, None);
        } else if !it.is_ascii() {
            self.error(SyntaxErrorKind::NotAscii(it), span, None);
        }
        self.at = span.end;
    }
}

fn unseen(it: char) -> SyntaxErrorKind {
    if is_invisible(it) {
        SyntaxErrorKind::Invisible(it)
    } else {
        SyntaxErrorKind::Control(it)
    }
}

/// Bytes of the escape that a text begins with; 0 when it is none.
fn escape_len(text: &str) -> usize {
    match unescape(text) {
        Some((_, len)) => len,
        None => 0,
    }
}

/// The character that an escape stands for, and the escape's length in bytes.
pub(crate) fn unescape(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('\\')?;
    match rest.chars().next()? {
        '"' => Some(('"', 2)),
        '\\' => Some(('\\', 2)),
        'n' => Some(('\n', 2)),
        't' => Some(('\t', 2)),
        'u' => {
            let inner = rest.strip_prefix("u{")?;
            let (hex, _) = inner.split_once('}')?;
            if hex.is_empty() || hex.len() > 6 {
                return None;
            }
            let it = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
            Some((it, hex.len() + 4))
        }
        _ => None,
    }
}

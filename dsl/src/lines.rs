//! Byte offsets to lines and columns.

use crate::tree::Span;

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    /// A byte is a character, so that columns need no counting.
    ascii: bool,
    /// Bytes of the text.
    len: usize,
}

impl Lines {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(text: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Lines::found(text, starts)
    }

    /// The lines of a text, where somebody came by each of them.
    pub(crate) fn found(text: &str, starts: Vec<usize>) -> Lines {
        Lines {
            starts,
            ascii: text.is_ascii(),
            len: text.len(),
        }
    }

    /// One-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Byte offset where a one-based line begins; the last line's for a line beyond the end.
    #[must_use]
    pub fn start(&self, line: usize) -> usize {
        let last = self.starts.len().saturating_sub(1);
        self.starts
            .get(line.saturating_sub(1).min(last))
            .copied()
            .unwrap_or_default()
    }

    /// The bytes of a one-based line, its end included; none behind the last line.
    pub(crate) fn span(&self, line: usize) -> Span {
        let start = self.starts.get(line.saturating_sub(1)).copied();
        let end = self.starts.get(line).copied();
        Span {
            start: start.unwrap_or(self.len),
            end: end.unwrap_or(self.len),
        }
    }

    /// One-based line, and one-based column in characters.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        if self.ascii {
            return (line, offset.min(text.len()) - self.start(line) + 1);
        }
        let before = text.get(self.start(line)..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// Bytes of a one-based line, its end included.
    #[must_use]
    pub fn line_len(&self, line: usize) -> usize {
        let end = self.starts.get(line).copied().unwrap_or(self.len);
        end.saturating_sub(self.start(line))
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

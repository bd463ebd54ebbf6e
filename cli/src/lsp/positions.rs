//! Bytes of a text, and lines with UTF-16 units in them, which is how the protocol counts where nothing else is agreed on.

use gen_lsp_types::{Position, Range};
use pipe_dsl::tree::Span;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Positions {
    starts: Vec<usize>,
}

impl Positions {
    pub(super) fn new(text: &str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(behind).collect(),
        }
    }

    /// The place of a byte; one inside of a character is the character's.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|it| *it <= offset).max(1) - 1;
        let start = self.starts.get(line).copied().unwrap_or_default();
        let upto = text.get(start..).unwrap_or_default().char_indices();
        let upto = upto.take_while(|(at, it)| start + at + it.len_utf8() <= offset);
        let units: usize = upto.map(|(_, it)| it.len_utf16()).sum();
        Position {
            line: number(line),
            character: number(units),
        }
    }

    /// The byte at a place; behind the end of a line it is the line's end, behind the last line the text's.
    pub(super) fn offset(&self, text: &str, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else {
            return text.len();
        };
        let rest = text.get(start..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or_default();
        let rest = rest.strip_suffix('\r').unwrap_or(rest);
        let mut units = 0;
        for (at, it) in rest.char_indices() {
            if units >= position.character {
                return start + at;
            }
            units += number(it.len_utf16());
        }
        start + rest.len()
    }

    pub(super) fn range(&self, text: &str, span: Span) -> Range {
        Range {
            start: self.position(text, span.start),
            end: self.position(text, span.end),
        }
    }

    /// All of the text.
    pub(super) fn whole(&self, text: &str) -> Range {
        let end = text.len();
        self.range(text, Span { start: 0, end })
    }
}

/// A text has at most a mebibyte, or the compiler does not read it.
fn number(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit, two bytes; one unit, three bytes; two units, four bytes; an accent of its own.
    const TEXT: &str = "a\n// é€😀e\u{301}x\r\n\nend";

    #[test]
    fn every_character_is_found_again_where_it_is() {
        let positions = Positions::new(TEXT);
        for (offset, it) in TEXT
            .char_indices()
            .filter(|it| it.1 != '\n' && it.1 != '\r')
        {
            let position = positions.position(TEXT, offset);
            assert_eq!(
                positions.offset(TEXT, position),
                offset,
                "{it:?} at {offset}"
            );
        }
    }

    #[test]
    fn a_character_beyond_the_first_plane_counts_twice() {
        let positions = Positions::new(TEXT);
        let x = TEXT.find('x').unwrap_or_default();
        let place = |line, character| Position { line, character };
        assert_eq!(positions.position(TEXT, x), place(1, 9));
        assert_eq!(positions.offset(TEXT, place(1, 9)), x);
        assert_eq!(
            positions.offset(TEXT, place(1, 99)),
            x + 1,
            "the line's end"
        );
        assert_eq!(positions.offset(TEXT, place(99, 0)), TEXT.len());
        assert_eq!(positions.position(TEXT, TEXT.len()), place(3, 3));
    }
}

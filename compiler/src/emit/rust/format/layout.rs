//! Where lines break: Oppen's pretty printing (ACM TOPLAS 2(4), 1980) over words, breaks and boxes, with the widths of prettyplease.
//!
//! A box that fits on its line stays on it. In one that does not, every break is a new line (consistent), or each one at which what
//! follows would not fit (inconsistent).

/// Columns of a line, as in prettyplease: a little below rustfmt's 100, since neither counts what follows a box.
const COLUMNS: isize = 89;
/// Columns that even the deepest line may use.
const COLUMNS_MIN: isize = 60;
/// Wider than any line.
const ENDLESS: isize = 0xffff;
/// Columns of one level of indentation.
pub(super) const INDENT: isize = 4;

/// A part of the text that the layout refers to, or a word of the language.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    Of { start: usize, end: usize },
    Fixed(&'static str),
}

/// A place where a line may end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Break {
    /// Columns beside the indentation of its box.
    pub(super) offset: isize,
    /// Blanks where the line goes on.
    pub(super) blanks: isize,
    /// Written before the line's end.
    pub(super) before: Option<char>,
    /// Begins the next line.
    pub(super) after: &'static str,
    /// Written where the line goes on.
    pub(super) otherwise: Option<char>,
    /// Left out where the box ends at once.
    pub(super) only_between: bool,
    /// Never ends the line, but what stands before it is measured up to here.
    pub(super) never: bool,
}

#[derive(Clone, Copy, Debug)]
enum Token {
    Word(Word),
    Break(Break),
    Begin { offset: isize, consistent: bool },
    End,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    token: Token,
    /// Of a box its width, of a break that of what follows up to the next one. Negative as long as it is not known.
    size: isize,
}

/// What is to be laid out, in order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    entries: Vec<Entry>,
    /// Places of boxes and breaks whose size is not known yet.
    open: Vec<usize>,
    total: isize,
}

impl Layout {
    pub(super) fn begin(&mut self, offset: isize, consistent: bool) {
        self.open.push(self.entries.len());
        self.add(Token::Begin { offset, consistent }, -self.total);
    }

    pub(super) fn word(&mut self, word: Word) {
        let width = match word {
            Word::Of { start, end } => end - start,
            Word::Fixed(text) => text.len(),
        };
        let width = isize::try_from(width).unwrap_or(ENDLESS);
        self.add(Token::Word(word), width);
        self.total += width;
    }

    pub(super) fn add_break(&mut self, it: Break) {
        self.measure();
        self.open.push(self.entries.len());
        self.add(Token::Break(it), -self.total);
        self.total += it.blanks;
    }

    /// Indents what follows the break that was added last otherwise.
    pub(super) fn offset(&mut self, offset: isize) {
        if let Some(Entry {
            token: Token::Break(it),
            ..
        }) = self.entries.last_mut()
        {
            it.offset += offset;
        }
    }

    pub(super) fn end(&mut self) {
        if let Some(Entry {
            token: Token::Break(it),
            ..
        }) = self.entries.last().copied()
        {
            let before = self.entries.len().checked_sub(2);
            let is_empty = before
                .and_then(|it| self.entries.get(it))
                .is_some_and(|it| matches!(it.token, Token::Begin { .. }));
            if is_empty || it.only_between {
                self.entries.pop();
                self.open.pop();
                self.total -= it.blanks;
            }
            if is_empty {
                self.entries.pop();
                self.open.pop();
                return;
            }
        }
        self.open.push(self.entries.len());
        self.add(Token::End, -1);
    }

    /// Ends a box that breaks where it is wider than this, even if it fits.
    pub(super) fn end_within(&mut self, width_max: isize) {
        let mut depth = 1;
        for place in self.open.iter().rev() {
            let Some(entry) = self.entries.get(*place).copied() else {
                break;
            };
            match entry.token {
                Token::Begin { .. } => depth -= 1,
                Token::End => depth += 1,
                Token::Break(_) | Token::Word(_) => {}
            }
            if depth == 0 {
                if entry.size < 0 && entry.size + self.total > width_max {
                    self.add(Token::Word(Word::Fixed("")), ENDLESS);
                    self.total += ENDLESS;
                }
                break;
            }
        }
        self.end();
    }

    fn add(&mut self, token: Token, size: isize) {
        self.entries.push(Entry { token, size });
    }

    /// Sets the sizes of what has ended since the box that is open.
    fn measure(&mut self) {
        let mut depth = 0;
        while let Some(entry) = self
            .open
            .last()
            .and_then(|place| self.entries.get_mut(*place))
        {
            match entry.token {
                Token::Begin { .. } if depth == 0 => break,
                Token::Begin { .. } => {
                    entry.size += self.total;
                    depth -= 1;
                }
                Token::End => {
                    entry.size = 1;
                    depth += 1;
                }
                Token::Break(_) | Token::Word(_) => entry.size += self.total,
            }
            let was_break = matches!(entry.token, Token::Break(_));
            self.open.pop();
            if was_break && depth == 0 {
                break;
            }
        }
    }

    /// Forgets everything but its room.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.open.clear();
        self.total = 0;
    }

    /// The lines.
    pub(super) fn print(&mut self, text: &str) -> String {
        self.measure();
        let mut page = Page {
            out: String::with_capacity(text.len() * 2),
            room: COLUMNS,
            boxes: Vec::new(),
            indent: 0,
            blanks: 0,
        };
        for entry in &self.entries {
            match entry.token {
                Token::Word(Word::Of { start, end }) => {
                    page.write(text.get(start..end).unwrap_or_default());
                }
                Token::Word(Word::Fixed(word)) => page.write(word),
                Token::Break(it) => page.write_break(it, entry.size),
                Token::Begin { offset, consistent } => page.begin(offset, consistent, entry.size),
                Token::End => {
                    if let Some(Some((indent, _))) = page.boxes.pop() {
                        page.indent = indent;
                    }
                }
            }
        }
        page.out
    }
}

/// The lines so far.
struct Page {
    out: String,
    /// Columns that are left on the line.
    room: isize,
    /// Boxes that are open: the indentation around one that is broken, and whether each of its breaks is.
    boxes: Vec<Option<(isize, bool)>>,
    indent: isize,
    /// Blanks that are written once something follows, so that no line ends in one.
    blanks: isize,
}

impl Page {
    fn begin(&mut self, offset: isize, consistent: bool, size: isize) {
        if size > self.room {
            self.boxes.push(Some((self.indent, consistent)));
            self.indent += offset;
        } else {
            self.boxes.push(None);
        }
    }

    fn write(&mut self, word: &str) {
        self.write_blanks();
        self.out.push_str(word);
        self.room -= isize::try_from(word.len()).unwrap_or(ENDLESS);
    }

    fn write_blanks(&mut self) {
        for _ in 0..self.blanks {
            self.out.push(' ');
        }
        self.blanks = 0;
    }

    fn write_break(&mut self, it: Break, size: isize) {
        let fits = it.never
            || match self.boxes.last() {
                Some(None) => true,
                Some(Some((_, true))) => false,
                Some(Some((_, false))) | None => size <= self.room,
            };
        if fits {
            self.blanks += it.blanks;
            self.room -= it.blanks;
            if let Some(character) = it.otherwise {
                self.out.push(character);
                self.room -= 1;
            }
            return;
        }
        if let Some(character) = it.before {
            self.write_blanks();
            self.out.push(character);
        }
        self.out.push('\n');
        let indent = self.indent + it.offset;
        self.blanks = indent;
        self.room = (COLUMNS - indent).max(COLUMNS_MIN);
        if !it.after.is_empty() {
            self.write(it.after);
        }
    }
}

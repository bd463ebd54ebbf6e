//! Where lines break: Oppen's pretty printing (ACM TOPLAS 2(4), 1980) over words, breaks and boxes, with the widths of prettyplease.
//!
//! A box that fits on its line stays on it. In one that does not, every break is a new line (consistent), or each one at which what
//! follows would not fit (inconsistent).
//!
//! Words go into one text as it stands where no line ends. Breaks and boxes are marks in it, whose widths are found in one pass from its
//! end, so that a box that fits is copied at once, whatever is in it.

use crate::laid::{Piece, Step};
use crate::tokens::{index, place};

/// Columns of a line, as in prettyplease: a little below rustfmt's 100, since neither counts what follows a box.
const COLUMNS: i32 = 89;
/// Columns that even the deepest line may use.
const COLUMNS_MIN: i32 = 60;
/// Wider than any line.
const ENDLESS: i32 = 1 << 10;
/// Columns of one level of indentation.
pub(super) const INDENT: i8 = 4;
/// Written in pieces before a line.
const BLANKS: &str = "                                ";

/// A place where a line may end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Break {
    /// Columns beside the indentation of its box.
    pub offset: i8,
    pub otherwise: Otherwise,
    /// Written before the line's end.
    pub before: Option<u8>,
    /// Begins the next line.
    pub after: Option<u8>,
    /// Left out where the box ends at once.
    pub only_between: bool,
}

/// What stands at a break where the line goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Otherwise {
    #[default]
    Nothing,
    Blank,
    /// It does not count for whether the line fits.
    Comma,
    /// The line always ends.
    Never,
    /// The line always goes on, but what stands before is measured up to here.
    Always,
}

impl Otherwise {
    fn text(self) -> &'static str {
        match self {
            Self::Blank => " ",
            Self::Comma => ",",
            Self::Nothing | Self::Never | Self::Always => "",
        }
    }

    fn width(self) -> i32 {
        match self {
            Self::Blank => 1,
            Self::Never => ENDLESS,
            Self::Nothing | Self::Comma | Self::Always => 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    Line(Break),
    Begin {
        offset: i8,
        consistent: bool,
        /// Place of the mark at its end, once measured.
        end: u32,
    },
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    /// Where it is in the text.
    pub at: u32,
    /// The width of everything before it; once measured, of a box its own and of a break that of what follows up to the next one.
    pub width: i32,
}

/// What is to be laid out, in order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    text: String,
    marks: Vec<Mark>,
    /// Places of the boxes that are open.
    open: Vec<usize>,
    width: i32,
    /// Boxes around what is measured: what follows each, and the place of its end.
    around: Vec<(i32, usize)>,
    /// Boxes that are open and do not fit: the indentation around each, and whether each of its breaks ends a line.
    boxes: Vec<(i32, bool)>,
    /// Of items that are laid out before it is known what fills them.
    holes: Vec<Hole>,
    /// What fills the holes decides about lines around them.
    depends_on_holes: bool,
}

/// A hole, or what is done behind one, and where that is.
#[derive(Debug)]
struct Hole {
    step: Step,
    at: u32,
    marks: usize,
    width: i32,
}

impl Layout {
    /// With room for what most blocks have.
    pub(super) fn roomy() -> Self {
        const BYTES: usize = 4 << 10;
        const MARKS: usize = 512;
        const BOXES: usize = 64;
        Self {
            text: String::with_capacity(BYTES),
            marks: Vec::with_capacity(MARKS),
            open: Vec::with_capacity(BOXES),
            around: Vec::with_capacity(BOXES),
            boxes: Vec::with_capacity(BOXES),
            ..Self::default()
        }
    }

    pub(super) fn begin(&mut self, offset: i8, consistent: bool) {
        self.open.push(self.marks.len());
        self.mark(MarkKind::Begin {
            offset,
            consistent,
            end: 0,
        });
    }

    pub(super) fn word(&mut self, word: &str) {
        self.text.push_str(word);
        self.widen(columns(word.len()));
    }

    pub(super) fn add_break(&mut self, it: Break) {
        self.mark(MarkKind::Line(it));
        self.text.push_str(it.otherwise.text());
        self.widen(it.otherwise.width());
    }

    fn mark(&mut self, kind: MarkKind) {
        self.marks.push(Mark {
            kind,
            at: place(self.text.len()),
            width: self.width,
        });
    }

    /// The break behind which nothing stands yet.
    fn last_break(&mut self) -> Option<(&mut Break, usize, i32)> {
        let mark = self.marks.last_mut()?;
        match &mut mark.kind {
            MarkKind::Line(it) if mark.width + it.otherwise.width() == self.width => {
                Some((it, index(mark.at), mark.width))
            }
            _ => None,
        }
    }

    /// Indents what follows the break that was added last otherwise.
    pub(super) fn offset(&mut self, offset: i8) {
        if self.is_behind_items() {
            self.hole(Step::Outdent);
        } else if let Some((it, ..)) = self.last_break() {
            it.offset += offset;
        }
    }

    pub(super) fn end(&mut self) {
        let begin = self.open.pop();
        if self.is_behind_items() {
            self.hole(Step::End);
            return;
        }
        if let Some((it, at, width)) = self.last_break() {
            let only_between = it.only_between;
            let is_empty = begin.is_some_and(|it| {
                let begin = self.marks.get(it);
                it + 2 == self.marks.len() && begin.is_some_and(|it| it.width == width)
            });
            if is_empty || only_between {
                self.marks.pop();
                self.text.truncate(at);
                self.width = width;
            }
            if is_empty {
                self.marks.pop();
                return;
            }
        }
        self.mark(MarkKind::End);
    }

    /// Ends a box, which is not empty, behind what filled a hole in it.
    pub(super) fn end_behind_items(&mut self) {
        if let Some((it, at, width)) = self.last_break()
            && it.only_between
        {
            self.marks.pop();
            self.text.truncate(at);
            self.width = width;
        }
        self.mark(MarkKind::End);
    }

    /// Ends a box that breaks where it is wider than this, even if it fits.
    pub(super) fn end_within(&mut self, width_max: i32) {
        if let Some(begin) = self.open.last().and_then(|it| self.marks.get(*it)) {
            if self.width - begin.width > width_max {
                self.widen(ENDLESS);
            } else if self.holes.last().is_some_and(|it| it.at >= begin.at) {
                self.depends_on_holes = true;
            }
        }
        self.end();
    }

    /// A place for what is not known yet. One that holds no items is at least a character wide, which stands for what will fill it.
    pub(super) fn hole(&mut self, step: Step) {
        let is_text = !step.is_of_lines();
        self.holes.push(Hole {
            step,
            at: place(self.text.len()),
            marks: self.marks.len(),
            width: self.width,
        });
        if is_text {
            self.word(" ");
        }
    }

    /// True where the last break may be one of what fills a hole.
    fn is_behind_items(&self) -> bool {
        self.holes.last().is_some_and(|it| {
            it.step.is_of_lines()
                && it.step != Step::End
                && (it.at, it.marks) == (place(self.text.len()), self.marks.len())
        })
    }

    /// The holes and what stands between them.
    pub(super) fn steps(&self) -> Option<Vec<Step>> {
        if self.depends_on_holes || !self.open.is_empty() {
            return None;
        }
        let mut steps = Vec::new();
        let (mut at, mut first, mut before) = (0, 0, 0);
        let piece = |from: u32, to: u32, marks: &[Mark], before: i32, width: i32| {
            let place = |it: &Mark| Mark {
                at: it.at - from,
                width: it.width - before,
                ..*it
            };
            (from < to || !marks.is_empty()).then(|| {
                Some(Step::Piece(Piece {
                    text: self.text.get(index(from)..index(to))?.to_owned().into(),
                    marks: marks.iter().map(place).collect::<Vec<_>>().into(),
                    width: width - before,
                }))
            })
        };
        for it in &self.holes {
            let marks = self.marks.get(first..it.marks)?;
            if let Some(step) = piece(at, it.at, marks, before, it.width) {
                steps.push(step?);
            }
            steps.push(it.step.clone());
            let columns = u8::from(!it.step.is_of_lines());
            (at, first) = (it.at + u32::from(columns), it.marks);
            before = it.width + i32::from(columns);
        }
        let marks = self.marks.get(first..)?;
        if let Some(step) = piece(at, place(self.text.len()), marks, before, self.width) {
            steps.push(step?);
        }
        Some(steps)
    }

    /// Adds what was laid out before.
    pub(super) fn add_piece(&mut self, piece: &Piece) {
        let (at, width) = (place(self.text.len()), self.width);
        self.text.push_str(&piece.text);
        // Sums that wrap are moved several at once; what is laid out is far too short for it.
        self.marks.extend(piece.marks.iter().map(|it| Mark {
            kind: it.kind,
            at: it.at.wrapping_add(at),
            width: it.width.wrapping_add(width),
        }));
        self.widen(piece.width);
    }

    /// Of a block of a million lines the last ones may break elsewhere.
    fn widen(&mut self, width: i32) {
        self.width = self.width.saturating_add(width);
    }

    /// From the width before each mark its own: up to the next break in its box or, behind the last one, in the boxes around. Of a box
    /// also where it ends.
    fn measure(&mut self) {
        let mut next_break = self.width;
        let around = &mut self.around;
        around.clear();
        for (index, mark) in self.marks.iter_mut().enumerate().rev() {
            let before = mark.width;
            match &mut mark.kind {
                MarkKind::End => around.push((next_break, index)),
                MarkKind::Begin { end, .. } => {
                    let (behind, last) = around.pop().unwrap_or((next_break, usize::MAX));
                    next_break = behind;
                    *end = u32::try_from(last).unwrap_or(u32::MAX);
                    mark.width = next_break - before;
                }
                MarkKind::Line(_) => {
                    mark.width = next_break - before;
                    next_break = before;
                }
            }
        }
    }

    /// Forgets everything but its room.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.marks.clear();
        self.open.clear();
        self.holes.clear();
        self.width = 0;
    }

    /// Adds the lines. What stands on one is written at once, where it ends.
    pub(super) fn print(&mut self, out: &mut String) {
        self.measure();
        self.boxes.clear();
        let mut page = Page {
            line: out.len(),
            out,
            room: COLUMNS,
            boxes: &mut self.boxes,
            indent: 0,
        };
        // The next mark, how far the text is written, and up to where the room is counted.
        let (mut next, mut written, mut counted) = (0, 0, 0);
        while let Some(mark) = self.marks.get(next) {
            let at = index(mark.at);
            page.room -= columns(at - counted);
            counted = at;
            next += 1;
            match mark.kind {
                MarkKind::Line(it) if !page.goes_on(it, mark.width) => {
                    let line = self.text.get(written..at).unwrap_or_default();
                    written = at + it.otherwise.text().len();
                    counted = written;
                    let follows = self.text.get(written..).unwrap_or_default();
                    page.end_line(line, it, follows);
                }
                // What fits needs no look into it.
                MarkKind::Begin { end, .. } if mark.width <= page.room => {
                    next = index(end).saturating_add(1);
                }
                MarkKind::Begin {
                    offset, consistent, ..
                } => {
                    page.boxes.push((page.indent, consistent));
                    page.indent += i32::from(offset);
                }
                MarkKind::End => {
                    if let Some((indent, _)) = page.boxes.pop() {
                        page.indent = indent;
                    }
                }
                MarkKind::Line(_) => {}
            }
        }
        out.push_str(self.text.get(written..).unwrap_or_default());
    }
}

fn columns(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(ENDLESS)
}

/// The lines so far.
struct Page<'o> {
    out: &'o mut String,
    /// Where the line begins.
    line: usize,
    /// Columns that are left on the line.
    room: i32,
    /// Boxes that are open and do not fit, as in the layout.
    boxes: &'o mut Vec<(i32, bool)>,
    indent: i32,
}

impl Page<'_> {
    fn goes_on(&self, it: Break, width: i32) -> bool {
        let ends = matches!(self.boxes.last(), Some((_, true)));
        it.otherwise == Otherwise::Always || !ends && width <= self.room
    }

    /// Writes the rest of a line, and ends it before what follows.
    fn end_line(&mut self, rest: &str, it: Break, follows: &str) {
        match it.before {
            Some(sign) => {
                self.out.push_str(rest);
                self.out.push(char::from(sign));
            }
            // No line ends in a blank.
            None => {
                self.out.push_str(rest.trim_end_matches(' '));
                self.out.truncate(self.out.trim_end_matches(' ').len());
            }
        }
        let indent = self.indent + i32::from(it.offset);
        let ended = self.out.get(self.line..).unwrap_or_default();
        // prettyplease sets no blank lines; people do, between the functions of one item.
        let behind_member = ended == "    }" && indent >= i32::from(INDENT);
        let behind_constant =
            indent == i32::from(INDENT) && ended.ends_with(';') && follows.starts_with("fn ");
        self.out.push_str(if behind_member || behind_constant {
            "\n\n"
        } else {
            "\n"
        });
        self.line = self.out.len();
        self.room = (COLUMNS - indent).max(COLUMNS_MIN);
        let mut blanks = usize::try_from(indent).unwrap_or_default();
        while let Some(all) = BLANKS.get(..blanks.min(BLANKS.len()))
            && !all.is_empty()
        {
            self.out.push_str(all);
            blanks -= all.len();
        }
        if let Some(sign) = it.after {
            self.out.push(char::from(sign));
            self.room -= 1;
        }
    }
}

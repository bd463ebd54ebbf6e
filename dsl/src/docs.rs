//! Which `///` lines document what.

use crate::lines::Lines;
use crate::tree::Comment;

/// The `///` lines, by the line below them.
pub(crate) struct Docs<'t> {
    lines: &'t Lines,
    /// In order of line.
    by_line: Vec<(usize, String)>,
}

impl<'t> Docs<'t> {
    /// Joins consecutive `///` lines; they document what begins on the next line.
    pub(crate) fn new(text: &str, lines: &'t Lines, comments: &[Comment]) -> Docs<'t> {
        let mut by_line: Vec<(usize, String)> = Vec::new();
        for comment in comments.iter().filter(|it| it.alone) {
            let Some(doc) = comment.span.text(text).strip_prefix("///") else {
                continue;
            };
            let line = lines.line(comment.span.start);
            match by_line.last_mut().filter(|(below, _)| *below == line) {
                Some((below, joined)) => {
                    *below = line + 1;
                    if !joined.is_empty() {
                        joined.push('\n');
                    }
                    joined.push_str(doc.trim());
                }
                None => by_line.push((line + 1, doc.trim().to_owned())),
            }
        }
        Docs { lines, by_line }
    }

    /// What is said of that which begins at this byte.
    pub(crate) fn of(&self, start: usize) -> String {
        if self.by_line.is_empty() {
            return String::new();
        }
        let line = self.lines.line(start);
        let found = self.by_line.binary_search_by_key(&line, |it| it.0);
        let doc = found.ok().and_then(|at| self.by_line.get(at));
        doc.map(|it| it.1.clone()).unwrap_or_default()
    }
}

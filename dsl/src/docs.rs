//! Which `///` lines document what.

use crate::lines::Lines;
use crate::tree::{Comment, Span};

/// The `///` lines, by the line below them.
pub(crate) struct Docs {
    /// In order of line.
    all: Vec<Doc>,
}

/// Consecutive `///` lines.
struct Doc {
    /// The line that they document.
    below: Span,
    /// The lines, joined.
    text: String,
}

impl Docs {
    /// Joins consecutive `///` lines; they document what begins on the next line.
    pub(crate) fn new(text: &str, lines: &Lines, comments: &[Comment]) -> Docs {
        let mut all: Vec<Doc> = Vec::new();
        for comment in comments.iter().filter(|it| it.alone) {
            let Some(doc) = comment.span.text(text).strip_prefix("///") else {
                continue;
            };
            let below = lines.span(lines.line(comment.span.start) + 1);
            let at = comment.span.start;
            match all
                .last_mut()
                .filter(|it| it.below.start <= at && at < it.below.end)
            {
                Some(above) => {
                    above.below = below;
                    if !above.text.is_empty() {
                        above.text.push('\n');
                    }
                    above.text.push_str(doc.trim());
                }
                None => all.push(Doc {
                    below,
                    text: doc.trim().to_owned(),
                }),
            }
        }
        Docs { all }
    }

    /// What is said of that which begins at this byte.
    pub(crate) fn of(&self, start: usize) -> String {
        let after = self.all.partition_point(|it| it.below.start <= start);
        let doc = after.checked_sub(1).and_then(|at| self.all.get(at));
        doc.filter(|it| start < it.below.end)
            .map(|it| it.text.clone())
            .unwrap_or_default()
    }
}

//! The edges that `graph.svg` shows, from the description that it carries for those who do not see it.

use std::collections::BTreeSet;

/// One word on one arrow, with the lines that it cites.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    /// `append`, `on Placed`, `handler`
    pub(crate) word: String,
    pub(crate) lines: Vec<usize>,
}

/// All arrows.
pub(crate) fn edges(svg: &str) -> BTreeSet<Edge> {
    let description = svg
        .split_once("<desc>")
        .unwrap()
        .1
        .split_once("</desc>")
        .unwrap()
        .0;
    let mut edges = BTreeSet::new();
    for sentence in description
        .trim_end_matches('.')
        .split(". ")
        .filter(|it| !it.is_empty())
    {
        let (ends, labels) = sentence.split_once(": ").unwrap();
        let (from, to) = ends.split_once(" to ").unwrap();
        let mut words: Vec<(String, Vec<usize>)> = Vec::new();
        for part in labels.split(", ") {
            match (part.parse(), words.last_mut()) {
                // A further line of the word before.
                (Ok(line), Some(last)) => last.1.push(line),
                _ => {
                    let (word, line) = part.split_once(" :").unwrap_or((part, ""));
                    words.push((word.to_owned(), line.parse().into_iter().collect()));
                }
            }
        }
        edges.extend(words.into_iter().map(|(word, mut lines)| {
            lines.sort_unstable();
            Edge {
                from: from.to_owned(),
                to: to.to_owned(),
                word,
                lines,
            }
        }));
    }
    edges
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} to {}: {} {:?}",
            self.from, self.to, self.word, self.lines
        )
    }
}

//! `graph.svg`: the pipeline drawn, from what comes in to what happens last. Grants are the edges, with the line that asked.

mod element;
mod layout;
mod picture;
mod svg;

use std::collections::BTreeSet;

use self::picture::Node;
pub(crate) use self::picture::{Part, Picture, at_line, box_of, providers, route_id};
use crate::emit::piece::text_of;
use crate::model::{Condition, Literal, Pipeline, Type};

/// An arrow between two boxes, by index.
#[derive(Clone, Debug)]
struct Edge {
    from: usize,
    to: usize,
    label: Vec<String>,
}

/// What is drawn.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// The drawing.
pub fn render(pipeline: &Pipeline) -> String {
    let graph = graph(pipeline);
    let placed = layout::place(&graph);
    svg::draw(pipeline, &graph, &placed)
}

fn graph(pipeline: &Pipeline) -> Graph {
    let picture = picture::picture(pipeline);
    let mut graph = Graph {
        nodes: picture.nodes,
        edges: Vec::new(),
    };
    for arrow in picture.arrows {
        graph.connect(&arrow.from, &arrow.to, arrow.label);
    }
    // Whoever has the picture read to him hears first what comes in first.
    graph.edges.sort_by_key(|it| it.from);
    graph
}

impl Edge {
    /// The same word on another line is a further number and no further line of text.
    fn add(&mut self, label: Vec<String>) {
        for text in label {
            if self.label.contains(&text) {
                continue;
            }
            let word = text.split(" :").next().unwrap_or(&text).to_owned();
            let same = |it: &&mut String| it.split(" :").next() == Some(word.as_str());
            match (text.split_once(" :"), self.label.iter_mut().find(same)) {
                (Some((_, line)), Some(own)) => {
                    *own = with_line(own, &word, line);
                }
                _ => self.label.push(text),
            }
        }
    }
}

/// `send :87, 90`, the lines in their order, each once.
fn with_line(label: &str, word: &str, line: &str) -> String {
    let own = label.split_once(" :").map_or("", |it| it.1);
    let lines = own.split(", ").chain([line]);
    let lines: BTreeSet<usize> = lines.filter_map(|it| it.parse().ok()).collect();
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    format!("{word} :{}", lines.join(", "))
}

impl Graph {
    fn connect(&mut self, from: &str, to: &str, label: Vec<String>) {
        let index = |id: &str| self.nodes.iter().position(|it| it.id == id);
        let (Some(from), Some(to)) = (index(from), index(to)) else {
            return;
        };
        // Several things between the same two are one arrow with all of them on it.
        let between = |it: &&mut Edge| it.from == from && it.to == to;
        match self.edges.iter_mut().find(between) {
            Some(edge) => edge.add(label),
            None => self.edges.push(Edge { from, to, label }),
        }
    }
}

/// A condition as the spec writes it.
pub(crate) fn words(condition: &Condition) -> String {
    let list =
        |parts: &[Condition], word: &str| parts.iter().map(words).collect::<Vec<_>>().join(word);
    match condition {
        Condition::And(parts) => list(parts, " and "),
        Condition::Or(parts) => format!("({})", list(parts, " or ")),
        Condition::Not(inner) => format!("not ({})", words(inner)),
        Condition::StartsWith { field, prefix, .. } => {
            format!("{field} starts_with \"{prefix}\"")
        }
        Condition::Present { field, .. } => text_of(("present(", field, ")")),
        Condition::Compare {
            field,
            operator,
            value,
            ty,
        } => {
            let value = match value {
                Literal::String(text) if *ty == Type::String => format!("\"{text}\""),
                Literal::String(text) | Literal::Number(text) | Literal::Variant(text) => {
                    text.clone()
                }
                Literal::Bool(value) => value.to_string(),
            };
            text_of((field, " ", operator.sign(), " ", value))
        }
    }
}

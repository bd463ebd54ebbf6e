//! `graph.svg`: the pipeline drawn, from what comes in to what happens last. Grants are the edges, with the line that asked.

mod element;
mod layout;
mod node;
mod svg;

use std::collections::BTreeSet;

use self::node::Node;
pub(crate) use self::node::{Boxes, Part, box_of, providers, route_id};
use crate::emit::piece::{Piece, text_of};
use crate::kinds::rule;
use crate::lower::target_name;
use crate::model::{Condition, Literal, Permission, Pipeline, Statement, Type, Verb, Workflow};

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
    let mut graph = Graph {
        nodes: node::all(pipeline),
        edges: Vec::new(),
    };
    for route in &pipeline.routes {
        let word = if route.via.is_some() {
            "url"
        } else {
            "handler"
        };
        let function = route.via.as_deref().or(route.handler());
        if let Some(function) = function {
            let label = vec![at_line(word, route.origin.line)];
            graph.connect(&route_id(route), function, label);
        }
    }
    for workflow in pipeline.workflows.values() {
        graph.connect(workflow.table(), &workflow.name, on_label(workflow));
    }
    channels(&mut graph, pipeline);
    for grant in pipeline.grants.values() {
        let to = box_of(pipeline, &grant.to);
        for permission in &grant.permissions {
            granted(&mut graph, pipeline, to, permission);
        }
    }
    graph
}

/// What flows without a grant: dead letters, subscriptions, rules, alarms. Members of a family are drawn as one.
fn channels(graph: &mut Graph, pipeline: &Pipeline) {
    let connect = |graph: &mut Graph, from: &str, to: &str, word: &str, line: usize| {
        let (from, to) = (box_of(pipeline, from), box_of(pipeline, to));
        graph.connect(from, to, vec![at_line(word, line)]);
    };
    for queue in pipeline.queues.values() {
        let line = queue.origin.line;
        if let Some((dead, receives)) = &queue.dead_letter {
            let word = text_of(("after ", receives));
            connect(graph, &queue.name, dead, &word, line);
        }
        if let Some(on) = &queue.on {
            connect(graph, &on.topic, &queue.name, "on", on.origin.line);
        }
    }
    for function in pipeline.functions.values() {
        match &function.trigger {
            crate::model::Trigger::Topic(on) => {
                connect(graph, &on.topic, &function.name, "on", on.origin.line);
            }
            crate::model::Trigger::Stream { table, origin, .. } => {
                connect(graph, table, &function.name, "on", origin.line);
            }
            _ => {}
        }
    }
    for rule in pipeline.rules.values() {
        let (name, line) = match &rule.case {
            Some((group, _)) => (group, rule::lower::group_origin(pipeline, group).line),
            None => (&rule.name, rule.origin.line),
        };
        connect(graph, &rule.bus, name, "on", line);
        for target in &rule.sends {
            connect(graph, name, target_name(target), "send", rule.origin.line);
        }
    }
    for alarm in pipeline.alarms.values() {
        for topic in &alarm.send {
            connect(graph, &alarm.declared, topic, "send", alarm.origin.line);
        }
    }
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

/// What a line of the spec asks for: `read :31`.
fn at_line(word: impl Piece, line: usize) -> String {
    text_of((word, " :", line))
}

/// An arrow goes where the data goes: out of what is read, into what is written or called.
fn granted(graph: &mut Graph, pipeline: &Pipeline, to: &str, permission: &Permission) {
    let line = permission.origin.line;
    let resource = box_of(pipeline, &permission.resource);
    match permission.verb {
        Verb::Read => graph.connect(resource, to, vec![at_line("read", line)]),
        Verb::Receive => graph.connect(resource, to, vec![at_line("receive", line)]),
        Verb::Send | Verb::Write | Verb::Update | Verb::Start => {
            let word = permission.verb.word();
            graph.connect(to, resource, vec![at_line(word, line)]);
        }
        Verb::Append => graph.connect(to, resource, vec![at_line("append", line)]),
        Verb::Call => {
            let mut label = vec![at_line("call", line)];
            let body = pipeline.workflows.get(to).map_or(&[][..], |it| &it.body);
            label.extend(retry_of(body, &permission.resource).map(|it| format!("retry {it}")));
            graph.connect(to, resource, label);
        }
    }
}

fn retry_of(body: &[Statement], called: &str) -> Option<String> {
    let mut found = None;
    Statement::walk(body, &mut |statement| {
        if let Statement::Call {
            function, retry, ..
        } = statement
            && function == called
            && found.is_none()
        {
            found.clone_from(retry);
        }
    });
    found
}

fn on_label(workflow: &Workflow) -> Vec<String> {
    let on = ("on ", &workflow.event);
    let mut label = vec![at_line(on, workflow.on_origin.line)];
    if let Some(condition) = &workflow.filter {
        label.push(format!("where {}", words(condition)));
    }
    label
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

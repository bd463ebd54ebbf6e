//! `graph.svg`: the pipeline drawn, from what comes in to what happens last. Grants are the edges, with the line that asked.

mod element;
mod layout;
mod svg;

use crate::model::{
    Condition, Function, Literal, Operator, Permission, Pipeline, Route, Statement, Table, Type,
    Verb, Verify, Workflow,
};

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Secret,
    Route,
    Function,
    Table,
    Workflow,
}

impl Kind {
    /// The word of the language.
    fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Route => "route",
            Self::Function => "function",
            Self::Table => "table",
            Self::Workflow => "workflow",
        }
    }
}

/// A box.
#[derive(Clone, Debug)]
struct Node {
    /// Declared name; for a route, its method and path.
    id: String,
    kind: Kind,
    line: usize,
    details: Vec<String>,
}

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
    let mut graph = Graph::default();
    for route in &pipeline.routes {
        graph.nodes.push(route_node(route));
    }
    for secret in pipeline.secrets.values() {
        let details = vec!["SSM, made outside".to_owned()];
        graph.nodes.push(Node {
            id: secret.name.clone(),
            kind: Kind::Secret,
            line: secret.origin.line,
            details,
        });
    }
    graph
        .nodes
        .extend(pipeline.functions.values().map(function_node));
    graph.nodes.extend(pipeline.tables.values().map(table_node));
    graph
        .nodes
        .extend(pipeline.workflows.values().map(workflow_node));
    for route in &pipeline.routes {
        let label = vec![format!("handler :{}", route.origin.line)];
        if let Some(handler) = route.handler() {
            graph.connect(&route_id(route), handler, label);
        }
    }
    for workflow in pipeline.workflows.values() {
        graph.connect(workflow.table(), &workflow.name, on_label(workflow));
    }
    for grant in pipeline.grants.values() {
        for permission in &grant.permissions {
            granted(&mut graph, pipeline, &grant.to, permission);
        }
    }
    graph
}

impl Graph {
    fn connect(&mut self, from: &str, to: &str, label: Vec<String>) {
        let index = |id: &str| self.nodes.iter().position(|it| it.id == id);
        if let (Some(from), Some(to)) = (index(from), index(to)) {
            self.edges.push(Edge { from, to, label });
        }
    }
}

/// An arrow goes where the data goes: out of what is read, into what is written or called.
fn granted(graph: &mut Graph, pipeline: &Pipeline, to: &str, permission: &Permission) {
    let line = permission.origin.line;
    match permission.verb {
        Verb::Read => graph.connect(&permission.resource, to, vec![format!("read :{line}")]),
        Verb::Receive => graph.connect(&permission.resource, to, vec![format!("receive :{line}")]),
        Verb::Send | Verb::Write | Verb::Update | Verb::Start => {
            let word = crate::kinds::grant_word(permission.verb);
            graph.connect(to, &permission.resource, vec![format!("{word} :{line}")]);
        }
        Verb::Append => graph.connect(to, &permission.resource, vec![format!("append :{line}")]),
        Verb::Call => {
            let mut label = vec![format!("call :{line}")];
            let body = pipeline.workflows.get(to).map_or(&[][..], |it| &it.body);
            label.extend(retry_of(body, &permission.resource).map(|it| format!("retry {it}")));
            graph.connect(to, &permission.resource, label);
        }
    }
}

fn retry_of(body: &[Statement], called: &str) -> Option<String> {
    body.iter().find_map(|statement| match statement {
        Statement::Call {
            function,
            retry,
            catches,
            ..
        } => {
            let own = if function == called {
                retry.clone()
            } else {
                None
            };
            own.or_else(|| catches.iter().find_map(|it| retry_of(&it.body, called)))
        }
        Statement::Append { .. } | Statement::Fail { .. } => None,
    })
}

fn route_id(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

fn route_node(route: &Route) -> Node {
    let verified = match &route.verify {
        Verify::Scheme { scheme, .. } => format!("verified: {scheme}"),
        Verify::PerProvider { .. } => "verified: as the provider declares".to_owned(),
        Verify::Off { .. } => "NOT VERIFIED".to_owned(),
    };
    let throttle = format!("{}/s, burst {}", route.rate_per_s, route.burst);
    Node {
        id: route_id(route),
        kind: Kind::Route,
        line: route.origin.line,
        details: vec![verified, throttle],
    }
}

fn function_node(function: &Function) -> Node {
    let size = format!("{} MB, {} s", function.memory_mb, function.timeout_s);
    let mut details = vec![format!("{size}, {} at once", function.concurrency)];
    if !function.fails.is_empty() {
        details.push(format!("fails {}", function.fails.join(", ")));
    }
    Node {
        id: function.name.clone(),
        kind: Kind::Function,
        line: function.origin.line,
        details,
    }
}

fn table_node(table: &Table) -> Node {
    let key = match &table.sort {
        Some((sort, _)) => format!("{} / {sort}", table.partition),
        None => table.partition.clone(),
    };
    let mut details = vec![key];
    details.extend(table.holds.iter().cloned());
    Node {
        id: table.name.clone(),
        kind: Kind::Table,
        line: table.origin.line,
        details,
    }
}

fn workflow_node(workflow: &Workflow) -> Node {
    let mut details = vec![format!("once for each {}", workflow.event)];
    if !workflow.fails.is_empty() {
        details.push(format!("fails {}", workflow.fails.join(", ")));
    }
    Node {
        id: workflow.name.clone(),
        kind: Kind::Workflow,
        line: workflow.origin.line,
        details,
    }
}

fn on_label(workflow: &Workflow) -> Vec<String> {
    let mut label = vec![format!(
        "on {} :{}",
        workflow.event, workflow.on_origin.line
    )];
    if let Some(condition) = &workflow.filter {
        label.push(format!("where {}", words(condition)));
    }
    label
}

/// A condition as the spec writes it.
fn words(condition: &Condition) -> String {
    let list =
        |parts: &[Condition], word: &str| parts.iter().map(words).collect::<Vec<_>>().join(word);
    match condition {
        Condition::And(parts) => list(parts, " and "),
        Condition::Or(parts) => format!("({})", list(parts, " or ")),
        Condition::Not(inner) => format!("not ({})", words(inner)),
        Condition::Compare {
            field,
            operator,
            value,
            ty,
        } => {
            let operator = match operator {
                Operator::Equal => "==",
                Operator::NotEqual => "!=",
                Operator::Less => "<",
                Operator::LessOrEqual => "<=",
                Operator::Greater => ">",
                Operator::GreaterOrEqual => ">=",
            };
            let value = match value {
                Literal::String(text) if *ty == Type::String => format!("\"{text}\""),
                Literal::String(text) | Literal::Number(text) | Literal::Variant(text) => {
                    text.clone()
                }
                Literal::Bool(value) => value.to_string(),
            };
            format!("{field} {operator} {value}")
        }
    }
}

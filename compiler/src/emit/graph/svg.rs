//! The placed graph as SVG that reads on light and on dark pages.

use crate::model::Pipeline;

use super::element::Element;
use super::layout::{Arrow, Box, LINE, Placed, text_width};
use super::{Edge, Graph, Node};

/// Explicit colours and no variables: not every renderer knows those.
const STYLE: &str = "
text { font-family: ui-sans-serif, system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 13px; fill: #1f2328; }
.page { fill: #ffffff; }
.title { font-size: 20px; font-weight: 600; }
.doc, .kind, .detail { fill: #57606a; }
.kind { font-size: 11px; }
.name { font-size: 15px; font-weight: 600; }
.node { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1; }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.5; }
.head { fill: #57606a; }
.plate { fill: #ffffff; }
.label { font-size: 12px; }
.secret { fill: #9a6700; } .route { fill: #8250df; } .function { fill: #0969da; } .table, .bucket, .log { fill: #1a7f37; } .workflow { fill: #bc4c00; }
.param { fill: #9a6700; } .queue { fill: #0a7ea4; } .topic, .alarm { fill: #bf3989; } .bus, .rule, .rules { fill: #6639ba; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page, .plate { fill: #0d1117; }
  .doc, .kind, .detail { fill: #9198a1; }
  .node { fill: #161b22; stroke: #484f58; }
  .arrow { stroke: #9198a1; } .head { fill: #9198a1; }
  .secret { fill: #d29922; } .route { fill: #a371f7; } .function { fill: #4493f8; } .table, .bucket, .log { fill: #3fb950; } .workflow { fill: #f0883e; }
  .param { fill: #d29922; } .queue { fill: #39c5cf; } .topic, .alarm { fill: #f778ba; } .bus, .rule, .rules { fill: #bc8cff; }
}
";

const TITLE_Y: i32 = 36;
const DOC_Y: i32 = 56;
const LEFT: i32 = 28;
const FOOT_UP: i32 = 14;

/// The drawing.
pub(super) fn draw(pipeline: &Pipeline, graph: &Graph, placed: &Placed) -> String {
    let doc = pipeline.doc.lines().next().unwrap_or_default();
    // The doc line is set smaller than the layout's estimate, so this is generous.
    let width = placed.width.max(text_width(doc) + 2 * LEFT);
    let mut svg = Element::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("viewBox", format!("0 0 {width} {}", placed.height))
        .with("width", width)
        .with("height", placed.height)
        .with("role", "img")
        .child(Element::new("title").text(&format!("The pipeline {}", pipeline.name)))
        .child(Element::new("desc").text(&description(graph)))
        .child(Element::new("style").text(STYLE))
        .child(
            Element::new("rect")
                .with("class", "page")
                .with("width", width)
                .with("height", placed.height),
        )
        .child(text("title", LEFT, TITLE_Y, &pipeline.name))
        .child(text("doc", LEFT, DOC_Y, doc))
        .child(text(
            "kind",
            LEFT,
            placed.height - FOOT_UP,
            &format!("The numbers are lines of {}.", pipeline.file),
        ));
    for arrow in &placed.arrows {
        svg = svg.child(line(arrow)).child(head(arrow));
    }
    for (edge, arrow) in graph.edges.iter().zip(&placed.arrows) {
        svg = label(svg, edge, arrow);
    }
    for (node, place) in graph.nodes.iter().zip(&placed.boxes) {
        svg = svg.child(node_group(node, *place));
    }
    svg.render()
}

/// What the picture shows, for those who do not see it.
fn description(graph: &Graph) -> String {
    let name = |index: usize| graph.nodes.get(index).map_or("", |it| it.id.as_str());
    let edges = graph.edges.iter();
    let sentences = edges.map(|it| {
        format!(
            "{} to {}: {}.",
            name(it.from),
            name(it.to),
            it.label.join(", ")
        )
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn text(class: &str, x: i32, y: i32, content: &str) -> Element {
    Element::new("text")
        .with("class", class)
        .with("x", x)
        .with("y", y)
        .text(content)
}

fn node_group(node: &Node, place: Box) -> Element {
    let kind = node.kind.word();
    let x = place.x + 16;
    let mut y = place.y + 20;
    let mut group = Element::new("g")
        .child(
            Element::new("rect")
                .with("class", "node")
                .with("x", place.x)
                .with("y", place.y)
                .with("width", place.width)
                .with("height", place.height)
                .with("rx", 6),
        )
        .child(
            Element::new("rect")
                .with("class", kind)
                .with("x", place.x)
                .with("y", place.y)
                .with("width", 5)
                .with("height", place.height)
                .with("rx", 2),
        )
        .child(text("kind", x, y, &format!("{kind} :{}", node.line)));
    y += LINE;
    group = group.child(text("name", x, y, &node.id));
    for detail in &node.details {
        y += LINE;
        group = group.child(text("detail", x, y, detail));
    }
    group
}

/// Forward arrows bend gently; arrows back run along their lane.
fn line(arrow: &Arrow) -> Element {
    let mut path = String::new();
    let mut before: Option<(i32, i32)> = None;
    for (x, y) in &arrow.points {
        match before {
            None => path.push_str(&format!("M{x} {y}")),
            Some((from_x, from_y)) if !arrow.back && from_y != *y => {
                let middle = i32::midpoint(from_x, *x);
                path.push_str(&format!(" C{middle} {from_y} {middle} {y} {x} {y}"));
            }
            Some(_) => path.push_str(&format!(" L{x} {y}")),
        }
        before = Some((*x, *y));
    }
    Element::new("path")
        .with("class", "arrow")
        .with("stroke-linejoin", "round")
        .with("d", path)
}

fn head(arrow: &Arrow) -> Element {
    let (x, y) = arrow.points.last().copied().unwrap_or_default();
    let before = arrow
        .points
        .iter()
        .rev()
        .nth(1)
        .copied()
        .unwrap_or_default();
    let points = if before.0 == x {
        format!("{x},{y} {},{} {},{}", x - 5, y + 10, x + 5, y + 10)
    } else {
        format!("{x},{y} {},{} {},{}", x - 10, y - 5, x - 10, y + 5)
    };
    Element::new("polygon")
        .with("class", "head")
        .with("points", points)
}

/// The label on a plate in the page's colour, so that lines below it do not disturb.
fn label(mut svg: Element, edge: &Edge, arrow: &Arrow) -> Element {
    let (x, y) = arrow.label;
    let lines = i32::try_from(edge.label.len()).unwrap_or(1);
    let width = edge
        .label
        .iter()
        .map(|it| text_width(it))
        .max()
        .unwrap_or(0);
    let height = lines * LINE;
    svg = svg.child(
        Element::new("rect")
            .with("class", "plate")
            .with("x", x - width / 2)
            .with("y", y - height / 2)
            .with("width", width)
            .with("height", height),
    );
    let mut line_y = y - height / 2 + 13;
    for content in &edge.label {
        svg = svg.child(text("label", x, line_y, content).with("text-anchor", "middle"));
        line_y += LINE;
    }
    svg
}

//! The placed graph as SVG that reads on light and on dark pages.

use crate::emit::piece::{Piece, joined};
use crate::model::Pipeline;

use super::element::{Element, Own, Xml};
use super::layout::{Arrow, Box, LINE, Placed, text_width};
use super::{Edge, Graph, Node};

/// Explicit colours and no variables: not every renderer knows those. As it stands in XML, with its quotes escaped.
const STYLE: &str = "
text { font-family: ui-sans-serif, system-ui, &apos;Segoe UI&apos;, &apos;DejaVu Sans&apos;, sans-serif; font-size: 13px; fill: #1f2328; }
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
.entry { fill: #8250df; } .setting { fill: #9a6700; } .code { fill: #0969da; } .store { fill: #1a7f37; }
.queue { fill: #0a7ea4; } .bus { fill: #6639ba; } .topic { fill: #bf3989; } .workflow { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page, .plate { fill: #0d1117; }
  .doc, .kind, .detail { fill: #9198a1; }
  .node { fill: #161b22; stroke: #484f58; }
  .arrow { stroke: #9198a1; } .head { fill: #9198a1; }
  .entry { fill: #a371f7; } .setting { fill: #d29922; } .code { fill: #4493f8; } .store { fill: #3fb950; }
  .queue { fill: #39c5cf; } .bus { fill: #bc8cff; } .topic { fill: #f778ba; } .workflow { fill: #f0883e; }
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
    let mut xml = Xml::new();
    xml.element("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("viewBox", ("0 0 ", width, " ", placed.height))
        .with_all([("width", width), ("height", placed.height)])
        .with("role", "img")
        .holding(|xml| {
            xml.element("title").text(("The pipeline ", &pipeline.name));
            xml.element("desc").text(Description(graph));
            xml.element("style").own_text(STYLE);
            xml.element("rect")
                .with("class", "page")
                .with_all([("width", width), ("height", placed.height)])
                .empty();
            text(xml, "title", LEFT, TITLE_Y).text(&pipeline.name);
            text(xml, "doc", LEFT, DOC_Y).text(doc);
            let foot = ("The numbers are lines of ", &pipeline.file, ".");
            text(xml, "kind", LEFT, placed.height - FOOT_UP).text(foot);
            for arrow in &placed.arrows {
                line(xml, arrow);
                head(xml, arrow);
            }
            for (edge, arrow) in graph.edges.iter().zip(&placed.arrows) {
                label(xml, edge, arrow);
            }
            for (node, place) in graph.nodes.iter().zip(&placed.boxes) {
                xml.element("g").holding(|xml| boxed(xml, node, *place));
            }
        });
    xml.done()
}

/// What the picture shows, for those who do not see it.
struct Description<'g>(&'g Graph);

impl Piece for Description<'_> {
    fn write(&self, text: &mut String) {
        let name = |index: usize| self.0.nodes.get(index).map_or("", |it| it.id.as_str());
        for (index, edge) in self.0.edges.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let label = joined(edge.label.iter(), ", ");
            (
                space,
                name(edge.from),
                " to ",
                name(edge.to),
                ": ",
                label,
                ".",
            )
                .write(text);
        }
    }
}

fn text<'x>(xml: &'x mut Xml, class: &'static str, x: i32, y: i32) -> Element<'x> {
    let element = xml.element("text").with("class", class);
    element.with_all([("x", x), ("y", y)])
}

fn boxed(xml: &mut Xml, node: &Node, place: Box) {
    let at = [("x", place.x), ("y", place.y)];
    xml.element("rect")
        .with("class", "node")
        .with_all(at)
        .with_all([("width", place.width), ("height", place.height), ("rx", 6)])
        .empty();
    xml.element("rect")
        .with("class", node.part.class())
        .with_all(at)
        .with_all([("width", 5), ("height", place.height), ("rx", 2)])
        .empty();
    let x = place.x + 16;
    let mut y = place.y + 20;
    text(xml, "kind", x, y).text((node.word, " :", node.line));
    y += LINE;
    text(xml, "name", x, y).text(&node.id);
    for detail in &node.details {
        y += LINE;
        text(xml, "detail", x, y).text(detail);
    }
}

/// Forward arrows bend gently; arrows back run along their lane.
struct Way<'a>(&'a Arrow);

impl Own for Way<'_> {}

impl Piece for Way<'_> {
    fn write(&self, text: &mut String) {
        let mut before: Option<(i32, i32)> = None;
        for (x, y) in &self.0.points {
            match before {
                None => ("M", x, " ", y).write(text),
                Some((from_x, from_y)) if !self.0.back && from_y != *y => {
                    let middle = i32::midpoint(from_x, *x);
                    (" C", middle, " ", from_y).write(text);
                    (" ", middle, " ", y, " ", x, " ", y).write(text);
                }
                Some(_) => (" L", x, " ", y).write(text),
            }
            before = Some((*x, *y));
        }
    }
}

/// Corners of a shape.
struct Corners([(i32, i32); 3]);

impl Own for Corners {}

impl Piece for Corners {
    fn write(&self, text: &mut String) {
        joined(self.0.iter().map(|(x, y)| (x, ",", y)), " ").write(text);
    }
}

fn line(xml: &mut Xml, arrow: &Arrow) {
    xml.element("path")
        .with("class", "arrow")
        .with("stroke-linejoin", "round")
        .with("d", Way(arrow))
        .empty();
}

fn head(xml: &mut Xml, arrow: &Arrow) {
    let mut points = arrow.points.iter().rev().copied();
    let (x, y) = points.next().unwrap_or_default();
    let before = points.next().unwrap_or_default();
    let (one, other) = if before.0 == x {
        ((x - 5, y + 10), (x + 5, y + 10))
    } else {
        ((x - 10, y - 5), (x - 10, y + 5))
    };
    let polygon = xml.element("polygon").with("class", "head");
    let corners = Corners([(x, y), one, other]);
    polygon.with("points", corners).empty();
}

/// The label on a plate in the page's colour, so that lines below it do not disturb.
fn label(xml: &mut Xml, edge: &Edge, arrow: &Arrow) {
    let (x, y) = arrow.label;
    let lines = i32::try_from(edge.label.len()).unwrap_or(1);
    let width = edge
        .label
        .iter()
        .map(|it| text_width(it))
        .max()
        .unwrap_or(0);
    let height = lines * LINE;
    xml.element("rect")
        .with("class", "plate")
        .with_all([("x", x - width / 2), ("y", y - height / 2)])
        .with_all([("width", width), ("height", height)])
        .empty();
    let mut line_y = y - height / 2 + 13;
    for content in &edge.label {
        let line = text(xml, "label", x, line_y);
        line.with("text-anchor", "middle").text(content);
        line_y += LINE;
    }
}

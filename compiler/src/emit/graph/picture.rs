//! What is drawn, before it is placed: a box for each declaration that something flows through, and arrows between them. A family is one
//! box, and so is a group of rules.

use crate::emit::piece::{Piece, text_of};
use crate::model::{Member, Origin, Pipeline, Route};

/// The part that a box has in the flow. Its colour is the part's, and so is its place among the picture of a layout, which should meet
/// first what comes in first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Webhooks come in here.
    Entry,
    /// It is read to know how.
    Setting,
    /// It runs.
    Code,
    /// It keeps.
    Store,
    /// It hands on to one.
    Queue,
    /// It hands on to many, by rules.
    Bus,
    /// What rules write to.
    Log,
    /// It tells people.
    Topic,
    /// It says what happens in which order.
    Workflow,
}

impl Part {
    /// Its class in the drawing.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Setting => "setting",
            Self::Code => "code",
            Self::Store | Self::Log => "store",
            Self::Queue => "queue",
            Self::Bus => "bus",
            Self::Topic => "topic",
            Self::Workflow => "workflow",
        }
    }
}

/// A box.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Declared name; for a route, its method and path.
    pub(super) id: String,
    pub(super) part: Part,
    /// The word of the language.
    pub(super) word: &'static str,
    pub(super) line: usize,
    pub(super) details: Vec<String>,
}

/// An arrow between two boxes, by their names.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) label: Vec<String>,
}

/// A picture under construction.
#[derive(Debug)]
pub(crate) struct Picture<'p> {
    pub(crate) pipeline: &'p Pipeline,
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
}

impl Picture<'_> {
    /// Adds a box: its part, the word of its kind, the name that arrows know it by, where it is declared, and what else is said in it.
    /// Of a family or group the first member adds the box.
    pub(crate) fn add(
        &mut self,
        part: Part,
        word: &'static str,
        name: &str,
        origin: Origin,
        details: Vec<String>,
    ) {
        let id = box_of(self.pipeline, name);
        if self.nodes.iter().any(|it| it.id == id) {
            return;
        }
        self.nodes.push(Node {
            id: id.to_owned(),
            part,
            word,
            line: origin.line,
            details,
        });
    }

    /// Adds an arrow between the boxes of two declared names, the way that data goes, with what a line of the spec says of it.
    pub(crate) fn arrow(&mut self, from: &str, to: &str, word: impl Piece, line: usize) {
        self.labelled(from, to, vec![at_line(word, line)]);
    }

    /// The same with several things on it.
    pub(crate) fn labelled(&mut self, from: &str, to: &str, label: Vec<String>) {
        self.arrows.push(Arrow {
            from: box_of(self.pipeline, from).to_owned(),
            to: box_of(self.pipeline, to).to_owned(),
            label,
        });
    }
}

/// Everything that is drawn, the boxes in the order in which a layout should meet them.
pub(super) fn picture(pipeline: &Pipeline) -> Picture<'_> {
    let mut picture = Picture {
        pipeline,
        nodes: Vec::new(),
        arrows: Vec::new(),
    };
    for declared in pipeline.declared() {
        declared.draw(&mut picture);
    }
    picture.nodes.sort_by_key(|it| it.part);
    picture
}

/// What a line of the spec asks for: `read :31`.
pub(crate) fn at_line(word: impl Piece, line: usize) -> String {
    text_of((word, " :", line))
}

/// The box of a declared name: of a member, its family's.
pub(crate) fn box_of<'p>(pipeline: &'p Pipeline, name: &'p str) -> &'p str {
    let queue = pipeline.queues.get(name).and_then(|it| it.member.as_ref());
    let function = pipeline.functions.get(name);
    let member = queue.or_else(|| function.and_then(|it| it.member.as_ref()));
    member.map_or(name, |it| &it.family)
}

/// The name that arrows know a route by.
pub(crate) fn route_id(route: &Route) -> String {
    text_of((&route.method, " ", &route.path))
}

/// Whose members a family has.
pub(crate) fn providers<'a>(members: impl Iterator<Item = &'a Member>, family: &str) -> String {
    let providers = members.filter(|it| it.family == family);
    let providers: Vec<&str> = providers.map(|it| it.provider.as_str()).collect();
    format!("one each: {}", providers.join(", "))
}

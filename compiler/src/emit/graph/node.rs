//! The boxes: one for each declaration that something flows through. A family is one box, and so is a group of rules.

use crate::emit::piece::text_of;
use crate::model::{Member, Origin, Pipeline, Route};

/// The part that a box has in the flow. Its colour is the part's, and so is its place among the boxes of a layout, which should meet
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

/// The boxes of a picture under construction.
#[derive(Debug)]
pub(crate) struct Boxes<'p> {
    pub(crate) pipeline: &'p Pipeline,
    nodes: Vec<Node>,
}

impl Boxes<'_> {
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
}

/// Every box, in the order in which a layout should meet them.
pub(super) fn all(pipeline: &Pipeline) -> Vec<Node> {
    let mut boxes = Boxes {
        pipeline,
        nodes: Vec::new(),
    };
    for declared in pipeline.declared() {
        declared.draw(&mut boxes);
    }
    boxes.nodes.sort_by_key(|it| it.part);
    boxes.nodes
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

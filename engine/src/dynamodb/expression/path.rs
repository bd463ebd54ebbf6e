//! Document paths: resolved from their placeholders, followed through an item, checked for overlap.

use std::fmt;

use crate::dynamodb::value::{AttributeValue, Item};

/// Deepest path into a document.
pub(super) const STEPS_MAX: usize = 32;

/// One step below the top-level attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
}

/// A top-level attribute and the steps into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) attribute: String,
    pub(crate) steps: Vec<Step>,
}

/// What an expression sees of an item: all of it, or what an index projects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) item: Option<&'a Item>,
    pub(crate) visible: Option<&'a dyn Visible>,
}

/// Decides which top-level attributes can be seen.
pub(crate) trait Visible: fmt::Debug {
    fn sees(&self, attribute: &str) -> bool;
}

impl<'a> View<'a> {
    /// A view of the whole item, or of none.
    pub(crate) fn whole(item: Option<&'a Item>) -> Self {
        Self {
            item,
            visible: None,
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&'a AttributeValue> {
        match self.visible {
            Some(visible) if !visible.sees(name) => None,
            _ => self.item?.get(name),
        }
    }

    /// The value that the path leads to, if there is one.
    pub(crate) fn follow(&self, path: &Path) -> Option<&'a AttributeValue> {
        let top = self.attribute(&path.attribute)?;
        path.steps
            .iter()
            .try_fold(top, |value, step| match (value, step) {
                (AttributeValue::M(map), Step::Name(name)) => map.get(name),
                (AttributeValue::L(list), Step::Index(index)) => list.get(*index),
                _ => None,
            })
    }
}

/// How two paths of one expression get in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// One is the other, or leads into it.
    Overlap,
    /// One says that a value is a map, the other that it is a list.
    Conflict,
}

/// Whether the two paths may not both stand in one expression.
pub(super) fn clash(left: &Path, right: &Path) -> Option<Clash> {
    if left.attribute != right.attribute {
        return None;
    }
    for (left, right) in left.steps.iter().zip(&right.steps) {
        match (left, right) {
            (Step::Name(left), Step::Name(right)) if left == right => {}
            (Step::Index(left), Step::Index(right)) if left == right => {}
            (Step::Name(_), Step::Name(_)) | (Step::Index(_), Step::Index(_)) => return None,
            _ => return Some(Clash::Conflict),
        }
    }
    Some(Clash::Overlap)
}

/// Writes the path as DynamoDB's errors do: `[a, b, [1]]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", self.attribute)?;
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}

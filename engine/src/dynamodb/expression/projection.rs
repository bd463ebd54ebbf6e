//! ProjectionExpression: which parts of an item are returned.

use std::collections::BTreeMap;

use super::parse::Parser;
use super::path::{Clash, Path, Step, View, clash};
use super::placeholders::Placeholders;
use super::resolve::{Fault, Resolver};
use crate::dynamodb::value::{AttributeValue, Item};

/// The paths of a projection, grouped by their common beginnings.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    attributes: BTreeMap<String, Part>,
}

/// What is wanted below one point of a document.
#[derive(Clone, Debug)]
enum Part {
    Whole,
    Some(BTreeMap<Step, Part>),
}

impl Projection {
    /// Reads `a, b.c, d[1]`.
    pub(crate) fn parse(text: &str, placeholders: &mut Placeholders) -> Result<Self, String> {
        let mut parser = Parser::new(text)?;
        let mut resolver = Resolver::new(placeholders);
        let mut paths = Vec::new();
        loop {
            let raw = parser.path()?;
            if let Some(path) = resolver.path(&raw) {
                resolver.no_clash(&paths, &path);
                paths.push(path);
            }
            if !parser.symbol(",") {
                break;
            }
        }
        parser.expect_end()?;
        resolver.finish(Some(Self::of(&paths)))
    }

    /// The top-level attributes that are wanted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.attributes.keys()
    }

    /// The projection onto these paths, which must not clash.
    pub(crate) fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut attributes = BTreeMap::new();
        for path in paths {
            let mut part = attributes
                .entry(path.attribute.clone())
                .or_insert_with(|| Part::Some(BTreeMap::new()));
            for step in &path.steps {
                let Part::Some(steps) = part else { break };
                part = steps
                    .entry(step.clone())
                    .or_insert_with(|| Part::Some(BTreeMap::new()));
            }
            *part = Part::Whole;
        }
        Self { attributes }
    }

    /// The top-level attributes that are wanted, wholly or in part.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// The top-level attributes of which only parts are wanted.
    pub(crate) fn deep_attributes(&self) -> impl Iterator<Item = &str> {
        let deep = self
            .attributes
            .iter()
            .filter(|(_, part)| !matches!(part, Part::Whole));
        deep.map(|(name, _)| name.as_str())
    }

    /// The wanted parts of the item that exist.
    pub(crate) fn apply(&self, view: View<'_>) -> Item {
        self.attributes
            .iter()
            .filter_map(|(name, part)| Some((name.clone(), pick(view.attribute(name)?, part)?)))
            .collect()
    }
}

fn pick(value: &AttributeValue, part: &Part) -> Option<AttributeValue> {
    let steps = match part {
        Part::Whole => return Some(value.clone()),
        Part::Some(steps) => steps,
    };
    match value {
        AttributeValue::M(map) => {
            let picked: Item = steps
                .iter()
                .filter_map(|(step, part)| match step {
                    Step::Name(name) => Some((name.clone(), pick(map.get(name)?, part)?)),
                    Step::Index(_) => None,
                })
                .collect();
            (!picked.is_empty()).then_some(AttributeValue::M(picked))
        }
        AttributeValue::L(list) => {
            let picked: Vec<AttributeValue> = steps
                .iter()
                .filter_map(|(step, part)| match step {
                    Step::Index(index) => pick(list.get(*index)?, part),
                    Step::Name(_) => None,
                })
                .collect();
            (!picked.is_empty()).then_some(AttributeValue::L(picked))
        }
        _ => None,
    }
}

impl Resolver<'_> {
    /// Notes it when `path` clashes with one of `others`.
    pub(super) fn no_clash(&mut self, others: &[Path], path: &Path) {
        for other in others {
            let (fault, verb) = match clash(other, path) {
                None => continue,
                Some(Clash::Overlap) => (Fault::Overlap, "overlap"),
                Some(Clash::Conflict) => (Fault::Conflict, "conflict"),
            };
            self.fault(
                fault,
                format!(
                    "Two document paths {verb} with each other; must remove or rewrite one of these \
                     paths; path one: {other}, path two: {path}"
                ),
            );
        }
    }
}

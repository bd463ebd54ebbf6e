//! Applies an update to an item.

use super::path::{Path, Step, View};
use super::update::{Source, Update, Verb};
use crate::dynamodb::value::{AttributeValue, Item};

const MISSING: &str =
    "The provided expression refers to an attribute that does not exist in the item";
const WRONG_TYPE: &str = "An operand in the update expression has an incorrect data type";
const WRONG_PATH: &str =
    "The document path provided in the update expression is invalid for update";

impl Update {
    /// The item after the update. `old` is the item before it, `start` what the new one begins as:
    /// the old one, or only the key. All values are read from `old`, so the order of the actions
    /// does not matter, and an index means the position before the update.
    pub(crate) fn apply(&self, old: Option<&Item>, start: Item) -> Result<Item, String> {
        let view = View::whole(old);
        let mut assignments = Vec::new();
        let mut removals: Vec<&Path> = Vec::new();
        for action in &self.actions {
            let path = &action.path;
            match &action.verb {
                Verb::Set(source) => assignments.push((path, source.read(view)?)),
                Verb::Plus(left, right) => {
                    assignments.push((path, sum(&left.read(view)?, &right.read(view)?, true)?));
                }
                Verb::Minus(left, right) => {
                    assignments.push((path, sum(&left.read(view)?, &right.read(view)?, false)?));
                }
                Verb::Add(value) => assignments.push((path, added(view.follow(path), value)?)),
                Verb::Delete(value) => match view.follow(path) {
                    None => {}
                    Some(current) => match without(current, value)? {
                        Some(rest) => assignments.push((path, rest)),
                        None => removals.push(path),
                    },
                },
                // Of an item that does not exist, anything may be removed.
                Verb::Remove if old.is_none() => {}
                Verb::Remove => removals.push(path),
            }
        }
        // Elements beyond the end of a list are appended in the order of their indexes; elements are
        // removed from the last to the first, so that no removal moves another one's position.
        assignments.sort_by(|left, right| left.0.cmp(right.0));
        removals.sort_by(|left, right| right.cmp(left));
        let mut item = start;
        for (path, value) in assignments {
            assign(&mut item, path, value)?;
        }
        for path in removals {
            remove(&mut item, path)?;
        }
        Ok(item)
    }

    /// Whether the update creates the item where there is none. One that only takes away does not.
    pub(crate) fn creates(&self) -> bool {
        self.actions
            .iter()
            .any(|action| !matches!(action.verb, Verb::Remove | Verb::Delete(_)))
    }

    /// The paths that the update names as its targets.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(|action| &action.path)
    }
}

impl Source {
    fn read(&self, view: View<'_>) -> Result<AttributeValue, String> {
        match self {
            Self::Path(path) => view.follow(path).cloned().ok_or_else(|| MISSING.to_owned()),
            Self::Value(value) => Ok(value.clone()),
            Self::IfNotExists(path, otherwise) => match view.follow(path) {
                Some(value) => Ok(value.clone()),
                None => otherwise.read(view),
            },
            Self::ListAppend(first, second) => match (first.read(view)?, second.read(view)?) {
                (AttributeValue::L(mut first), AttributeValue::L(second)) => {
                    first.extend(second);
                    Ok(AttributeValue::L(first))
                }
                _ => Err(WRONG_TYPE.to_owned()),
            },
        }
    }
}

fn sum(
    left: &AttributeValue,
    right: &AttributeValue,
    plus: bool,
) -> Result<AttributeValue, String> {
    match (left, right) {
        (AttributeValue::N(left), AttributeValue::N(right)) if plus => {
            left.plus(right).map(AttributeValue::N)
        }
        (AttributeValue::N(left), AttributeValue::N(right)) => {
            left.minus(right).map(AttributeValue::N)
        }
        _ => Err(WRONG_TYPE.to_owned()),
    }
}

fn added(
    current: Option<&AttributeValue>,
    value: &AttributeValue,
) -> Result<AttributeValue, String> {
    let Some(current) = current else {
        return Ok(value.clone());
    };
    Ok(match (current, value) {
        (AttributeValue::N(_), AttributeValue::N(_)) => return sum(current, value, true),
        (AttributeValue::Ss(left), AttributeValue::Ss(right)) => AttributeValue::Ss(left | right),
        (AttributeValue::Ns(left), AttributeValue::Ns(right)) => AttributeValue::Ns(left | right),
        (AttributeValue::Bs(left), AttributeValue::Bs(right)) => AttributeValue::Bs(left | right),
        _ => return Err(WRONG_TYPE.to_owned()),
    })
}

/// What is left of a set, or `None` if nothing is, since no set may be empty.
fn without(
    current: &AttributeValue,
    value: &AttributeValue,
) -> Result<Option<AttributeValue>, String> {
    let (rest, left) = match (current, value) {
        (AttributeValue::Ss(current), AttributeValue::Ss(value)) => {
            let rest = current - value;
            (rest.len(), AttributeValue::Ss(rest))
        }
        (AttributeValue::Ns(current), AttributeValue::Ns(value)) => {
            let rest = current - value;
            (rest.len(), AttributeValue::Ns(rest))
        }
        (AttributeValue::Bs(current), AttributeValue::Bs(value)) => {
            let rest = current - value;
            (rest.len(), AttributeValue::Bs(rest))
        }
        _ => return Err(WRONG_TYPE.to_owned()),
    };
    Ok((rest > 0).then_some(left))
}

fn assign(item: &mut Item, path: &Path, value: AttributeValue) -> Result<(), String> {
    let Some((last, before)) = path.steps.split_last() else {
        item.insert(path.attribute.clone(), value);
        return Ok(());
    };
    match (container(item, path, before), last) {
        (Some(AttributeValue::M(map)), Step::Name(name)) => {
            map.insert(name.clone(), value);
        }
        (Some(AttributeValue::L(list)), Step::Index(index)) => match list.get_mut(*index) {
            Some(element) => *element = value,
            None => list.push(value),
        },
        _ => return Err(WRONG_PATH.to_owned()),
    }
    Ok(())
}

fn remove(item: &mut Item, path: &Path) -> Result<(), String> {
    let Some((last, before)) = path.steps.split_last() else {
        item.remove(&path.attribute);
        return Ok(());
    };
    match (container(item, path, before), last) {
        (Some(AttributeValue::M(map)), Step::Name(name)) => {
            map.remove(name);
        }
        (Some(AttributeValue::L(list)), Step::Index(index)) => {
            if *index < list.len() {
                list.remove(*index);
            }
        }
        _ => return Err(WRONG_PATH.to_owned()),
    }
    Ok(())
}

/// The map or list that the last step of the path is taken in.
fn container<'i>(
    item: &'i mut Item,
    path: &Path,
    before: &[Step],
) -> Option<&'i mut AttributeValue> {
    let top = item.get_mut(&path.attribute)?;
    before
        .iter()
        .try_fold(top, |value, step| match (value, step) {
            (AttributeValue::M(map), Step::Name(name)) => map.get_mut(name),
            (AttributeValue::L(list), Step::Index(index)) => list.get_mut(*index),
            _ => None,
        })
}

//! An event as patterns see it: its scalars, each with the path to it and the elements of arrays in which it lies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// In which element of which array something lies. Arrays are numbered.
pub(super) type Membership = BTreeMap<usize, usize>;

/// A scalar of the event.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) value: &'a Value,
    pub(super) membership: Membership,
}

/// The scalars by their paths. In a path the keys are joined by dots, so `{"a.b": 1}` and `{"a": {"b": 1}}` are the same event.
#[derive(Debug, Default)]
pub(super) struct Leaves<'a> {
    by_path: BTreeMap<String, Vec<Leaf<'a>>>,
    arrays: usize,
}

impl<'a> Leaves<'a> {
    /// The scalars of the event whose paths are `wanted`.
    pub(super) fn of(event: &'a Value, wanted: &BTreeSet<String>) -> Self {
        let mut leaves = Self::default();
        if event.is_object() {
            leaves.add(event, "", &Membership::new(), wanted);
        }
        leaves
    }

    pub(super) fn at(&self, path: &str) -> &[Leaf<'a>] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    fn add(
        &mut self,
        value: &'a Value,
        path: &str,
        membership: &Membership,
        wanted: &BTreeSet<String>,
    ) {
        match value {
            Value::Object(map) => {
                for (key, below) in map {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
                    if wanted.contains(&path) {
                        self.add(below, &path, membership, wanted);
                    }
                }
            }
            Value::Array(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, item) in items.iter().enumerate() {
                    let mut within = membership.clone();
                    // A scalar is no element that could hold two fields, so it may go together with any other.
                    if item.is_object() || item.is_array() {
                        within.insert(array, index);
                    }
                    self.add(item, path, &within, wanted);
                }
            }
            scalar => self.by_path.entry(path.to_owned()).or_default().push(Leaf {
                value: scalar,
                membership: membership.clone(),
            }),
        }
    }
}

/// Both together; none where they lie in different elements of one array.
pub(super) fn joined(one: &Membership, other: &Membership) -> Option<Membership> {
    let apart = |(array, index): (&usize, &usize)| one.get(array).is_some_and(|it| it != index);
    if other.iter().any(apart) {
        return None;
    }
    Some(one.iter().chain(other).map(|(a, i)| (*a, *i)).collect())
}

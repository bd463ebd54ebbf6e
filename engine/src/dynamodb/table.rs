//! One table in memory: its items in key order, and its indexes, which hold keys only.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::expression::{View, Visible};
use super::failure::Failure;
use super::key;
use super::spec::{IndexProjection, IndexSpec, TableSpec};
use super::value::{AttributeValue, Item, item_size};

/// Largest item in bytes, names included.
pub(crate) const ITEM_BYTES_MAX: usize = 409_600;

/// An item and its size, which is asked for more often than it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) item: Item,
    pub(crate) size: usize,
}

/// A table: what it is and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) spec: TableSpec,
    pub(crate) created_ms: i64,
    items: BTreeMap<Vec<u8>, Stored>,
    /// By position in `spec.indexes`: index key and primary key, to primary key.
    indexes: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(crate) size_bytes: usize,
    /// Stream records written so far.
    pub(crate) sequence: u64,
}

impl Table {
    pub(crate) fn new(spec: TableSpec, created_ms: i64) -> Self {
        let indexes = spec.indexes.iter().map(|_| BTreeMap::new()).collect();
        Self {
            spec,
            created_ms,
            items: BTreeMap::new(),
            indexes,
            size_bytes: 0,
            sequence: 0,
        }
    }

    /// The same items under another spec with the same primary key.
    pub(crate) fn with_spec(self, spec: TableSpec) -> Self {
        let mut table = Self::new(spec, self.created_ms);
        table.sequence = self.sequence;
        for (key, stored) in self.items {
            table.replace(key, Some(stored.item));
        }
        table
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&Stored> {
        self.items.get(key)
    }

    /// Puts or deletes the item under this key, and returns the one that was there.
    pub(crate) fn replace(&mut self, key: Vec<u8>, item: Option<Item>) -> Option<Stored> {
        let removed = match item {
            None => self.items.remove(&key),
            Some(item) => {
                let size = item_size(&item);
                self.size_bytes += size;
                for (spec, entries) in self.spec.indexes.iter().zip(&mut self.indexes) {
                    if let Some(entry) = index_entry(spec, &item, &key) {
                        entries.insert(entry, key.clone());
                    }
                }
                self.items.insert(key.clone(), Stored { item, size })
            }
        };
        if let Some(removed) = &removed {
            self.size_bytes -= removed.size;
            let now = self.items.get(&key);
            for (spec, entries) in self.spec.indexes.iter().zip(&mut self.indexes) {
                let before = index_entry(spec, &removed.item, &key);
                let after = now.and_then(|stored| index_entry(spec, &stored.item, &key));
                if let Some(before) = before
                    && Some(&before) != after.as_ref()
                {
                    entries.remove(&before);
                }
            }
        }
        removed
    }

    /// The items of the table, or of an index, whose keys lie in the range.
    pub(crate) fn rows(&self, index: Option<usize>, range: KeyRange, forward: bool) -> Rows<'_> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        match index.map(|index| self.indexes.get(index)) {
            None => {
                let rows = self.items.range::<Vec<u8>, _>(range.bounds());
                directed(rows.map(|(_, stored)| stored), forward)
            }
            Some(None) => Box::new(std::iter::empty()),
            Some(Some(entries)) => {
                let rows = entries.range::<Vec<u8>, _>(range.bounds());
                directed(rows.filter_map(|(_, key)| self.items.get(key)), forward)
            }
        }
    }

    /// Entries and bytes of an index.
    pub(crate) fn index_size(&self, index: usize) -> (usize, usize) {
        let (Some(entries), Some(spec)) = (self.indexes.get(index), self.spec.indexes.get(index))
        else {
            return (0, 0);
        };
        let items = entries.values().filter_map(|key| self.items.get(key));
        (
            entries.len(),
            items.map(|stored| self.projected_size(spec, stored)).sum(),
        )
    }

    fn projected_size(&self, spec: &IndexSpec, stored: &Stored) -> usize {
        if spec.projection == IndexProjection::All {
            return stored.size;
        }
        let projected = Projected {
            table: &self.spec,
            index: spec,
        };
        let seen = stored.item.iter().filter(|(name, _)| projected.sees(name));
        seen.map(|(name, value)| name.len() + value.size()).sum()
    }

    /// Refuses a path that leads into a key attribute, which can only be a scalar.
    pub(crate) fn refuse_key_parts<'p>(
        &self,
        deep_attributes: impl IntoIterator<Item = &'p str>,
    ) -> Result<(), Failure> {
        for name in deep_attributes {
            let kind = if self.spec.key.has(name) {
                "Key"
            } else if self.spec.indexes.iter().any(|index| index.key.has(name)) {
                "IndexKey"
            } else {
                continue;
            };
            return Err(Failure::validation(format!(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
                 allowed: {kind}: {name}"
            )));
        }
        Ok(())
    }

    /// Checks a whole new item: its key, the keys of the indexes, its size. Returns its key.
    pub(crate) fn check_new_item(&self, item: &Item) -> Result<Vec<u8>, Failure> {
        let key = key::of_new_item(&self.spec.key, item)?;
        for index in &self.spec.indexes {
            for (attribute, partition) in index.key.attributes().zip([true, false]) {
                let Some(value) = item.get(&attribute.name) else {
                    continue;
                };
                check_index_key(index, &attribute.name, attribute.kind.name(), value)?;
                key::check_size(value, partition)?;
            }
        }
        if item_size(item) > ITEM_BYTES_MAX {
            return Err(Failure::validation(
                "Item size has exceeded the maximum allowed size",
            ));
        }
        Ok(key)
    }
}

/// Rows in one direction or the other.
pub(crate) type Rows<'t> = Box<dyn Iterator<Item = &'t Stored> + 't>;

fn directed<'t>(rows: impl DoubleEndedIterator<Item = &'t Stored> + 't, forward: bool) -> Rows<'t> {
    if forward {
        Box::new(rows)
    } else {
        Box::new(rows.rev())
    }
}

fn index_entry(spec: &IndexSpec, item: &Item, primary: &[u8]) -> Option<Vec<u8>> {
    let mut entry = key::of_item(&spec.key, item)?;
    entry.extend(primary);
    Some(entry)
}

fn check_index_key(
    index: &IndexSpec,
    name: &str,
    expected: &str,
    value: &AttributeValue,
) -> Result<(), Failure> {
    if value.type_name() != expected {
        return Err(Failure::validation(format!(
            "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: \
             {expected} Actual: {} IndexName: {}",
            value.type_name(),
            index.name
        )));
    }
    let (length, kind) = key::length(value);
    if length == 0 {
        return Err(Failure::validation(format!(
            "One or more parameter values are not valid. A value specified for a secondary index key is \
             not supported. The AttributeValue for a key attribute cannot contain an empty {kind} \
             value. IndexName: {}, IndexKey: {name}",
            index.name
        )));
    }
    Ok(())
}

/// The keys from `low` up to `high`; `None` is no bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyRange {
    pub(crate) low: Option<Vec<u8>>,
    /// The lowest key itself is left out.
    pub(crate) low_excluded: bool,
    /// The first key beyond the range.
    pub(crate) high: Option<Vec<u8>>,
}

impl KeyRange {
    /// All keys that begin with the prefix.
    pub(crate) fn prefix(prefix: Vec<u8>) -> Self {
        let high = key::after(&prefix);
        Self {
            low: Some(prefix),
            low_excluded: false,
            high,
        }
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.low.as_deref().is_none_or(|low| key >= low)
            && self.high.as_deref().is_none_or(|high| key < high)
    }

    /// What is left of the range after this key, in the direction of reading.
    pub(crate) fn continue_after(&mut self, key: Vec<u8>, forward: bool) {
        if forward {
            self.low = Some(key);
            self.low_excluded = true;
        } else {
            self.high = Some(key);
        }
    }

    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => low >= high,
            _ => false,
        }
    }

    fn bounds(&self) -> (Bound<&Vec<u8>>, Bound<&Vec<u8>>) {
        let low = match &self.low {
            None => Bound::Unbounded,
            Some(low) if self.low_excluded => Bound::Excluded(low),
            Some(low) => Bound::Included(low),
        };
        (
            low,
            self.high.as_ref().map_or(Bound::Unbounded, Bound::Excluded),
        )
    }
}

/// What an index shows of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projected<'t> {
    pub(crate) table: &'t TableSpec,
    pub(crate) index: &'t IndexSpec,
}

impl Visible for Projected<'_> {
    fn sees(&self, attribute: &str) -> bool {
        if self.table.key.has(attribute) || self.index.key.has(attribute) {
            return true;
        }
        match &self.index.projection {
            IndexProjection::All => true,
            IndexProjection::KeysOnly => false,
            IndexProjection::Include(names) => names.iter().any(|name| name == attribute),
        }
    }
}

/// All that a view shows, as an item.
pub(crate) fn visible_item(view: View<'_>) -> Item {
    let Some(item) = view.item else {
        return Item::new();
    };
    let seen = item
        .iter()
        .filter(|(name, _)| view.visible.is_none_or(|visible| visible.sees(name)));
    seen.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

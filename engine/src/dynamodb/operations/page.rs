//! What Query and Scan share: which rows to read, which to return, and where a page ends.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::dynamodb::capacity::{Charge, Report, read_halves};
use crate::dynamodb::expression::{Condition, Placeholders, Projection, View};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::request::Fields;
use crate::dynamodb::spec::{IndexProjection, IndexSpec, KeySchema};
use crate::dynamodb::table::{KeyRange, Projected, Rows, Stored, Table, visible_item};
use crate::dynamodb::value::{Item, item_from_json, item_to_json};

/// Bytes of items after which a page ends.
const PAGE_BYTES: usize = 1024 * 1024;

/// The parameters of a read, apart from the key condition.
#[derive(Debug)]
pub(super) struct Reading<'f> {
    pub(super) table: &'f str,
    pub(super) filter: Option<Condition>,
    projection: Option<Projection>,
    pub(super) start: Option<Item>,
    index: Option<&'f str>,
    select: &'static str,
    limit: Option<usize>,
    consistent: bool,
    report: Report,
}

const SELECT: [&str; 4] = [
    "SPECIFIC_ATTRIBUTES",
    "COUNT",
    "ALL_ATTRIBUTES",
    "ALL_PROJECTED_ATTRIBUTES",
];

impl<'f> Reading<'f> {
    /// Reads the parameters; the placeholders are left for the caller to finish.
    pub(super) fn read(
        fields: &Fields<'f>,
        placeholders: &mut Placeholders,
    ) -> Result<Self, Failure> {
        let projection = fields.projection(placeholders)?;
        let index = fields.string("IndexName")?;
        let start = match fields.value("ExclusiveStartKey") {
            None => None,
            Some(json) => Some(item_from_json(json).map_err(|failure| {
                Failure::validation(format!(
                    "The provided starting key is invalid: {}",
                    failure.message
                ))
            })?),
        };
        let default = match (&projection, index) {
            (Some(_), _) => "SPECIFIC_ATTRIBUTES",
            (None, Some(_)) => "ALL_PROJECTED_ATTRIBUTES",
            (None, None) => "ALL_ATTRIBUTES",
        };
        let select = fields.choice("Select", &SELECT, default)?;
        match (select, &projection) {
            ("SPECIFIC_ATTRIBUTES", None) => {
                return Err(Failure::validation(
                    "Must specify the AttributesToGet or ProjectionExpression when choosing to get \
                     SPECIFIC_ATTRIBUTES",
                ));
            }
            ("COUNT" | "ALL_ATTRIBUTES" | "ALL_PROJECTED_ATTRIBUTES", Some(_)) => {
                return Err(Failure::validation(format!(
                    "Cannot specify the ProjectionExpression when choosing to get {select}"
                )));
            }
            ("ALL_PROJECTED_ATTRIBUTES", None) if index.is_none() => {
                return Err(Failure::validation(
                    "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
                ));
            }
            _ => {}
        }
        Ok(Self {
            table: fields.table()?,
            filter: fields.condition("FilterExpression", placeholders)?,
            projection,
            start,
            index,
            select,
            limit: fields.count("Limit", 1)?,
            consistent: fields.boolean("ConsistentRead")?,
            report: Report::read(fields)?,
        })
    }

    /// Refuses paths of the filter and the projection that lead into key attributes.
    pub(super) fn refuse_key_parts(&self, table: &Table) -> Result<(), Failure> {
        let paths = self.filter.iter().flat_map(Condition::paths);
        let deep = paths.filter(|path| !path.steps.is_empty());
        let projected = self.projection.iter().flat_map(Projection::deep_attributes);
        table.refuse_key_parts(deep.map(|path| path.attribute.as_str()).chain(projected))
    }

    /// Finds the index in the table, and checks that it can serve this read.
    pub(super) fn source<'t>(&self, table: &'t Table) -> Result<Source<'t>, Failure> {
        let Some(name) = self.index else {
            return Ok(Source { table, index: None });
        };
        let at = table
            .spec
            .indexes
            .iter()
            .position(|index| index.name == name);
        let found = at.and_then(|at| Some((at, table.spec.indexes.get(at)?)));
        let Some((at, index)) = found else {
            return Err(Failure::validation(format!(
                "The table does not have the specified index: {name}"
            )));
        };
        if index.global {
            self.check_global(table, index)?;
        }
        Ok(Source {
            table,
            index: Some((at, index)),
        })
    }

    /// A global index is eventually consistent, and has no attributes but those that it projects.
    fn check_global(&self, table: &Table, index: &IndexSpec) -> Result<(), Failure> {
        if self.consistent {
            return Err(Failure::validation(
                "Consistent reads are not supported on global secondary indexes",
            ));
        }
        if self.select == "ALL_ATTRIBUTES" && index.projection != IndexProjection::All {
            return Err(Failure::validation(format!(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported \
                 for global secondary index {} because its projection type is not ALL",
                index.name
            )));
        }
        let projected = Projected {
            table: &table.spec,
            index,
        };
        let wanted = self.projection.iter().flat_map(Projection::attributes);
        let absent: Vec<&str> = wanted.filter(|name| !sees(&projected, name)).collect();
        if !absent.is_empty() {
            return Err(Failure::validation(format!(
                "One or more parameter values were invalid: Global secondary index {} does not project \
                 [{}]",
                index.name,
                absent.join(", ")
            )));
        }
        Ok(())
    }

    /// Reads one page of the rows and writes the response.
    pub(super) fn page(&self, source: Source<'_>, rows: Rows<'_>) -> Map<String, Value> {
        let projected = source.index.map(|(_, index)| Projected {
            table: &source.table.spec,
            index,
        });
        // A local index can fetch from its table what it does not project itself.
        let fetches = source.index.is_some_and(|(_, index)| !index.global)
            && ["ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES"].contains(&self.select);
        let (mut items, mut count, mut scanned, mut bytes) =
            (Vec::new(), 0_usize, 0_usize, 0_usize);
        let mut last: Option<&Stored> = None;
        for stored in rows {
            let view = View {
                item: Some(&stored.item),
                visible: projected
                    .as_ref()
                    .filter(|_| !fetches)
                    .map(|projected| projected as _),
            };
            scanned += 1;
            bytes += stored.size;
            if self.filter.as_ref().is_none_or(|filter| filter.holds(view)) {
                count += 1;
                if self.select != "COUNT" {
                    items.push(item_to_json(&match &self.projection {
                        Some(projection) => projection.apply(view),
                        None => visible_item(view),
                    }));
                }
            }
            if self.limit == Some(scanned) || bytes > PAGE_BYTES {
                last = Some(stored);
                break;
            }
        }
        let mut response = Map::new();
        if self.select != "COUNT" {
            response.insert("Items".into(), Value::Array(items));
        }
        response.insert("Count".into(), json!(count));
        response.insert("ScannedCount".into(), json!(scanned));
        if let Some(last) = last {
            response.insert(
                "LastEvaluatedKey".into(),
                item_to_json(&source.start_key(&last.item)),
            );
        }
        self.charge(source, bytes, &mut response);
        response
    }

    fn charge(&self, source: Source<'_>, bytes: usize, response: &mut Map<String, Value>) {
        let halves = read_halves(bytes, self.consistent);
        let mut charge = Charge::default();
        match source.index {
            None => charge.table = halves,
            Some((_, index)) if index.global => {
                charge.global.insert(index.name.clone(), halves);
            }
            Some((_, index)) => {
                charge.local.insert(index.name.clone(), halves);
            }
        }
        if let Some(consumed) = charge.report(self.table, self.report, None) {
            response.insert("ConsumedCapacity".into(), consumed);
        }
    }
}

fn sees(projected: &Projected<'_>, name: &str) -> bool {
    crate::dynamodb::expression::Visible::sees(projected, name)
}

/// The table, or one of its indexes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'t> {
    pub(super) table: &'t Table,
    index: Option<(usize, &'t IndexSpec)>,
}

impl<'t> Source<'t> {
    /// The key that orders the rows.
    pub(super) fn key(&self) -> &'t KeySchema {
        self.index
            .map_or(&self.table.spec.key, |(_, index)| &index.key)
    }

    pub(super) fn rows(&self, range: KeyRange, forward: bool) -> Rows<'t> {
        self.table
            .rows(self.index.map(|(at, _)| at), range, forward)
    }

    /// The key of a row as `LastEvaluatedKey` gives it: with an index, its key and the table's.
    fn start_key(&self, item: &Item) -> Item {
        let primary = self.table.spec.key.attributes();
        let names = primary
            .chain(self.key().attributes())
            .map(|attribute| &attribute.name);
        names
            .filter_map(|name| Some((name.clone(), item.get(name)?.clone())))
            .collect()
    }

    /// Encodes an `ExclusiveStartKey`, which must be the whole key of a row.
    pub(super) fn encode_start(&self, start: &Item) -> Result<Vec<u8>, Failure> {
        const INVALID: &str = "The provided starting key is invalid";
        const MISMATCH: &str = "The provided key element does not match the schema";
        let primary = &self.table.spec.key;
        let names: BTreeSet<&String> = primary
            .attributes()
            .chain(self.key().attributes())
            .map(|key| &key.name)
            .collect();
        if names.len() != start.len() {
            return Err(Failure::validation(INVALID));
        }
        for attribute in self.key().attributes() {
            match start.get(&attribute.name) {
                None => return Err(Failure::validation(INVALID)),
                Some(value) if value.type_name() != attribute.kind.name() => {
                    return Err(Failure::validation(MISMATCH));
                }
                Some(_) => {}
            }
        }
        let invalid = || Failure::validation(format!("{INVALID}: {MISMATCH}"));
        let mut encoded = key::of_item(self.key(), start).ok_or_else(invalid)?;
        if self.index.is_some() {
            encoded.extend(key::of_item(primary, start).ok_or_else(invalid)?);
        }
        Ok(encoded)
    }

    /// The same key, as it would be in this partition.
    pub(super) fn encode_start_in(&self, partition: &[u8], start: &Item) -> Vec<u8> {
        let mut encoded = partition.to_vec();
        if let Some(value) = self
            .key()
            .sort
            .as_ref()
            .and_then(|sort| start.get(&sort.name))
        {
            key::encode(value, &mut encoded);
        }
        if self.index.is_some() {
            encoded.extend(key::of_item(&self.table.spec.key, start).unwrap_or_default());
        }
        encoded
    }
}

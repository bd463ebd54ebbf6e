//! Scan: all items of a table or an index, or one segment of them.

use super::page::Reading;
use crate::dynamodb::expression::Placeholders;
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::request::Fields;
use crate::dynamodb::spec::KeySchema;
use crate::dynamodb::table::{KeyRange, Rows, Stored};
use crate::dynamodb::{Done, Tables};

const EXPRESSIONS: [&str; 2] = ["FilterExpression", "ProjectionExpression"];

impl Tables {
    pub(crate) fn scan(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let mut placeholders = Placeholders::read(fields, &EXPRESSIONS)?;
        let read = Reading::read(fields, &mut placeholders)?;
        placeholders.refuse_unused()?;
        let segment = Segment::read(fields)?;
        let source = read.source(self.table(read.table)?)?;
        read.refuse_key_parts(source.table)?;
        let mut range = KeyRange::default();
        if let Some(start) = &read.start {
            range.continue_after(source.encode_start(start)?, true);
        }
        let rows: Rows<'_> = match segment {
            None => source.rows(range, true),
            Some(segment) => {
                let schema = source.key();
                Box::new(
                    source
                        .rows(range, true)
                        .filter(move |stored| segment.has(schema, stored)),
                )
            }
        };
        Ok(Done::reading(read.page(source, rows)))
    }
}

/// One of the equal parts of a parallel scan.
#[derive(Clone, Copy, Debug)]
struct Segment {
    number: usize,
    total: usize,
}

impl Segment {
    fn read(fields: &Fields<'_>) -> Result<Option<Self>, Failure> {
        let required = |missing: &str, present: &str| {
            Failure::validation(format!(
                "The {missing} parameter is required but was not present in the request when {present} \
                 parameter is present"
            ))
        };
        match (
            fields.count("Segment", 0)?,
            fields.count("TotalSegments", 1)?,
        ) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(required("TotalSegments", "Segment")),
            (None, Some(_)) => Err(required("Segment", "TotalSegments")),
            (Some(number), Some(total)) if number >= total => Err(Failure::validation(format!(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: \
                 Segment: {number} is not less than TotalSegments: {total}"
            ))),
            (Some(number), Some(total)) => Ok(Some(Self { number, total })),
        }
    }

    /// Whether the row's partition falls into this segment.
    fn has(self, schema: &KeySchema, stored: &Stored) -> bool {
        let mut partition = Vec::new();
        if let Some(value) = stored.item.get(&schema.partition.name) {
            key::encode(value, &mut partition);
        }
        crc32fast::hash(&partition) as usize % self.total == self.number
    }
}

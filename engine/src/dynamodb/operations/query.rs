//! Query: the items of one partition, in the order of their sort keys.

use super::key_condition::KeyTests;
use super::page::Reading;
use crate::dynamodb::expression::Placeholders;
use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::Fields;
use crate::dynamodb::{Done, Tables};

const EXPRESSIONS: [&str; 3] = [
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
];

impl Tables {
    pub(crate) fn query(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let mut placeholders = Placeholders::read(fields, &EXPRESSIONS)?;
        let read = Reading::read(fields, &mut placeholders)?;
        let condition = fields.condition("KeyConditionExpression", &mut placeholders)?;
        placeholders.refuse_unused()?;
        let Some(condition) = condition else {
            return Err(Failure::validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the \
                 request.",
            ));
        };
        let tests = KeyTests::read(&condition)?;
        let forward = fields.boolean_or("ScanIndexForward", true)?;
        let source = read.source(self.table(read.table)?)?;
        let mut query = tests.query(source.key())?;
        for path in read.filter.iter().flat_map(|filter| filter.paths()) {
            if source.key().has(&path.attribute) {
                return Err(Failure::validation(format!(
                    "Filter Expression can only contain non-primary key attributes: Primary key \
                     attribute: {}",
                    path.attribute
                )));
            }
        }
        read.refuse_key_parts(source.table)?;
        if let Some(start) = &read.start {
            let encoded = source.encode_start(start)?;
            // The sort key is judged first, as if it stood in the partition that is asked for.
            let moved = source.encode_start_in(&query.partition, start);
            let fault = if query.has_sort_test && !query.range.contains(&moved) {
                "The provided starting key does not match the range key predicate"
            } else if encoded.starts_with(&query.partition) {
                query.range.continue_after(encoded, forward);
                return Ok(Done::reading(
                    read.page(source, source.rows(query.range, forward)),
                ));
            } else if query.has_sort_test {
                "The query can return at most one row and cannot be restarted"
            } else {
                "The provided starting key is outside query boundaries based on provided conditions"
            };
            return Err(Failure::validation(fault));
        }
        let rows = source.rows(query.range, forward);
        Ok(Done::reading(read.page(source, rows)))
    }
}

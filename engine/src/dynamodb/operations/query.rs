//! Query: the items of one partition, in the order of their sort keys.

use super::key_condition::KeyQuery;
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
        let forward = fields.boolean_or("ScanIndexForward", true)?;
        let source = read.source(self.table(read.table)?)?;
        let mut query = KeyQuery::read(source.key(), &condition)?;
        for path in read.filter.iter().flat_map(|filter| filter.paths()) {
            if source.key().has(&path.attribute) {
                return Err(Failure::validation(format!(
                    "Filter Expression can only contain non-primary key attributes: Primary key \
                     attribute: {}",
                    path.attribute
                )));
            }
        }
        if let Some(start) = &read.start {
            let start = source.encode_start(start)?;
            if !start.starts_with(&query.partition) {
                return Err(Failure::validation(
                    "The provided starting key is outside query boundaries based on provided conditions",
                ));
            }
            if !query.range.contains(&start) {
                return Err(Failure::validation(
                    "The provided starting key does not match the range key predicate",
                ));
            }
            query.range.continue_after(start, forward);
        }
        let rows = source.rows(query.range, forward);
        Ok(Done::reading(read.page(source, rows)))
    }
}

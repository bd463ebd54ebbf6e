//! Everything but the append: reading a partition, an item, an index, and changing one field of an item that is there.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{to_attribute, to_item, to_map};
use super::{DynamoDb, Item};
use crate::aws_error::told;
use crate::entry::Keys;
use crate::event_log::{IndexKeys, Unavailable};
use crate::value::{Map, Wire};

fn unreadable(error: impl ProvideErrorMetadata + std::error::Error) -> Unavailable {
    Unavailable::new("read", told(&error, error.code(), error.message()))
}

impl DynamoDb {
    pub(super) async fn query(
        &self,
        table: &str,
        keys: Keys,
        partition: &str,
    ) -> Result<Vec<Map>, Unavailable> {
        let query = self
            .client()
            .query()
            .table_name(self.table(table)?)
            .consistent_read(true);
        let query = query.key_condition_expression("#partition = :partition");
        let query = query.expression_attribute_names("#partition", keys.partition);
        let query = query
            .expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()));
        let mut pages = query.into_paginator().items().send();
        let mut facts = Vec::new();
        while let Some(item) = pages.next().await {
            facts.push(to_map(item.map_err(unreadable)?)?);
        }
        Ok(facts)
    }

    pub(super) async fn get_item(&self, table: &str, key: Map) -> Result<Option<Map>, Unavailable> {
        let get = self.client().get_item().table_name(self.table(table)?);
        let get = get.set_key(Some(to_item(&key))).consistent_read(true);
        let answer = get.send().await.map_err(unreadable)?;
        answer.item.map(to_map).transpose()
    }

    /// An index is never read consistently, and it holds what has its key attributes: no claim has them.
    pub(super) async fn query_index(
        &self,
        table: &str,
        index: IndexKeys,
        partition: Wire,
    ) -> Result<Vec<Map>, Unavailable> {
        let query = self.client().query().table_name(self.table(table)?);
        let query = query.index_name(index.name);
        let query = query.key_condition_expression("#partition = :partition");
        let query = query.expression_attribute_names("#partition", index.partition);
        let query = query.expression_attribute_values(":partition", to_attribute(&partition));
        let mut pages = query.into_paginator().items().send();
        let mut facts = Vec::new();
        while let Some(item) = pages.next().await {
            facts.push(to_map(item.map_err(unreadable)?)?);
        }
        Ok(facts)
    }

    /// The condition that the item exists keeps an update from making one: a fact is only ever recorded by an append.
    pub(super) async fn update_item(
        &self,
        table: &str,
        keys: Keys,
        key: Map,
        (field, value): (&str, Option<Wire>),
    ) -> Result<bool, Unavailable> {
        let key: Item = to_item(&key);
        let update = self.client().update_item().table_name(self.table(table)?);
        let update = update
            .set_key(Some(key))
            .condition_expression("attribute_exists(#partition)")
            .expression_attribute_names("#partition", keys.partition)
            .expression_attribute_names("#field", field);
        let update = match &value {
            Some(value) => update
                .update_expression("SET #field = :value")
                .expression_attribute_values(":value", to_attribute(value)),
            None => update.update_expression("REMOVE #field"),
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(Unavailable::new(
                "update",
                told(&error, error.code(), error.message()),
            )),
        }
    }
}

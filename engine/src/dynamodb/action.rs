//! One intended change to one item, with its condition: the common part of the single operations,
//! the batches and the transactions.

use super::expression::{Condition, Placeholders, Update, View};
use super::failure::Failure;
use super::key;
use super::request::Fields;
use super::table::{ITEM_BYTES_MAX, Stored, Table};
use super::value::{Item, exceeds_depth, item_size, item_to_json};

/// What is to be done to the item.
#[derive(Debug)]
pub(crate) enum Intent {
    Put(Item),
    Delete(Item),
    /// Without an expression, an update only makes sure that the item is there.
    Update(Item, Option<Update>),
    /// Only the condition is tried.
    Check(Item),
}

/// The kinds of actions, before they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Put,
    Delete,
    Update,
    Check,
}

/// An intent on an item of a table.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) table: String,
    pub(crate) intent: Intent,
    condition: Option<Condition>,
    returns_item_on_failure: bool,
}

impl Action {
    /// Reads an action from a request, or from its part of a transaction.
    pub(crate) fn read(fields: &Fields<'_>, kind: Kind) -> Result<Self, Failure> {
        let table = fields.table()?.to_owned();
        let expressions: &[&str] = match kind {
            Kind::Update => &["UpdateExpression", "ConditionExpression"],
            Kind::Put | Kind::Delete | Kind::Check => &["ConditionExpression"],
        };
        let returns_item_on_failure = fields.returns_item_on_failure()?;
        let mut placeholders = Placeholders::read(fields, expressions)?;
        let update = match kind {
            Kind::Update => fields.update(&mut placeholders)?,
            Kind::Put | Kind::Delete | Kind::Check => None,
        };
        let condition = fields.condition("ConditionExpression", &mut placeholders)?;
        placeholders.refuse_unused()?;
        let intent = match kind {
            Kind::Put => Intent::Put(fields.item("Item")?),
            Kind::Delete => Intent::Delete(fields.item("Key")?),
            Kind::Update => Intent::Update(fields.item("Key")?, update),
            Kind::Check => Intent::Check(fields.item("Key")?),
        };
        Ok(Self {
            table,
            intent,
            condition,
            returns_item_on_failure,
        })
    }

    /// An action without a condition, as batches have it.
    pub(crate) fn unconditional(table: &str, intent: Intent) -> Self {
        Self {
            table: table.to_owned(),
            intent,
            condition: None,
            returns_item_on_failure: false,
        }
    }

    /// Checks what can be checked without the item that is there, and returns its key.
    pub(crate) fn check(&self, table: &Table) -> Result<Vec<u8>, Failure> {
        let paths = self.condition.iter().flat_map(Condition::paths);
        let deep = paths.filter(|path| !path.steps.is_empty());
        table.refuse_key_parts(deep.map(|path| path.attribute.as_str()))?;
        match &self.intent {
            Intent::Put(item) => table.check_new_item(item),
            Intent::Delete(key) | Intent::Check(key) => key::of_request(&table.spec.key, key),
            Intent::Update(key, update) => {
                let encoded = key::of_request(&table.spec.key, key)?;
                let targets = update.iter().flat_map(Update::targets);
                for target in targets {
                    if table.spec.key.has(&target.attribute) {
                        return Err(Failure::validation(format!(
                            "One or more parameter values were invalid: Cannot update attribute {}. \
                             This attribute is part of the key",
                            target.attribute
                        )));
                    }
                }
                Ok(encoded)
            }
        }
    }

    /// Whether the condition holds for the item that is there.
    pub(crate) fn holds(&self, old: Option<&Stored>) -> bool {
        let view = View::whole(old.map(|stored| &stored.item));
        self.condition
            .as_ref()
            .is_none_or(|condition| condition.holds(view))
    }

    /// The item to show when the condition does not hold, if that was asked for.
    pub(crate) fn item_on_failure(&self, old: Option<&Stored>) -> Option<serde_json::Value> {
        old.filter(|_| self.returns_item_on_failure)
            .map(|stored| item_to_json(&stored.item))
    }

    /// The item after the action; `None` when there is none. Not for a check, which changes nothing.
    pub(crate) fn result(
        &self,
        table: &Table,
        old: Option<&Stored>,
    ) -> Result<Option<Item>, Failure> {
        let (key, update) = match &self.intent {
            Intent::Put(item) => return Ok(Some(item.clone())),
            Intent::Delete(_) => return Ok(None),
            Intent::Check(_) => return Ok(old.map(|stored| stored.item.clone())),
            Intent::Update(key, update) => (key, update),
        };
        let old = old.map(|stored| &stored.item);
        let start = old.unwrap_or(key).clone();
        let Some(update) = update else {
            return Ok(Some(start));
        };
        let item = update.apply(old, start).map_err(Failure::validation)?;
        if old.is_none() && !update.creates() {
            return Ok(None);
        }
        check_updated_item(table, &item)?;
        Ok(Some(item))
    }
}

fn check_updated_item(table: &Table, item: &Item) -> Result<(), Failure> {
    let parts = table
        .spec
        .indexes
        .iter()
        .flat_map(|index| index.key.attributes().zip([true, false]));
    for (attribute, partition) in parts {
        let Some(value) = item.get(&attribute.name) else {
            continue;
        };
        if value.type_name() != attribute.kind.name() {
            return Err(Failure::validation(
                "The update expression attempted to update the secondary index key to unsupported type",
            ));
        }
        let (length, kind) = key::length(value);
        if length == 0 {
            return Err(Failure::validation(format!(
                "One or more parameter values are not valid. The update expression attempted to update \
                 a secondary index key to a value that is not supported. The AttributeValue for a key \
                 attribute cannot contain an empty {kind} value."
            )));
        }
        if key::check_size(value, partition).is_err() {
            return Err(Failure::validation(
                "The update expression attempted to update the secondary index key beyond allowed size \
                 limits",
            ));
        }
    }
    if exceeds_depth(item) {
        return Err(Failure::validation(
            "Nesting Levels have exceeded supported limits",
        ));
    }
    if item_size(item) > ITEM_BYTES_MAX {
        return Err(Failure::validation(
            "Item size to update has exceeded the maximum allowed size",
        ));
    }
    Ok(())
}

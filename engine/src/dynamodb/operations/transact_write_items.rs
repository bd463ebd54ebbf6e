//! TransactWriteItems: up to 100 actions, all or none, and once for each client token.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::dynamodb::action::{Action, Intent, Kind};
use crate::dynamodb::capacity::{Charge, Charges, Report, read_halves};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::{Fields, constraint};
use crate::dynamodb::tokens;
use crate::dynamodb::value::{AttributeValue, item_size};
use crate::dynamodb::write::{Effects, Write};
use crate::dynamodb::{Done, Tables};

/// Most actions of one transaction.
const ACTIONS_MAX: usize = 100;
/// Longest client token.
const TOKEN_CHARS_MAX: usize = 36;
/// Most bytes of all items and keys of one transaction.
const PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) const MULTIPLE_OPERATIONS: &str =
    "Transaction request cannot include multiple operations on one item";

impl Tables {
    pub(crate) fn transact_write_items(
        &mut self,
        fields: &Fields<'_>,
        now_ms: i64,
    ) -> Result<Done, Failure> {
        let report = Report::read(fields)?;
        fields.choice("ReturnItemCollectionMetrics", &["SIZE", "NONE"], "NONE")?;
        let token = read_token(fields)?;
        let actions = read_actions(fields)?;
        for action in &actions {
            self.table(&action.table)?;
        }
        let digest =
            token.map(|_| tokens::digest(fields.value("TransactItems").unwrap_or(&Value::Null)));
        if let (Some(token), Some(digest)) = (token, &digest)
            && self.tokens.is_repeat(token, digest, now_ms)?
        {
            return self.repeated(&actions, report);
        }
        let keys = self.check_all(&actions)?;
        let writes = self.decide_all(&actions, keys)?;
        let mut effects = Effects::default();
        for write in writes {
            self.write(write, now_ms, &mut effects)?;
        }
        // A transactional write costs two plain ones.
        effects.charges.double();
        if let (Some(token), Some(digest)) = (token, digest) {
            effects
                .changes
                .extend(self.tokens.remember(token, digest, now_ms));
        }
        let mut response = Map::new();
        effects
            .charges
            .report(&mut response, report, Some("WriteCapacityUnits"));
        Ok(Done { response, effects })
    }

    /// The answer to a transaction that was done already: it only costs the reading.
    fn repeated(&self, actions: &[Action], report: Report) -> Result<Done, Failure> {
        let mut charges = Charges::default();
        for action in actions {
            let table = self.table(&action.table)?;
            let stored = table.get(&action.check(table)?);
            let halves = read_halves(stored.map_or(0, |stored| stored.size), true);
            charges.add(&action.table, Charge::table(2 * halves));
        }
        let mut response = Map::new();
        charges.report(&mut response, report, Some("ReadCapacityUnits"));
        Ok(Done::reading(response))
    }

    /// Checks every action by itself. DynamoDB reports the first that is not valid, and then tries
    /// no condition.
    fn check_all(&self, actions: &[Action]) -> Result<Vec<Vec<u8>>, Failure> {
        let mut keys = Vec::with_capacity(actions.len());
        let mut seen = BTreeSet::new();
        for (at, action) in actions.iter().enumerate() {
            match action.check(self.table(&action.table)?) {
                Ok(key) => keys.push(key),
                Err(failure) => {
                    let mut reasons = vec![none(); actions.len()];
                    if let Some(reason) = reasons.get_mut(at) {
                        *reason = invalid(&failure);
                    }
                    return Err(Failure::cancelled(&reasons));
                }
            }
        }
        for (action, key) in actions.iter().zip(&keys) {
            if !seen.insert((&action.table, key)) {
                return Err(Failure::validation(MULTIPLE_OPERATIONS));
            }
        }
        Ok(keys)
    }

    /// Tries every action on the state before the transaction; no two touch the same item.
    fn decide_all(&self, actions: &[Action], keys: Vec<Vec<u8>>) -> Result<Vec<Write>, Failure> {
        let mut writes = Vec::with_capacity(actions.len());
        let mut reasons = Vec::with_capacity(actions.len());
        for (action, key) in actions.iter().zip(keys) {
            let table = self.table(&action.table)?;
            let old = table.get(&key);
            if !action.holds(old) {
                reasons.push(condition_failed(action.item_on_failure(old)));
                continue;
            }
            match action.result(table, old) {
                Ok(item) => {
                    reasons.push(none());
                    writes.push(Write {
                        table: action.table.clone(),
                        key,
                        item,
                    });
                }
                Err(failure) => reasons.push(invalid(&failure)),
            }
        }
        if writes.len() < actions.len() {
            return Err(Failure::cancelled(&reasons));
        }
        Ok(writes)
    }
}

fn none() -> Value {
    json!({ "Code": "None" })
}

fn invalid(failure: &Failure) -> Value {
    json!({ "Code": "ValidationError", "Message": failure.message })
}

fn condition_failed(item: Option<Value>) -> Value {
    let mut reason = Map::new();
    reason.insert("Code".into(), json!("ConditionalCheckFailed"));
    if let Some(item) = item {
        reason.insert("Item".into(), item);
    }
    reason.insert("Message".into(), json!("The conditional request failed"));
    Value::Object(reason)
}

fn read_token<'f>(fields: &Fields<'f>) -> Result<Option<&'f str>, Failure> {
    let Some(token) = fields.string("ClientRequestToken")? else {
        return Ok(None);
    };
    let fault = match token.chars().count() {
        0 => "Member must have length greater than or equal to 1",
        length if length > TOKEN_CHARS_MAX => "Member must have length less than or equal to 36",
        _ => return Ok(Some(token)),
    };
    Err(constraint(
        &format!("'{token}'"),
        "clientRequestToken",
        fault,
    ))
}

/// The `TransactItems` of a request, of which there must be 1 to 100.
pub(super) fn transact_items<'f>(fields: &Fields<'f>) -> Result<&'f [Value], Failure> {
    let null = || constraint("null", "transactItems", "Member must not be null");
    let items = fields.list("TransactItems")?.ok_or_else(null)?;
    let fault = match items.len() {
        0 => "Member must have length greater than or equal to 1",
        length if length > ACTIONS_MAX => "Member must have length less than or equal to 100",
        _ => return Ok(items),
    };
    Err(constraint("'[…]'", "transactItems", fault))
}

fn read_actions(fields: &Fields<'_>) -> Result<Vec<Action>, Failure> {
    let kinds = [
        ("Put", Kind::Put, None),
        ("Update", Kind::Update, Some("UpdateExpression")),
        ("Delete", Kind::Delete, None),
        ("ConditionCheck", Kind::Check, Some("ConditionExpression")),
    ];
    let mut actions = Vec::new();
    let mut payload = 0;
    for (at, json) in transact_items(fields)?.iter().enumerate() {
        let item = Fields::read(json)?;
        let mut given = kinds.iter().filter_map(|(name, kind, required)| {
            Some((*name, *kind, *required, item.value(name)?))
        });
        let (Some((name, kind, required, body)), None) = (given.next(), given.next()) else {
            return Err(Failure::validation(
                "TransactItems can only contain one of Check, Put, Update or Delete",
            ));
        };
        let body = Fields::read(body)?;
        if let Some(required) = required
            && body.value(required).is_none()
        {
            let lower = |word: &str| {
                let (first, rest) = word.split_at(1);
                format!("{}{rest}", first.to_lowercase())
            };
            let path = format!(
                "transactItems.{}.member.{}.{}",
                at + 1,
                lower(name),
                lower(required)
            );
            return Err(constraint("null", &path, "Member must not be null"));
        }
        let action = Action::read(&body, kind)?;
        payload += match &action.intent {
            Intent::Put(item)
            | Intent::Delete(item)
            | Intent::Check(item)
            | Intent::Update(item, _) => item_size(item),
        };
        for value in body
            .map("ExpressionAttributeValues")?
            .into_iter()
            .flat_map(Map::values)
        {
            payload += AttributeValue::from_json(value)?.size();
        }
        actions.push(action);
    }
    if payload > PAYLOAD_BYTES_MAX {
        return Err(Failure::validation(
            "Transaction payload size cannot exceed 4 MB in a single transaction",
        ));
    }
    Ok(actions)
}

//! KeyConditionExpression: one partition, and perhaps a range of its sort keys.

use crate::dynamodb::expression::{Comparator, Condition, Operand};
use crate::dynamodb::failure::Failure;
use crate::dynamodb::key;
use crate::dynamodb::spec::{KeyAttribute, KeySchema};
use crate::dynamodb::table::KeyRange;
use crate::dynamodb::value::AttributeValue;

/// A test of one key attribute.
#[derive(Debug)]
enum Test<'c> {
    Compare(Comparator, &'c AttributeValue),
    Between(&'c AttributeValue, &'c AttributeValue),
    BeginsWith(&'c AttributeValue),
}

/// A partition, and the keys of it that the condition admits.
#[derive(Debug)]
pub(super) struct KeyQuery {
    pub(super) partition: Vec<u8>,
    pub(super) range: KeyRange,
}

impl KeyQuery {
    /// Reads what the condition says about the key.
    pub(super) fn read(schema: &KeySchema, condition: &Condition) -> Result<Self, Failure> {
        let mut tests = Vec::new();
        gather(condition, &mut tests)?;
        if tests.len() > 2 {
            return Err(Failure::validation(
                "Conditions can be of length 1 or 2 only",
            ));
        }
        if let [(first, _), (second, _)] = tests.as_slice()
            && first == second
        {
            return Err(invalid(
                "KeyConditionExpressions must only contain one condition per key",
            ));
        }
        let missed = |attribute: &KeyAttribute| {
            Failure::validation(format!(
                "Query condition missed key schema element: {}",
                attribute.name
            ))
        };
        let unsupported = || Failure::validation("Query key condition not supported");
        let at = tests
            .iter()
            .position(|(name, _)| *name == schema.partition.name);
        let (_, test) = tests.remove(at.ok_or_else(|| missed(&schema.partition))?);
        let Test::Compare(Comparator::Equal, value) = test else {
            return Err(unsupported());
        };
        check(&schema.partition, value)?;
        let mut partition = Vec::new();
        key::encode(value, &mut partition);
        let range = match (tests.pop(), &schema.sort) {
            (None, _) => KeyRange::prefix(partition.clone()),
            (Some((name, test)), Some(sort)) if name == sort.name => {
                sort_range(&partition, sort, &test)?
            }
            (Some(_), Some(sort)) => return Err(missed(sort)),
            (Some(_), None) => return Err(unsupported()),
        };
        Ok(Self { partition, range })
    }
}

fn sort_range(partition: &[u8], sort: &KeyAttribute, test: &Test<'_>) -> Result<KeyRange, Failure> {
    let at = |value: &AttributeValue| {
        check(sort, value)?;
        let mut bytes = partition.to_vec();
        key::encode(value, &mut bytes);
        Ok::<_, Failure>(bytes)
    };
    let mut range = KeyRange::prefix(partition.to_vec());
    match test {
        Test::Compare(Comparator::Equal, value) => range = KeyRange::prefix(at(value)?),
        Test::Compare(Comparator::Less, value) => range.high = Some(at(value)?),
        Test::Compare(Comparator::LessOrEqual, value) => range.high = key::after(&at(value)?),
        Test::Compare(Comparator::Greater, value) => range.low = key::after(&at(value)?),
        Test::Compare(Comparator::GreaterOrEqual, value) => range.low = Some(at(value)?),
        Test::Compare(Comparator::NotEqual, _) => return Err(operator("<>")),
        Test::Between(low, high) => {
            range.low = Some(at(low)?);
            range.high = key::after(&at(high)?);
        }
        Test::BeginsWith(value) => {
            check(sort, value)?;
            let mut start = partition.to_vec();
            key::encode_start(value, &mut start);
            range = KeyRange::prefix(start);
        }
    }
    Ok(range)
}

fn gather<'c>(
    condition: &'c Condition,
    tests: &mut Vec<(&'c str, Test<'c>)>,
) -> Result<(), Failure> {
    match condition {
        Condition::And(all) => return all.iter().try_for_each(|one| gather(one, tests)),
        Condition::Compare(Comparator::NotEqual, ..) => return Err(operator("<>")),
        Condition::Compare(comparator, Operand::Path(_), Operand::Value(value)) => {
            tests.push((attribute(condition)?, Test::Compare(*comparator, value)));
        }
        Condition::Compare(comparator, Operand::Value(value), Operand::Path(_)) => {
            tests.push((
                attribute(condition)?,
                Test::Compare(flipped(*comparator), value),
            ));
        }
        Condition::Between(Operand::Path(_), Operand::Value(low), Operand::Value(high)) => {
            tests.push((attribute(condition)?, Test::Between(low, high)));
        }
        Condition::BeginsWith(Operand::Path(_), Operand::Value(value)) => {
            tests.push((attribute(condition)?, Test::BeginsWith(value)));
        }
        Condition::Or(_) => return Err(operator("OR")),
        Condition::Not(_) => return Err(operator("NOT")),
        Condition::In(..) => return Err(operator("IN")),
        Condition::Exists(_) => return Err(operator("attribute_exists")),
        Condition::NotExists(_) => return Err(operator("attribute_not_exists")),
        Condition::TypeIs(..) => return Err(operator("attribute_type")),
        Condition::Contains(..) => return Err(operator("contains")),
        Condition::Compare(..) | Condition::Between(..) | Condition::BeginsWith(..) => {
            let fault = match condition.paths().len() {
                0 => "No key attribute specified",
                1 => "The key attribute must be compared with values",
                _ => "Multiple attribute names used in one condition",
            };
            return Err(Failure::validation(format!(
                "Invalid condition in KeyConditionExpression: {fault}"
            )));
        }
    }
    Ok(())
}

/// The one attribute of a simple condition.
fn attribute(condition: &Condition) -> Result<&str, Failure> {
    let paths = condition.paths();
    let path = paths
        .first()
        .ok_or_else(|| invalid("No key attribute specified"))?;
    if !path.steps.is_empty() {
        return Err(invalid(
            "KeyConditionExpressions cannot have conditions on nested attributes",
        ));
    }
    Ok(&path.attribute)
}

fn flipped(comparator: Comparator) -> Comparator {
    match comparator {
        Comparator::Less => Comparator::Greater,
        Comparator::LessOrEqual => Comparator::GreaterOrEqual,
        Comparator::Greater => Comparator::Less,
        Comparator::GreaterOrEqual => Comparator::LessOrEqual,
        Comparator::Equal | Comparator::NotEqual => comparator,
    }
}

fn check(attribute: &KeyAttribute, value: &AttributeValue) -> Result<(), Failure> {
    if value.type_name() != attribute.kind.name() {
        return Err(Failure::validation(
            "One or more parameter values were invalid: Condition parameter type does not match schema \
             type",
        ));
    }
    let (length, kind) = key::length(value);
    if length == 0 {
        return Err(Failure::validation(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot \
             contain an empty {kind} value. Key: {}",
            attribute.name
        )));
    }
    Ok(())
}

fn invalid(fault: &str) -> Failure {
    Failure::validation(format!("Invalid KeyConditionExpression: {fault}"))
}

fn operator(name: &str) -> Failure {
    Failure::validation(format!(
        "Invalid operator used in KeyConditionExpression: {name}"
    ))
}

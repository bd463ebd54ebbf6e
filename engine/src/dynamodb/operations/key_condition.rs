//! KeyConditionExpression: one partition, and perhaps a range of its sort keys.

use std::collections::BTreeSet;

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

/// What a KeyConditionExpression says about attributes, before it is known which are keys.
#[derive(Debug)]
pub(super) struct KeyTests<'c>(Vec<(&'c str, Test<'c>)>);

/// A partition, and the keys of it that the condition admits.
#[derive(Debug)]
pub(super) struct KeyQuery {
    pub(super) partition: Vec<u8>,
    pub(super) range: KeyRange,
    /// The condition says something about the sort key too.
    pub(super) has_sort_test: bool,
}

impl<'c> KeyTests<'c> {
    /// Reads the condition, which may have only one test for each of one or two attributes.
    pub(super) fn read(condition: &'c Condition) -> Result<Self, Failure> {
        let mut tests = Vec::new();
        gather(condition, &mut tests)?;
        let names: BTreeSet<&str> = tests.iter().map(|(name, _)| *name).collect();
        if names.len() < tests.len() {
            return Err(Failure::validation(
                "KeyConditionExpressions must only contain one condition per key",
            ));
        }
        if tests.len() > 2 {
            return Err(Failure::validation(
                "Conditions can be of length 1 or 2 only",
            ));
        }
        Ok(Self(tests))
    }

    /// Fits the tests to a key.
    pub(super) fn query(mut self, schema: &KeySchema) -> Result<KeyQuery, Failure> {
        let missed = |attribute: &KeyAttribute| {
            Failure::validation(format!(
                "Query condition missed key schema element: {}",
                attribute.name
            ))
        };
        let unsupported = || Failure::validation("Query key condition not supported");
        if schema.sort.is_none() && self.0.len() > 1 {
            return Err(unsupported());
        }
        let at = self
            .0
            .iter()
            .position(|(name, _)| *name == schema.partition.name);
        let (_, test) = self.0.remove(at.ok_or_else(|| missed(&schema.partition))?);
        for value in test.values() {
            check(&schema.partition, value)?;
        }
        let Test::Compare(Comparator::Equal, value) = test else {
            return Err(unsupported());
        };
        let mut partition = Vec::new();
        key::encode(value, &mut partition);
        let range = match (self.0.pop(), &schema.sort) {
            (None, _) => None,
            (Some((name, test)), Some(sort)) if name == sort.name => {
                Some(sort_range(&partition, sort, &test)?)
            }
            (Some(_), Some(sort)) => return Err(missed(sort)),
            (Some(_), None) => return Err(unsupported()),
        };
        let has_sort_test = range.is_some();
        let range = range.unwrap_or_else(|| KeyRange::prefix(partition.clone()));
        Ok(KeyQuery {
            partition,
            range,
            has_sort_test,
        })
    }
}

impl Test<'_> {
    fn values(&self) -> Vec<&AttributeValue> {
        match self {
            Self::Compare(_, value) | Self::BeginsWith(value) => vec![value],
            Self::Between(low, high) => vec![low, high],
        }
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
    let test = match condition {
        Condition::And(all) => return all.iter().try_for_each(|one| gather(one, tests)),
        Condition::Compare(Comparator::NotEqual, ..) => return Err(operator("<>")),
        Condition::Compare(comparator, Operand::Value(value), right) => {
            let Some(name) = key_operand(right)? else {
                return Err(in_condition("No key attribute specified"));
            };
            (name, Test::Compare(flipped(*comparator), value))
        }
        Condition::Compare(comparator, left, right) => (
            first_operand(left, "")?,
            Test::Compare(*comparator, value_operand(right)?),
        ),
        Condition::Between(value, low, high) => {
            let name = first_operand(value, "BETWEEN")?;
            (
                name,
                Test::Between(value_operand(low)?, value_operand(high)?),
            )
        }
        Condition::BeginsWith(value, prefix) => {
            let name = first_operand(value, "begins_with")?;
            (name, Test::BeginsWith(value_operand(prefix)?))
        }
        Condition::Or(_) => return Err(operator("OR")),
        Condition::Not(_) => return Err(operator("NOT")),
        Condition::In(..) => return Err(operator("IN")),
        Condition::Exists(_) => return Err(operator("attribute_exists")),
        Condition::NotExists(_) => return Err(operator("attribute_not_exists")),
        Condition::TypeIs(..) => return Err(operator("attribute_type")),
        Condition::Contains(..) => return Err(operator("contains")),
    };
    tests.push(test);
    Ok(())
}

/// The attribute that an operand names; `None` for a value.
fn key_operand(operand: &Operand) -> Result<Option<&str>, Failure> {
    match operand {
        Operand::Path(path) if path.steps.is_empty() => Ok(Some(&path.attribute)),
        Operand::Path(_) => Err(Failure::validation(
            "KeyConditionExpressions cannot have conditions on nested attributes",
        )),
        Operand::Size(_) => Err(nested_operation()),
        Operand::Value(_) => Ok(None),
    }
}

fn first_operand<'c>(operand: &'c Operand, operator: &str) -> Result<&'c str, Failure> {
    key_operand(operand)?.ok_or_else(|| {
        in_condition(&format!(
            "{operator} operator must have the key attribute as its first operand"
        ))
    })
}

fn value_operand(operand: &Operand) -> Result<&AttributeValue, Failure> {
    match operand {
        Operand::Value(value) => Ok(value),
        Operand::Path(_) => Err(in_condition(
            "Multiple attribute names used in one condition",
        )),
        Operand::Size(_) => Err(nested_operation()),
    }
}

fn nested_operation() -> Failure {
    Failure::validation("KeyConditionExpressions cannot contain nested operations")
}

fn in_condition(fault: &str) -> Failure {
    Failure::validation(format!(
        "Invalid condition in KeyConditionExpression: {fault}"
    ))
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

fn operator(name: &str) -> Failure {
    Failure::validation(format!(
        "Invalid operator used in KeyConditionExpression: {name}"
    ))
}

//! Tries a condition on an item.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::condition::{Condition, Operand};
use super::parse::Comparator;
use super::path::View;
use crate::dynamodb::number::Number;
use crate::dynamodb::value::AttributeValue;

impl Condition {
    /// Whether the condition holds. An attribute that is missing, or of a type that the operator
    /// does not know, makes it false, except that it is `<>` to everything.
    pub(crate) fn holds(&self, view: View<'_>) -> bool {
        match self {
            Self::Compare(comparator, left, right) => compare(
                *comparator,
                left.value(view).as_deref(),
                right.value(view).as_deref(),
            ),
            Self::Between(value, low, high) => {
                let value = value.value(view);
                let order =
                    |bound: &Operand| value.as_deref()?.order(bound.value(view).as_deref()?);
                order(low).is_some_and(Ordering::is_ge) && order(high).is_some_and(Ordering::is_le)
            }
            Self::In(value, list) => {
                let value = value.value(view);
                value.is_some() && list.iter().any(|entry| entry.value(view) == value)
            }
            Self::Exists(path) => view.follow(path).is_some(),
            Self::NotExists(path) => view.follow(path).is_none(),
            Self::TypeIs(value, type_name) => value
                .value(view)
                .is_some_and(|value| value.type_name() == type_name),
            Self::BeginsWith(value, prefix) => {
                match (value.value(view).as_deref(), prefix.value(view).as_deref()) {
                    (Some(AttributeValue::S(text)), Some(AttributeValue::S(prefix))) => {
                        text.starts_with(prefix)
                    }
                    (Some(AttributeValue::B(bytes)), Some(AttributeValue::B(prefix))) => {
                        bytes.starts_with(prefix)
                    }
                    _ => false,
                }
            }
            Self::Contains(container, member) => {
                match (
                    container.value(view).as_deref(),
                    member.value(view).as_deref(),
                ) {
                    (Some(container), Some(member)) => contains(container, member),
                    _ => false,
                }
            }
            Self::And(all) => all.iter().all(|one| one.holds(view)),
            Self::Or(all) => all.iter().any(|one| one.holds(view)),
            Self::Not(inner) => !inner.holds(view),
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, view: View<'a>) -> Option<Cow<'a, AttributeValue>> {
        match self {
            Self::Path(path) => view.follow(path).map(Cow::Borrowed),
            Self::Value(value) => Some(Cow::Borrowed(value)),
            Self::Size(inner) => {
                let count = match inner.value(view)?.as_ref() {
                    AttributeValue::S(text) => text.len(),
                    AttributeValue::B(bytes) => bytes.len(),
                    AttributeValue::M(map) => map.len(),
                    AttributeValue::L(list) => list.len(),
                    AttributeValue::Ss(set) => set.len(),
                    AttributeValue::Ns(set) => set.len(),
                    AttributeValue::Bs(set) => set.len(),
                    AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null => {
                        return None;
                    }
                };
                Some(Cow::Owned(AttributeValue::N(Number::from_count(count))))
            }
        }
    }
}

fn compare(
    comparator: Comparator,
    left: Option<&AttributeValue>,
    right: Option<&AttributeValue>,
) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return comparator == Comparator::NotEqual;
    };
    let order = || left.order(right);
    match comparator {
        Comparator::Equal => left == right,
        Comparator::NotEqual => left != right,
        Comparator::Less => order().is_some_and(Ordering::is_lt),
        Comparator::LessOrEqual => order().is_some_and(Ordering::is_le),
        Comparator::Greater => order().is_some_and(Ordering::is_gt),
        Comparator::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
    }
}

fn contains(container: &AttributeValue, member: &AttributeValue) -> bool {
    match (container, member) {
        (AttributeValue::S(text), AttributeValue::S(part)) => text.contains(part.as_str()),
        (AttributeValue::B(bytes), AttributeValue::B(part)) => {
            part.is_empty()
                || bytes
                    .windows(part.len())
                    .any(|window| window == part.as_slice())
        }
        (AttributeValue::Ss(set), AttributeValue::S(member)) => set.contains(member),
        (AttributeValue::Ns(set), AttributeValue::N(member)) => set.contains(member),
        (AttributeValue::Bs(set), AttributeValue::B(member)) => set.contains(member),
        (AttributeValue::L(list), member) => list.contains(member),
        _ => false,
    }
}

//! Filters of paths: `[?(@.price < 10 && @.kind == 'book')]`.

use std::cmp::Ordering;

use super::Path;
use crate::asl::json::Json;

#[derive(Clone, Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `@.path` alone: there is something there, even null.
    Exists(Path),
    RootExists(Path),
    Compare(Operand, Comparison, Operand),
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// `@...`, from the element that is looked at.
    Path(Path),
    /// `$...`, from the root of the data.
    Root(Path),
    Literal(Json),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
}

impl Filter {
    pub(super) fn accepts(&self, item: &Json, root: &Json) -> bool {
        match self {
            Filter::And(left, right) => left.accepts(item, root) && right.accepts(item, root),
            Filter::Or(left, right) => left.accepts(item, root) || right.accepts(item, root),
            Filter::Not(inner) => !inner.accepts(item, root),
            Filter::Exists(path) => exists(path, item),
            Filter::RootExists(path) => exists(path, root),
            Filter::Compare(left, comparison, right) => {
                compare(left.value(item, root), *comparison, right.value(item, root))
            }
        }
    }
}

fn exists(path: &Path, from: &Json) -> bool {
    match path.select(from) {
        Ok(Json::Array(found)) if !path.definite => !found.is_empty(),
        Ok(_) => true,
        Err(_) => false,
    }
}

impl Operand {
    /// The operand's value; nothing where its path leads nowhere.
    fn value(&self, item: &Json, root: &Json) -> Option<Json> {
        match self {
            Operand::Path(path) => path.select(item).ok(),
            Operand::Root(path) => path.select(root).ok(),
            Operand::Literal(value) => Some(value.clone()),
        }
    }
}

fn compare(left: Option<Json>, comparison: Comparison, right: Option<Json>) -> bool {
    let ordered = |accept: fn(Ordering) -> bool| match (&left, &right) {
        (Some(Json::Number(left)), Some(Json::Number(right))) => accept(left.cmp(right)),
        (Some(Json::String(left)), Some(Json::String(right))) => accept(left.cmp(right)),
        _ => false,
    };
    let within = |item: &Option<Json>, list: &Option<Json>| match (item, list) {
        (Some(item), Some(Json::Array(items))) => items.contains(item),
        _ => false,
    };
    let length = match &left {
        Some(Json::Array(items)) => Some(items.len()),
        Some(Json::String(text)) => Some(text.chars().count()),
        _ => None,
    };
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterEqual => ordered(Ordering::is_ge),
        Comparison::In => within(&left, &right),
        Comparison::NotIn => left.is_some() && !within(&left, &right),
        Comparison::Contains => match (&left, &right) {
            (Some(Json::String(text)), Some(Json::String(part))) => text.contains(&**part),
            _ => within(&right, &left),
        },
        Comparison::Size => match (length, right.as_ref().and_then(Json::as_number)) {
            (Some(length), Some(number)) => number.as_i64() == i64::try_from(length).ok(),
            _ => false,
        },
        Comparison::Empty => match (length, right) {
            (Some(length), Some(Json::Bool(wanted))) => (length == 0) == wanted,
            _ => false,
        },
    }
}

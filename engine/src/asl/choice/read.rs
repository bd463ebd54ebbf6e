//! Reads the rules of a Choice state from its definition.

use std::sync::Arc;

use super::{Operand, Order, Rule, Test, Type};
use crate::asl::error::DefinitionError;
use crate::asl::json::{Json, Object};
use crate::asl::path::Path;
use crate::asl::timestamp;

/// Levels of And, Or and Not; a bound, so that no definition can exhaust the stack.
const LEVELS_MAX: usize = 64;

/// What is compared, as the first word of an operator says.
const SUBJECTS: [&str; 4] = ["String", "Numeric", "Timestamp", "Boolean"];

const ORDERS: [(&str, Order); 5] = [
    ("Equals", Order::Equals),
    ("LessThan", Order::Less),
    ("LessThanEquals", Order::LessEquals),
    ("GreaterThan", Order::Greater),
    ("GreaterThanEquals", Order::GreaterEquals),
];

const TYPES: [(&str, Type); 6] = [
    ("IsNull", Type::Null),
    ("IsPresent", Type::Present),
    ("IsNumeric", Type::Numeric),
    ("IsString", Type::String),
    ("IsBoolean", Type::Boolean),
    ("IsTimestamp", Type::Timestamp),
];

/// The fields of a rule that are no part of its condition; only a rule at the top may have them, save the comment.
pub(super) const TOP_FIELDS: [&str; 3] = ["Next", "Assign", "Comment"];

impl Rule {
    /// Reads the condition of one entry of `Choices`.
    pub(in crate::asl) fn parse(rule: &Json, at: &str) -> Result<Rule, DefinitionError> {
        condition(rule, at, &TOP_FIELDS, 0)
    }
}

fn condition(rule: &Json, at: &str, also: &[&str], level: usize) -> Result<Rule, DefinitionError> {
    if level > LEVELS_MAX {
        return Err(DefinitionError::new(at, "conditions are nested too deeply"));
    }
    let Json::Object(object) = rule else {
        return Err(DefinitionError::new(at, "must be an object"));
    };
    if object.get("Condition").is_some() {
        return Err(DefinitionError::not_supported(
            at,
            "`Condition` is JSONata, which is not interpreted",
        ));
    }
    let mut fields = object
        .iter()
        .filter(|(key, _)| !also.contains(&&***key) && &***key != "Variable");
    let Some((operator, value)) = fields.next() else {
        return Err(DefinitionError::new(at, "has no operator"));
    };
    if let Some((second, _)) = fields.next() {
        return Err(DefinitionError::new(
            at,
            format!("`{operator}` and `{second}` cannot stand together"),
        ));
    }
    let inner = format!("{at}/{operator}");
    let combined = match &**operator {
        "And" => Rule::And(conditions(value, &inner, level)?),
        "Or" => Rule::Or(conditions(value, &inner, level)?),
        "Not" => Rule::Not(Box::new(condition(value, &inner, &["Comment"], level + 1)?)),
        _ => return test(object, operator, value, at),
    };
    match object.get("Variable") {
        Some(_) => Err(DefinitionError::new(
            at,
            format!("`Variable` and `{operator}` cannot stand together"),
        )),
        None => Ok(combined),
    }
}

fn conditions(value: &Json, at: &str, level: usize) -> Result<Vec<Rule>, DefinitionError> {
    match value {
        Json::Array(rules) if !rules.is_empty() => rules
            .iter()
            .enumerate()
            .map(|(index, rule)| condition(rule, &format!("{at}/{index}"), &["Comment"], level + 1))
            .collect(),
        _ => Err(DefinitionError::new(
            at,
            "must be an array of at least one condition",
        )),
    }
}

fn path(value: &Json, at: &str) -> Result<Path, DefinitionError> {
    let text = value
        .as_str()
        .ok_or_else(|| DefinitionError::new(at, "must be a JSONPath in a string"))?;
    Path::parse(text)
        .map_err(|why| DefinitionError::new(at, format!("`{text}` is not a JSONPath: {why}")))
}

fn test(
    object: &Object,
    operator: &Arc<str>,
    value: &Json,
    at: &str,
) -> Result<Rule, DefinitionError> {
    let Some(variable) = object.get("Variable") else {
        return Err(DefinitionError::new(at, "`Variable` is missing"));
    };
    let variable = path(variable, &format!("{at}/Variable"))?;
    let at = format!("{at}/{operator}");
    if let Some((_, kind)) = TYPES.iter().find(|(name, _)| **name == **operator) {
        let wanted = value
            .as_bool()
            .ok_or_else(|| DefinitionError::new(&at, "must be true or false"))?;
        return Ok(Rule::Test {
            variable,
            test: Test::Is(*kind, wanted),
        });
    }
    if &**operator == "StringMatches" {
        let text = value
            .as_str()
            .ok_or_else(|| DefinitionError::new(&at, "must be a string"))?;
        let parts = pattern(text).map_err(|why| DefinitionError::new(&at, why))?;
        return Ok(Rule::Test {
            variable,
            test: Test::Matches(parts),
        });
    }
    let unknown = || DefinitionError::new(&at, "is not an operator of a Choice state");
    let subject = SUBJECTS
        .iter()
        .find(|subject| operator.starts_with(**subject))
        .ok_or_else(unknown)?;
    let relation = operator.strip_prefix(subject).unwrap_or("");
    let (relation, by_path) = match relation.strip_suffix("Path") {
        Some(relation) => (relation, true),
        None => (relation, false),
    };
    let (_, order) = *ORDERS
        .iter()
        .find(|(name, _)| *name == relation)
        .ok_or_else(unknown)?;
    let source = Source {
        operator,
        value,
        by_path,
        at: &at,
    };
    let test = match *subject {
        "String" => Test::Text(order, source.operand("a string", string)?),
        "Numeric" => Test::Number(
            order,
            source.operand("a number", |json| json.as_number().cloned())?,
        ),
        "Timestamp" => {
            let read = |json: &Json| json.as_str().and_then(timestamp::parse);
            Test::Time(order, source.operand("an RFC 3339 timestamp", read)?)
        }
        _ if order == Order::Equals => Test::Bool(source.operand("true or false", Json::as_bool)?),
        _ => return Err(unknown()),
    };
    Ok(Rule::Test { variable, test })
}

fn string(json: &Json) -> Option<Arc<str>> {
    match json {
        Json::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Where the right side of a comparison comes from.
struct Source<'a> {
    operator: &'a Arc<str>,
    value: &'a Json,
    by_path: bool,
    at: &'a str,
}

impl Source<'_> {
    fn operand<T>(
        &self,
        wanted: &str,
        take: impl Fn(&Json) -> Option<T>,
    ) -> Result<Operand<T>, DefinitionError> {
        if self.by_path {
            return Ok(Operand::Path {
                operator: self.operator.clone(),
                path: path(self.value, self.at)?,
            });
        }
        let literal = take(self.value)
            .ok_or_else(|| DefinitionError::new(self.at, format!("must be {wanted}")))?;
        Ok(Operand::Literal(literal))
    }
}

/// Cuts a pattern at its `*`; a backslash takes the meaning from a `*` or a backslash.
pub(super) fn pattern(text: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => parts.push(std::mem::take(&mut part)),
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '\\')) => part.push(escaped),
                _ => {
                    return Err(
                        "a backslash may stand only before `*` and another backslash".to_owned(),
                    );
                }
            },
            other => part.push(other),
        }
    }
    parts.push(part);
    Ok(parts)
}

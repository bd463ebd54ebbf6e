//! Reads the fields of a request, with the errors that DynamoDB gives for wrong ones.

use serde_json::{Map, Value};

use super::expression::{Condition, Placeholders, Projection, Update};
use super::failure::Failure;
use super::value::{Item, item_from_json, kind};

/// One JSON object of a request: the body, or an action within it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
}

/// The parameters from before there were expressions; they are refused, not ignored.
const LEGACY: [&str; 7] = [
    "AttributesToGet",
    "AttributeUpdates",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
];

impl<'a> Fields<'a> {
    pub(crate) fn read(json: &'a Value) -> Result<Self, Failure> {
        let Some(object) = json.as_object() else {
            return Err(Failure::serialization(format!(
                "Unexpected value type in payload: {}",
                kind(json)
            )));
        };
        let fields = Self { object };
        match LEGACY.iter().find(|name| fields.value(name).is_some()) {
            Some(name) => Err(Failure::validation(format!(
                "the local DynamoDB does not offer the legacy parameter {name}; use the expression \
                 that replaces it"
            ))),
            None => Ok(fields),
        }
    }

    /// The field, unless it is absent or null.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn string(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        self.typed(name, "String", Value::as_str)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, Failure> {
        Ok(self
            .typed(name, "Boolean", Value::as_bool)?
            .unwrap_or(false))
    }

    pub(crate) fn boolean_or(&self, name: &str, default: bool) -> Result<bool, Failure> {
        Ok(self
            .typed(name, "Boolean", Value::as_bool)?
            .unwrap_or(default))
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a Vec<Value>>, Failure> {
        self.typed(name, "List", Value::as_array)
    }

    pub(crate) fn map(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Failure> {
        self.typed(name, "Map", Value::as_object)
    }

    fn typed<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let found = read(value);
        if found.is_none() {
            return Err(Failure::serialization(format!(
                "{} cannot be converted to {expected}",
                kind(value)
            )));
        }
        Ok(found)
    }

    /// A whole number of at least `least`.
    pub(crate) fn count(&self, name: &str, least: u64) -> Result<Option<usize>, Failure> {
        let Some(value) = self.typed(name, "Integer", Value::as_i64)? else {
            return Ok(None);
        };
        match u64::try_from(value) {
            Ok(count) if count >= least => Ok(usize::try_from(count).ok()),
            _ => Err(constraint(
                &format!("'{value}'"),
                &lower_first(name),
                &format!("Member must have value greater than or equal to {least}"),
            )),
        }
    }

    /// One of the words that the field can hold, or `default` where it is absent.
    pub(crate) fn choice(
        &self,
        name: &str,
        words: &[&'static str],
        default: &'static str,
    ) -> Result<&'static str, Failure> {
        let Some(word) = self.string(name)? else {
            return Ok(default);
        };
        words
            .iter()
            .find(|known| **known == word)
            .copied()
            .ok_or_else(|| {
                constraint(
                    &format!("'{word}'"),
                    &lower_first(name),
                    &format!("Member must satisfy enum value set: [{}]", words.join(", ")),
                )
            })
    }

    /// The `TableName`, which may also be the table's ARN.
    pub(crate) fn table(&self) -> Result<&'a str, Failure> {
        let null = || constraint("null", "tableName", "Member must not be null");
        let given = self.string("TableName")?.ok_or_else(null)?;
        table_name(given)
    }

    pub(crate) fn item(&self, name: &str) -> Result<Item, Failure> {
        match self.value(name) {
            Some(json) => item_from_json(json),
            None => Err(constraint(
                "null",
                &lower_first(name),
                "Member must not be null",
            )),
        }
    }

    pub(crate) fn condition(
        &self,
        field: &str,
        placeholders: &mut Placeholders,
    ) -> Result<Option<Condition>, Failure> {
        self.expression(field, |text| Condition::parse(text, placeholders))
    }

    pub(crate) fn update(
        &self,
        placeholders: &mut Placeholders,
    ) -> Result<Option<Update>, Failure> {
        self.expression("UpdateExpression", |text| Update::parse(text, placeholders))
    }

    pub(crate) fn projection(
        &self,
        placeholders: &mut Placeholders,
    ) -> Result<Option<Projection>, Failure> {
        self.expression("ProjectionExpression", |text| {
            Projection::parse(text, placeholders)
        })
    }

    fn expression<T>(
        &self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.string(field)? else {
            return Ok(None);
        };
        parse(text)
            .map(Some)
            .map_err(|message| Failure::validation(format!("Invalid {field}: {message}")))
    }

    /// Whether `ReturnValuesOnConditionCheckFailure` asks for the item.
    pub(crate) fn returns_item_on_failure(&self) -> Result<bool, Failure> {
        let field = "ReturnValuesOnConditionCheckFailure";
        Ok(self.choice(field, &["ALL_OLD", "NONE"], "NONE")? == "ALL_OLD")
    }
}

/// The name in a table's name or ARN, checked.
pub(crate) fn table_name(given: &str) -> Result<&str, Failure> {
    let name = match given.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":table/").map_or("", |(_, name)| name),
        None => given,
    };
    let fault = if name.len() < 3 {
        "Member must have length greater than or equal to 3"
    } else if name.len() > 255 {
        "Member must have length less than or equal to 255"
    } else if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    {
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    } else {
        return Ok(name);
    };
    Err(constraint(&format!("'{given}'"), "tableName", fault))
}

/// The error for a field that breaks a constraint of the service's model.
pub(crate) fn constraint(value: &str, field: &str, fault: &str) -> Failure {
    Failure::validation(format!(
        "1 validation error detected: Value {value} at '{field}' failed to satisfy constraint: {fault}"
    ))
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

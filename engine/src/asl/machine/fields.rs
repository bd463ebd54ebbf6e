//! The fields of one object of a definition, taken one by one, with errors that say where.

use crate::asl::error::DefinitionError;
use crate::asl::json::{Json, Object};
use crate::asl::path::{Path, ReferencePath};
use crate::asl::template::Template;

use super::{Amount, ResultPlace, Selection};

/// Seconds that a timeout, an interval or a wait may last: about three years, the limit of Step Functions.
pub(super) const SECONDS_MAX: i64 = 99_999_999;

/// Fields of the States Language that only JSONata states have.
const JSONATA_FIELDS: [&str; 4] = ["Arguments", "Output", "Items", "Condition"];

pub(super) struct Fields<'a> {
    object: &'a Object,
    /// The object's place in the definition.
    pub(super) at: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Json, at: &'a str) -> Result<Fields<'a>, DefinitionError> {
        match value {
            Json::Object(object) => Ok(Fields { object, at }),
            _ => Err(DefinitionError::new(at, "must be an object")),
        }
    }

    /// Refuses every field that is not in one of the lists; `what` says what kind of object this is.
    pub(super) fn only(&self, what: &str, lists: &[&[&str]]) -> Result<(), DefinitionError> {
        for (key, _) in self.object.iter() {
            if lists.iter().any(|list| list.contains(&&**key)) {
                continue;
            }
            if JSONATA_FIELDS.contains(&&**key) {
                return Err(DefinitionError::not_supported(
                    &self.place(key),
                    "JSONata fields are not interpreted",
                ));
            }
            return Err(DefinitionError::new(
                &self.place(key),
                format!("`{key}` is not a field of a {what}"),
            ));
        }
        Ok(())
    }

    pub(super) fn place(&self, key: &str) -> String {
        format!("{}/{key}", self.at)
    }

    pub(super) fn error(&self, key: &str, message: &str) -> DefinitionError {
        DefinitionError::new(&self.place(key), message)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Json> {
        self.object.get(key)
    }

    pub(super) fn required(&self, key: &str) -> Result<&'a Json, DefinitionError> {
        self.get(key)
            .ok_or_else(|| DefinitionError::new(self.at, format!("`{key}` is missing")))
    }

    /// Refuses two fields that exclude each other.
    pub(super) fn at_most_one(&self, keys: &[&str]) -> Result<(), DefinitionError> {
        let mut present = keys.iter().filter(|key| self.get(key).is_some());
        match (present.next(), present.next()) {
            (Some(first), Some(second)) => Err(DefinitionError::new(
                self.at,
                format!("may have only one of `{first}` and `{second}`"),
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, DefinitionError> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(key, "must be a string")),
        }
    }

    pub(super) fn array(&self, key: &str) -> Result<&'a [Json], DefinitionError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Json::Array(items)) => Ok(items),
            Some(_) => Err(self.error(key, "must be an array")),
        }
    }

    /// An integer within `from..=to`.
    pub(super) fn integer(
        &self,
        key: &str,
        from: i64,
        to: i64,
    ) -> Result<Option<i64>, DefinitionError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match value
            .as_number()
            .and_then(|number| number.as_i64())
            .filter(|number| (from..=to).contains(number))
        {
            Some(integer) => Ok(Some(integer)),
            None => Err(self.error(key, &format!("must be an integer from {from} to {to}"))),
        }
    }

    pub(super) fn number(
        &self,
        key: &str,
        from: f64,
        to: f64,
    ) -> Result<Option<f64>, DefinitionError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match value
            .as_number()
            .map(|number| number.as_f64())
            .filter(|number| (from..=to).contains(number))
        {
            Some(number) => Ok(Some(number)),
            None => Err(self.error(key, &format!("must be a number from {from} to {to}"))),
        }
    }

    pub(super) fn path(&self, key: &str) -> Result<Option<Path>, DefinitionError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let path = Path::parse(text)
            .map_err(|why| self.error(key, &format!("`{text}` is not a JSONPath: {why}")))?;
        Ok(Some(path))
    }

    /// A number under `key`, or a path to one under `path_key`.
    pub(super) fn amount(
        &self,
        key: &str,
        path_key: &'static str,
        range: (i64, i64),
    ) -> Result<Option<Amount>, DefinitionError> {
        self.at_most_one(&[key, path_key])?;
        if let Some(literal) = self.integer(key, range.0, range.1)? {
            return Ok(Some(Amount::Literal(literal)));
        }
        Ok(self.path(path_key)?.map(|path| Amount::Path {
            field: path_key,
            path,
            range,
        }))
    }

    pub(super) fn template(&self, key: &str) -> Result<Option<Template>, DefinitionError> {
        self.get(key)
            .map(|value| Template::parse(value, &self.place(key)))
            .transpose()
    }

    /// A template that must be an object.
    pub(super) fn object_template(&self, key: &str) -> Result<Option<Template>, DefinitionError> {
        match self.get(key) {
            None | Some(Json::Object(_)) => self.template(key),
            Some(_) => Err(self.error(key, "must be an object")),
        }
    }

    /// `Assign`: an object whose keys are names of variables, which begin with a letter.
    pub(super) fn assign(&self) -> Result<Option<Template>, DefinitionError> {
        let members = self.get("Assign").and_then(Json::as_object);
        for (key, _) in members.iter().flat_map(|members| members.iter()) {
            let name = key.strip_suffix(".$").unwrap_or(key);
            let first = name.chars().next().is_some_and(char::is_alphabetic);
            let rest = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !first || !rest || name.chars().count() > 80 || name == "states" {
                return Err(self.error(&format!("Assign/{key}"), "is not a name for a variable"));
            }
        }
        self.object_template("Assign")
    }

    /// `InputPath` or `OutputPath`.
    pub(super) fn selection(&self, key: &str) -> Result<Selection, DefinitionError> {
        if self.get(key) == Some(&Json::Null) {
            return Ok(Selection::Nothing);
        }
        Ok(match self.path(key)? {
            Some(path) if !path.is_data() => Selection::Path(path),
            _ => Selection::Everything,
        })
    }

    /// `ResultPath`.
    pub(super) fn result_place(&self) -> Result<ResultPlace, DefinitionError> {
        let key = "ResultPath";
        if self.get(key) == Some(&Json::Null) {
            return Ok(ResultPlace::Discarded);
        }
        match self.text(key)? {
            None | Some("$") => Ok(ResultPlace::Everything),
            Some(text) => ReferencePath::parse(text)
                .map(ResultPlace::At)
                .map_err(|why| {
                    self.error(key, &format!("`{text}` is not a reference path: {why}"))
                }),
        }
    }
}

//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`, `Assign`, where a key that ends in `.$` is evaluated.

use std::sync::Arc;

use super::error::{DefinitionError, Failure};
use super::intrinsic::Call;
use super::json::{Json, Object};
use super::path::{Environment, Path, PathError};

/// A compiled template; what has nothing to evaluate in it is shared, not rebuilt.
#[derive(Clone, Debug)]
pub(super) enum Template {
    Constant(Json),
    Evaluated {
        field: Arc<str>,
        expression: Expression,
    },
    Array(Vec<Template>),
    Object(Vec<(Arc<str>, Template)>),
}

/// What may stand under a key that ends in `.$`, and in `ErrorPath` and `CausePath`.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Path(Path),
    Call(Call),
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Expression, String> {
        if text.starts_with('$') {
            return Path::parse(text).map(Expression::Path);
        }
        Call::parse(text).map(Expression::Call)
    }

    /// Whether a text may come out of it; of a path only the data can tell.
    pub(super) fn may_be_text(&self) -> bool {
        match self {
            Expression::Path(_) => true,
            Expression::Call(call) => call.may_be_text(),
        }
    }

    pub(super) fn evaluate(
        &self,
        field: &str,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<Json, Failure> {
        match self {
            Expression::Path(path) => path
                .resolve(data, environment)
                .map_err(|error| path_failure(field, path, &error, data)),
            Expression::Call(call) => call.evaluate(field, data, environment),
        }
    }
}

/// The failure that Step Functions reports for a path in a template which has no value.
pub(super) fn path_failure(field: &str, path: &Path, error: &PathError, data: &Json) -> Failure {
    let text = path.text();
    Failure::runtime(match error {
        PathError::NoResult(_) => {
            format!(
                "The JSONPath '{text}' specified for the field '{field}' could not be found in the input '{data}'"
            )
        }
        PathError::NoVariable(_) | PathError::Function(_) => {
            format!(
                "The JSONPath '{text}' specified for the field '{field}' could not be evaluated: {error}"
            )
        }
    })
}

impl Template {
    /// Compiles `value`; `at` is its place in the definition, for errors.
    pub(super) fn parse(value: &Json, at: &str) -> Result<Template, DefinitionError> {
        match value {
            Json::Object(object) => Self::parse_object(object, value, at),
            Json::Array(items) => {
                let parts = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Template::parse(item, &format!("{at}/{index}")));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                let constant = parts
                    .iter()
                    .all(|part| matches!(part, Template::Constant(_)));
                Ok(if constant {
                    Template::Constant(value.clone())
                } else {
                    Template::Array(parts)
                })
            }
            other => Ok(Template::Constant(other.clone())),
        }
    }

    fn parse_object(object: &Object, value: &Json, at: &str) -> Result<Template, DefinitionError> {
        let mut parts = Vec::with_capacity(object.len());
        let mut constant = true;
        for (key, item) in object.iter() {
            let at = format!("{at}/{key}");
            let (name, part) = match key.strip_suffix(".$") {
                Some(name) => (Arc::from(name), Self::parse_evaluated(key, item, &at)?),
                None => (key.clone(), Template::parse(item, &at)?),
            };
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(DefinitionError::new(
                    &at,
                    format!("the field `{name}` is given twice, with and without `.$`"),
                ));
            }
            constant &= matches!(part, Template::Constant(_));
            parts.push((name, part));
        }
        Ok(if constant {
            Template::Constant(value.clone())
        } else {
            Template::Object(parts)
        })
    }

    fn parse_evaluated(key: &Arc<str>, item: &Json, at: &str) -> Result<Template, DefinitionError> {
        let refuse = |why: &str| {
            let message =
                format!("the value of `{key}` must be a JSONPath or an intrinsic function: {why}");
            DefinitionError::new(at, message)
        };
        let text = item.as_str().ok_or_else(|| refuse("it is not a string"))?;
        let expression = Expression::parse(text).map_err(|why| refuse(&why))?;
        Ok(Template::Evaluated {
            field: key.clone(),
            expression,
        })
    }

    pub(super) fn evaluate(
        &self,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<Json, Failure> {
        match self {
            Template::Constant(value) => Ok(value.clone()),
            Template::Evaluated { field, expression } => {
                expression.evaluate(field, data, environment)
            }
            Template::Array(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(part.evaluate(data, environment)?);
                }
                Ok(Json::array(items))
            }
            Template::Object(_) => Ok(Json::Object(Arc::new(Object::of_unique(
                self.members(data, environment)?,
            )))),
        }
    }

    /// The members of a template that is an object, each evaluated; `Assign` sets one variable for each.
    pub(super) fn members(
        &self,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<Vec<(Arc<str>, Json)>, Failure> {
        match self {
            Template::Object(parts) => {
                let mut members = Vec::with_capacity(parts.len());
                for (key, part) in parts {
                    members.push((key.clone(), part.evaluate(data, environment)?));
                }
                Ok(members)
            }
            Template::Constant(Json::Object(object)) => Ok(object
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()),
            _ => Ok(Vec::new()),
        }
    }
}

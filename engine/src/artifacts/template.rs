//! Resolves a CloudFormation template for one machine: parameters, conditions, `Ref`, `Fn::GetAtt`, `Fn::Sub` and the
//! other intrinsic functions become plain JSON. It knows how AWS names resources, not what they do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::ArtifactError;

/// Where the pipeline is said to run: what the pseudo-parameters become.
#[derive(Debug, Clone)]
pub struct Place {
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// Value of the template parameter `EnvironmentSuffix`.
    pub suffix: String,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            suffix: "local".to_owned(),
        }
    }
}

/// One resource of the template, before its intrinsic functions are resolved.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) kind: String,
    pub(crate) properties: Value,
}

/// A template with everything that `resolve` needs.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) metadata: Value,
    pub(super) place: Place,
    pub(super) stack: String,
    parameters: BTreeMap<String, Value>,
    conditions: BTreeMap<String, bool>,
    mappings: Value,
    /// Guards against references in a circle.
    pub(super) open: RefCell<Vec<String>>,
}

impl Template {
    /// Reads the sections of `document`. `stack` is the stack's name, which generated physical names begin with.
    pub(crate) fn new(document: &Value, stack: &str, place: &Place) -> Result<Self, ArtifactError> {
        let section = |name: &str| {
            document
                .get(name)
                .cloned()
                .unwrap_or(Value::Object(Map::new()))
        };
        let mut template = Self {
            resources: BTreeMap::new(),
            metadata: section("Metadata"),
            place: place.clone(),
            stack: stack.to_owned(),
            parameters: BTreeMap::new(),
            conditions: BTreeMap::new(),
            mappings: section("Mappings"),
            open: RefCell::new(Vec::new()),
        };
        if let Some(transform) = document.get("Transform") {
            return Err(ArtifactError::at(
                "Transform",
                format!("macros such as {transform} run only on AWS"),
            ));
        }
        template.read_parameters(&section("Parameters"))?;
        template.read_conditions(&section("Conditions"))?;
        template.read_resources(&section("Resources"))?;
        Ok(template)
    }

    fn read_parameters(&mut self, section: &Value) -> Result<(), ArtifactError> {
        for (name, parameter) in section.as_object().into_iter().flatten() {
            let kind = parameter
                .get("Type")
                .and_then(Value::as_str)
                .unwrap_or("String");
            if kind.starts_with("AWS::SSM::Parameter::") {
                let place = format!("Parameters.{name}.Type");
                return Err(ArtifactError::at(
                    place,
                    format!(
                        "`{kind}` reads a parameter store at deploy time, which the local run does not do"
                    ),
                ));
            }
            let value = match parameter.get("Default") {
                _ if name == "EnvironmentSuffix" => Value::String(self.place.suffix.clone()),
                Some(value) => value.clone(),
                // What has no default says where things lie in the account (a bucket, a key); nothing here is read from there.
                None => Value::String("local".to_owned()),
            };
            self.parameters.insert(name.clone(), value);
        }
        Ok(())
    }

    fn read_conditions(&mut self, section: &Value) -> Result<(), ArtifactError> {
        let Some(conditions) = section.as_object() else {
            return Ok(());
        };
        // A condition may name another one, so they are settled in rounds until nothing new is known.
        let mut waiting: BTreeSet<&String> = conditions.keys().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            for name in waiting.clone() {
                let Some(body) = conditions.get(name) else {
                    continue;
                };
                if let Some(truth) = self.condition(body)? {
                    self.conditions.insert(name.clone(), truth);
                    waiting.remove(name);
                }
            }
            if waiting.len() == before {
                return Err(ArtifactError::at(
                    "Conditions",
                    format!("conditions refer to each other in a circle: {waiting:?}"),
                ));
            }
        }
        Ok(())
    }

    /// `None` while a condition that it names is not settled yet.
    fn condition(&self, body: &Value) -> Result<Option<bool>, ArtifactError> {
        let Some((function, argument)) = single(body) else {
            return Err(ArtifactError::at(
                "Conditions",
                format!("`{body}` is no condition"),
            ));
        };
        let list = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match function {
            "Condition" => Ok(argument
                .as_str()
                .and_then(|name| self.conditions.get(name).copied())),
            "Fn::Equals" => match list() {
                [left, right] => Ok(Some(same(&self.resolve(left)?, &self.resolve(right)?))),
                _ => Err(ArtifactError::at(
                    "Conditions",
                    "`Fn::Equals` takes two values",
                )),
            },
            "Fn::Not" => Ok(match list() {
                [one] => self.condition(one)?.map(|truth| !truth),
                _ => {
                    return Err(ArtifactError::at(
                        "Conditions",
                        "`Fn::Not` takes one condition",
                    ));
                }
            }),
            "Fn::And" | "Fn::Or" => {
                let mut truths = Vec::new();
                for one in list() {
                    let Some(truth) = self.condition(one)? else {
                        return Ok(None);
                    };
                    truths.push(truth);
                }
                Ok(Some(if function == "Fn::And" {
                    truths.iter().all(|it| *it)
                } else {
                    truths.iter().any(|it| *it)
                }))
            }
            other => Err(ArtifactError::at(
                "Conditions",
                format!("`{other}` is no condition function that the local run knows"),
            )),
        }
    }

    fn read_resources(&mut self, section: &Value) -> Result<(), ArtifactError> {
        for (id, resource) in section.as_object().into_iter().flatten() {
            if let Some(condition) = resource.get("Condition").and_then(Value::as_str) {
                match self.conditions.get(condition) {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        return Err(ArtifactError::at(
                            format!("Resources.{id}.Condition"),
                            format!("no condition `{condition}`"),
                        ));
                    }
                }
            }
            let Some(kind) = resource.get("Type").and_then(Value::as_str) else {
                return Err(ArtifactError::at(
                    format!("Resources.{id}"),
                    "a resource without a Type",
                ));
            };
            let properties = resource
                .get("Properties")
                .cloned()
                .unwrap_or(Value::Object(Map::new()));
            self.resources.insert(
                id.clone(),
                Resource {
                    kind: kind.to_owned(),
                    properties,
                },
            );
        }
        Ok(())
    }

    /// `value` without intrinsic functions; `AWS::NoValue` takes its key away.
    pub(crate) fn resolve(&self, value: &Value) -> Result<Value, ArtifactError> {
        Ok(self.optional(value)?.unwrap_or(Value::Null))
    }

    fn optional(&self, value: &Value) -> Result<Option<Value>, ArtifactError> {
        match value {
            Value::Object(_)
                if single(value)
                    .is_some_and(|(name, _)| name == "Ref" || name.starts_with("Fn::")) =>
            {
                self.intrinsic(value)
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, item) in map {
                    if let Some(item) = self.optional(item)? {
                        out.insert(key.clone(), item);
                    }
                }
                Ok(Some(Value::Object(out)))
            }
            Value::Array(items) => {
                let mut out = Vec::new();
                for item in items {
                    out.extend(self.optional(item)?);
                }
                Ok(Some(Value::Array(out)))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Ok(Some(value.clone()))
            }
        }
    }

    fn intrinsic(&self, value: &Value) -> Result<Option<Value>, ArtifactError> {
        let Some((function, argument)) = single(value) else {
            return Ok(None);
        };
        let wrong = || ArtifactError::at(function, format!("`{argument}` is no argument for it"));
        match function {
            "Ref" => self.reference(argument.as_str().ok_or_else(wrong)?),
            "Fn::GetAtt" => {
                let path = match argument {
                    Value::String(path) => path.clone(),
                    Value::Array(parts) => parts
                        .iter()
                        .filter_map(Value::as_str)
                        .collect::<Vec<_>>()
                        .join("."),
                    _ => return Err(wrong()),
                };
                let (id, attribute) = path.split_once('.').ok_or_else(wrong)?;
                self.attribute(id, attribute)
                    .map(|text| Some(Value::String(text)))
            }
            "Fn::Sub" => self
                .substitute(argument)
                .map(|text| Some(Value::String(text))),
            "Fn::Base64" => {
                use base64::Engine as _;
                let plain = text(&self.resolve(argument)?);
                let encoded = base64::engine::general_purpose::STANDARD.encode(plain);
                Ok(Some(Value::String(encoded)))
            }
            _ => self.of_list(function, argument),
        }
    }

    /// The intrinsic functions whose argument is a list.
    fn of_list(&self, function: &str, argument: &Value) -> Result<Option<Value>, ArtifactError> {
        let wrong = || ArtifactError::at(function, format!("`{argument}` is no argument for it"));
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match function {
            "Fn::Join" => match list {
                [Value::String(separator), parts] => {
                    let parts = self.resolve(parts)?;
                    let parts: Vec<String> =
                        parts.as_array().into_iter().flatten().map(text).collect();
                    Ok(Some(Value::String(parts.join(separator))))
                }
                _ => Err(wrong()),
            },
            "Fn::If" => match list {
                [Value::String(condition), yes, no] => match self.conditions.get(condition) {
                    Some(true) => self.optional(yes),
                    Some(false) => self.optional(no),
                    None => Err(ArtifactError::at(
                        function,
                        format!("no condition `{condition}`"),
                    )),
                },
                _ => Err(wrong()),
            },
            "Fn::Select" => match list {
                [index, items] => {
                    let index: usize = text(&self.resolve(index)?).parse().map_err(|_| wrong())?;
                    self.resolve(items)?
                        .get(index)
                        .cloned()
                        .map(Some)
                        .ok_or_else(wrong)
                }
                _ => Err(wrong()),
            },
            "Fn::Split" => match list {
                [Value::String(separator), whole] => {
                    let whole = text(&self.resolve(whole)?);
                    Ok(Some(
                        whole
                            .split(separator.as_str())
                            .map(|part| Value::String(part.to_owned()))
                            .collect(),
                    ))
                }
                _ => Err(wrong()),
            },
            "Fn::FindInMap" => {
                let path = self.resolve(argument)?;
                let keys: Vec<String> = path.as_array().into_iter().flatten().map(text).collect();
                keys.iter()
                    .try_fold(&self.mappings, |at, key| at.get(key))
                    .cloned()
                    .map(Some)
                    .ok_or_else(wrong)
            }
            "Fn::GetAZs" => {
                let region = text(&self.resolve(argument)?);
                let region = Some(region).filter(|it| !it.is_empty());
                let region = region.unwrap_or_else(|| self.place.region.clone());
                let zones = ["a", "b", "c"].map(|zone| Value::String(format!("{region}{zone}")));
                Ok(Some(Value::Array(zones.to_vec())))
            }
            other => Err(ArtifactError::at(
                other,
                "the local run does not know this intrinsic function",
            )),
        }
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, ArtifactError> {
        let pseudo = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => self.place.account.clone(),
            "AWS::Region" => self.place.region.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => self.stack.clone(),
            "AWS::StackId" => self.arn("cloudformation", &format!("stack/{}/local", self.stack)),
            other => {
                if let Some(value) = self.parameters.get(other) {
                    return Ok(Some(value.clone()));
                }
                self.physical_id(other)?
            }
        };
        Ok(Some(Value::String(pseudo)))
    }

    /// A text of the metadata, where `<Name>` stands for a template parameter.
    pub(crate) fn fill_in(&self, pattern: &str) -> String {
        self.parameters
            .iter()
            .fold(pattern.to_owned(), |filled, (name, value)| {
                filled.replace(&format!("<{name}>"), &text(value))
            })
    }

    fn substitute(&self, argument: &Value) -> Result<String, ArtifactError> {
        let (pattern, names) = match argument {
            Value::String(pattern) => (pattern.as_str(), None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(names)] => (pattern.as_str(), Some(names)),
                _ => {
                    return Err(ArtifactError::at(
                        "Fn::Sub",
                        format!("`{argument}` is no argument for it"),
                    ));
                }
            },
            _ => {
                return Err(ArtifactError::at(
                    "Fn::Sub",
                    format!("`{argument}` is no argument for it"),
                ));
            }
        };
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = names.and_then(|names| names.get(name)) {
                out.push_str(&text(&self.resolve(value)?));
            } else if let Some((id, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(id, attribute)?);
            } else {
                out.push_str(&self.reference(name)?.as_ref().map(text).unwrap_or_default());
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// The one entry of a map with one entry.
pub(crate) fn single(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object()?;
    match (map.len(), map.iter().next()) {
        (1, Some((key, value))) => Some((key, value)),
        _ => None,
    }
}

/// A scalar as CloudFormation writes it into text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// CloudFormation compares parameters as text: `"5"` equals `5`.
fn same(left: &Value, right: &Value) -> bool {
    text(left) == text(right)
}

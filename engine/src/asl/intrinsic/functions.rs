//! What each intrinsic function computes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;

use super::Value;
use crate::asl::json::{Json, Number, Object};
use crate::asl::path::Environment;
use crate::asl::random;

/// Items that `States.ArrayRange` makes at most.
const RANGE_ITEMS_MAX: i64 = 1_000;
/// Characters that `States.Hash` and the Base64 functions take at most.
const TEXT_CHARACTERS_MAX: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

/// Name, function, fewest and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 18] = [
    ("States.Format", Function::Format, 1, usize::MAX),
    ("States.StringToJson", Function::StringToJson, 1, 1),
    ("States.JsonToString", Function::JsonToString, 1, 1),
    ("States.Array", Function::Array, 0, usize::MAX),
    ("States.ArrayPartition", Function::ArrayPartition, 2, 2),
    ("States.ArrayContains", Function::ArrayContains, 2, 2),
    ("States.ArrayRange", Function::ArrayRange, 3, 3),
    ("States.ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("States.ArrayLength", Function::ArrayLength, 1, 1),
    ("States.ArrayUnique", Function::ArrayUnique, 1, 1),
    ("States.Base64Encode", Function::Base64Encode, 1, 1),
    ("States.Base64Decode", Function::Base64Decode, 1, 1),
    ("States.Hash", Function::Hash, 2, 2),
    ("States.JsonMerge", Function::JsonMerge, 3, 3),
    ("States.MathRandom", Function::MathRandom, 2, 3),
    ("States.MathAdd", Function::MathAdd, 2, 2),
    ("States.StringSplit", Function::StringSplit, 2, 2),
    ("States.UUID", Function::Uuid, 0, 0),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        FUNCTIONS
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, function, ..)| *function)
    }

    pub(super) fn check_count(self, count: usize) -> Result<(), String> {
        match FUNCTIONS.iter().find(|(_, function, ..)| *function == self) {
            Some((name, _, fewest, most)) if count < *fewest || count > *most => {
                Err(format!("`{name}` does not take {count} arguments"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the result is a string, or an item that may be one.
    pub(super) fn may_be_text(self) -> bool {
        match self {
            Function::Format
            | Function::JsonToString
            | Function::ArrayGetItem
            | Function::Base64Encode
            | Function::Base64Decode
            | Function::Hash
            | Function::Uuid => true,
            Function::StringToJson
            | Function::Array
            | Function::ArrayPartition
            | Function::ArrayContains
            | Function::ArrayRange
            | Function::ArrayLength
            | Function::ArrayUnique
            | Function::JsonMerge
            | Function::MathRandom
            | Function::MathAdd
            | Function::StringSplit => false,
        }
    }

    pub(super) fn apply(
        self,
        values: &[Value],
        environment: &dyn Environment,
    ) -> Result<Json, String> {
        let arguments = Arguments(values);
        match self {
            Function::Format => format(values),
            Function::StringToJson => string_to_json(arguments.text(0)?),
            Function::JsonToString => Ok(Json::from(arguments.json(0)?.to_string().as_str())),
            Function::Array => Ok(Json::array(
                values.iter().map(|value| value.json.clone()).collect(),
            )),
            Function::ArrayPartition => partition(arguments.array(0)?, arguments.integer(1)?),
            Function::ArrayContains => {
                Ok(Json::Bool(arguments.array(0)?.contains(arguments.json(1)?)))
            }
            Function::ArrayRange => range(
                arguments.integer(0)?,
                arguments.integer(1)?,
                arguments.integer(2)?,
            ),
            Function::ArrayGetItem => get_item(arguments.array(0)?, arguments.integer(1)?),
            Function::ArrayLength => Ok(Json::from(
                i64::try_from(arguments.array(0)?.len()).unwrap_or(i64::MAX),
            )),
            Function::ArrayUnique => Ok(unique(arguments.array(0)?)),
            Function::Base64Encode => Ok(Json::from(
                STANDARD.encode(arguments.short_text(0)?).as_str(),
            )),
            Function::Base64Decode => base64_decode(arguments.short_text(0)?),
            Function::Hash => hash(arguments.json(0)?, arguments.text(1)?),
            Function::JsonMerge => merge(
                arguments.object(0)?,
                arguments.object(1)?,
                arguments.json(2)?,
            ),
            Function::MathRandom => math_random(&arguments, environment),
            Function::MathAdd => arguments
                .integer(0)?
                .checked_add(arguments.integer(1)?)
                .map(Json::from)
                .ok_or_else(|| "the sum is out of range".to_owned()),
            Function::StringSplit => Ok(string_split(arguments.text(0)?, arguments.text(1)?)),
            Function::Uuid => Ok(Json::from(
                random::uuid(environment.random(), environment.random()).as_str(),
            )),
        }
    }
}

/// The arguments of a call, taken as the types that the function needs.
struct Arguments<'a>(&'a [Value]);

impl<'a> Arguments<'a> {
    fn json(&self, index: usize) -> Result<&'a Json, String> {
        self.0
            .get(index)
            .map(|value| &value.json)
            .ok_or_else(|| format!("argument {} is missing", index + 1))
    }

    fn wanted<T>(index: usize, wanted: &str, found: Option<T>) -> Result<T, String> {
        found.ok_or_else(|| format!("argument {} must be {wanted}", index + 1))
    }

    fn text(&self, index: usize) -> Result<&'a str, String> {
        Self::wanted(index, "a string", self.json(index)?.as_str())
    }

    fn short_text(&self, index: usize) -> Result<&'a str, String> {
        let text = self.text(index)?;
        match text.chars().count() > TEXT_CHARACTERS_MAX {
            true => Err(format!(
                "argument {} is longer than {TEXT_CHARACTERS_MAX} characters",
                index + 1
            )),
            false => Ok(text),
        }
    }

    fn array(&self, index: usize) -> Result<&'a Arc<Vec<Json>>, String> {
        Self::wanted(index, "an array", self.json(index)?.as_array())
    }

    fn object(&self, index: usize) -> Result<&'a Arc<Object>, String> {
        Self::wanted(index, "an object", self.json(index)?.as_object())
    }

    /// An integer; a fraction is rounded first, halves upwards, as Step Functions does.
    fn integer(&self, index: usize) -> Result<i64, String> {
        let number = Self::wanted(index, "a number", self.json(index)?.as_number())?;
        match number.as_i64() {
            Some(integer) => Ok(integer),
            None => Self::wanted(index, "a number within 64 bits", round_half_up(number)),
        }
    }
}

fn round_half_up(number: &Number) -> Option<i64> {
    let rounded = (number.as_f64() + 0.5).floor();
    // 2^63, the first float that an i64 cannot hold.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be within range, and already an integer"
    )]
    (-LIMIT..LIMIT).contains(&rounded).then_some(rounded as i64)
}

/// Fills the `{}` of the first argument with the others.
fn format(values: &[Value]) -> Result<Json, String> {
    let [template, rest @ ..] = values else {
        return Err("argument 1 is missing".to_owned());
    };
    let text = match &template.template {
        Some(text) => text,
        None => Arguments::wanted(0, "a string", template.json.as_str())?,
    };
    let mut arguments = rest.iter();
    let mut filled = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if matches!(characters.peek(), Some('\'' | '{' | '}' | '\\')) => {
                filled.extend(characters.next())
            }
            '{' if characters.peek() == Some(&'}') => {
                characters.next();
                let value = arguments
                    .next()
                    .ok_or("there are more `{}` than arguments")?;
                show(&value.json, &mut filled);
            }
            '{' | '}' => {
                return Err("a brace that is not `{}` must be written with a backslash".to_owned());
            }
            other => filled.push(other),
        }
    }
    match arguments.next() {
        Some(_) => Err("there are more arguments than `{}`".to_owned()),
        None => Ok(Json::from(filled.as_str())),
    }
}

/// A value as `States.Format` shows it: like Java, `{a=1, b=[x, 2]}`, strings without quotes.
fn show(value: &Json, into: &mut String) {
    match value {
        Json::String(text) => into.push_str(text),
        Json::Array(items) => {
            into.push('[');
            for (index, item) in items.iter().enumerate() {
                into.push_str(if index > 0 { ", " } else { "" });
                show(item, into);
            }
            into.push(']');
        }
        Json::Object(object) => {
            into.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                into.push_str(if index > 0 { ", " } else { "" });
                into.push_str(key);
                into.push('=');
                show(item, into);
            }
            into.push('}');
        }
        scalar => into.push_str(&scalar.to_string()),
    }
}

fn string_to_json(text: &str) -> Result<Json, String> {
    if text.trim().is_empty() {
        return Ok(Json::Null);
    }
    text.parse()
        .map_err(|error| format!("the string is not JSON: {error}"))
}

fn partition(items: &[Json], size: i64) -> Result<Json, String> {
    match usize::try_from(size) {
        Ok(size) if size > 0 => Ok(Json::array(
            items
                .chunks(size)
                .map(|chunk| Json::array(chunk.to_vec()))
                .collect(),
        )),
        _ => Err("argument 2 must be positive".to_owned()),
    }
}

/// From `first` to `last`, both included.
fn range(first: i64, last: i64, step: i64) -> Result<Json, String> {
    if step == 0 {
        return Err("argument 3 must not be zero".to_owned());
    }
    let span = i128::from(last) - i128::from(first);
    let count = span / i128::from(step) + 1;
    if span.signum() * i128::from(step.signum()) < 0 {
        return Ok(Json::array(Vec::new()));
    }
    if count > i128::from(RANGE_ITEMS_MAX) {
        return Err(format!(
            "the array would have more than {RANGE_ITEMS_MAX} items"
        ));
    }
    let mut items = Vec::new();
    let mut next = Some(first);
    while let Some(value) = next.filter(|value| {
        if step > 0 {
            *value <= last
        } else {
            *value >= last
        }
    }) {
        items.push(Json::from(value));
        next = value.checked_add(step);
    }
    Ok(Json::array(items))
}

fn get_item(items: &[Json], index: i64) -> Result<Json, String> {
    let item = usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index));
    item.cloned()
        .ok_or_else(|| format!("the array has no item {index}"))
}

fn unique(items: &[Json]) -> Json {
    let mut kept: Vec<Json> = Vec::new();
    for item in items {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Json::array(kept)
}

fn base64_decode(text: &str) -> Result<Json, String> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("the string is not Base64: {error}"))?;
    Ok(Json::from(String::from_utf8_lossy(&bytes).as_ref()))
}

fn hash(value: &Json, algorithm: &str) -> Result<Json, String> {
    let text = match value {
        Json::String(text) => text.to_string(),
        other => other.to_string(),
    };
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(format!(
            "argument 1 is longer than {TEXT_CHARACTERS_MAX} characters"
        ));
    }
    let bytes = text.as_bytes();
    let digest = match algorithm {
        "MD5" => md5::Md5::digest(bytes).to_vec(),
        "SHA-1" => sha1::Sha1::digest(bytes).to_vec(),
        "SHA-256" => sha2::Sha256::digest(bytes).to_vec(),
        "SHA-384" => sha2::Sha384::digest(bytes).to_vec(),
        "SHA-512" => sha2::Sha512::digest(bytes).to_vec(),
        other => {
            return Err(format!(
                "`{other}` is not MD5, SHA-1, SHA-256, SHA-384 or SHA-512"
            ));
        }
    };
    Ok(Json::from(hex::encode(digest).as_str()))
}

fn merge(left: &Arc<Object>, right: &Arc<Object>, deep: &Json) -> Result<Json, String> {
    match deep {
        Json::Bool(false) => {
            let both = left.iter().chain(right.iter());
            Ok(Json::object(
                both.map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ))
        }
        Json::Bool(true) => Err(
            "deep merging is not supported by Step Functions: argument 3 must be false".to_owned(),
        ),
        _ => Err("argument 3 must be a boolean".to_owned()),
    }
}

/// From the first number, included, to the second, excluded; the optional third argument is a seed.
fn math_random(arguments: &Arguments<'_>, environment: &dyn Environment) -> Result<Json, String> {
    let (from, to) = (arguments.integer(0)?, arguments.integer(1)?);
    let span = to
        .checked_sub(from)
        .and_then(|span| u64::try_from(span).ok())
        .filter(|span| *span > 0);
    let span = span.ok_or("argument 2 must be greater than argument 1")?;
    let drawn = match arguments.0.get(2) {
        Some(_) => random::mix(arguments.integer(2)?.cast_unsigned()),
        None => environment.random(),
    };
    i64::try_from(drawn % span)
        .map(|offset| Json::from(from + offset))
        .map_err(|_| "out of range".to_owned())
}

/// Splits at each character of `separators`; empty parts are dropped.
fn string_split(text: &str, separators: &str) -> Json {
    let parts = text
        .split(|character| separators.contains(character))
        .filter(|part| !part.is_empty());
    Json::array(parts.map(Json::from).collect())
}

//! Payload templates: JSON whose members may be paths or intrinsic functions, and how text gets into those as data.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Number;

/// A value in `Parameters` or `ResultSelector`.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Constant text. Use `Payload::text`, which keeps text that CloudFormation would read as its own.
    Constant(String),
    /// A constant number.
    Number(Number),
    /// A constant.
    Bool(bool),
    /// A path or intrinsic function; its member's name gets `.$`.
    Computed(String),
    /// An object, members in order.
    Object(Vec<(String, Payload)>),
    /// A list. Its items are constants or objects: States Language computes only members.
    List(Vec<Payload>),
}

impl Payload {
    /// Text as data. CloudFormation reads `${…}` (substitutions) and `{{…}}` (dynamic references) in a definition;
    /// such text becomes an intrinsic function, in which braces are escaped and neither can be found.
    pub fn text(text: &str) -> Self {
        if is_plain(text) {
            Self::Constant(text.to_owned())
        } else {
            Self::Computed(Format::default().text(text).done())
        }
    }

    /// An object.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Payload)>) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    /// A path or intrinsic function.
    pub fn computed(expression: impl Into<String>) -> Self {
        Self::Computed(expression.into())
    }

    /// Constants only, so that the value is known now.
    pub fn is_constant(&self) -> bool {
        match self {
            Self::Constant(_) | Self::Number(_) | Self::Bool(_) => true,
            Self::Computed(_) => false,
            Self::Object(members) => members.iter().all(|(_, value)| value.is_constant()),
            Self::List(items) => items.iter().all(Self::is_constant),
        }
    }
}

/// True for text that CloudFormation leaves alone wherever it stands.
pub fn is_plain(text: &str) -> bool {
    !text.contains("${") && !text.contains("{{")
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(text) | Self::Computed(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    if matches!(value, Self::Computed(_)) {
                        map.serialize_entry(&format!("{key}.$"), value)?;
                    } else {
                        map.serialize_entry(key, value)?;
                    }
                }
                map.end()
            }
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
        }
    }
}

/// Builds a `States.Format` call.
#[derive(Clone, Debug, Default)]
pub struct Format {
    template: String,
    arguments: Vec<String>,
}

impl Format {
    /// Literal text. The four characters that mean something in an intrinsic's string are escaped.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        for character in text.chars() {
            if matches!(character, '\'' | '{' | '}' | '\\') {
                self.template.push('\\');
            }
            self.template.push(character);
        }
        self
    }

    /// A path or another intrinsic function.
    #[must_use]
    pub fn value(mut self, expression: &str) -> Self {
        self.template.push_str("{}");
        self.arguments.push(expression.to_owned());
        self
    }

    /// A constant or a path, whichever the payload is.
    #[must_use]
    pub fn payload(self, payload: &Payload) -> Self {
        match payload {
            Payload::Constant(text) => self.text(text),
            Payload::Computed(expression) => self.value(expression),
            Payload::Number(number) => self.text(&number.to_string()),
            Payload::Bool(value) => self.text(&value.to_string()),
            // A key field is never one of these; the checker allows only scalars there.
            Payload::Object(_) | Payload::List(_) => self,
        }
    }

    /// The call.
    pub fn done(self) -> String {
        let mut call = format!("States.Format('{}'", self.template);
        for argument in &self.arguments {
            call.push_str(", ");
            call.push_str(argument);
        }
        call.push(')');
        call
    }
}

/// A path below another: `$.payment` and `amount` make `$.payment.amount`.
pub fn member(path: &str, name: &str) -> String {
    let mut characters = name.chars();
    let plain = characters
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && characters.all(|it| it.is_ascii_alphanumeric() || it == '_');
    if plain {
        format!("{path}.{name}")
    } else {
        let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
        format!("{path}['{quoted}']")
    }
}

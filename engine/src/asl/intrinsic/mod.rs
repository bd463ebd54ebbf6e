//! Intrinsic functions, `States.Format('{} of {}', $.a, $.b)`: reading them. What each does is in [`functions`].

mod functions;

use std::sync::Arc;

use super::error::Failure;
use super::json::Json;
use super::path::{Environment, Path};
use super::template::path_failure;
use functions::Function;

/// Calls within calls; Step Functions allows ten.
const NESTING_LEVELS_MAX: usize = 10;

/// A call with its arguments, ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Call {
    text: Arc<str>,
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
enum Argument {
    Literal(Json),
    /// A string literal: `text` is what it says, `template` still has the escapes of braces that `States.Format` reads.
    Text {
        text: Json,
        template: Arc<str>,
    },
    Path(Path),
    Call(Call),
}

/// An argument with its value.
struct Value {
    json: Json,
    template: Option<Arc<str>>,
}

impl Call {
    pub(super) fn parse(text: &str) -> Result<Call, String> {
        let mut reader = Reader { text, offset: 0 };
        let call = reader.call(1)?;
        if reader.rest().trim_start().is_empty() {
            Ok(call)
        } else {
            Err(format!("unexpected text at byte {}", reader.offset))
        }
    }

    pub(super) fn may_be_text(&self) -> bool {
        self.function.may_be_text()
    }

    pub(super) fn evaluate(
        &self,
        field: &str,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<Json, Failure> {
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            values.push(match argument {
                Argument::Literal(json) => Value {
                    json: json.clone(),
                    template: None,
                },
                Argument::Text { text, template } => Value {
                    json: text.clone(),
                    template: Some(template.clone()),
                },
                Argument::Path(path) => {
                    let found = path.resolve(data, environment);
                    Value {
                        json: found.map_err(|error| path_failure(field, path, &error, data))?,
                        template: None,
                    }
                }
                Argument::Call(call) => Value {
                    json: call.evaluate(field, data, environment)?,
                    template: None,
                },
            });
        }
        self.function
            .apply(&values, environment)
            .map_err(|message| {
                Failure::runtime(format!(
                    "The function '{}' had the following error: {message}",
                    self.text
                ))
            })
    }
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or("")
    }

    fn take(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        self.offset += if found { character.len_utf8() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start().len();
    }

    fn call(&mut self, level: usize) -> Result<Call, String> {
        if level > NESTING_LEVELS_MAX {
            return Err(format!(
                "intrinsic functions are nested deeper than {NESTING_LEVELS_MAX} levels"
            ));
        }
        let start = self.offset;
        let rest = self.rest();
        let name = rest
            .split(|c: char| !(c.is_alphanumeric() || c == '.'))
            .next()
            .unwrap_or("");
        if !name.starts_with("States.") {
            return Err("it is neither".to_owned());
        }
        let function = Function::named(name)
            .ok_or_else(|| format!("there is no intrinsic function `{name}`"))?;
        self.offset += name.len();
        if !self.take('(') {
            return Err(format!("expected `(` after `{name}`"));
        }
        let arguments = self.arguments(level)?;
        function.check_count(arguments.len())?;
        let text = self.text.get(start..self.offset).unwrap_or("");
        Ok(Call {
            text: Arc::from(text),
            function,
            arguments,
        })
    }

    fn arguments(&mut self, level: usize) -> Result<Vec<Argument>, String> {
        let mut arguments = Vec::new();
        self.skip_space();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            self.skip_space();
            arguments.push(self.argument(level)?);
            self.skip_space();
            if self.take(')') {
                return Ok(arguments);
            }
            if !self.take(',') {
                return Err(format!("expected `,` or `)` at byte {}", self.offset));
            }
        }
    }

    fn argument(&mut self, level: usize) -> Result<Argument, String> {
        match self.rest().chars().next() {
            Some('\'') => self.string(),
            Some('$') => self.path(),
            Some('S') => self.call(level + 1).map(Argument::Call),
            _ => self.literal(),
        }
    }

    /// A path ends at a `,` or `)` that is not inside its own brackets or quotes.
    fn path(&mut self) -> Result<Argument, String> {
        let rest = self.rest();
        let mut depth = 0usize;
        let mut quote = None;
        let mut escaped = false;
        let mut end = rest.len();
        for (index, character) in rest.char_indices() {
            match (quote, character) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(open), close) if open == close => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') if depth > 0 => quote = Some(character),
                (None, '[' | '(') => depth += 1,
                (None, ')') if depth == 0 => {
                    end = index;
                    break;
                }
                (None, ']' | ')') => depth = depth.saturating_sub(1),
                (None, ',') if depth == 0 => {
                    end = index;
                    break;
                }
                (None, _) => {}
            }
        }
        let text = rest.get(..end).unwrap_or("").trim_end();
        self.offset += end;
        Path::parse(text).map(Argument::Path)
    }

    /// A string in single quotes; a backslash may stand before `'`, `{`, `}` and itself only.
    fn string(&mut self) -> Result<Argument, String> {
        let rest = self.rest();
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '\'' => {
                    self.offset += index + 1;
                    let template = rest.get(1..index).unwrap_or("");
                    return Ok(Argument::Text {
                        text: Json::from(text.as_str()),
                        template: Arc::from(template),
                    });
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('\'' | '{' | '}' | '\\'))) => text.push(escaped),
                    _ => {
                        return Err(
                            "a backslash may stand only before ', {, } and another backslash"
                                .to_owned(),
                        );
                    }
                },
                _ => text.push(character),
            }
        }
        Err("a string without its closing quote".to_owned())
    }

    fn literal(&mut self) -> Result<Argument, String> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| c == ',' || c == ')' || c.is_whitespace())
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        match word.parse::<Json>() {
            Ok(value @ (Json::Null | Json::Bool(_) | Json::Number(_))) => {
                self.offset += end;
                Ok(Argument::Literal(value))
            }
            _ => Err(format!("`{word}` is no argument")),
        }
    }
}

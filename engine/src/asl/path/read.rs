//! Reads the text of a path.

use std::sync::Arc;

use super::filter::{Comparison, Filter, Operand};
use super::{Function, Path, Root, Step};
use crate::asl::json::Json;

/// Levels of parentheses in a filter; a bound, so that no text can exhaust the stack.
const FILTER_LEVELS_MAX: usize = 32;

pub(super) fn path(text: &str) -> Result<Path, String> {
    let mut reader = Reader {
        text,
        offset: 0,
        level: 0,
    };
    let root = reader.root()?;
    let steps = reader.steps(Stop::AtEnd)?;
    finish(text, root, steps)
}

fn finish(text: &str, root: Root, steps: Vec<Step>) -> Result<Path, String> {
    let last = steps.len().saturating_sub(1);
    if steps
        .iter()
        .take(last)
        .any(|step| matches!(step, Step::Function(_)))
    {
        return Err("a function may stand only at the end of a path".to_owned());
    }
    let definite = steps.iter().enumerate().all(|(index, step)| match step {
        Step::Key(_) | Step::Index(_) | Step::Function(_) => true,
        Step::Keys(_) => index == last,
        Step::Indexes(_)
        | Step::Slice { .. }
        | Step::Wildcard
        | Step::Descend
        | Step::Filter(_) => false,
    });
    Ok(Path {
        text: Arc::from(text),
        root,
        steps,
        definite,
    })
}

/// Where a path ends.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    AtEnd,
    /// Inside a filter: at the first character that cannot belong to a path.
    InFilter,
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    level: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.offset += if found { token.len() } else { 0 };
        found
    }

    /// Takes characters while `accept` holds for them.
    fn while_some(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.offset += length;
        rest.get(..length).unwrap_or("")
    }

    fn skip_space(&mut self) {
        self.while_some(char::is_whitespace);
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, String> {
        match self.peek() {
            Some(found) => Err(format!(
                "expected {wanted} at byte {}, found `{found}`",
                self.offset
            )),
            None => Err(format!("expected {wanted} at the end")),
        }
    }

    fn root(&mut self) -> Result<Root, String> {
        if !self.take("$") {
            return self.unexpected("`$`");
        }
        if self.take("$") {
            return match self.peek() {
                None | Some('.' | '[') => Ok(Root::Context),
                Some(_) => self.unexpected("`.` or `[` after `$$`"),
            };
        }
        match self.peek() {
            Some(first) if first.is_alphabetic() || first == '_' => {
                let name = self.while_some(|c| c.is_alphanumeric() || c == '_');
                Ok(Root::Variable(Arc::from(name)))
            }
            _ => Ok(Root::Data),
        }
    }

    fn steps(&mut self, stop: Stop) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(steps),
                Some('.') => {
                    self.offset += 1;
                    if self.take(".") {
                        steps.push(Step::Descend);
                        if self.peek() == Some('[') {
                            continue;
                        }
                    } else if self.peek() == Some('[') {
                        continue;
                    }
                    steps.push(self.dotted(stop)?);
                }
                Some('[') => {
                    self.offset += 1;
                    steps.push(self.bracketed()?);
                }
                Some(_) if stop == Stop::InFilter => return Ok(steps),
                Some(_) => return self.unexpected("`.`, `[` or the end of the path"),
            }
        }
    }

    fn dotted(&mut self, stop: Stop) -> Result<Step, String> {
        if self.take("*") {
            return Ok(Step::Wildcard);
        }
        let name = match stop {
            Stop::AtEnd => {
                self.while_some(|c| !matches!(c, '.' | '[' | '(' | ' ' | ']' | ')' | '\'' | '"'))
            }
            Stop::InFilter => {
                self.while_some(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':'))
            }
        };
        if name.is_empty() {
            return self.unexpected("a name");
        }
        if !self.take("(") {
            return Ok(Step::Key(Arc::from(name)));
        }
        self.skip_space();
        if !self.take(")") {
            return Err(format!("the function `{name}()` takes no arguments here"));
        }
        let function = match name {
            "length" | "size" => Function::Length,
            "keys" => Function::Keys,
            "min" => Function::Min,
            "max" => Function::Max,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "first" => Function::First,
            "last" => Function::Last,
            _ => return Err(format!("the path function `{name}()` is not supported")),
        };
        Ok(Step::Function(function))
    }

    fn bracketed(&mut self) -> Result<Step, String> {
        self.skip_space();
        let step = match self.peek() {
            Some('*') => {
                self.offset += 1;
                Step::Wildcard
            }
            Some('\'' | '"') => {
                let mut keys = self.separated(Self::quoted)?;
                if keys.len() == 1 {
                    keys.pop().map_or(Step::Wildcard, Step::Key)
                } else {
                    Step::Keys(keys)
                }
            }
            Some('?') => {
                self.offset += 1;
                self.skip_space();
                if self.peek() != Some('(') {
                    return self.unexpected("`(`");
                }
                Step::Filter(self.either()?)
            }
            _ => self.position()?,
        };
        self.skip_space();
        if !self.take("]") {
            return self.unexpected("`]`");
        }
        Ok(step)
    }

    /// `0`, `-1`, `0,2`, `1:3`, `1:`, `:3`, `::2`.
    fn position(&mut self) -> Result<Step, String> {
        let from = self.integer()?;
        self.skip_space();
        if self.take(":") {
            self.skip_space();
            let to = self.integer()?;
            self.skip_space();
            let step = if self.take(":") {
                self.integer()?.unwrap_or(1)
            } else {
                1
            };
            if step < 1 {
                return Err("the step of a slice must be positive".to_owned());
            }
            return Ok(Step::Slice { from, to, step });
        }
        let Some(first) = from else {
            return self.unexpected("a name in quotes, a number, `*` or `?`");
        };
        let mut indexes = vec![first];
        while self.take(",") {
            self.skip_space();
            match self.integer()? {
                Some(index) => indexes.push(index),
                None => return self.unexpected("a number"),
            }
            self.skip_space();
        }
        Ok(if indexes.len() == 1 {
            Step::Index(first)
        } else {
            Step::Indexes(indexes)
        })
    }

    fn integer(&mut self) -> Result<Option<i64>, String> {
        let digits = self.while_some(|c| c.is_ascii_digit() || c == '-');
        if digits.is_empty() {
            return Ok(None);
        }
        digits
            .parse()
            .map(Some)
            .map_err(|_| format!("`{digits}` is not an index"))
    }

    fn separated<T>(&mut self, item: fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = vec![item(self)?];
        loop {
            self.skip_space();
            if !self.take(",") {
                return Ok(items);
            }
            self.skip_space();
            items.push(item(self)?);
        }
    }

    fn quoted(&mut self) -> Result<Arc<str>, String> {
        let quote = match self.peek() {
            Some(quote @ ('\'' | '"')) => quote,
            _ => return self.unexpected("a name in quotes"),
        };
        self.offset += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) => text.push(escaped),
                    None => break,
                },
                _ if character == quote => {
                    self.offset += index + 1;
                    return Ok(Arc::from(text));
                }
                _ => text.push(character),
            }
        }
        Err(format!("no closing {quote}"))
    }

    /// `a || b || c`
    fn either(&mut self) -> Result<Filter, String> {
        let mut filter = self.both()?;
        while self.operator("||") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    /// `a && b && c`
    fn both(&mut self) -> Result<Filter, String> {
        let mut filter = self.test()?;
        while self.operator("&&") {
            filter = Filter::And(Box::new(filter), Box::new(self.test()?));
        }
        Ok(filter)
    }

    fn operator(&mut self, token: &str) -> bool {
        self.skip_space();
        self.take(token)
    }

    fn test(&mut self) -> Result<Filter, String> {
        self.level += 1;
        if self.level > FILTER_LEVELS_MAX {
            return Err("the filter is nested too deeply".to_owned());
        }
        self.skip_space();
        let filter = if self.take("!") {
            Filter::Not(Box::new(self.test()?))
        } else if self.take("(") {
            let inner = self.either()?;
            if !self.operator(")") {
                return self.unexpected("`)`");
            }
            inner
        } else {
            self.comparison()?
        };
        self.level -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        self.skip_space();
        let quoted = matches!(self.peek(), Some('\'' | '"'));
        let left = self.operand()?;
        if matches!(left, Operand::Literal(Json::String(_))) && !quoted {
            return Err("a text before an operator must be in quotes".to_owned());
        }
        self.skip_space();
        if self.rest().starts_with("=~") {
            return Err("regular expressions in filters (`=~`) are not supported".to_owned());
        }
        let symbols = [
            ("===", Comparison::Equal),
            ("!==", Comparison::NotEqual),
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessEqual),
            (">=", Comparison::GreaterEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let words = [
            ("in", Comparison::In),
            ("nin", Comparison::NotIn),
            ("contains", Comparison::Contains),
            ("size", Comparison::Size),
            ("empty", Comparison::Empty),
        ];
        let mut comparison = symbols
            .into_iter()
            .find(|(token, _)| self.take(token))
            .map(|(_, comparison)| comparison);
        if comparison.is_none() && self.peek().is_some_and(char::is_alphabetic) {
            let word = self.while_some(char::is_alphabetic).to_lowercase();
            let known = words.into_iter().find(|(name, _)| *name == word);
            let (_, found) =
                known.ok_or_else(|| format!("the filter operator `{word}` is not supported"))?;
            comparison = Some(found);
        }
        match (comparison, left) {
            (Some(comparison), left) => Ok(Filter::Compare(left, comparison, self.operand()?)),
            (None, Operand::Path(path)) => Ok(Filter::Exists(path)),
            (None, Operand::Root(path)) => Ok(Filter::RootExists(path)),
            (None, Operand::Literal(_)) => self.unexpected("an operator"),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.skip_space();
        let start = self.offset;
        match self.peek() {
            Some('@') => {
                self.offset += 1;
                let steps = self.steps(Stop::InFilter)?;
                Ok(Operand::Path(finish(
                    self.text.get(start..self.offset).unwrap_or("@"),
                    Root::Data,
                    steps,
                )?))
            }
            Some('$') => {
                self.offset += 1;
                let steps = self.steps(Stop::InFilter)?;
                Ok(Operand::Root(finish(
                    self.text.get(start..self.offset).unwrap_or("$"),
                    Root::Data,
                    steps,
                )?))
            }
            _ => self.literal().map(Operand::Literal),
        }
    }

    fn literal(&mut self) -> Result<Json, String> {
        self.level += 1;
        if self.level > FILTER_LEVELS_MAX {
            return Err("the filter is nested too deeply".to_owned());
        }
        let value = match self.peek() {
            Some('\'' | '"') => Json::String(self.quoted()?),
            Some('[') => {
                self.offset += 1;
                self.skip_space();
                let items = if self.peek() == Some(']') {
                    Vec::new()
                } else {
                    self.separated(Self::literal)?
                };
                self.skip_space();
                if !self.take("]") {
                    return self.unexpected("`]`");
                }
                Json::array(items)
            }
            _ => {
                let word =
                    self.while_some(|c| c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'));
                if word.is_empty() {
                    return self.unexpected("a path, a string, a number, true, false or null");
                }
                // A word that is none of JSON's is the text itself: where quotes cannot stand, as within those of an
                // intrinsic function, state machines are written so.
                word.parse().unwrap_or_else(|_| Json::from(word))
            }
        };
        self.level -= 1;
        Ok(value)
    }
}

//! Pieces of the report that are written where they stand, without a text of their own in between.

use std::fmt::{Display, Formatter, Result, Write};

use crate::emit::cfn::value::{Any, Value};

/// Text of the spec as text in Markdown, whatever it holds.
pub(super) fn markdown(text: &str) -> Markdown<'_> {
    Markdown(text)
}

#[derive(Clone, Copy)]
pub(super) struct Markdown<'t>(&'t str);

impl Display for Markdown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        replaced(f, self.0, |byte| match byte {
            b'\n' | b'\r' => Some(" "),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'&' => Some("&amp;"),
            b'\\' => Some("\\\\"),
            b'`' => Some("\\`"),
            b'*' => Some("\\*"),
            b'[' => Some("\\["),
            b']' => Some("\\]"),
            b'|' => Some("\\|"),
            b'#' => Some("\\#"),
            _ => None,
        })
    }
}

/// Each between backquotes, in a cell of a table.
pub(super) fn codes<I: Iterator<Item: Display> + Clone>(items: I) -> impl Display {
    joined(items.map(Code), " ")
}

#[derive(Clone)]
struct Code<T>(T);

impl<T: Display> Display for Code<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(Cell(f), "`{}`", self.0)
    }
}

/// Takes what stands in a cell of a table, where `|` would end it.
struct Cell<'f, 'b>(&'f mut Formatter<'b>);

impl Write for Cell<'_, '_> {
    fn write_str(&mut self, text: &str) -> Result {
        replaced(self.0, text, |byte| (byte == b'|').then_some("\\|"))
    }
}

/// Without what every ARN begins with.
pub(super) fn short(value: &Value<Any>) -> Short<'_> {
    Short(value)
}

#[derive(Clone, Copy)]
pub(super) struct Short<'v>(&'v Value<Any>);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(Shortening(f), "{}", self.0)
    }
}

/// Takes a value, whose text comes in one piece.
struct Shortening<'f, 'b>(&'f mut Formatter<'b>);

impl Write for Shortening<'_, '_> {
    fn write_str(&mut self, text: &str) -> Result {
        let mut rest = text.strip_prefix("arn:${AWS::Partition}:").unwrap_or(text);
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            self.0.write_str(before)?;
            rest = if let Some(after) = from.strip_prefix("${AWS::Region}:${AWS::AccountId}:") {
                after
            } else if let Some(after) = from.strip_prefix("${EnvironmentSuffix}") {
                self.0.write_str("…")?;
                after
            } else {
                self.0.write_char('$')?;
                from.strip_prefix('$').unwrap_or_default()
            };
        }
        self.0.write_str(rest)
    }
}

/// One behind the other, with this between them.
pub(super) fn joined<I: Iterator<Item: Display> + Clone>(
    items: I,
    between: &'static str,
) -> impl Display {
    Joined { items, between }
}

struct Joined<I> {
    items: I,
    between: &'static str,
}

impl<I: Iterator<Item: Display> + Clone> Display for Joined<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, item) in self.items.clone().enumerate() {
            if index > 0 {
                f.write_str(self.between)?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

/// Writes a text with another one for some of its bytes, which are all ASCII and so characters of their own.
fn replaced(
    f: &mut Formatter<'_>,
    text: &str,
    replacement: impl Fn(u8) -> Option<&'static str>,
) -> Result {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(other) = replacement(byte) {
            f.write_str(text.get(from..at).unwrap_or_default())?;
            f.write_str(other)?;
            from = at + 1;
        }
    }
    f.write_str(text.get(from..).unwrap_or_default())
}

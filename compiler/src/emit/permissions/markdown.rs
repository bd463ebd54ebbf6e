//! Pieces of the report that are written where they stand, without a text of their own in between.

use crate::emit::cfn::value::{Any, Value};
use crate::emit::piece::{Piece, Special, joined, replaced};

/// Text of the spec as text in Markdown, whatever it holds.
pub(crate) fn markdown(text: &str) -> Markdown<'_> {
    Markdown(text)
}

#[derive(Clone, Copy)]
pub(crate) struct Markdown<'t>(&'t str);

/// What Markdown would read as more than a character, and what would end a line.
const SPECIAL: Special = Special::new(b"\n\r<>&\\`*[]|#");

impl Piece for Markdown<'_> {
    fn write(&self, text: &mut String) {
        replaced(text, self.0, &SPECIAL, |byte| match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'\\' => "\\\\",
            b'`' => "\\`",
            b'*' => "\\*",
            b'[' => "\\[",
            b']' => "\\]",
            b'|' => "\\|",
            b'#' => "\\#",
            // An end of a line; nothing else is special.
            _ => " ",
        });
    }
}

/// Each between backquotes, in a cell of a table.
pub(crate) fn codes<I: Iterator<Item: Piece> + Clone>(items: I) -> impl Piece {
    joined(items.map(Code), " ")
}

#[derive(Clone)]
struct Code<T>(T);

impl<T: Piece> Piece for Code<T> {
    fn write(&self, text: &mut String) {
        text.push('`');
        let start = text.len();
        self.0.write(text);
        // In a cell of a table `|` would end it. Hardly a name has one, so it is looked for where the name stands.
        if text.get(start..).is_some_and(|it| it.contains('|')) {
            let name = text.split_off(start);
            text.push_str(&name.replace('|', "\\|"));
        }
        text.push('`');
    }
}

/// Without what every ARN begins with.
pub(super) fn short(value: &Value<Any>) -> Short<'_> {
    Short(value)
}

#[derive(Clone, Copy)]
pub(super) struct Short<'v>(&'v Value<Any>);

impl Piece for Short<'_> {
    fn write(&self, text: &mut String) {
        let Some(spelled) = self.0.spelled() else {
            return self.0.write(text);
        };
        let rest = spelled.strip_prefix("arn:${AWS::Partition}:");
        let mut rest = rest.unwrap_or(spelled);
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            rest = if let Some(after) = from.strip_prefix("${AWS::Region}:${AWS::AccountId}:") {
                after
            } else if let Some(after) = from.strip_prefix("${EnvironmentSuffix}") {
                text.push('…');
                after
            } else {
                text.push('$');
                from.strip_prefix('$').unwrap_or_default()
            };
        }
        text.push_str(rest);
    }
}

//! JSON as it stands in an emitted file, laid out as a person would write it: what fits on a line stands on one, all else has a line for
//! each member. A reference such as `{"Fn::GetAtt": ["Inbox", "Arn"]}` would take six lines otherwise.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// More than any template takes. Room that is not written to costs nothing, and growing into it would copy it again and again. When so large a
/// piece is given back, glibc keeps up to twice as much for what is needed next (mallopt(3), `M_MMAP_THRESHOLD`), as in a compile of many specs.
const BYTES: usize = 512 * 1024;
/// Bytes of a line that is put together of several members. A single text may be longer, for it cannot be broken.
const LINE_BYTES_MAX: usize = 100;
/// Spaces of one level.
const INDENT: usize = 2;

/// Members in the order of the types, a newline at the end.
pub(crate) fn file<T: Serialize>(value: &T) -> Vec<u8> {
    let mut page = Page {
        text: Vec::with_capacity(BYTES),
        ..Page::default()
    };
    if value
        .serialize(&mut Serializer::with_formatter(&mut page, Marking))
        .is_err()
    {
        // Our types have text keys and finite numbers, so this cannot be; an empty file would not pass any test.
        page.text.clear();
    }
    page.text.push(b'\n');
    page.text
}

/// Stands before a bracket or comma that is none of a text. JSON writes this byte as an escape, so it is nowhere else.
const MARK: u8 = 0;

/// Tells the page what is structure.
struct Marking;

impl Formatter for Marking {
    fn begin_array<W: ?Sized + Write>(&mut self, page: &mut W) -> Result<()> {
        page.write_all(&[MARK, b'['])
    }

    fn end_array<W: ?Sized + Write>(&mut self, page: &mut W) -> Result<()> {
        page.write_all(&[MARK, b']'])
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, page: &mut W, first: bool) -> Result<()> {
        if first {
            return Ok(());
        }
        page.write_all(&[MARK, b','])
    }

    fn begin_object<W: ?Sized + Write>(&mut self, page: &mut W) -> Result<()> {
        page.write_all(&[MARK, b'{'])
    }

    fn end_object<W: ?Sized + Write>(&mut self, page: &mut W) -> Result<()> {
        page.write_all(&[MARK, b'}'])
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, page: &mut W, first: bool) -> Result<()> {
        self.begin_array_value(page, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, page: &mut W) -> Result<()> {
        page.write_all(b": ")
    }
}

/// What is laid out. A list or object is begun on one line, and broken when that gets too long.
#[derive(Default)]
struct Page {
    text: Vec<u8>,
    /// Where the last line begins.
    line: usize,
    /// Lists and objects that are open.
    depth: usize,
    /// How many of them, from the outermost, have a line for each member.
    broken: usize,
    /// Where a line would begin in those that are not broken.
    breaks: Vec<Break>,
}

/// Where a line would begin: behind a bracket or a comma.
struct Break {
    at: usize,
    /// Lists and objects that are open there.
    depth: usize,
}

impl Write for Page {
    fn write(&mut self, part: &[u8]) -> Result<usize> {
        match part {
            [MARK, b',', ..] => {
                self.text.push(b',');
                self.fit(0);
                if self.broken == self.depth {
                    self.new_line(self.depth);
                } else {
                    self.note();
                    self.text.push(b' ');
                }
            }
            [MARK, bracket @ (b'{' | b'['), ..] => {
                self.text.push(*bracket);
                self.depth += 1;
                self.note();
            }
            [MARK, bracket, ..] => self.close(*bracket),
            text => self.text.extend_from_slice(text),
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Page {
    fn note(&mut self) {
        self.breaks.push(Break {
            at: self.text.len(),
            depth: self.depth,
        });
    }

    fn close(&mut self, bracket: u8) {
        // What is empty has nothing that could stand on another line.
        let is_empty = self
            .breaks
            .last()
            .is_some_and(|it| it.at == self.text.len());
        if !is_empty {
            // The bracket, and a comma that may follow it.
            self.fit(2);
        }
        let is_broken = self.broken == self.depth;
        self.depth -= 1;
        if is_broken {
            self.broken = self.depth;
            self.new_line(self.depth);
        }
        while self.breaks.pop_if(|it| it.depth > self.depth).is_some() {}
        self.text.push(bracket);
    }

    /// Breaks the innermost list or object that is open, and those around it, if it and this many bytes more have no room on a line of their own.
    /// Those around it would have none either: two brackets are as wide as a level of indentation.
    fn fit(&mut self, more: usize) {
        if self.broken == self.depth {
            return;
        }
        let around = self.breaks.iter().rev().find(|it| it.depth < self.depth);
        let column = around.map_or(self.text.len() - self.line, |it| {
            let space = usize::from(self.text.get(it.at) == Some(&b' '));
            INDENT * it.depth + self.text.len() - it.at - space
        });
        if column + more > LINE_BYTES_MAX {
            while self.broken < self.depth {
                self.break_outermost();
            }
        }
    }

    /// Gives each member of the outermost list or object on this line, as far as it was written, a line of its own.
    fn break_outermost(&mut self) {
        self.broken += 1;
        let Some(first) = self.breaks.first().map(|it| it.at) else {
            return;
        };
        let flat = self.text.split_off(first);
        let mut written = 0;
        for mut it in std::mem::take(&mut self.breaks) {
            let until = it.at - first;
            self.text
                .extend_from_slice(flat.get(written..until).unwrap_or_default());
            written = until;
            if it.depth == self.broken {
                self.new_line(it.depth);
                // The end of the line stands for the space behind a comma.
                written += usize::from(flat.get(until) == Some(&b' '));
            } else {
                it.at = self.text.len();
                self.breaks.push(it);
            }
        }
        self.text
            .extend_from_slice(flat.get(written..).unwrap_or_default());
    }

    fn new_line(&mut self, depth: usize) {
        self.text.push(b'\n');
        self.line = self.text.len();
        self.text.resize(self.line + INDENT * depth, b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn text(value: &Value) -> String {
        String::from_utf8(file(value)).unwrap()
    }

    /// Any value; texts hold what the layout looks for.
    fn any_value() -> impl Strategy<Value = Value> {
        let word = || "[a-z{}\\[\\],:\"\\\\ \n\u{1}é]{0,40}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            word().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 200, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec((word(), inner), 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_reads_as_the_value_and_only_space_is_added(value in any_value()) {
            let text = text(&value);
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
            // With the space outside of texts taken away it is what serde_json writes, member by member in the same order.
            let mut parts = Vec::new();
            let (mut within, mut escaped) = (false, false);
            for character in text.chars() {
                if within || !character.is_ascii_whitespace() {
                    parts.push(character);
                }
                within ^= character == '"' && !escaped;
                escaped = within && character == '\\' && !escaped;
            }
            prop_assert_eq!(parts.into_iter().collect::<String>(), value.to_string());
        }

        /// The page is laid out as it is written; the same decided from above, with the whole value at hand, must give the same.
        #[test]
        fn a_list_or_object_is_broken_only_where_it_does_not_fit(value in any_value()) {
            prop_assert_eq!(text(&value), format!("{}\n", laid_out(&value, 0, 0)));
        }
    }

    /// A list's items or an object's members, each with what stands before its value.
    fn members(value: &Value) -> Vec<(String, &Value)> {
        match value {
            Value::Array(items) => items.iter().map(|it| (String::new(), it)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(key, it)| (format!("{}: ", Value::from(key.as_str())), it))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn flat(value: &Value) -> String {
        let members: Vec<String> = members(value)
            .into_iter()
            .map(|(key, it)| key + &flat(it))
            .collect();
        match value {
            Value::Array(_) => format!("[{}]", members.join(", ")),
            Value::Object(_) => format!("{{{}}}", members.join(", ")),
            other => other.to_string(),
        }
    }

    fn laid_out(value: &Value, column: usize, indent: usize) -> String {
        let (flat, members) = (flat(value), members(value));
        // The last column is for a comma.
        if members.is_empty() || column + flat.len() < LINE_BYTES_MAX {
            return flat;
        }
        let inner = indent + INDENT;
        let lines: Vec<String> = members
            .into_iter()
            .map(|(key, it)| {
                format!(
                    "{:inner$}{key}{}",
                    "",
                    laid_out(it, inner + key.len(), inner)
                )
            })
            .collect();
        let (open, close) = flat.split_at(1);
        let close = &close[close.len() - 1..];
        format!("{open}\n{}\n{:indent$}{close}", lines.join(",\n"), "")
    }

    #[test]
    fn what_fits_stands_on_one_line_to_the_last_column() {
        let fitting = "x".repeat(LINE_BYTES_MAX - INDENT - r#""a": {"b": ""},"#.len());
        let value =
            json!({"a": {"b": fitting}, "c": {"d": format!("{fitting}x")}, "e": {}, "f": [[], 1]});
        let expected = format!(
            "{{\n  \"a\": {{\"b\": \"{fitting}\"}},\n  \"c\": {{\n    \"d\": \"{fitting}x\"\n  }},\n  \"e\": {{}},\n  \"f\": [[], 1]\n}}\n"
        );
        assert_eq!(text(&value), expected);
    }
}

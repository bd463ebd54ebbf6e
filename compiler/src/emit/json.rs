//! JSON as it stands in an emitted file, laid out as a person would write it: what fits on a line stands on one, all else has a line for
//! each member. A reference such as `{"Fn::GetAtt": ["Inbox", "Arn"]}` would take six lines otherwise.

mod serializer;

use std::mem::take;

use serde::Serialize;

/// More than any template takes. Room that is not written to costs nothing, and growing into it would copy it again and again. When so large a
/// piece is given back, glibc keeps up to twice as much for what is needed next (mallopt(3), `M_MMAP_THRESHOLD`), as in a compile of many specs.
const BYTES: usize = 512 * 1024;
/// Bytes of a line that is put together of several members. A single text may be longer, for it cannot be broken.
const LINE_BYTES_MAX: usize = 100;
/// Spaces of one level.
const INDENT: usize = 2;

/// Members in the order of the types, a newline at the end.
pub fn file<T: Serialize>(value: &T) -> Vec<u8> {
    let mut page = Page {
        text: Vec::with_capacity(BYTES),
        ..Page::default()
    };
    if value.serialize(&mut page).is_err() {
        // Our types have text keys and finite numbers, so this cannot be; an empty file would not pass any test.
        page.text.clear();
    }
    page.text.push(b'\n');
    page.text
}

/// What is laid out. A list or object is begun on one line, and broken when that gets too long; those around it are broken with it.
#[derive(Default)]
struct Page {
    text: Vec<u8>,
    /// Where the last line begins.
    line: usize,
    /// Lists and objects that are open.
    depth: usize,
    /// How far the text may go before each of them that is not broken is too long, from the outermost of these.
    ends: Vec<usize>,
    /// Where a line would begin in those that are not broken.
    breaks: Vec<Break>,
    /// What stood on the line that is being broken.
    flat: Vec<u8>,
}

/// Where a line would begin: behind a bracket or a comma.
struct Break {
    at: usize,
    /// Lists and objects that are open there.
    depth: usize,
}

impl Page {
    /// Begins a list or an object.
    fn open(&mut self, bracket: u8) {
        // A list or object that is too long gets a line of its own first, those around it being broken. They have no room either then: two
        // brackets are as wide as a level of indentation.
        let end = match self.breaks.last() {
            Some(it) => {
                let space = usize::from(self.text.get(it.at) == Some(&b' '));
                (it.at + space + LINE_BYTES_MAX).saturating_sub(INDENT * it.depth)
            }
            None => self.line + LINE_BYTES_MAX,
        };
        self.ends.push(end);
        self.text.push(bracket);
        self.depth += 1;
        self.note();
    }

    /// Stands before each member but the first.
    fn comma(&mut self) {
        self.text.push(b',');
        self.fit(0);
        if self.ends.is_empty() {
            self.new_line(self.depth);
        } else {
            self.note();
            self.text.push(b' ');
        }
    }

    /// Ends a list or an object.
    fn close(&mut self, bracket: u8) {
        // What is empty has nothing that could stand on another line.
        let last = self.breaks.last();
        if last.is_none_or(|it| it.at != self.text.len()) {
            // The bracket, and a comma that may follow it.
            self.fit(2);
        }
        self.depth -= 1;
        if self.ends.pop().is_none() {
            self.new_line(self.depth);
        }
        while self.breaks.pop_if(|it| it.depth > self.depth).is_some() {}
        self.text.push(bracket);
    }

    fn note(&mut self) {
        self.breaks.push(Break {
            at: self.text.len(),
            depth: self.depth,
        });
    }

    /// Breaks what is open if the innermost list or object, with this many bytes more, has no room on a line of its own.
    fn fit(&mut self, more: usize) {
        let end = self.ends.last();
        if end.is_some_and(|end| self.text.len() + more > *end) {
            self.break_lines();
        }
    }

    /// Gives each member of all that is open, as far as it was written, a line of its own.
    fn break_lines(&mut self) {
        self.ends.clear();
        let Some(first) = self.breaks.first().map(|it| it.at) else {
            return;
        };
        let (mut flat, mut breaks) = (take(&mut self.flat), take(&mut self.breaks));
        flat.extend(self.text.drain(first..));
        let mut written = 0;
        for it in breaks.drain(..) {
            let until = it.at - first;
            let before = flat.get(written..until);
            self.text.extend_from_slice(before.unwrap_or_default());
            self.new_line(it.depth);
            // The end of the line stands for the space behind a comma.
            written = until + usize::from(flat.get(until) == Some(&b' '));
        }
        let rest = flat.get(written..);
        self.text.extend_from_slice(rest.unwrap_or_default());
        flat.clear();
        (self.flat, self.breaks) = (flat, breaks);
    }

    fn new_line(&mut self, depth: usize) {
        self.text.push(b'\n');
        self.line = self.text.len();
        self.text.resize(self.line + INDENT * depth, b' ');
    }

    /// A text with its quotes.
    fn quoted(&mut self, text: &str) -> serde_json::Result<()> {
        // No branch in it: so sixteen bytes are looked at in one go.
        let is_escaped = |it: u8| (it < b' ') | (it == b'"') | (it == b'\\');
        if text.bytes().fold(false, |any, it| any | is_escaped(it)) {
            return serde_json::to_writer(&mut self.text, text);
        }
        self.text.reserve(text.len() + 2);
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
        Ok(())
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

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
/// The beginning of a line at this depth, and of those before it.
const NEW_LINE: [u8; 1 + INDENT * DEPTH] = new_line();
const DEPTH: usize = 24;

const fn new_line() -> [u8; 1 + INDENT * DEPTH] {
    let mut line = [b' '; 1 + INDENT * DEPTH];
    line[0] = b'\n';
    line
}

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
    /// Those of them that are not broken, from the outermost.
    flat: Vec<Flat>,
    /// Where a line would begin in these.
    breaks: Vec<Break>,
    /// What stood on the line that is being broken.
    broken: Vec<u8>,
}

/// A list or object that stands on one line so far.
struct Flat {
    /// How far the text may go before it is too long.
    end: usize,
    /// How many breaks come before its own.
    breaks: usize,
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
        let breaks = self.breaks.len();
        self.flat.push(Flat { end, breaks });
        self.text.push(bracket);
        self.depth += 1;
        self.note();
    }

    /// Stands before each member but the first.
    fn comma(&mut self) {
        self.text.push(b',');
        if self.is_flat_with(0) {
            self.note();
            self.text.push(b' ');
        } else {
            self.new_line(self.depth);
        }
    }

    /// Ends a list or an object.
    fn close(&mut self, bracket: u8) {
        // What is empty has nothing that could stand on another line.
        let last = self.breaks.last();
        let is_empty = last.is_some_and(|it| it.at == self.text.len());
        // The bracket, and a comma that may follow it.
        let is_flat = is_empty || self.is_flat_with(2);
        self.depth -= 1;
        match self.flat.pop() {
            Some(flat) if is_flat => self.breaks.truncate(flat.breaks),
            _ => self.new_line(self.depth),
        }
        self.text.push(bracket);
    }

    fn note(&mut self) {
        self.breaks.push(Break {
            at: self.text.len(),
            depth: self.depth,
        });
    }

    /// Whether the innermost list or object stands on one line, also with this many bytes more. Breaks what is open if they have no room.
    fn is_flat_with(&mut self, more: usize) -> bool {
        let Some(flat) = self.flat.last() else {
            return false;
        };
        let has_room = self.text.len() + more <= flat.end;
        if !has_room {
            self.break_lines();
        }
        has_room
    }

    /// Gives each member of all that is open, as far as it was written, a line of its own.
    #[cold]
    fn break_lines(&mut self) {
        self.flat.clear();
        let Some(first) = self.breaks.first().map(|it| it.at) else {
            return;
        };
        let (mut broken, mut breaks) = (take(&mut self.broken), take(&mut self.breaks));
        broken.extend_from_slice(self.text.get(first..).unwrap_or_default());
        self.text.truncate(first);
        let mut written = 0;
        for it in breaks.drain(..) {
            let until = it.at - first;
            let before = broken.get(written..until);
            self.text.extend_from_slice(before.unwrap_or_default());
            self.new_line(it.depth);
            // The end of the line stands for the space behind a comma.
            written = until + usize::from(broken.get(until) == Some(&b' '));
        }
        let rest = broken.get(written..);
        self.text.extend_from_slice(rest.unwrap_or_default());
        broken.clear();
        (self.broken, self.breaks) = (broken, breaks);
    }

    fn new_line(&mut self, depth: usize) {
        // Deeper than any template goes there is one level after the other.
        let (deeper, depth) = (depth.saturating_sub(DEPTH), depth.min(DEPTH));
        let line = NEW_LINE.get(..=INDENT * depth);
        self.text.extend_from_slice(line.unwrap_or_default());
        self.line = self.text.len() - INDENT * depth;
        for _ in 0..deeper {
            self.text.extend_from_slice(b"  ");
        }
    }

    /// A text with its quotes.
    fn quoted(&mut self, text: &str) -> serde_json::Result<()> {
        if is_escaped(text.as_bytes()) {
            return serde_json::to_writer(&mut self.text, text);
        }
        self.text.reserve(text.len() + 2);
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
        Ok(())
    }
}

/// True where JSON writes something else for one of these bytes: for a quote, a backslash or a control character.
fn is_escaped(bytes: &[u8]) -> bool {
    // As pieces of one size, of which the last covers some bytes again: a loop over what is left would take longer than all of them.
    if let Some(last) = bytes.last_chunk::<16>() {
        let (pieces, _) = bytes.as_chunks::<16>();
        let in_last = is_any_escaped(last);
        pieces
            .iter()
            .fold(in_last, |any, it| any | is_any_escaped(it))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        is_any_escaped::<8>(first) | is_any_escaped::<8>(last)
    } else {
        bytes.iter().any(|it| is_any_escaped(&[*it]))
    }
}

/// No branch in it: so the bytes are looked at in one go.
fn is_any_escaped<const SIZE: usize>(bytes: &[u8; SIZE]) -> bool {
    let is_escaped = |it: u8| (it < b' ') | (it == b'"') | (it == b'\\');
    bytes.iter().fold(false, |any, it| any | is_escaped(*it))
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

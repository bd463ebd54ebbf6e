//! The same JSON in the ways in which programs write it: what a body may have been when it was signed, before somebody parsed it and wrote
//! it anew. Numbers and strings keep their digits and letters; only spacing, order, escapes and the end differ.

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 64;

enum Node<'b> {
    Object(Vec<(&'b str, Node<'b>)>),
    Array(Vec<Node<'b>>),
    /// A string with its quotes, a number or a word.
    Scalar(&'b str),
}

/// How a text is laid out.
#[derive(Clone, Copy)]
enum Layout {
    Compact,
    /// `", "` and `": "`, as Python writes.
    Spaced,
    /// Over lines, each level this much further in.
    Lines(&'static str),
}

#[derive(Clone, Copy)]
enum Escapes {
    AsTheyAre,
    /// Everything beyond ASCII as `\u`.
    Ascii,
    /// Nothing but what must be.
    Fewest,
}

#[derive(Clone, Copy)]
struct Style {
    layout: Layout,
    sorted: bool,
    escapes: Escapes,
    slashes_escaped: bool,
    end: &'static str,
}

impl Style {
    fn words(self) -> String {
        let mut words = vec![match self.layout {
            Layout::Compact => "compact".to_owned(),
            Layout::Spaced => "with a blank after each comma and colon".to_owned(),
            Layout::Lines(indent) => format!("over lines, indented by {indent:?}"),
        }];
        if self.sorted {
            words.push("with its names in order".to_owned());
        }
        match self.escapes {
            Escapes::AsTheyAre => (),
            Escapes::Ascii => words.push("with \\u escapes beyond ASCII".to_owned()),
            Escapes::Fewest => words.push("without \\u escapes".to_owned()),
        }
        if self.slashes_escaped {
            words.push("with `\\/` for each slash".to_owned());
        }
        match self.end {
            "" => (),
            "\n" => words.push("with a line feed at the end".to_owned()),
            _ => words.push("with CR LF at the end".to_owned()),
        }
        words.join(", ")
    }
}

/// The body in each style, with the style in words; nothing when it is no JSON.
pub(super) fn rewritings(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let trimmed = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut found = Vec::new();
    for (how, end) in [
        ("as it is, with a line feed at the end", "\n"),
        ("as it is, with CR LF at the end", "\r\n"),
    ] {
        found.push((how.to_owned(), [body, end.as_bytes()].concat()));
    }
    found.push((
        "as it is, without white space around it".to_owned(),
        trimmed.trim_ascii().to_vec(),
    ));
    if let Ok(text) = std::str::from_utf8(trimmed) {
        found.push((
            "with CR LF for each line feed".to_owned(),
            text.replace('\n', "\r\n").into_bytes(),
        ));
        found.push((
            "with a line feed for each CR LF".to_owned(),
            text.replace("\r\n", "\n").into_bytes(),
        ));
        let mut reader = Reader { rest: text };
        if let Some(node) = reader.node(0)
            && reader.rest.trim_ascii().is_empty()
        {
            found.extend(styles().map(|style| (style.words(), write(&node, style))));
        }
    }
    found.retain(|(_, it)| it != body);
    found
}

fn styles() -> impl Iterator<Item = Style> {
    let layouts = [
        Layout::Compact,
        Layout::Spaced,
        Layout::Lines("  "),
        Layout::Lines("    "),
        Layout::Lines("\t"),
    ];
    // The likeliest first: the order of the loops is that of the words.
    let escapes = [Escapes::AsTheyAre, Escapes::Ascii, Escapes::Fewest];
    escapes.into_iter().flat_map(move |escapes| {
        [false, true].into_iter().flat_map(move |slashes_escaped| {
            [false, true].into_iter().flat_map(move |sorted| {
                layouts.into_iter().flat_map(move |layout| {
                    ["", "\n", "\r\n"].into_iter().map(move |end| Style {
                        layout,
                        sorted,
                        escapes,
                        slashes_escaped,
                        end,
                    })
                })
            })
        })
    })
}

struct Reader<'b> {
    rest: &'b str,
}

impl<'b> Reader<'b> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip();
        let taken = self.rest.strip_prefix(sign);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn node(&mut self, depth: usize) -> Option<Node<'b>> {
        if depth > DEPTH_MAX {
            return None;
        }
        if self.take('{') {
            let mut members = Vec::new();
            if self.take('}') {
                return Some(Node::Object(members));
            }
            loop {
                let name = self.string()?;
                if !self.take(':') {
                    return None;
                }
                members.push((name, self.node(depth + 1)?));
                if self.take('}') {
                    return Some(Node::Object(members));
                }
                if !self.take(',') {
                    return None;
                }
            }
        }
        if self.take('[') {
            let mut items = Vec::new();
            if self.take(']') {
                return Some(Node::Array(items));
            }
            loop {
                items.push(self.node(depth + 1)?);
                if self.take(']') {
                    return Some(Node::Array(items));
                }
                if !self.take(',') {
                    return None;
                }
            }
        }
        self.skip();
        if self.rest.starts_with('"') {
            return self.string().map(Node::Scalar);
        }
        let ends = |it: char| ",]} \t\r\n".contains(it);
        let (word, rest) = self
            .rest
            .split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then_some(Node::Scalar(word))
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'b str> {
        self.skip();
        let inner = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inner.find(|it| {
            let ends = it == '"' && !escaped;
            escaped = it == '\\' && !escaped;
            ends
        })?;
        let (string, rest) = self.rest.split_at(end + 2);
        self.rest = rest;
        Some(string)
    }
}

fn write(node: &Node<'_>, style: Style) -> Vec<u8> {
    let mut out = String::new();
    write_node(node, style, 0, &mut out);
    out.push_str(style.end);
    out.into_bytes()
}

fn write_node(node: &Node<'_>, style: Style, depth: usize, out: &mut String) {
    match node {
        Node::Scalar(text) => write_scalar(text, style, out),
        Node::Array(items) => {
            let mut write = |it: &Node<'_>, out: &mut String| write_node(it, style, depth + 1, out);
            write_all(items, ('[', ']'), style, depth, out, &mut write);
        }
        Node::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if style.sorted {
                members.sort_by_key(|(name, _)| *name);
            }
            let mut write = |it: &&(&str, Node<'_>), out: &mut String| {
                write_scalar(it.0, style, out);
                out.push_str(if matches!(style.layout, Layout::Compact) {
                    ":"
                } else {
                    ": "
                });
                write_node(&it.1, style, depth + 1, out);
            };
            write_all(&members, ('{', '}'), style, depth, out, &mut write);
        }
    }
}

fn write_all<T>(
    items: &[T],
    (open, close): (char, char),
    style: Style,
    depth: usize,
    out: &mut String,
    write: &mut dyn FnMut(&T, &mut String),
) {
    let line = |depth: usize, out: &mut String| {
        if let Layout::Lines(indent) = style.layout {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    };
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(if matches!(style.layout, Layout::Spaced) {
                ", "
            } else {
                ","
            });
        }
        line(depth + 1, out);
        write(item, out);
    }
    if !items.is_empty() {
        line(depth, out);
    }
    out.push(close);
}

fn write_scalar(text: &str, style: Style, out: &mut String) {
    if !text.starts_with('"') {
        out.push_str(text);
        return;
    }
    let text = text.replace("\\/", "/");
    let text = match style.escapes {
        Escapes::AsTheyAre => text,
        Escapes::Ascii => ascii(&text),
        Escapes::Fewest => serde_json::from_str::<String>(&text)
            .ok()
            .and_then(|it| serde_json::to_string(&it).ok())
            .unwrap_or(text),
    };
    out.push_str(&if style.slashes_escaped {
        text.replace('/', "\\/")
    } else {
        text
    });
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        if it.is_ascii() {
            out.push(it);
        } else {
            let mut units = [0; 2];
            for unit in it.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::rewritings;

    fn has(body: &str, other: &str) -> bool {
        rewritings(body.as_bytes())
            .iter()
            .any(|(_, it)| it == other.as_bytes())
    }

    #[test]
    fn a_body_is_found_in_the_ways_in_which_programs_write_it() {
        let compact = r#"{"b":1.50,"a":["é/x",{}],"c":[]}"#;
        for other in [
            r#"{"b": 1.50, "a": ["é/x", {}], "c": []}"#,
            "{\n  \"b\": 1.50,\n  \"a\": [\n    \"é/x\",\n    {}\n  ],\n  \"c\": []\n}",
            "{\n    \"b\": 1.50,\n    \"a\": [\n        \"é/x\",\n        {}\n    ],\n    \"c\": []\n}\n",
            r#"{"a":["é/x",{}],"b":1.50,"c":[]}"#,
            r#"{"b":1.50,"a":["\u00e9/x",{}],"c":[]}"#,
            r#"{"b":1.50,"a":["\u00e9\/x",{}],"c":[]}"#,
            "{\"b\":1.50,\"a\":[\"é/x\",{}],\"c\":[]}\r\n",
        ] {
            assert!(has(compact, other), "{other}");
            // An order that was lost cannot be found again.
            let sorted = other.starts_with("{\"a\"");
            assert!(sorted || has(other, compact), "back from {other}");
        }
        assert!(
            !has(compact, r#"{"b":1.5,"a":["é/x",{}],"c":[]}"#),
            "a number keeps its digits"
        );
    }

    #[test]
    fn what_is_no_json_has_only_its_ends_and_deep_nesting_is_left_alone() {
        assert!(rewritings(b"\xff\xfe").len() <= 3);
        assert!(rewritings("[".repeat(100_000).as_bytes()).len() <= 5);
        assert!(rewritings(b"{\"a\":\"").len() <= 5);
    }
}

//! XML elements, so that no text of a spec can become markup.

/// What a drawing of twenty nodes takes.
const BYTES: usize = 32 * 1024;

/// An element under construction.
#[derive(Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Child>,
}

#[derive(Debug)]
enum Child {
    Element(Element),
    Text(String),
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// Adds text.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.children.push(Child::Text(text.to_owned()));
        self
    }

    /// Adds a child.
    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Child::Element(child));
        self
    }

    /// The element as text, one child a line.
    pub(super) fn render(&self) -> String {
        let mut out = String::with_capacity(BYTES);
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        indent(out, depth);
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
        match self.children.as_slice() {
            [] => return out.push_str("/>\n"),
            [Child::Text(text)] => {
                out.push('>');
                escape(text, out);
            }
            children => {
                out.push_str(">\n");
                for child in children {
                    match child {
                        Child::Element(element) => element.write(out, depth + 1),
                        Child::Text(text) => escape(text, out),
                    }
                }
                indent(out, depth);
            }
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push_str(">\n");
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Adds text as XML 1.0 has it: its five characters escaped, the control characters that it cannot hold left out.
fn escape(text: &str, out: &mut String) {
    let mut plain = text;
    while let Some(at) = plain.find(is_special) {
        let (before, from) = plain.split_at(at);
        out.push_str(before);
        let mut rest = from.chars();
        out.push_str(match rest.next() {
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('&') => "&amp;",
            Some('"') => "&quot;",
            Some('\'') => "&apos;",
            _ => "",
        });
        plain = rest.as_str();
    }
    out.push_str(plain);
}

fn is_special(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '"' | '\''
        | '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_spec_stays_text() {
        let text = Element::new("text")
            .with("class", "\"><script>")
            .text("</text><script>&'\u{0}")
            .render();
        assert_eq!(
            text,
            "<text class=\"&quot;&gt;&lt;script&gt;\">&lt;/text&gt;&lt;script&gt;&amp;&apos;</text>\n"
        );
    }
}

//! XML elements, written as they are made, so that no text of a spec can become markup.

use crate::emit::piece::Piece;

/// What a drawing of twenty nodes takes.
const BYTES: usize = 32 * 1024;

/// XML under construction, one element a line.
#[derive(Debug)]
pub(super) struct Xml {
    text: String,
    /// Elements that are open.
    depth: usize,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            text: String::with_capacity(BYTES),
            depth: 0,
        }
    }

    /// Begins an element. It ends with one of its endings.
    pub(super) fn element(&mut self, name: &'static str) -> Element<'_> {
        self.indent();
        ("<", name).write(&mut self.text);
        Element { xml: self, name }
    }

    pub(super) fn done(self) -> String {
        self.text
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn close(&mut self, name: &str) {
        ("</", name, ">\n").write(&mut self.text);
    }
}

/// What the compiler says by itself: its own words, and numbers. No text of a spec is one, so nothing in it is to be escaped.
pub(super) trait Own: Piece {}

impl Own for &'static str {}
impl Own for i32 {}
impl<A: Own, B: Own, C: Own, D: Own> Own for (A, B, C, D) {}

/// An element whose attributes are being written.
#[derive(Debug)]
#[must_use]
pub(super) struct Element<'x> {
    xml: &'x mut Xml,
    name: &'static str,
}

impl Element<'_> {
    /// Adds an attribute.
    #[inline]
    pub(super) fn with(self, name: &'static str, value: impl Own) -> Self {
        (" ", name, "=\"", value, "\"").write(&mut self.xml.text);
        self
    }

    /// Adds attributes that are numbers.
    pub(super) fn with_all<const COUNT: usize>(
        self,
        numbers: [(&'static str, i32); COUNT],
    ) -> Self {
        let add = |element: Self, (name, number)| element.with(name, number);
        numbers.into_iter().fold(self, add)
    }

    /// Ends it without anything in it.
    pub(super) fn empty(self) {
        self.xml.text.push_str("/>\n");
    }

    /// Ends it with text in it.
    pub(super) fn text(self, text: impl Piece) {
        self.xml.text.push('>');
        escaped(&mut self.xml.text, text);
        self.xml.close(self.name);
    }

    /// Ends it with text of the compiler's own in it.
    pub(super) fn own_text(self, text: impl Own) {
        (">", text).write(&mut self.xml.text);
        self.xml.close(self.name);
    }

    /// Ends it with other elements in it.
    pub(super) fn holding(self, children: impl FnOnce(&mut Xml)) {
        self.xml.text.push_str(">\n");
        self.xml.depth += 1;
        children(self.xml);
        self.xml.depth -= 1;
        self.xml.indent();
        self.xml.close(self.name);
    }
}

/// Writes text as XML 1.0 has it: its five characters escaped, the control characters that it cannot hold left out.
fn escaped(text: &mut String, value: impl Piece) {
    let start = text.len();
    value.write(text);
    // Most texts have no byte that could be special, so they are written at once and looked at where they stand.
    let written = text.get(start..).unwrap_or_default();
    let Some(at) = written.bytes().position(may_be_special) else {
        return;
    };
    let from = text.split_off(text.floor_char_boundary(start + at));
    let mut rest = from.as_str();
    while let Some(at) = rest.bytes().position(may_be_special) {
        let (before, special) = rest.split_at(rest.floor_char_boundary(at));
        text.push_str(before);
        let mut special = special.chars();
        match special.next() {
            Some('<') => text.push_str("&lt;"),
            Some('>') => text.push_str("&gt;"),
            Some('&') => text.push_str("&amp;"),
            Some('"') => text.push_str("&quot;"),
            Some('\'') => text.push_str("&apos;"),
            Some('\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') | None => {}
            Some(other) => text.push(other),
        }
        rest = special.as_str();
    }
    text.push_str(rest);
}

/// True of the first byte of each special character, and of those like U+FFFE.
fn may_be_special(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'' | 0xef)
        || byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_spec_stays_text() {
        let mut xml = Xml::new();
        xml.element("text")
            .with("class", "name")
            .text("a\"</text><script>&'\u{0}");
        assert_eq!(
            xml.done(),
            "<text class=\"name\">a&quot;&lt;/text&gt;&lt;script&gt;&amp;&apos;</text>\n"
        );
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out_and_all_else_stays() {
        let mut xml = Xml::new();
        let text = "é\u{1}\u{1f} \t\n\u{ff0c}\u{fffd}\u{fffe}\u{ffff}\u{10ffff}";
        xml.element("text").text(text);
        assert_eq!(
            xml.done(),
            "<text>é \t\n\u{ff0c}\u{fffd}\u{10ffff}</text>\n"
        );
    }
}

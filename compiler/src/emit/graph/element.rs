//! XML elements, written as they are made, so that no text of a spec can become markup.

use std::fmt::{self, Display, Write};

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

    /// Begins an element. It ends with one of its three endings.
    pub(super) fn element(&mut self, name: &'static str) -> Element<'_> {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
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
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }
}

/// An element whose attributes are being written.
#[derive(Debug)]
#[must_use]
pub(super) struct Element<'x> {
    xml: &'x mut Xml,
    name: &'static str,
}

impl Element<'_> {
    /// Adds an attribute.
    pub(super) fn with(self, name: &str, value: impl Display) -> Self {
        let text = &mut self.xml.text;
        text.push(' ');
        text.push_str(name);
        text.push_str("=\"");
        // Writing to a String cannot fail.
        let _ = write!(Escaped(text), "{value}");
        text.push('"');
        self
    }

    /// Ends it without anything in it.
    pub(super) fn empty(self) {
        self.xml.text.push_str("/>\n");
    }

    /// Ends it with text in it.
    pub(super) fn text(self, text: impl Display) {
        self.xml.text.push('>');
        let _ = write!(Escaped(&mut self.xml.text), "{text}");
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

/// Takes text as XML 1.0 has it: its five characters escaped, the control characters that it cannot hold left out.
struct Escaped<'t>(&'t mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = text;
        // Bytes are looked at faster than characters, and most texts have none that could be special.
        while let Some(at) = plain.bytes().position(may_be_special) {
            let (before, from) = plain.split_at(plain.floor_char_boundary(at));
            self.0.push_str(before);
            let mut rest = from.chars();
            match rest.next() {
                Some('<') => self.0.push_str("&lt;"),
                Some('>') => self.0.push_str("&gt;"),
                Some('&') => self.0.push_str("&amp;"),
                Some('"') => self.0.push_str("&quot;"),
                Some('\'') => self.0.push_str("&apos;"),
                Some('\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') | None => {}
                Some(other) => self.0.push(other),
            }
            plain = rest.as_str();
        }
        self.0.push_str(plain);
        Ok(())
    }
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
            .with("class", "\"><script>")
            .text("</text><script>&'\u{0}");
        assert_eq!(
            xml.done(),
            "<text class=\"&quot;&gt;&lt;script&gt;\">&lt;/text&gt;&lt;script&gt;&amp;&apos;</text>\n"
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

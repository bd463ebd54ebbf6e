//! Tokens of Rust in a row: what the generated crate is made of before it is laid out. `quote!` of `compiler/quote` makes them.
//!
//! A value of the spec comes in as one token, a name or a literal, whatever stands in it: no text of a spec can become code.

use std::borrow::Cow;

use crate::ident::Ident;
use crate::laid::Laid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Literal,
    /// A line of documentation, as it stands behind `///`.
    Doc,
    /// A sign, and whether the next one belongs to it.
    Sign(u8, bool),
    Open(Delimiter),
    Close,
    /// In what `quote!` reads: one value, or several in a row.
    Hole,
    Holes,
    /// Items that are laid out already, by their place among those of the row. What fills their holes comes behind.
    Laid(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Parenthesis,
    Brace,
    Bracket,
    /// Around what fills a hole.
    Hole,
}

/// What a token is, and where its text lies in that of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    /// What of this text is the token's.
    pub fn text_in(self, text: &str) -> &str {
        text.get(index(self.start)..index(self.end))
            .unwrap_or_default()
    }
}

/// A place in a text, which is far below 4 GiB: past that, tokens would have no text.
pub(crate) fn place(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

/// The same for indexing.
pub(crate) fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The tokens of an item, an expression or anything else, with their texts in one. Those of a `quote!` without holes are nowhere copied to
/// until something is made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    text: Cow<'static, str>,
    all: Cow<'static, [Token]>,
    laid: Cow<'static, [&'static Laid]>,
}

impl Tokens {
    /// Room for what stands between the holes, and as much again for what comes into them: growing costs more than copying. Of few sizes,
    /// so that the allocator has one at hand that was just given back.
    pub fn with_capacity(bytes: usize, tokens: usize) -> Self {
        /// What a short list needs.
        const BYTES_MORE: usize = 96;
        const TOKENS_MORE: usize = 16;
        const TOKEN: usize = size_of::<Token>();
        let bytes = (2 * bytes + BYTES_MORE).next_power_of_two();
        let of_tokens = ((2 * tokens + TOKENS_MORE) * TOKEN).next_power_of_two();
        Self {
            text: Cow::Owned(String::with_capacity(bytes)),
            all: Cow::Owned(Vec::with_capacity(of_tokens / TOKEN)),
            laid: Cow::Borrowed(&[]),
        }
    }

    pub const fn fixed(text: &'static str, all: &'static [Token]) -> Self {
        Self {
            text: Cow::Borrowed(text),
            all: Cow::Borrowed(all),
            laid: Cow::Borrowed(&[]),
        }
    }

    /// Items that are laid out already, without holes.
    pub const fn fixed_items(laid: &'static [&'static Laid; 1]) -> Self {
        const ROW: [Token; 1] = [Token {
            kind: Kind::Laid(0),
            start: 0,
            end: 0,
        }];
        Self {
            text: Cow::Borrowed(""),
            all: Cow::Borrowed(&ROW),
            laid: Cow::Borrowed(laid),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn all(&self) -> &[Token] {
        &self.all
    }

    /// The texts of all tokens, one behind the other.
    pub fn texts(&self) -> &str {
        &self.text
    }

    pub fn text(&self, token: Token) -> &str {
        token.text_in(&self.text)
    }

    pub(crate) fn laid(&self, index: u16) -> Option<&'static Laid> {
        self.laid.get(usize::from(index)).copied()
    }

    /// Hands over every identifier; what comments say is none.
    pub fn each_name<'t>(&'t self, mut work: impl FnMut(&'t str)) {
        for it in self.all.iter() {
            match it.kind {
                Kind::Name => work(self.text(*it)),
                Kind::Laid(index) => {
                    let names = self.laid(index).map(|it| it.names).unwrap_or_default();
                    names.iter().for_each(|it| work(it));
                }
                _ => {}
            }
        }
    }

    /// Adds items with holes, which are filled next.
    pub fn add_laid(&mut self, laid: &'static Laid) {
        let index = u16::try_from(self.laid.len()).unwrap_or(u16::MAX);
        self.laid.to_mut().push(laid);
        self.add(Kind::Laid(index), "");
    }

    /// Begins what fills a hole, however many tokens it is.
    pub fn begin_hole(&mut self) {
        self.add(Kind::Open(Delimiter::Hole), "");
    }

    pub fn end_hole(&mut self) {
        self.add(Kind::Close, "");
    }

    /// Adds tokens with their texts. Sums that wrap are moved several at once; no text is long enough for it.
    pub fn add_run(&mut self, text: &str, run: &[Token]) {
        let offset = place(self.text.len());
        self.text.to_mut().push_str(text);
        self.all.to_mut().extend(run.iter().map(|it| Token {
            kind: it.kind,
            start: it.start.wrapping_add(offset),
            end: it.end.wrapping_add(offset),
        }));
    }

    fn add(&mut self, kind: Kind, text: &str) {
        self.add_spelled(kind, |it| it.push_str(text));
    }

    /// Adds a token with the text that is written.
    fn add_spelled(&mut self, kind: Kind, write: impl FnOnce(&mut String)) {
        let text = self.text.to_mut();
        let start = place(text.len());
        write(text);
        let end = place(text.len());
        self.all.to_mut().push(Token { kind, start, end });
    }
}

/// What `#name` may stand for in `quote!`.
pub trait Interpolate {
    fn add_to(&self, tokens: &mut Tokens);

    /// Fills a hole that may be filled by several tokens.
    fn fill(&self, tokens: &mut Tokens) {
        tokens.begin_hole();
        self.add_to(tokens);
        tokens.end_hole();
    }
}

/// What is always one token.
pub trait Word: Interpolate {
    fn add_word(&self, tokens: &mut Tokens) {
        self.add_to(tokens);
    }
}

impl Word for Ident {}
impl Word for str {}
impl Word for String {}
impl<T: Word + ?Sized> Word for &T {}

impl Interpolate for Tokens {
    fn add_to(&self, tokens: &mut Tokens) {
        let before = tokens.all.len();
        tokens.add_run(&self.text, &self.all);
        if self.laid.is_empty() {
            return;
        }
        let laid = u16::try_from(tokens.laid.len()).unwrap_or(u16::MAX);
        for it in tokens.all.to_mut().iter_mut().skip(before) {
            if let Kind::Laid(index) = &mut it.kind {
                *index = index.saturating_add(laid);
            }
        }
        tokens.laid.to_mut().extend_from_slice(&self.laid);
    }
}

impl Interpolate for Ident {
    fn add_to(&self, tokens: &mut Tokens) {
        tokens.add(Kind::Name, self.as_str());
    }

    fn fill(&self, tokens: &mut Tokens) {
        self.add_to(tokens);
    }
}

/// A string literal with this content.
impl Interpolate for str {
    fn add_to(&self, tokens: &mut Tokens) {
        tokens.add_spelled(Kind::Literal, |out| quoted(self, out));
    }

    fn fill(&self, tokens: &mut Tokens) {
        self.add_to(tokens);
    }
}

/// The literal that says this text.
pub(crate) fn quoted(text: &str, out: &mut String) {
    let plain = |it: u8| matches!(it, b' '..=b'~') && !matches!(it, b'"' | b'\\');
    out.push('"');
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        escape(text, out);
    }
    out.push('"');
}

/// As `escape_debug`, but for what needs no escape in double quotes.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\'' => out.push(character),
            // Digits behind `\0` would be read as its own.
            '\0' => out.push_str("\\x00"),
            _ => out.extend(character.escape_debug()),
        }
    }
}

/// Documentation: each line of a text behind a `///` of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc<'t>(Cow<'t, str>);

impl<'t> Doc<'t> {
    pub fn new(text: impl Into<Cow<'t, str>>) -> Self {
        Self(text.into())
    }
}

impl Interpolate for Doc<'_> {
    fn add_to(&self, tokens: &mut Tokens) {
        for line in self.0.lines() {
            tokens.add_spelled(Kind::Doc, |out| comment(line, out));
        }
    }
}

/// One line of a comment, behind its signs. What rustc refuses in comments (control characters, marks of direction) becomes a blank.
pub fn comment(line: &str, out: &mut String) {
    let refused = |it: char| {
        it.is_control()
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let blank = |it: char| it.is_whitespace() || refused(it);
    let text = line.trim_matches(blank);
    if text.is_empty() {
        return;
    }
    out.push(' ');
    if text.bytes().all(|it| matches!(it, b' '..=b'~')) {
        out.push_str(text);
    } else {
        out.extend(text.chars().map(|it| if refused(it) { ' ' } else { it }));
    }
}

impl Interpolate for String {
    fn add_to(&self, tokens: &mut Tokens) {
        self.as_str().add_to(tokens);
    }

    fn fill(&self, tokens: &mut Tokens) {
        self.add_to(tokens);
    }
}

impl Interpolate for bool {
    fn add_to(&self, tokens: &mut Tokens) {
        tokens.add(Kind::Name, if *self { "true" } else { "false" });
    }

    fn fill(&self, tokens: &mut Tokens) {
        self.add_to(tokens);
    }
}

/// A number without its type.
macro_rules! numbers {
    ($($ty:ty)*) => {$(
        impl Interpolate for $ty {
            fn add_to(&self, tokens: &mut Tokens) {
                tokens.add(Kind::Literal, &self.to_string());
            }

            fn fill(&self, tokens: &mut Tokens) {
                self.add_to(tokens);
            }
        }
    )*};
}
numbers!(u16 u32 u64);

impl<T: Interpolate> Interpolate for Option<T> {
    fn add_to(&self, tokens: &mut Tokens) {
        if let Some(it) = self {
            it.add_to(tokens);
        }
    }
}

impl<T: Interpolate + ?Sized> Interpolate for &T {
    fn add_to(&self, tokens: &mut Tokens) {
        (**self).add_to(tokens);
    }

    fn fill(&self, tokens: &mut Tokens) {
        (**self).fill(tokens);
    }
}

/// An iterator in a repetition.
pub trait EachOfIterator: Iterator + Sized {
    fn each(self) -> Self {
        self
    }
}

impl<T: Iterator> EachOfIterator for T {}

/// A list in a repetition, which it outlives.
pub trait EachOfSlice<T> {
    fn each(&self) -> std::slice::Iter<'_, T>;
}

impl<T> EachOfSlice<T> for [T] {
    fn each(&self) -> std::slice::Iter<'_, T> {
        self.iter()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Texts that would be code, if they were not one token.
    pub(crate) const HOSTILE: &[&str] = &[
        "",
        "\"); std::process::exit(0); (\"",
        "\\",
        "\\\"",
        "*/ fn f() {} /*",
        "line\nbreak\r\ttab",
        "\u{0}7",
        "it's",
        "r#\"",
        "{}",
        "e\u{301} \u{202e} ä €",
        "// not a comment",
    ];

    #[test]
    fn a_text_is_one_literal_that_says_the_same() {
        for text in HOSTILE {
            let mut tokens = Tokens::default();
            text.add_to(&mut tokens);
            assert_eq!(tokens.all().len(), 1, "{text:?}");
            let read: syn::LitStr = syn::parse_str(&tokens.spaced()).unwrap();
            assert_eq!(read.value(), *text);
        }
    }
}

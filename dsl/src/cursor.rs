//! Where the parser stands in a declaration: blanks, single tokens, and what could have stood at the furthest place reached.

use crate::characters::is_word_byte;
use crate::tree::{Span, Word};

/// True for words that join or compare values, so that they name nothing.
fn is_reserved(word: &str) -> bool {
    matches!(word, "and" | "or" | "not" | "starts_with")
}

/// The declaration cannot be read further; [`Cursor::furthest`] says where and why.
pub(crate) struct Stop;

/// What a rule gives, or that reading ends here.
pub(crate) type Step<T> = Result<T, Stop>;

/// What stands at a place where a word was looked for.
#[derive(Clone, Copy)]
struct Key {
    at: usize,
    /// The place itself if no word begins there.
    end: usize,
    /// True for a word that may name something.
    names: bool,
}

impl Key {
    const UNKNOWN: Key = Key {
        at: usize::MAX,
        end: usize::MAX,
        names: false,
    };
}

/// A place in the bytes of one declaration.
pub(crate) struct Cursor<'t> {
    file: &'t str,
    /// The file up to the end of the declaration.
    text: &'t str,
    at: usize,
    /// One past the last byte of the last token.
    token_end: usize,
    /// The word that was looked at last: several rules look at a word before one takes it.
    key: Key,
    /// Furthest place at which something was looked for and not found, and what was looked for.
    furthest: usize,
    expected: Vec<&'static str>,
}

impl<'t> Cursor<'t> {
    /// At the start of a file.
    pub(crate) fn new(file: &'t str) -> Cursor<'t> {
        Cursor {
            file,
            text: file,
            at: 0,
            token_end: 0,
            key: Key::UNKNOWN,
            furthest: 0,
            expected: Vec::new(),
        }
    }

    /// Goes to the start of a part of the file.
    pub(crate) fn begin(&mut self, part: Span) {
        self.text = self.file.get(..part.end).unwrap_or(self.file);
        self.at = part.start;
        self.token_end = part.start;
        // The part before may have ended here, with no word to be seen.
        self.key = Key::UNKNOWN;
        self.furthest = part.start;
        self.expected.clear();
    }

    /// The furthest place at which something was missing, and what it was.
    pub(crate) fn furthest(&self) -> (usize, Vec<&'static str>) {
        let mut expected = self.expected.clone();
        expected.sort_unstable();
        (self.furthest, expected)
    }

    /// Notes that this could have stood here.
    pub(crate) fn missed(&mut self, what: &'static str) {
        self.blanks();
        if self.at > self.furthest {
            self.furthest = self.at;
            self.expected.clear();
        }
        if self.at == self.furthest && !self.expected.contains(&what) {
            self.expected.push(what);
        }
    }

    /// Ends reading because this is missing.
    pub(crate) fn stop<T>(&mut self, what: &'static str) -> Step<T> {
        self.missed(what);
        Err(Stop)
    }

    fn byte_at(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The byte at this very place.
    pub(crate) fn byte(&self) -> Option<u8> {
        self.byte_at(self.at)
    }

    /// The byte after it.
    pub(crate) fn second_byte(&self) -> Option<u8> {
        self.byte_at(self.at + 1)
    }

    /// Goes over blanks and comments; a line end stays, because it ends an entry.
    ///
    /// Most places where it is called have none, so that is found out where it is called.
    #[inline]
    pub(crate) fn blanks(&mut self) {
        if matches!(self.byte(), Some(b' ' | b'\t' | b'/')) {
            self.skip_blanks();
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.byte() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'/') if self.second_byte() == Some(b'/') => {
                    self.at = self.past(|it| !matches!(it, b'\n' | b'\r'));
                }
                _ => return,
            }
        }
    }

    /// Goes over blanks, comments and line ends; true when there was a line end.
    pub(crate) fn lines(&mut self) -> bool {
        let mut any = false;
        loop {
            self.blanks();
            if !matches!(self.byte(), Some(b'\n' | b'\r')) {
                return any;
            }
            any = true;
            self.at += 1;
        }
    }

    /// The byte of the next token.
    pub(crate) fn next(&mut self) -> Option<u8> {
        self.blanks();
        self.byte()
    }

    /// Where the next token begins.
    pub(crate) fn next_at(&mut self) -> usize {
        self.blanks();
        self.at
    }

    /// From a place to the end of the last token.
    pub(crate) fn since(&self, start: usize) -> Span {
        Span {
            start,
            end: self.token_end.max(start),
        }
    }

    /// A place to come back to with [`Cursor::back_to`], tokens read since being unread.
    pub(crate) fn place(&self) -> (usize, usize) {
        (self.at, self.token_end)
    }

    /// Returns to a place.
    pub(crate) fn back_to(&mut self, (at, token_end): (usize, usize)) {
        self.at = at;
        self.token_end = token_end;
    }

    /// True when nothing but blank lines is left.
    pub(crate) fn is_done(&mut self) -> bool {
        self.lines();
        self.at >= self.text.len()
    }

    /// First place from here on whose byte is not one of these.
    fn past(&self, is: impl Fn(u8) -> bool) -> usize {
        self.past_from(self.at, is)
    }

    fn past_from(&self, from: usize, is: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..);
        from + rest.map_or(0, |it| it.iter().take_while(|it| is(**it)).count())
    }

    /// The text up to a place, which is the next token.
    fn token(&mut self, end: usize) -> &'t str {
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        self.token_end = end;
        text
    }

    /// Takes as many bytes, which are the next token.
    pub(crate) fn skip(&mut self, len: usize) {
        self.at += len;
        self.token_end = self.at;
    }

    /// Takes this sign, if it stands at this very place.
    #[inline]
    pub(crate) fn takes_here(&mut self, sign: u8) -> bool {
        let is = self.byte() == Some(sign);
        if is {
            self.skip(1);
        }
        is
    }

    /// Takes this sign, if it is the next token.
    #[inline]
    pub(crate) fn takes(&mut self, sign: u8) -> bool {
        self.blanks();
        self.takes_here(sign)
    }

    /// Takes this sign of two bytes, if it is the next token.
    #[inline]
    pub(crate) fn takes_two(&mut self, [first, second]: [u8; 2]) -> bool {
        let is = self.next() == Some(first) && self.second_byte() == Some(second);
        if is {
            self.skip(2);
        }
        is
    }

    /// Takes this sign or ends reading.
    pub(crate) fn must_take(&mut self, sign: u8, shown: &'static str) -> Step<()> {
        if self.takes(sign) {
            Ok(())
        } else {
            self.stop(shown)
        }
    }

    /// The word at this very place.
    fn key_here(&mut self) -> Key {
        if self.key.at != self.at {
            let end = match self.byte() {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.past(is_word_byte),
                _ => self.at,
            };
            let key = self.text.get(self.at..end).unwrap_or_default();
            self.key = Key {
                at: self.at,
                end,
                names: !key.is_empty() && !is_reserved(key),
            };
        }
        self.key
    }

    /// True when the next token is a word that may name something.
    pub(crate) fn is_at_name(&mut self) -> bool {
        self.blanks();
        self.key_here().names
    }

    /// True when the next token is this word. Mostly its first byte tells that it is not.
    #[inline]
    pub(crate) fn is_at(&mut self, word: &str) -> bool {
        self.next() == word.bytes().next() && self.is_whole(word)
    }

    /// True when a word that begins with the first letter of this one is this one.
    fn is_whole(&self, word: &str) -> bool {
        let end = self.at + word.len();
        let here = self.text.as_bytes().get(self.at..end);
        here == Some(word.as_bytes()) && !self.byte_at(end).is_some_and(is_word_byte)
    }

    /// Takes this word, if it is the next token.
    #[inline]
    pub(crate) fn takes_word(&mut self, word: &str) -> bool {
        let is = self.is_at(word);
        if is {
            self.skip(word.len());
        }
        is
    }

    /// A word at this very place, also one that joins conditions.
    pub(crate) fn key(&mut self) -> Step<Word<'t>> {
        let (start, end) = (self.at, self.key_here().end);
        if end == start {
            return self.stop("a name");
        }
        Ok(Word {
            text: self.token(end),
            span: Span { start, end },
        })
    }

    /// True when `key:` comes next.
    pub(crate) fn is_at_key(&mut self) -> bool {
        self.blanks();
        let end = self.key_here().end;
        let colon = self.past_from(end, |it| matches!(it, b' ' | b'\t'));
        end > self.at && self.byte_at(colon) == Some(b':')
    }

    /// A string with its quotes; the scanner has seen that it ends on its line.
    pub(crate) fn string(&mut self) -> &'t str {
        let mut escaped = false;
        let mut end = self.at + 1;
        while let Some(it) = self.byte_at(end) {
            end += 1;
            match it {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => break,
                _ => {}
            }
        }
        self.token(end)
    }

    /// Digits with sign and point, and the unit that stands right behind them.
    pub(crate) fn number(&mut self) -> (&'t str, &'t str) {
        let digits = |from| self.past_from(from, |it| it.is_ascii_digit());
        let mut end = digits(self.at + usize::from(self.byte() == Some(b'-')));
        if self.byte_at(end) == Some(b'.') && digits(end + 1) > end + 1 {
            end = digits(end + 1);
        }
        let number = self.token(end);
        let unit_end = match self.byte() {
            Some(b'%') => self.at + 1,
            Some(it) if it.is_ascii_alphabetic() => self.past(|it| it.is_ascii_alphanumeric()),
            _ => return (number, ""),
        };
        (number, self.token(unit_end))
    }

    /// A path with its parameters in braces.
    pub(crate) fn path(&mut self) -> &'t str {
        let mut end = self.at;
        loop {
            let next = match self.byte_at(end) {
                Some(b'/') if self.byte_at(end + 1) != Some(b'/') => end + 1,
                Some(b'{') => self.past_parameter(end),
                Some(it) if is_path_byte(it) => end + 1,
                _ => end,
            };
            if next == end {
                return self.token(end);
            }
            end = next;
        }
    }

    /// One past `{key}`; the place itself when something else stands there.
    fn past_parameter(&self, brace: usize) -> usize {
        let first = self.byte_at(brace + 1);
        let end = self.past_from(brace + 1, is_word_byte);
        let is_key = first.is_some_and(|it| it.is_ascii_alphabetic() || it == b'_');
        if is_key && self.byte_at(end) == Some(b'}') {
            end + 1
        } else {
            brace
        }
    }
}

fn is_path_byte(it: u8) -> bool {
    it.is_ascii_alphanumeric()
        || matches!(
            it,
            b'-' | b'_' | b'.' | b'~' | b'+' | b'*' | b'%' | b':' | b'@'
        )
}

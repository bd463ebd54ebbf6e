//! A received request as the verifier sees it: header lookup without copies, without regard to case, and without a choice among duplicates.

use super::refusal::{Field, Refusal};

/// A request exactly as it was received.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// All headers, duplicates included.
    pub headers: &'r dyn Headers,
    /// The exact bytes, before any decoding but that of the transport.
    pub body: &'r [u8],
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The headers of a request, wherever they are kept. One entry per received line: a header that came twice is there twice.
pub trait Headers {
    /// Name and value of the entry at this position; `None` behind the last.
    fn entry(&self, index: usize) -> Option<(&str, &str)>;

    /// Looks for a name, without regard to case.
    fn occurrence(&self, name: &str) -> Occurrence<'_> {
        let mut found = Occurrence::Never;
        for (it, value) in (0..).map_while(|index| self.entry(index)) {
            if it.eq_ignore_ascii_case(name) {
                found = match found {
                    Occurrence::Never => Occurrence::Once(value),
                    _ => return Occurrence::Repeated,
                };
            }
        }
        found
    }
}

/// How often a header came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence<'r> {
    /// Not at all.
    Never,
    /// Once, with this value.
    Once(&'r str),
    /// More than once, so that two readers could see two values.
    Repeated,
}

impl<K: AsRef<str>, V: AsRef<str>> Headers for &[(K, V)] {
    fn entry(&self, index: usize) -> Option<(&str, &str)> {
        self.get(index)
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Headers for Vec<(K, V)> {
    fn entry(&self, index: usize) -> Option<(&str, &str)> {
        self.get(index)
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> Headers for [(K, V); N] {
    fn entry(&self, index: usize) -> Option<(&str, &str)> {
        self.get(index)
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<'r> Request<'r> {
    /// The value of a header that must come exactly once and not be empty. White space around a value is no part of it (RFC 9110, 5.5).
    #[inline]
    pub(crate) fn single(&self, name: &str, field: Field) -> Result<&'r str, Refusal> {
        match self.headers.occurrence(name) {
            Occurrence::Once(value) => match trim(value) {
                "" => Err(Refusal::MissingHeader(field)),
                trimmed => Ok(trimmed),
            },
            Occurrence::Never => Err(Refusal::MissingHeader(field)),
            Occurrence::Repeated => Err(Refusal::DuplicateHeader(field)),
        }
    }

    /// The same where senders use several names for it: it may come under more than one of them, but only with the same value.
    pub(crate) fn single_of<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        field: Field,
    ) -> Result<&'r str, Refusal> {
        let mut found = None;
        for name in names {
            match self.headers.occurrence(name) {
                Occurrence::Never => (),
                Occurrence::Once(value) if found.is_none_or(|it| it == trim(value)) => {
                    found = Some(trim(value));
                }
                Occurrence::Once(_) | Occurrence::Repeated => {
                    return Err(Refusal::DuplicateHeader(field));
                }
            }
        }
        found
            .filter(|it| !it.is_empty())
            .ok_or(Refusal::MissingHeader(field))
    }
}

/// Without the blanks and tabs around it. Most values have none, which two looks tell.
#[inline]
fn trim(value: &str) -> &str {
    let is_space = |it: Option<&u8>| matches!(it, Some(b' ' | b'\t'));
    let bytes = value.as_bytes();
    if is_space(bytes.first()) || is_space(bytes.last()) {
        value.trim_matches([' ', '\t'])
    } else {
        value
    }
}

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
    fn entries(&self) -> impl Iterator<Item = (&'r str, &'r str)> {
        let headers = self.headers;
        (0..).map_while(move |index| headers.entry(index))
    }

    /// True when the header came at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries().any(|(it, _)| it.eq_ignore_ascii_case(name))
    }

    /// The value of a header that must come exactly once and not be empty. White space around a value is no part of it (RFC 9110, 5.5).
    pub(crate) fn single(&self, name: &str, field: Field) -> Result<&'r str, Refusal> {
        let mut values = self
            .entries()
            .filter(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        let value = values.next().ok_or(Refusal::MissingHeader(field))?;
        if values.next().is_some() {
            return Err(Refusal::DuplicateHeader(field));
        }
        match value.trim_matches([' ', '\t']) {
            "" => Err(Refusal::MissingHeader(field)),
            trimmed => Ok(trimmed),
        }
    }
}

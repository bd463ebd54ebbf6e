//! A whole request as a handler gets it that takes `Request`: what was signed, byte for byte, and who signed it.

/// A webhook whose signature was verified, not read any further. How its bytes are to be understood is the handler's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A request, for unit tests of handlers.
    pub fn new(path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            path: path.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: body.into(),
        }
    }

    /// The exact bytes that were signed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The path that it was sent to: `/webhooks/stripe`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Every header line, as received. Most schemes do not sign headers, so they are hints.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The value of the first header of that name, in any spelling.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self
            .headers
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

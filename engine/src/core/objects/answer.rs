//! The XML of S3's answers and errors.

use super::S3Request;
use crate::core::input::Answer;

/// An error of S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Error {
    pub(super) status: u16,
    /// `NoSuchKey`.
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl S3Error {
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            message: message.into(),
        }
    }

    pub(super) fn answer(&self, request: &S3Request<'_>, request_id: &str) -> Answer {
        let about = if request.key.is_empty() {
            element("BucketName", request.bucket)
        } else {
            element("Key", request.key)
        };
        let body = format!(
            "<Error>{}{}{about}{}</Error>",
            element("Code", self.code),
            element("Message", &self.message),
            element("RequestId", request_id)
        );
        xml(self.status, &body)
    }
}

/// An answer with an XML body.
pub(super) fn xml(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: vec![("Content-Type".to_owned(), "application/xml".to_owned())],
        body: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}").into_bytes(),
    }
}

/// `<name>text</name>`, with what XML cannot hold escaped.
pub(super) fn element(name: &str, text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            c => escaped.push(c),
        }
    }
    format!("<{name}>{escaped}</{name}>")
}

/// A key as `encoding-type=url` wants it.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

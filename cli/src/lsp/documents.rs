//! The texts that are open in the editor, which count and not the files.

use super::positions::Positions;
use gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentPositionParams, Uri};
use pipe_compiler::{Checked, Outline};
use std::collections::BTreeMap;

/// One open text, and what the compiler says of it.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) version: Option<i32>,
    pub(super) text: String,
    pub(super) positions: Positions,
    /// What the compiler calls it: `payments.pipe`.
    pub(super) file_name: String,
    pub(super) checked: Checked,
    pub(super) outline: Outline,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Documents {
    /// Whether the editor fills in what a completion leaves open.
    pub(super) takes_snippets: bool,
    open: BTreeMap<String, Document>,
}

impl Documents {
    pub(super) fn new(takes_snippets: bool) -> Self {
        Self {
            takes_snippets,
            open: BTreeMap::new(),
        }
    }

    pub(super) fn put(&mut self, uri: Uri, text: String, version: Option<i32>) {
        let file_name = file_name(uri.as_ref());
        let document = Document {
            version,
            positions: Positions::new(&text),
            checked: pipe_compiler::check(&file_name, &text),
            outline: pipe_compiler::outline(&file_name, &text),
            uri: uri.clone(),
            file_name,
            text,
        };
        self.open.insert(uri.0, document);
    }

    pub(super) fn remove(&mut self, uri: &Uri) {
        self.open.remove(uri.as_ref());
    }

    pub(super) fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri.as_ref())
    }

    /// The document and the byte that a request points at.
    pub(super) fn at(&self, at: &TextDocumentPositionParams) -> Option<(&Document, usize)> {
        let document = self.get(&at.text_document.uri)?;
        let offset = document.positions.offset(&document.text, at.position);
        Some((document, offset))
    }
}

/// The last whole text among changes. Parts are not asked for, so an editor that sends some is not followed.
pub(super) fn whole_text(changes: Vec<TextDocumentContentChangeEvent>) -> Option<String> {
    changes.into_iter().rev().find_map(|it| match it {
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(it) => Some(it.text),
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_) => None,
    })
}

/// The last part of the path. What is not saved yet has no name that its pipeline could be compared with.
fn file_name(uri: &str) -> String {
    let name = uri.rsplit('/').next().unwrap_or_default();
    if uri.starts_with("file:") && !name.is_empty() {
        percent_decoded(name)
    } else {
        format!("<{name}>")
    }
}

/// RFC 3986, section 2.1.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|it| std::str::from_utf8(it).ok());
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_is_called_as_on_disk_and_an_unsaved_text_is_compared_with_nothing() {
        assert_eq!(file_name("file:///home/a/my%20shop.pipe"), "my shop.pipe");
        assert_eq!(file_name("file:///c%3A/100%.pipe"), "100%.pipe");
        assert_eq!(file_name("untitled:Untitled-1"), "<untitled:Untitled-1>");
    }
}

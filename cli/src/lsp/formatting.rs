//! `pipec fmt` on a text that is open.

use super::documents::Document;
use gen_lsp_types::TextEdit;

/// What makes the text the formatted one: nothing where it is, and `None` where syntax errors keep it from being formatted.
pub(super) fn edits(document: &Document) -> Option<Vec<TextEdit>> {
    let formatted = pipe_dsl::format(&document.text)?;
    if formatted == document.text {
        return Some(Vec::new());
    }
    let range = document.positions.whole(&document.text);
    Some(vec![TextEdit {
        range,
        new_text: formatted,
    }])
}

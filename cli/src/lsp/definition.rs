//! From a name to its declaration.

use super::documents::Document;
use gen_lsp_types::Location;
use pipe_compiler::{Declared, Expected};

/// Where the name at a place is declared.
pub(super) fn location(document: &Document, offset: usize) -> Option<Location> {
    let declared = declared(document, offset)?;
    Some(Location {
        uri: document.uri.clone(),
        range: document.positions.range(&document.text, declared.span),
    })
}

/// The declaration that the name at a place means, or whose own name it is.
pub(super) fn declared(document: &Document, offset: usize) -> Option<&Declared> {
    let used = document.outline.at(offset).find_map(|(span, expected)| {
        matches!(expected, Expected::Name(_) | Expected::Type)
            .then(|| document.outline.declaration(span.text(&document.text)))?
    });
    let is_own = |it: &&Declared| (it.span.start..=it.span.end).contains(&offset);
    used.or_else(|| document.outline.declared.iter().find(is_own))
}

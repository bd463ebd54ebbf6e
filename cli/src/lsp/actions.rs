//! Quick fixes: the mends that diagnostics carry.

use super::diagnostics;
use super::documents::Document;
use gen_lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, WorkspaceEdit};
use std::collections::HashMap;

/// The mends of what is found in a part of the text.
pub(super) fn quick_fixes(document: &Document, part: Range) -> Vec<CodeAction> {
    let found = document.checked.diagnostics.iter();
    let fixes = found.filter_map(|it| {
        let mend = it.suggestion.as_ref()?;
        let shown = diagnostics::diagnostic(document, it);
        if shown.range.start > part.end || shown.range.end < part.start {
            return None;
        }
        let range = document.positions.range(&document.text, mend.span);
        let written = mend.span.text(&document.text);
        let title = match (written, mend.replacement.as_str()) {
            ("", new) => format!("insert `{}`", new.trim()),
            // What is taken out often cannot be seen.
            (_, "") => "take it out".to_owned(),
            (_, new) => format!("replace `{written}` by `{new}`"),
        };
        let edit = TextEdit {
            range,
            new_text: mend.replacement.clone(),
        };
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![shown]),
            is_preferred: Some(true),
            edit: Some(WorkspaceEdit {
                changes: Some(HashMap::from([(document.uri.clone(), vec![edit])])),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        })
    });
    fixes.collect()
}

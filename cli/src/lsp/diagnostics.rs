//! What `pipec check` says, as the editor shows it.

use super::documents::Document;
use gen_lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location,
    PublishDiagnosticsParams, Uri,
};
use lsp_server::Notification;
use pipe_compiler::diag;

/// Who says so.
const SOURCE: &str = "pipec";
const METHOD: &str = "textDocument/publishDiagnostics";

/// All that is to be said of a document, which takes back what was said before.
pub(super) fn of(document: &Document) -> Notification {
    let found = document.checked.diagnostics.iter();
    let parameters = PublishDiagnosticsParams {
        uri: document.uri.clone(),
        version: document.version,
        diagnostics: found.map(|it| diagnostic(document, it)).collect(),
    };
    Notification::new(METHOD.to_owned(), parameters)
}

/// Takes back what was said of a document that is closed.
pub(super) fn none(uri: Uri) -> Notification {
    let parameters = PublishDiagnosticsParams {
        uri,
        version: None,
        diagnostics: Vec::new(),
    };
    Notification::new(METHOD.to_owned(), parameters)
}

/// One of them, with its label and help in the message and its other places beside it.
pub(super) fn diagnostic(document: &Document, it: &diag::Diagnostic) -> Diagnostic {
    let range = |span| document.positions.range(&document.text, span);
    let related = it.secondary.iter().map(|it| DiagnosticRelatedInformation {
        location: Location {
            uri: document.uri.clone(),
            range: range(it.span),
        },
        message: it.text.clone(),
    });
    let related: Vec<_> = related.collect();
    let mut message = it.message.clone();
    if !it.primary.text.is_empty() {
        message.push_str(&format!("\n{}", it.primary.text));
    }
    if let Some(help) = &it.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    Diagnostic {
        range: range(it.primary.span),
        severity: Some(match it.severity() {
            diag::Severity::Error => DiagnosticSeverity::Error,
            diag::Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(it.code.id.to_owned().into()),
        source: Some(SOURCE.to_owned()),
        message: message.into(),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

//! The declarations of a document, for an editor's outline.

use super::documents::Document;
use gen_lsp_types::{DocumentSymbol, SymbolKind};
use pipe_compiler::kinds::KindId;

pub(super) fn symbols(document: &Document) -> Vec<DocumentSymbol> {
    let range = |span| document.positions.range(&document.text, span);
    let declared = document.outline.declared.iter();
    let symbol = declared.map(|it| DocumentSymbol {
        name: it.name.clone(),
        detail: Some(it.kind.kind().keyword.to_owned()),
        kind: symbol_kind(it.kind),
        range: range(it.whole),
        selection_range: range(it.span),
        tags: None,
        #[expect(deprecated, reason = "the field has to be given, and says nothing")]
        deprecated: None,
        children: None,
    });
    symbol.collect()
}

/// The picture that an editor shows beside it.
fn symbol_kind(kind: KindId) -> SymbolKind {
    match kind {
        KindId::Event => SymbolKind::Event,
        KindId::Record | KindId::Error => SymbolKind::Struct,
        KindId::Function | KindId::Workflow => SymbolKind::Function,
        KindId::Secret | KindId::Param => SymbolKind::Constant,
        KindId::Pipeline
        | KindId::Defaults
        | KindId::Key
        | KindId::Provider
        | KindId::Table
        | KindId::Bucket
        | KindId::Network
        | KindId::ApiKey
        | KindId::Topic
        | KindId::Queue
        | KindId::Bus
        | KindId::Retry
        | KindId::Route
        | KindId::Rule
        | KindId::Rules
        | KindId::Grant
        | KindId::Alarm
        | KindId::Dashboard => SymbolKind::Object,
    }
}

//! The declarations of a document, for an editor's outline.

use super::documents::Document;
use gen_lsp_types::{DocumentSymbol, SymbolKind};
use pipe_compiler::kinds::{KindId, Symbol};

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
    match kind.kind().symbol {
        Symbol::Event => SymbolKind::Event,
        Symbol::Struct => SymbolKind::Struct,
        Symbol::Function => SymbolKind::Function,
        Symbol::Constant => SymbolKind::Constant,
        Symbol::Object => SymbolKind::Object,
    }
}

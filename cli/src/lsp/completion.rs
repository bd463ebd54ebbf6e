//! What can stand at the cursor: the compiler is asked what it looks for there, of the text as it would be with a word at the cursor.

use super::documents::Document;
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, InsertTextFormat, MarkupContent, MarkupKind, Range,
    TextEdit,
};
use pipe_compiler::explain::{self, Topic};
use pipe_compiler::kinds::{Attribute, Kind, KindId};
use pipe_compiler::metrics::{METRICS, STATISTICS};
use pipe_compiler::providers::PROVIDERS;
use pipe_compiler::statements::STATEMENTS;
use pipe_compiler::{Expected, Outline};
use pipe_dsl::tree::Span;
use pipe_runtime::sign::SCHEMES;
use serde_json::Value;

/// A word that nobody writes, for where none stands yet.
const PROBE: &str = "word_being_written";

/// What is tried behind the word until the compiler looks for something there: nothing, a value that makes it a key, one that makes it a call,
/// the braces behind a condition or a list, and what closes brackets that are still open.
const TAILS: &[&str] = &[
    "",
    ": word_being_written",
    "(word_being_written)",
    " { }",
    " else { }",
    ")",
    " }",
    ") }",
];

/// Whether the editor fills in what an item leaves open.
pub(super) fn takes_snippets(initialize: &Value) -> bool {
    const SUPPORT: &str = "/capabilities/textDocument/completion/completionItem/snippetSupport";
    let support = initialize.pointer(SUPPORT).and_then(Value::as_bool);
    support.unwrap_or_default()
}

/// One proposal before it is put into the protocol's words.
struct Proposal {
    label: String,
    kind: CompletionItemKind,
    detail: String,
    documentation: String,
    /// What is written instead of the label, with `$1` for what is open; the label itself where it is empty.
    snippet: String,
}

pub(super) fn items(document: &Document, offset: usize, snippets: bool) -> Vec<CompletionItem> {
    let (outline, found) = asked(document, offset);
    let behind = document.text.get(offset..).unwrap_or_default();
    let behind = behind.trim_start_matches(is_word).trim_start_matches(' ');
    let mut items: Vec<CompletionItem> = Vec::new();
    for (span, expected) in &found {
        let written = Span {
            start: span.start,
            end: offset,
        };
        let range = document.positions.range(&document.text, written);
        for it in proposals(expected, &outline) {
            // A word may be an attribute and a statement, as `expect` is.
            let is_known =
                |known: &CompletionItem| known.label == it.label && known.kind == Some(it.kind);
            if !items.iter().any(is_known) {
                let snippets = snippets && !stands_already(&it, behind);
                items.push(item(it, range, snippets));
            }
        }
    }
    items
}

/// Whether the colon or bracket that the proposal would write is there.
fn stands_already(it: &Proposal, behind: &str) -> bool {
    let opening = it.snippet.strip_prefix(it.label.as_str());
    let opening = opening.and_then(|it| it.chars().next());
    opening.is_some_and(|it| behind.starts_with(it))
}

fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// What belongs at the cursor. Where no word stands one is put there first, in a text that nobody sees.
fn asked(document: &Document, offset: usize) -> (Outline, Vec<(Span, Expected)>) {
    let text = document.text.as_str();
    let (before, behind) = text.split_at_checked(offset).unwrap_or((text, ""));
    let rest_of_word = behind.find(|it| !is_word(it)).unwrap_or(behind.len());
    let (rest, behind) = behind.split_at(rest_of_word);
    let word = if before.ends_with(is_word) || !rest.is_empty() {
        rest
    } else {
        PROBE
    };
    let mut known = Outline::default();
    for tail in TAILS {
        let probed = format!("{before}{word}{tail}{behind}");
        let outline = pipe_compiler::outline(&document.file_name, &probed);
        let found: Vec<_> = outline.at(offset).cloned().collect();
        if !found.is_empty() {
            return (outline, found);
        }
        known = outline;
    }
    (known, Vec::new())
}

fn proposals(expected: &Expected, outline: &Outline) -> Vec<Proposal> {
    match expected {
        Expected::Kind => KindId::ALL.iter().map(|it| kind(*it)).collect(),
        Expected::Attribute(of) => {
            let nested = of.nested.iter().map(|it| Proposal {
                kind: CompletionItemKind::Keyword,
                documentation: it.doc.to_owned(),
                ..plain(it.keyword, it.form)
            });
            let own = of.attributes.iter().map(|it| attribute(of, it));
            own.chain(nested).collect()
        }
        Expected::Statement => statements(),
        Expected::Choice(words) => words.iter().map(|it| plain(it, "")).collect(),
        Expected::Name(kinds) => names(outline, kinds),
        Expected::Type => {
            let built_in = explain::TYPES.iter().map(|it| plain(it, "type"));
            let has_providers = outline
                .declared
                .iter()
                .any(|it| it.kind == KindId::Provider);
            let of_providers = has_providers.then(|| plain("Provider", "a declared provider"));
            let built_in = built_in.chain(of_providers);
            built_in.chain(names(outline, &[KindId::Record])).collect()
        }
        Expected::Scheme => schemes(),
        Expected::SchemeArgument(scheme) => {
            let all = scheme.parameters().iter();
            let key = all.map(|it| Proposal {
                documentation: it.doc.to_owned(),
                kind: CompletionItemKind::Property,
                snippet: format!("{}: $1", it.name),
                ..plain(it.name, scheme.name)
            });
            key.collect()
        }
        Expected::Provider => PROVIDERS
            .iter()
            .map(|it| plain(it.name, it.version))
            .collect(),
        Expected::ProviderEvent(provider) => {
            let all = provider.events.iter();
            all.map(|it| Proposal {
                kind: CompletionItemKind::Event,
                ..plain(it.name, it.doc)
            })
            .collect()
        }
        Expected::Metric(of) => {
            let all = METRICS.iter().filter(|it| it.of == *of);
            all.map(|it| plain(it.word, it.doc)).collect()
        }
        Expected::Statistic => STATISTICS.iter().map(|it| plain(it.0, it.1)).collect(),
        Expected::Variant(words) => {
            let all = words.iter();
            all.map(|it| Proposal {
                kind: CompletionItemKind::EnumMember,
                ..plain(it, "")
            })
            .collect()
        }
        Expected::Field(known) | Expected::Binding(known) => {
            let all = known.iter();
            all.map(|(name, ty)| Proposal {
                kind: CompletionItemKind::Field,
                ..plain(name, ty)
            })
            .collect()
        }
    }
}

fn plain(label: &str, detail: &str) -> Proposal {
    Proposal {
        label: label.to_owned(),
        kind: CompletionItemKind::Value,
        detail: detail.to_owned(),
        documentation: String::new(),
        snippet: String::new(),
    }
}

fn kind(id: KindId) -> Proposal {
    let known = id.kind();
    Proposal {
        kind: CompletionItemKind::Keyword,
        documentation: Topic::Kind(id).text(),
        ..plain(known.keyword, known.form)
    }
}

fn attribute(of: &Kind, it: &Attribute) -> Proposal {
    Proposal {
        kind: CompletionItemKind::Property,
        documentation: it.doc.to_owned(),
        snippet: format!("{}: $1", it.name),
        ..plain(
            it.name,
            &format!("{}: {}", of.keyword, explain::value(&it.value)),
        )
    }
}

fn statements() -> Vec<Proposal> {
    let all = STATEMENTS.iter().filter(|it| it.begins_with_word);
    let proposal = all.map(|it| Proposal {
        kind: CompletionItemKind::Keyword,
        documentation: Topic::Statement(it).text(),
        ..plain(it.word, it.forms.first().copied().unwrap_or_default())
    });
    proposal.collect()
}

/// The schemes, with the arguments that must be written.
fn schemes() -> Vec<Proposal> {
    let proposal = SCHEMES.iter().map(|it| {
        let required = it.parameters().iter().filter(|it| it.required);
        let arguments = required.enumerate();
        let arguments: Vec<String> = arguments
            .map(|(index, it)| format!("{}: ${}", it.name, index + 1))
            .collect();
        Proposal {
            kind: CompletionItemKind::Function,
            documentation: Topic::Scheme(it).text(),
            snippet: format!("{}({})", it.name, arguments.join(", ")),
            ..plain(it.name, it.doc)
        }
    });
    proposal.collect()
}

fn names(outline: &Outline, kinds: &[KindId]) -> Vec<Proposal> {
    let declared = outline.declared.iter();
    let fitting = declared.filter(|it| kinds.contains(&it.kind) && it.name != PROBE);
    let proposal = fitting.map(|it| Proposal {
        kind: CompletionItemKind::Reference,
        documentation: it.doc.clone(),
        ..plain(&it.name, it.kind.kind().keyword)
    });
    proposal.collect()
}

fn item(it: Proposal, range: Range, snippets: bool) -> CompletionItem {
    let (new_text, format) = match it.snippet.as_str() {
        "" => (it.label.clone(), None),
        snippet if snippets => (snippet.to_owned(), Some(InsertTextFormat::Snippet)),
        _ => (it.label.clone(), None),
    };
    let markdown = |value| MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    };
    CompletionItem {
        label: it.label,
        kind: Some(it.kind),
        detail: (!it.detail.is_empty()).then_some(it.detail),
        documentation: (!it.documentation.is_empty()).then(|| markdown(it.documentation).into()),
        insert_text_format: format,
        text_edit: Some(TextEdit { range, new_text }.into()),
        ..CompletionItem::default()
    }
}

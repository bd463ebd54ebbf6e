//! What the word under the pointer is: the text that `explain` prints, the declaration of a name, the type of a value.

use super::definition;
use super::documents::Document;
use gen_lsp_types::{Hover, MarkupContent, MarkupKind};
use pipe_compiler::explain::{self, Topic};
use pipe_compiler::kinds::KindId;
use pipe_compiler::metrics;
use pipe_compiler::providers;
use pipe_compiler::statements;
use pipe_compiler::{Declared, Expected};
use pipe_dsl::tree::Span;
use pipe_runtime::sign;

pub(super) fn hover(document: &Document, offset: usize) -> Option<Hover> {
    let mut texts: Vec<String> = Vec::new();
    let mut range = None;
    for (span, expected) in document.outline.at(offset) {
        let word = span.text(&document.text);
        if let Some(text) = meaning(expected, word)
            && !texts.contains(&text)
        {
            range = range.or(Some(*span));
            texts.push(text);
        }
    }
    if let Some(declared) = definition::declared(document, offset) {
        texts.push(declaration(document, declared));
    }
    let found = document.checked.diagnostics.iter();
    for it in found.filter(|it| contains(it.primary.span, offset)) {
        range = range.or(Some(it.primary.span));
        texts.push(Topic::Code(it.code).text());
    }
    if texts.is_empty() {
        return None;
    }
    Some(Hover {
        contents: MarkupContent {
            kind: MarkupKind::Markdown,
            value: texts.join("\n\n---\n\n"),
        }
        .into(),
        range: range.map(|it| document.positions.range(&document.text, it)),
    })
}

fn contains(span: Span, offset: usize) -> bool {
    (span.start..=span.end).contains(&offset)
}

/// What a word means at a place where this belongs.
fn meaning(expected: &Expected, word: &str) -> Option<String> {
    let topic = match expected {
        Expected::Kind => Topic::Kind(KindId::of(word)?),
        Expected::Attribute(kind) => {
            if let Some(it) = kind.nested.iter().find(|it| it.keyword == word) {
                return Some(format!("`{}`\n\n{}", it.form, it.doc));
            }
            let attribute = kind.attribute(word)?;
            let Some(id) = KindId::of(kind.keyword) else {
                // What stands inside of a declaration has no page of its own.
                let line = explain::line(attribute);
                return Some(format!("{line}\n\n{}", attribute.doc));
            };
            Topic::Attribute(id, attribute)
        }
        Expected::Statement => Topic::Statement(statements::statement(word)?),
        Expected::Scheme => Topic::Scheme(sign::scheme(word)?),
        Expected::SchemeArgument(scheme) => {
            let it = scheme.parameter(word)?;
            return Some(format!("`{}` of `{}`: {}", it.name, scheme.name, it.doc));
        }
        Expected::Provider => Topic::Provider(providers::provider(word)?),
        Expected::ProviderEvent(provider) => Topic::Event(provider, provider.event(word)?),
        Expected::Metric(of) => Topic::Metric(metrics::find(*of, word)?),
        Expected::Field(known) | Expected::Binding(known) => {
            let (_, ty) = known.iter().find(|(name, _)| name == word)?;
            return Some(format!("```pipe\n{word}: {ty}\n```"));
        }
        Expected::Choice(_)
        | Expected::Name(_)
        | Expected::Type
        | Expected::Statistic
        | Expected::Variant(_) => {
            return None;
        }
    };
    let text = topic.text();
    Some(match topic {
        // Laid out in columns, which Markdown would run together.
        Topic::Provider(_) | Topic::Event(..) => format!("```text\n{text}```"),
        _ => text,
    })
}

/// A declaration as it is written, without what is in its braces where that is long.
fn declaration(document: &Document, it: &Declared) -> String {
    const LINES_MAX: usize = 20;
    let whole = it.whole.text(&document.text);
    let shown = if whole.lines().count() > LINES_MAX {
        let head: Vec<&str> = whole.lines().take(LINES_MAX).collect();
        format!("{}\n  …\n}}", head.join("\n"))
    } else {
        whole.to_owned()
    };
    let doc = if it.doc.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", it.doc)
    };
    format!("```pipe\n{shown}\n```{doc}")
}

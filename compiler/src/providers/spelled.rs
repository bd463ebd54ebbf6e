//! A description as people read it: `pipec explain stripe`, `pipec explain stripe.payment_intent.succeeded`.

use std::fmt::Write as _;

use super::{Event, Field, FieldKind, PROVIDERS, Place, Provider, Record};

/// What is known of a provider or of one of its events; `None` for a name that is neither.
#[must_use]
pub fn explain(name: &str) -> Option<String> {
    if let Some(provider) = super::provider(name) {
        return Some(of_provider(provider));
    }
    let (provider, event) = name.split_once('.')?;
    let provider = super::provider(provider)?;
    Some(of_event(provider, provider.event(event)?))
}

/// The names of all providers, for a sentence.
#[must_use]
pub(crate) fn names() -> String {
    let names: Vec<String> = PROVIDERS
        .iter()
        .map(|it| format!("`{}`", it.name))
        .collect();
    names.join(", ")
}

fn of_provider(provider: &Provider) -> String {
    let mut text = format!(
        "{}: {}\nfrom {}\n",
        provider.name, provider.version, provider.source
    );
    let identity: Vec<&str> = provider.identity.iter().map(Place::name).collect();
    if !identity.is_empty() {
        let _ = writeln!(text, "sent again with the same {}", identity.join(", "));
    }
    text.push('\n');
    for event in provider.events {
        let _ = writeln!(text, "{}.{}  {}", provider.name, event.name, event.doc);
    }
    text
}

fn of_event(provider: &Provider, event: &Event) -> String {
    let mut text = format!(
        "{}.{}: {}\n{}, from {}\n\n",
        provider.name, event.name, event.doc, provider.version, provider.source
    );
    let mut records: Vec<&'static Record> = Vec::new();
    let fields = || provider.common.iter().chain(event.fields);
    lines(&mut text, fields());
    open(provider, fields(), &mut records);
    for record in records {
        let _ = write!(text, "\n{}: {}\n\n", record.name, record.doc);
        lines(&mut text, record.fields.iter());
    }
    text
}

/// The objects in the fields and in those objects, each once, in the order in which they come.
fn open<'f>(
    provider: &Provider,
    fields: impl Iterator<Item = &'f Field>,
    found: &mut Vec<&'static Record>,
) {
    for field in fields {
        if let FieldKind::Record(name) | FieldKind::Records(name) = field.kind
            && let Some(record) = provider.record(name)
            && !found.iter().any(|it| it.name == name)
        {
            found.push(record);
            open(provider, record.fields.iter(), found);
        }
    }
}

fn lines<'f>(text: &mut String, fields: impl Iterator<Item = &'f Field>) {
    for field in fields {
        let _ = write!(text, "  {}: {}", field.name, kind(field));
        if field.path != field.name {
            let _ = write!(text, "  at {}", field.path);
        }
        text.push('\n');
    }
}

/// The type of a field, as the language spells it.
fn kind(field: &Field) -> String {
    let optional = if field.optional { "?" } else { "" };
    let (name, note) = match field.kind {
        FieldKind::Text => ("string", String::new()),
        FieldKind::Whole => ("int", String::new()),
        FieldKind::Exact => ("decimal", String::new()),
        FieldKind::Flag => ("bool", String::new()),
        FieldKind::FlagText => ("bool", " (in quotes)".to_owned()),
        FieldKind::Instant => ("timestamp", String::new()),
        FieldKind::Seconds => ("timestamp", " (in seconds)".to_owned()),
        FieldKind::Currency => ("string", " (a currency)".to_owned()),
        FieldKind::Minor(at) => ("decimal", format!(" (in minor units of {at})")),
        FieldKind::Texts => ("strings by name", String::new()),
        FieldKind::TextList => ("[string]", String::new()),
        FieldKind::Record(name) => (name, String::new()),
        FieldKind::Records(name) => return format!("[{name}]{optional}"),
    };
    format!("{name}{optional}{note}")
}

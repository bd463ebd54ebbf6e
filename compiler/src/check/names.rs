//! What a name may look like, and names that become the same in artifacts.

use std::collections::BTreeMap;

use pipe_dsl::tree::{Span, Word};

use crate::check::builtin;
use crate::check::context::Context;
use crate::diag;
use crate::kinds::KindId;

/// Longest declared name. A role is `name-role-<suffix>` and IAM takes 64 characters of it.
pub(crate) const NAME_BYTES_MAX: usize = 40;

/// Checks a declared name.
pub(crate) fn check(cx: &mut Context<'_>, name: &Word, kind: KindId) {
    let text = name.text;
    if text.len() > NAME_BYTES_MAX {
        let message = format!("a name of {} characters is too long", text.len());
        cx.report(
            diag::P0403
                .at(name.span, message)
                .label(format!("at most {NAME_BYTES_MAX}"))
                .help("physical names are the name and the environment's suffix, and AWS takes 64 characters"),
        );
        return;
    }
    if builtin::RESERVED.contains(&text) {
        let message = format!("`{text}` is reserved");
        cx.report(
            diag::P0111
                .at(name.span, message)
                .label("choose another name"),
        );
        return;
    }
    match kind {
        KindId::Event | KindId::Record | KindId::Error => {
            check_case(cx, name, pascal(text), "PascalCase")
        }
        _ => cx.check_snake_case(name),
    }
}

impl Context<'_> {
    /// A name that becomes part of physical names.
    pub(crate) fn check_snake_case(&mut self, name: &Word) {
        check_case(self, name, snake(name.text), "snake_case");
    }
}

fn check_case(cx: &mut Context<'_>, name: &Word, wanted: String, case: &str) {
    if name.text != wanted {
        let message = format!("`{}` is not {case}", name.text);
        let it = diag::P0112
            .at(name.span, message)
            .label(format!("`{wanted}` would be"));
        cx.report(it.suggest(name.span, wanted));
    }
}

/// `payment_events` to `PaymentEvents`: how logical ids and Rust types are made.
pub(crate) fn pascal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut chars = part.chars();
        out.extend(chars.next().map(|it| it.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

/// `paymentId` to `payment_id`: how Rust fields are made.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    for it in name.chars() {
        let boundary = before.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        if it.is_ascii_uppercase() && boundary {
            out.push('_');
        }
        if it != '_' || before.is_some_and(|it| it != '_') {
            out.push(it.to_ascii_lowercase());
        }
        before = Some(it);
    }
    out.trim_end_matches('_').to_owned()
}

/// Reports declared names that become the same logical id.
pub(crate) fn check_collisions(cx: &mut Context<'_>) {
    let mut first: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    let mut found = Vec::new();
    for (name, symbol) in &cx.symbols {
        if matches!(symbol.kind, KindId::Event | KindId::Record | KindId::Error) {
            continue;
        }
        // Keyed by kind too: the kind is part of the id.
        let id = format!("{}{:?}", pascal(name), symbol.kind);
        match first.get(&id) {
            Some((other, span)) => {
                let message = format!("`{name}` and `{other}` would have the same logical id");
                found.push(
                    diag::P0113
                        .at(symbol.span, message)
                        .label(format!("becomes `{}`", pascal(name)))
                        .second(*span, "so does this"),
                );
            }
            None => {
                first.insert(id, (name, symbol.span));
            }
        }
    }
    for it in found {
        cx.report(it);
    }
}

/// Reports a name that is made of two, such as that of a case or of a member, and that something of its kind has.
pub(crate) fn report_made(cx: &mut Context<'_>, name: &str, at: Span, other: Span) {
    let message = format!("two of a kind would be called `{name}`");
    cx.report(
        diag::P0113
            .at(at, message)
            .label(format!("becomes `{name}`"))
            .second(other, "so does this"),
    );
}

/// `a` or `an`, for a word.
pub(crate) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    }
}

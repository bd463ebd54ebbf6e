//! What a name may look like, and names that become the same in artifacts.

use pipe_dsl::tree::{Span, Word};
use rustc_hash::FxHashMap;

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
            check_case(cx, name, is_pascal, pascal, "PascalCase")
        }
        _ => cx.check_snake_case(name),
    }
}

impl Context<'_> {
    /// A name that becomes part of physical names.
    pub(crate) fn check_snake_case(&mut self, name: &Word) {
        check_case(self, name, is_snake, snake, "snake_case");
    }
}

fn check_case(
    cx: &mut Context<'_>,
    name: &Word,
    fits: fn(&str) -> bool,
    converted: fn(&str) -> String,
    case: &str,
) {
    if !fits(name.text) {
        let wanted = converted(name.text);
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
    let mut begins = true;
    for it in name.chars() {
        match it {
            '_' => {}
            _ if begins => out.push(it.to_ascii_uppercase()),
            _ => out.push(it),
        }
        begins = it == '_';
    }
    out
}

/// True for a name that [`pascal`] leaves as it is.
fn is_pascal(name: &str) -> bool {
    !name.starts_with(|it: char| it.is_ascii_lowercase()) && !name.contains('_')
}

/// True for a name that [`snake`] leaves as it is.
fn is_snake(name: &str) -> bool {
    let at_the_edge = name.starts_with('_') || name.ends_with('_');
    let mut before = 0;
    !at_the_edge
        && name.bytes().all(|it| {
            let doubled = it == b'_' && before == b'_';
            before = it;
            !doubled && !it.is_ascii_uppercase()
        })
}

/// `paymentId` to `payment_id`: how Rust fields are made.
pub(crate) fn snake(name: &str) -> String {
    if is_snake(name) {
        name.to_owned()
    } else {
        to_snake(name)
    }
}

fn to_snake(name: &str) -> String {
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

/// True for names that could become the same, since they differ in capitals and `_` alone.
pub(crate) fn is_alike(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    let letters = name.bytes().filter(|it| *it != b'_');
    letters.map(|it| it.to_ascii_lowercase())
}

/// Reports declared names that become the same logical id.
pub(crate) fn check_collisions(cx: &mut Context<'_>) {
    let mut first: FxHashMap<String, (&str, Span)> = FxHashMap::default();
    let mut found = Vec::new();
    for (name, symbol) in &cx.symbols {
        if matches!(symbol.kind, KindId::Event | KindId::Record | KindId::Error) {
            continue;
        }
        // Keyed by kind too: the kind is part of the id.
        let mut id = pascal(name);
        id.push_str(symbol.kind.name());
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

#[cfg(test)]
mod tests {
    use super::{is_pascal, is_snake, pascal, to_snake};

    #[test]
    fn a_name_fits_exactly_if_converting_leaves_it() {
        for it in [
            "a", "a_b", "a1", "1a", "_", "_a", "a_", "a__b", "A", "Ab", "AB", "aB", "A_b", "Ab1",
            "a_B", "A1B",
        ] {
            assert_eq!(is_snake(it), to_snake(it) == it, "{it}");
            assert_eq!(is_pascal(it), pascal(it) == it, "{it}");
        }
    }
}

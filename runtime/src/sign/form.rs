//! Bodies that are forms, `application/x-www-form-urlencoded` (WHATWG URL, section 5).

use std::borrow::Cow;

/// The fields in their order, name and value as they stand. One without a `=` has no value, as other readers of forms see it.
pub(super) fn fields(form: &str) -> impl Iterator<Item = (&str, &str)> {
    form.split('&')
        .map(|it| it.split_once('=').unwrap_or((it, "")))
}

/// Undoes `application/x-www-form-urlencoded`; `None` for a broken escape.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    rest.next()
                        .and_then(|it| char::from(it).to_digit(16))
                        .and_then(|it| u8::try_from(it).ok())
                };
                digit()? << 4 | digit()?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

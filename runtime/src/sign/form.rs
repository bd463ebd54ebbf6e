//! Bodies that are forms, `application/x-www-form-urlencoded` (WHATWG URL, section 5).

use std::borrow::Cow;

/// The fields in their order, name and value as they stand. One without a `=` has no value, as other readers of forms see it.
pub(super) fn fields(form: &str) -> impl Iterator<Item = (&str, &str)> {
    form.split('&')
        .map(|it| it.split_once('=').unwrap_or((it, "")))
}

/// Every byte there is, so that one that was escaped can be pointed at.
#[expect(
    clippy::indexing_slicing,
    reason = "computed by the compiler, and a byte is within 256"
)]
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut byte: u8 = 0;
    while byte < 255 {
        byte += 1;
        bytes[byte as usize] = byte;
    }
    bytes
};

/// The bytes that a text stands for once its escapes are undone, in pieces that nobody had to copy; `None` for a broken escape.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = text.as_bytes();
    let special = |it: &u8| matches!(it, b'%' | b'+');
    std::iter::from_fn(move || {
        let (piece, behind) = match rest {
            [] => return None,
            [b'+', behind @ ..] => (Some(&b" "[..]), behind),
            [b'%', high, low, behind @ ..] => (escaped(*high, *low), behind),
            [b'%', ..] => (None, &[][..]),
            plain => {
                let len = plain.iter().position(special).unwrap_or(plain.len());
                let (plain, behind) = plain.split_at(len);
                (Some(plain), behind)
            }
        };
        rest = behind;
        Some(piece)
    })
}

fn escaped(high: u8, low: u8) -> Option<&'static [u8]> {
    let digit = |it: u8| char::from(it).to_digit(16);
    let at = usize::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    BYTES.get(at..=at)
}

/// Whether a name is this one once its escapes are undone.
pub(super) fn is(text: &str, name: &str) -> bool {
    let mut left = Some(name.as_bytes());
    for piece in pieces(text) {
        left = piece.and_then(|it| left?.strip_prefix(it));
    }
    left.is_some_and(<[u8]>::is_empty)
}

/// Undoes `application/x-www-form-urlencoded`, in the buffer where it fits; `None` for a broken escape and for what is no UTF-8 then.
pub(super) fn decode<'t>(text: &'t str, buffer: &'t mut [u8]) -> Option<Cow<'t, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    if text.len() > buffer.len() {
        let mut bytes = Vec::with_capacity(text.len());
        for piece in pieces(text) {
            bytes.extend_from_slice(piece?);
        }
        return String::from_utf8(bytes).ok().map(Cow::Owned);
    }
    let mut len = 0;
    for piece in pieces(text) {
        let piece = piece?;
        buffer
            .get_mut(len..len + piece.len())?
            .copy_from_slice(piece);
        len += piece.len();
    }
    let bytes: &'t [u8] = buffer;
    std::str::from_utf8(bytes.get(..len)?)
        .ok()
        .map(Cow::Borrowed)
}

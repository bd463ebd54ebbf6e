//! Pieces of a text, each written onto its end where it stands. A text of an artifact is names and numbers in a row, and `fmt`, which must
//! be able to align and to fail, takes several times as long for these.

use std::borrow::Cow;

/// Something that is written onto the end of a text. Several in a row are a tuple.
pub(crate) trait Piece {
    /// Writes it.
    fn write(&self, text: &mut String);

    /// About how long it is, so that a text of its own is not moved as it grows.
    fn bytes(&self) -> usize {
        0
    }
}

impl Piece for str {
    #[inline]
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }

    fn bytes(&self) -> usize {
        self.len()
    }
}

macro_rules! like_what_they_hold {
    ($($owner:ty)*) => {
        $(impl Piece for $owner {
            fn write(&self, text: &mut String) {
                text.push_str(self);
            }

            fn bytes(&self) -> usize {
                self.len()
            }
        })*
    };
}

like_what_they_hold! { String Cow<'_, str> }

impl<T: Piece + ?Sized> Piece for &T {
    #[inline]
    fn write(&self, text: &mut String) {
        (**self).write(text);
    }

    fn bytes(&self) -> usize {
        (**self).bytes()
    }
}

/// What hardly a number of a spec exceeds: lines, seconds, rates.
const NUMBER_BYTES: usize = 6;

macro_rules! numbers {
    ($($number:ident)*) => {
        $(impl Piece for $number {
            fn write(&self, text: &mut String) {
                if *self > 9 {
                    (self / 10).write(text);
                }
                // The remainder is a digit, which the compiler sees too.
                let digit = u8::try_from(self % 10).unwrap_or_default();
                text.push(char::from(b'0' + digit));
            }

            fn bytes(&self) -> usize {
                NUMBER_BYTES
            }
        })*
    };
}

numbers! { u16 u32 u64 usize }

impl Piece for i32 {
    fn write(&self, text: &mut String) {
        if *self < 0 {
            text.push('-');
        }
        self.unsigned_abs().write(text);
    }
}

macro_rules! rows {
    ($($($name:ident)*;)*) => {
        $(impl<$($name: Piece),*> Piece for ($($name,)*) {
            // Where it stands, the length of each word of ours is known, and copying it takes no call.
            #[inline(always)]
            fn write(&self, text: &mut String) {
                #[expect(non_snake_case, reason = "each is called like its type")]
                let ($($name,)*) = self;
                $($name.write(text);)*
            }

            fn bytes(&self) -> usize {
                #[expect(non_snake_case, reason = "each is called like its type")]
                let ($($name,)*) = self;
                0 $(+ $name.bytes())*
            }
        })*
    };
}

rows! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

/// What several texts in a row and numbers make.
pub(crate) fn text_of(pieces: impl Piece) -> String {
    let mut text = String::with_capacity(pieces.bytes());
    pieces.write(&mut text);
    text
}

/// One behind the other, with this between them.
pub(crate) fn joined<I: Iterator<Item: Piece> + Clone>(
    items: I,
    between: &'static str,
) -> impl Piece {
    Joined { items, between }
}

struct Joined<I> {
    items: I,
    between: &'static str,
}

impl<I: Iterator<Item: Piece> + Clone> Piece for Joined<I> {
    fn write(&self, text: &mut String) {
        for (index, item) in self.items.clone().enumerate() {
            if index > 0 {
                text.push_str(self.between);
            }
            item.write(text);
        }
    }

    fn bytes(&self) -> usize {
        let each = |it: I::Item| it.bytes() + self.between.len();
        self.items.clone().map(each).sum()
    }
}

/// Bytes for which something else is written, which are all ASCII and so characters of their own.
pub(crate) struct Special([bool; 256]);

impl Special {
    #[expect(
        clippy::indexing_slicing,
        reason = "there are 256 bytes, and this runs when the compiler is compiled"
    )]
    pub(crate) const fn new(bytes: &[u8]) -> Self {
        let mut special = [false; 256];
        let mut rest = bytes;
        while let [byte, others @ ..] = rest {
            special[*byte as usize] = true;
            rest = others;
        }
        Self(special)
    }

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// Writes a text with another one for its special bytes.
pub(crate) fn replaced(
    text: &mut String,
    mut rest: &str,
    special: &Special,
    replacement: impl Fn(u8) -> &'static str,
) {
    while let Some(at) = rest.bytes().position(|it| special.has(it)) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        text.push_str(from.bytes().next().map_or("", &replacement));
        rest = from.get(1..).unwrap_or_default();
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_fmt_writes_them() {
        for number in [0, 9, 10, -1, -10, 4_711, i32::MAX, i32::MIN] {
            assert_eq!(text_of(number), number.to_string());
        }
        for number in [0, 10, 99, 100, u64::MAX] {
            assert_eq!(text_of(number), number.to_string());
        }
    }

    #[test]
    fn pieces_stand_in_a_row() {
        let list = joined(["a", "b"].iter(), ", ");
        assert_eq!(text_of(("[", list, "] of ", 12_usize)), "[a, b] of 12");
    }
}

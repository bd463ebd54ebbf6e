//! The signatures in one header: what stands there is read once, and the only signature of a header is found without a second look.

use super::refusal::{Field, Refusal};

/// Signatures that are looked at in one header. Providers send two or three while a key is rotated.
pub(crate) const SIGNATURES_MAX: usize = 16;

/// A header that is elements with a name: `t=1,v1=…` or `v1,… v1,…`. Only the elements of these names count.
#[derive(Debug)]
pub(crate) struct List {
    /// Between elements; ASCII.
    pub(crate) separator: char,
    /// Between a name and its value; ASCII.
    pub(crate) mark: char,
    pub(crate) timestamp: Option<&'static str>,
    pub(crate) signature: &'static str,
}

/// The signatures of our scheme as they are written, of any spelling; one to [`SIGNATURES_MAX`].
#[derive(Clone, Copy)]
pub(crate) struct Signatures<'r, 'l> {
    first: &'r str,
    /// Where there are more: what stands behind the first, and how it is to be read.
    further: Option<(&'r str, &'l List)>,
}

impl<'r> Signatures<'r, '_> {
    /// A signature that comes alone.
    pub(crate) fn one(first: &'r str) -> Self {
        Self {
            first,
            further: None,
        }
    }

    /// Whether this holds for one of them.
    #[inline]
    pub(crate) fn any(&self, mut is: impl FnMut(&str) -> bool) -> bool {
        is(self.first) || self.further.is_some_and(|it| any_further(it, &mut is))
    }
}

/// Kept out of line: rarely run, and never for the provider's usual delivery.
#[cold]
fn any_further((rest, list): (&str, &List), is: &mut dyn FnMut(&str) -> bool) -> bool {
    rest.split(list.separator)
        .filter_map(|element| element.split_once(list.mark))
        .any(|(name, value)| name == list.signature && is(value))
}

impl List {
    /// Checks that every element of the header has a name; gives the time, where one stands among them, and the signatures. Behind more
    /// signatures than are looked at nothing is read.
    pub(crate) fn read<'r>(
        &self,
        header: &'r str,
    ) -> Result<(Option<&'r str>, Signatures<'r, '_>), Refusal> {
        let (mut time, mut first, mut count) = (None, None, 0);
        let mut unread = Some(header);
        while let Some(text) = unread {
            let (element, rest) = match split_once(text, self.separator) {
                Some((element, rest)) => (element, Some(rest)),
                None => (text, None),
            };
            let (name, value) =
                split_once(element, self.mark).ok_or(Refusal::MalformedHeader(Field::Signature))?;
            if name == self.signature {
                first = first.or(Some((value, rest.unwrap_or_default())));
                count += 1;
                if count > SIGNATURES_MAX {
                    return Err(Refusal::TooManySignatures);
                }
            } else if Some(name) == self.timestamp && time.replace(value).is_some() {
                return Err(Refusal::DuplicateHeader(Field::Timestamp));
            }
            unread = rest;
        }
        if self.timestamp.is_some() && time.is_none() {
            return Err(Refusal::MalformedHeader(Field::Timestamp));
        }
        let (first, rest) = first.ok_or(Refusal::NoSignatureOfScheme)?;
        let further = (count > 1).then_some((rest, self));
        Ok((time, Signatures { first, further }))
    }
}

/// As the method of `str`, for a character of ASCII: without the searcher that any other character needs.
#[inline]
fn split_once(text: &str, at: char) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let (chunks, _) = bytes.as_chunks::<16>();
    let is_there = |it: &[u8; 16]| {
        it.iter()
            .fold(false, |sum, it| sum | (char::from(*it) == at))
    };
    // Sixteen at a time up to where it is, then one by one.
    let skipped = chunks.iter().take_while(|it| !is_there(it)).count() * 16;
    let (_, rest) = bytes.split_at_checked(skipped)?;
    let found = skipped + rest.iter().position(|it| char::from(*it) == at)?;
    Some((text.get(..found)?, text.get(found + 1..)?))
}

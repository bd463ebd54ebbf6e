//! Conditions on text.

use super::PatternError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Equal(String),
    Prefix(String),
    Suffix(String),
    PrefixIgnoreCase(IgnoreCase),
    SuffixIgnoreCase(IgnoreCase),
    EqualsIgnoreCase(IgnoreCase),
    Wildcard(Vec<Piece>),
}

/// A part of a wildcard pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Star,
    Plain(String),
}

/// A text of which each character may be in lower or in upper case. Case is a matter of one character here, whatever its neighbours: a
/// final sigma is no other letter than the one within a word, and the Kelvin sign is not asked for by `k`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IgnoreCase(Vec<[String; 2]>);

impl IgnoreCase {
    pub(super) fn new(text: &str) -> Self {
        let cases = |c: char| [c.to_lowercase().collect(), c.to_uppercase().collect()];
        Self(text.chars().map(cases).collect())
    }

    /// What can be left of `value` behind this text.
    fn strip_prefix<'a>(&self, value: &'a str) -> Vec<&'a str> {
        let characters = self.0.iter();
        characters.fold(vec![value], |rests, cases| {
            stripped(&rests, cases, |rest, case| rest.strip_prefix(case))
        })
    }

    fn is_suffix(&self, value: &str) -> bool {
        let characters = self.0.iter().rev();
        let rests = characters.fold(vec![value], |rests, cases| {
            stripped(&rests, cases, |rest, case| rest.strip_suffix(case))
        });
        !rests.is_empty()
    }
}

/// What is left after one more character. Both cases can fit only where they are the same.
fn stripped<'a>(
    rests: &[&'a str],
    cases: &[String; 2],
    strip: impl Fn(&'a str, &str) -> Option<&'a str>,
) -> Vec<&'a str> {
    let pairs = rests
        .iter()
        .flat_map(|rest| cases.iter().map(|case| (*rest, case.as_str())));
    let mut left: Vec<&str> = pairs.filter_map(|(rest, case)| strip(rest, case)).collect();
    left.dedup();
    left
}

impl Text {
    pub(super) fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equal(text) => value == text,
            Self::Prefix(prefix) => value.starts_with(prefix),
            Self::Suffix(suffix) => value.ends_with(suffix),
            Self::PrefixIgnoreCase(prefix) => !prefix.strip_prefix(value).is_empty(),
            Self::SuffixIgnoreCase(suffix) => suffix.is_suffix(value),
            Self::EqualsIgnoreCase(text) => text.strip_prefix(value).contains(&""),
            Self::Wildcard(pieces) => wildcard_holds(pieces, value),
        }
    }

    pub(super) fn wildcard(text: &str) -> Result<Self, PatternError> {
        let invalid = |message: &str| Err(PatternError(message.to_owned()));
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped @ ('*' | '\\'))) => plain.push(escaped),
                    _ => return invalid(&format!("Invalid escape character at pos {}", at + 1)),
                },
                '*' => {
                    if plain.is_empty() && pieces.last() == Some(&Piece::Star) {
                        return invalid(&format!("Consecutive wildcard characters at pos {at}"));
                    }
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Star);
                }
                other => plain.push(other),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        if is_too_complex(&pieces) {
            return invalid(
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
            );
        }
        Ok(Self::Wildcard(pieces))
    }
}

/// EventBridge refuses what its automaton finds too complex; short pieces between many stars are the known case.
fn is_too_complex(pieces: &[Piece]) -> bool {
    let stars = pieces.iter().filter(|piece| **piece == Piece::Star).count();
    let short = pieces
        .iter()
        .filter(|piece| matches!(piece, Piece::Plain(text) if text.len() < 3))
        .count();
    stars > 4 && short + 1 >= stars - 1
}

/// Greedy matching, leftmost piece first; only the last piece must reach the end.
fn wildcard_holds(pieces: &[Piece], value: &str) -> bool {
    let mut rest = value;
    let mut free = false;
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Star => free = true,
            Piece::Plain(text) => {
                let last = index + 1 == pieces.len();
                let after = match (free, last) {
                    (true, true) => rest.strip_suffix(text.as_str()).map(|_| ""),
                    (true, false) => rest
                        .find(text.as_str())
                        .and_then(|at| rest.get(at + text.len()..)),
                    (false, _) => rest.strip_prefix(text.as_str()),
                };
                let Some(after) = after else { return false };
                rest = after;
                free = false;
            }
        }
    }
    free || rest.is_empty()
}

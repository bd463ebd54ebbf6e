//! The values that a field may have, and how a pattern asks for them.

use std::collections::BTreeSet;

use crate::emit::pattern::Match;

use super::Matcher;
use super::numbers::Numbers;
use super::texts::Texts;

/// The values that a field may have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    pub(super) of: Set,
    /// True where the field may also be absent.
    pub(super) absent: bool,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Set {
    Numbers(Numbers),
    Texts(Texts),
    Bools(BTreeSet<bool>),
}

impl Set {
    pub(super) fn complement(&self) -> Self {
        match self {
            Self::Texts(texts) => Self::Texts(texts.complement()),
            Self::Bools(values) => Self::Bools(
                [false, true]
                    .into_iter()
                    .filter(|it| !values.contains(it))
                    .collect(),
            ),
            Self::Numbers(numbers) => Self::Numbers(numbers.complement()),
        }
    }

    /// Values in both. Two sets of one field are of one type, so the last arm is never taken.
    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Texts(one), Self::Texts(two)) => Self::Texts(one.and(two)),
            (Self::Bools(one), Self::Bools(two)) => Self::Bools(one & two),
            (Self::Numbers(one), Self::Numbers(two)) => Self::Numbers(one.and(two)),
            _ => Self::Bools(BTreeSet::new()),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.is_empty(),
            Self::Texts(texts) => texts.is_empty(),
            Self::Bools(values) => values.is_empty(),
        }
    }
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty() && !self.absent
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            of: self.of.and(&other.of),
            absent: self.absent && other.absent,
        }
    }

    /// Values in one of both: what is in neither complement.
    pub(super) fn or(&self, other: &Self) -> Self {
        let neither = self.of.complement().and(&other.of.complement());
        Self {
            of: neither.complement(),
            absent: self.absent || other.absent,
        }
    }

    /// What a pattern asks of the field, or why it cannot. What is absent is left out, as programs and sinks write it. The `null` that a
    /// workflow writes for it is there to `exists` and `anything-but`, and nothing in a pattern asks for everything but it.
    pub(super) fn matches(&self, matcher: Matcher) -> Result<Vec<Match>, String> {
        let mut matches = match &self.of {
            Set::Texts(texts) => texts.matches(matcher)?,
            Set::Bools(values) if values.len() == 2 => vec![Match::Exists(true)],
            Set::Bools(values) => values.iter().copied().map(Match::Bool).collect(),
            Set::Numbers(numbers) => numbers.matches(),
        };
        if self.absent {
            matches.push(Match::Exists(false));
        }
        Ok(matches)
    }
}

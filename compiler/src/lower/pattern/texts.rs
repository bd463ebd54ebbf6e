//! Sets of texts: those that begin with certain others, those that are certain others, and everything else.

use std::collections::BTreeMap;

use crate::emit::pattern::Match;

use super::Matcher;

/// A set of texts. Whether a text is in it is said of the text itself, else of the longest beginning that it has, else of all the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Texts {
    exact: BTreeMap<String, bool>,
    beginnings: BTreeMap<String, bool>,
    rest: bool,
}

impl Texts {
    /// This text alone.
    pub(super) fn one(text: &str) -> Self {
        Self {
            exact: BTreeMap::from([(text.to_owned(), true)]),
            ..Self::none()
        }
    }

    /// Every text that begins with this one. With nothing every text begins, and AWS refuses to ask for one that does not.
    pub(super) fn starting_with(prefix: &str) -> Self {
        if prefix.is_empty() {
            return Self::every();
        }
        Self {
            beginnings: BTreeMap::from([(prefix.to_owned(), true)]),
            ..Self::none()
        }
    }

    pub(super) fn every() -> Self {
        Self::none().complement()
    }

    fn none() -> Self {
        Self {
            exact: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            rest: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::none()
    }

    pub(super) fn complement(&self) -> Self {
        let opposite =
            |it: &BTreeMap<String, bool>| it.iter().map(|(text, is)| (text.clone(), !is)).collect();
        Self {
            exact: opposite(&self.exact),
            beginnings: opposite(&self.beginnings),
            rest: !self.rest,
        }
    }

    /// Texts in both. What says nothing new is left out, so that equal sets are equal.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = Self {
            rest: self.rest && other.rest,
            ..Self::none()
        };
        // In this order a beginning comes before what it is the beginning of.
        let beginnings = self.beginnings.keys().chain(other.beginnings.keys());
        let mut beginnings: Vec<&String> = beginnings.collect();
        beginnings.sort();
        for text in beginnings {
            let within = self.by_beginning(text) && other.by_beginning(text);
            if within != both.by_beginning(text) {
                both.beginnings.insert(text.clone(), within);
            }
        }
        for text in self.exact.keys().chain(other.exact.keys()) {
            let within = self.has(text) && other.has(text);
            if within != both.by_beginning(text) {
                both.exact.insert(text.clone(), within);
            }
        }
        both
    }

    fn has(&self, text: &str) -> bool {
        let exact = self.exact.get(text).copied();
        exact.unwrap_or_else(|| self.by_beginning(text))
    }

    fn by_beginning(&self, text: &str) -> bool {
        self.longest(text).map_or(self.rest, |(_, within)| within)
    }

    fn longest(&self, text: &str) -> Option<(&str, bool)> {
        let of_text = self
            .beginnings
            .iter()
            .filter(|(prefix, _)| text.starts_with(prefix.as_str()));
        of_text
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(prefix, within)| (prefix.as_str(), *within))
    }

    /// What is asked of a value that is in the set; one match is enough. A pattern cannot take anything out of what it has let in by its
    /// beginning, nor leave out certain texts and certain beginnings at once.
    pub(super) fn matches(&self, matcher: Matcher) -> Result<Vec<Match>, String> {
        let mut is = Vec::new();
        let mut starts_with = Vec::new();
        let mut is_not = Vec::new();
        let mut starts_not_with = Vec::new();
        let refused = |why: &str| {
            Err(format!(
                "{} cannot ask a text {why}: let several rules or a function decide",
                matcher.name
            ))
        };
        for (text, within) in &self.exact {
            match (within, self.longest(text)) {
                (true, _) => is.push(text.clone()),
                (false, None) => is_not.push(text.clone()),
                (false, Some((prefix, _))) => {
                    return refused(&format!(
                        "to begin with \"{prefix}\" and not to be \"{text}\""
                    ));
                }
            }
        }
        for (text, within) in &self.beginnings {
            // The next shorter one: the text itself is in the list.
            let shorter = self.beginnings.keys().filter(|it| *it != text);
            let inside = shorter.filter(|it| text.starts_with(it.as_str())).max();
            match (within, inside) {
                (true, _) => starts_with.push(text.clone()),
                (false, None) => starts_not_with.push(text.clone()),
                (false, Some(prefix)) => {
                    return refused(&format!(
                        "to begin with \"{prefix}\" and not with \"{text}\""
                    ));
                }
            }
        }
        if let (Some(text), Some(prefix)) = (is_not.first(), starts_not_with.first()) {
            return refused(&format!(
                "not to be \"{text}\" and not to begin with \"{prefix}\""
            ));
        }
        if let ([one, other, ..], false) = (starts_not_with.as_slice(), matcher.many_beginnings) {
            return refused(&format!(
                "to begin neither with \"{one}\" nor with \"{other}\""
            ));
        }
        let mut matches: Vec<Match> = is.into_iter().map(Match::Text).collect();
        matches.extend(starts_with.into_iter().map(Match::Prefix));
        if !is_not.is_empty() {
            matches.push(Match::AnythingBut(is_not));
        } else if !starts_not_with.is_empty() {
            matches.push(Match::AnythingButPrefix(starts_not_with));
        } else if self.rest {
            return Ok(vec![Match::Exists(true)]);
        }
        Ok(matches)
    }
}

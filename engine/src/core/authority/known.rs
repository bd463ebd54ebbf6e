//! Calls that were allowed before. The policies of a deployment do not change, and what they say depends on the call alone, so the same
//! question has the same answer and need not be put to them again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Principal;

/// Calls that are kept. Objects and executions have names of their own, so there is no end to different calls; then all are forgotten.
const KNOWN_MAX: usize = 4096;

/// All that an answer depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a, V> {
    pub(super) principal: &'a Principal,
    pub(super) action: &'a str,
    /// The resource, or the key as a template refers to it.
    pub(super) resource: &'a str,
    /// Of a key: the service that uses it for the caller.
    pub(super) key_via: Option<Option<&'a str>>,
    pub(super) context: &'a [(&'a str, V)],
}

#[derive(Debug)]
struct Allowed {
    principal: Principal,
    action: String,
    resource: String,
    key_via: Option<Option<String>>,
    context: Vec<(String, String)>,
}

/// What was allowed, by a hash of the question; the question itself is compared.
#[derive(Debug, Default)]
pub(in crate::core) struct Known(RefCell<BTreeMap<u64, Vec<Allowed>>>);

impl<V: AsRef<str>> Question<'_, V> {
    fn hash(&self) -> u64 {
        // Without a random key, so that the same inputs take the same way in every run.
        let mut hasher = DefaultHasher::new();
        self.principal.hash(&mut hasher);
        (self.action, self.resource, self.key_via).hash(&mut hasher);
        for (key, value) in self.context {
            (key, value.as_ref()).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn is(&self, it: &Allowed) -> bool {
        let same = |((key, value), (known_key, known)): (&(&str, V), &(String, String))| {
            key == known_key && value.as_ref() == known
        };
        let via = it.key_via.as_ref().map(Option::as_deref);
        *self.principal == it.principal
            && self.action == it.action
            && self.resource == it.resource
            && self.key_via == via
            && self.context.len() == it.context.len()
            && self.context.iter().zip(&it.context).all(same)
    }

    fn kept(&self) -> Allowed {
        let owned = |(key, value): &(&str, V)| ((*key).to_owned(), value.as_ref().to_owned());
        Allowed {
            principal: self.principal.clone(),
            action: self.action.to_owned(),
            resource: self.resource.to_owned(),
            key_via: self.key_via.map(|it| it.map(str::to_owned)),
            context: self.context.iter().map(owned).collect(),
        }
    }
}

impl Known {
    /// Whether exactly this was allowed before.
    pub(super) fn holds<V: AsRef<str>>(&self, question: &Question<'_, V>) -> bool {
        let known = self.0.borrow();
        let alike = known.get(&question.hash());
        alike.is_some_and(|it| it.iter().any(|it| question.is(it)))
    }

    /// Remembers that this is allowed.
    pub(super) fn remember<V: AsRef<str>>(&self, question: &Question<'_, V>) {
        let mut known = self.0.borrow_mut();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known
            .entry(question.hash())
            .or_default()
            .push(question.kept());
    }
}

#[cfg(test)]
mod tests {
    use super::super::role;
    use super::*;

    #[test]
    fn only_exactly_the_same_call_is_known() {
        let known = Known::default();
        let (one, other) = (role("arn:one", "s"), role("arn:other", "s"));
        let question = Question {
            principal: &one,
            action: "sqs:SendMessage",
            resource: "arn:q",
            key_via: None,
            context: &[("aws:a", "1")],
        };
        assert!(!known.holds(&question));
        known.remember(&question);
        assert!(known.holds(&question));
        for changed in [
            Question {
                principal: &other,
                ..question
            },
            Question {
                action: "sqs:DeleteMessage",
                ..question
            },
            Question {
                resource: "arn:r",
                ..question
            },
            Question {
                key_via: Some(None),
                ..question
            },
            Question {
                context: &[("aws:a", "2")],
                ..question
            },
            Question {
                context: &[],
                ..question
            },
        ] {
            assert!(!known.holds(&changed), "{changed:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let known = Known::default();
        let principal = role("arn:one", "s");
        for index in 0..=KNOWN_MAX {
            known.remember(&Question::<&str> {
                principal: &principal,
                action: "s3:PutObject",
                resource: &index.to_string(),
                key_via: None,
                context: &[],
            });
        }
        assert_eq!(known.0.borrow().len(), 1);
    }
}

//! Providers that sign nothing: a form names something of theirs, and what their own API answers about it is what counts. Whom to ask, as
//! plain data, and the question itself.

use super::scheme::KeyRule;

/// Whom to ask about what. All of it is fixed by the scheme; a request gives nothing but the id.
#[derive(Debug)]
pub(crate) struct Asking {
    /// The provider's name, for people.
    pub(crate) provider: &'static str,
    /// Host of its API.
    pub(crate) host: &'static str,
    /// What stands before the id in the path.
    pub(crate) path: &'static str,
    /// How its ids begin.
    pub(crate) id_prefix: &'static str,
    /// What a key must look like.
    pub(crate) key: KeyRule,
}

/// What to ask a provider's API. There is no other way to get one than [`Verifier::question`], so neither host nor path is ever one that
/// a stranger chose, and the id is letters and digits alone.
///
/// [`Verifier::question`]: super::Verifier::question
#[derive(Debug, Clone, Copy)]
pub struct Question<'r> {
    pub(super) asking: &'static Asking,
    pub(super) id: &'r str,
}

impl<'r> Question<'r> {
    /// The host to ask, on port 443 and by HTTPS.
    pub fn host(&self) -> &'static str {
        self.asking.host
    }

    /// The path to ask for.
    pub fn path(&self) -> String {
        format!("{}{}", self.asking.path, self.id)
    }

    /// What is asked about: `tr_5B8cwPMGnU6qLbRvo7qEZo`.
    pub fn id(&self) -> &'r str {
        self.id
    }
}

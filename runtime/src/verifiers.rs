//! The verifiers of one process: made when first asked for, made anew when their keys change, and what they remember of deliveries
//! whose signature does not cover the body.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::keyring::Keyring;
use crate::sign::{ConfigError, Scheme, Verifier};

/// Verifiers that are kept; a function serves a handful of routes and providers.
const KEPT_MAX: usize = 32;
/// Transmissions that are remembered, newest last.
const TRANSMISSIONS_MAX: usize = 1_000;

/// The verifiers of one process.
#[derive(Debug, Default)]
pub(crate) struct Verifiers {
    kept: RefCell<Vec<Kept>>,
    transmissions: RefCell<VecDeque<(String, [u8; 32])>>,
    #[cfg(feature = "sign-certificates")]
    pub(crate) certificates: crate::certificate::Certificates,
    #[cfg(feature = "sign-fetch-back")]
    pub(crate) provider: crate::fetch_back::Provider,
}

#[derive(Debug)]
struct Kept {
    scheme: &'static str,
    arguments: Vec<(String, String)>,
    keys: Option<Rc<Keyring>>,
    rotating: bool,
    verifier: Rc<Verifier>,
}

impl Kept {
    fn fits(&self, scheme: &str, arguments: &[(&str, &str)]) -> bool {
        let pairs = self.arguments.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        self.scheme == scheme && pairs.eq(arguments.iter().copied())
    }
}

impl Verifiers {
    /// With the trust that the environment names.
    pub(crate) fn from_environment() -> Self {
        Self {
            #[cfg(feature = "sign-certificates")]
            certificates: crate::certificate::Certificates::from_environment(),
            #[cfg(feature = "sign-fetch-back")]
            provider: crate::fetch_back::Provider::from_environment(),
            ..Self::default()
        }
    }

    /// The verifier of a scheme with these arguments and the keys that are valid now.
    pub(crate) fn of(
        &self,
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        keys: Option<&Rc<Keyring>>,
        now_ms: i64,
    ) -> Result<Rc<Verifier>, ConfigError> {
        let rotating = keys.is_some_and(|it| it.is_rotating(now_ms));
        let same_keys = |it: &Option<Rc<Keyring>>| match (it, keys) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let mut kept = self.kept.borrow_mut();
        if let Some(found) = kept.iter().find(|it| {
            it.rotating == rotating && same_keys(&it.keys) && it.fits(scheme.name, arguments)
        }) {
            return Ok(Rc::clone(&found.verifier));
        }
        let valid = keys.map(|it| it.valid_at(now_ms)).unwrap_or_default();
        let verifier = Verifier::with_keys(scheme, arguments, &valid)?;
        #[cfg(feature = "sign-certificates")]
        let verifier = self.certificates.trusted_by(verifier)?;
        let verifier = Rc::new(verifier);
        // Keys that are no longer asked for leave memory with their verifier.
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(Kept {
            scheme: scheme.name,
            arguments: arguments
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            keys: keys.map(Rc::clone),
            rotating,
            verifier: Rc::clone(&verifier),
        });
        Ok(verifier)
    }

    /// Remembers which body a transmission had; false when it had another one before. The log of a table holds the same for longer.
    pub(crate) fn is_same_body(&self, transmission: &str, sha256: [u8; 32]) -> bool {
        let mut known = self.transmissions.borrow_mut();
        if let Some((_, before)) = known.iter().find(|(it, _)| it == transmission) {
            return *before == sha256;
        }
        if known.len() >= TRANSMISSIONS_MAX {
            known.pop_front();
        }
        known.push_back((transmission.to_owned(), sha256));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::sign::scheme;

    fn keys(text: &str) -> Rc<Keyring> {
        Rc::new(Keyring::read(Secret::new(text)).unwrap())
    }

    #[test]
    fn a_verifier_is_made_once_for_its_keys() {
        let verifiers = Verifiers::default();
        let stripe = scheme("stripe").unwrap();
        let (one, two) = (
            keys("whsec_0123456789abcdef01"),
            keys("whsec_0123456789abcdef02"),
        );
        let of = |keys: &Rc<Keyring>, arguments: &[(&str, &str)]| {
            verifiers.of(stripe, arguments, Some(keys), 0).unwrap()
        };
        assert!(Rc::ptr_eq(&of(&one, &[]), &of(&one, &[])));
        assert!(!Rc::ptr_eq(&of(&one, &[]), &of(&two, &[])));
        assert!(!Rc::ptr_eq(
            &of(&one, &[]),
            &of(&one, &[("tolerance", "1m")])
        ));
        for index in 0..2 * KEPT_MAX {
            of(&keys(&format!("whsec_0123456789abcdef{index:02}")), &[]);
        }
        assert_eq!(verifiers.kept.borrow().len(), KEPT_MAX);
    }

    #[test]
    fn the_end_of_a_rotation_makes_another_verifier() {
        let verifiers = Verifiers::default();
        let stripe = scheme("stripe").unwrap();
        let both = keys(
            r#"{"current":"whsec_0123456789abcdef01","previous":"whsec_0123456789abcdef02","previous_until":"1970-01-01T00:00:01Z"}"#,
        );
        let at = |now_ms| verifiers.of(stripe, &[], Some(&both), now_ms).unwrap();
        assert!(Rc::ptr_eq(&at(0), &at(999)));
        assert!(!Rc::ptr_eq(&at(999), &at(1_000)));
    }

    #[test]
    fn a_transmission_keeps_its_first_body_and_memory_its_bound() {
        let verifiers = Verifiers::default();
        assert!(verifiers.is_same_body("t", [1; 32]));
        assert!(verifiers.is_same_body("t", [1; 32]));
        assert!(!verifiers.is_same_body("t", [2; 32]));
        for index in 0..2 * TRANSMISSIONS_MAX {
            assert!(verifiers.is_same_body(&format!("t{index}"), [0; 32]));
        }
        assert_eq!(verifiers.transmissions.borrow().len(), TRANSMISSIONS_MAX);
    }
}

//! Secrets by name: fetched when first needed, kept for a while, never accepted when too old.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use crate::event_log::{Local, Unavailable};
use crate::keyring::Keyring;
use crate::secret::Secret;

/// Age at which a secret is fetched again, in milliseconds.
pub const FRESH_MS: i64 = 5 * 60_000;
/// Age at which a secret is no longer used, even if no newer one can be fetched, in milliseconds.
pub const HARD_MS: i64 = 60 * 60_000;
/// Shortest time between two fetches that bad signatures cause, in milliseconds: a rotation is noticed within it, and a storm of
/// forgeries costs no more than one fetch in it.
pub const FORCED_MS: i64 = 30_000;

/// A parameter of the spec, by its declared name and by where its value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A parameter of SSM, read at run time.
    Stored(&'static str),
    /// `at deploy`: the value itself is in the environment.
    AtDeploy(&'static str),
}

/// Where parameters are kept.
pub trait ParameterStore {
    /// The decrypted value of the parameter with that physical name.
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>>;
}

/// A secret that was fetched, and when.
#[derive(Clone)]
struct Kept {
    keys: Rc<Keyring>,
    fetched_at_ms: i64,
    tried_at_ms: i64,
}

/// The secrets of one process.
///
/// Ages come from the wall clock that the caller passes in, so that a process frozen for an hour or restored from a snapshot knows that
/// its secrets are old.
pub struct Secrets {
    store: Box<dyn ParameterStore>,
    /// Physical name by declared name.
    names: BTreeMap<String, String>,
    /// Declared names of those that are no keys, so that their text is never taken for a rotation.
    plain: BTreeSet<String>,
    kept: RefCell<BTreeMap<String, Kept>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// The secrets with these declared and physical names.
    pub fn new(store: Box<dyn ParameterStore>, names: BTreeMap<String, String>) -> Self {
        Self {
            store,
            names,
            plain: BTreeSet::new(),
            kept: RefCell::default(),
        }
    }

    /// These of them, by declared name, are parameters and no keys.
    #[must_use]
    pub fn with_plain<'a>(mut self, declared: impl Iterator<Item = &'a String>) -> Self {
        self.plain.extend(declared.cloned());
        self
    }

    /// The secret's keys, from memory while they are fresh. When none can be fetched, the old ones serve until [`HARD_MS`].
    pub async fn get(&self, declared: &str, now_ms: i64) -> Result<Rc<Keyring>, Unavailable> {
        let kept = self.kept.borrow().get(declared).cloned();
        let age_ms = kept.as_ref().map(|it| age_ms(now_ms, it.fetched_at_ms));
        match (kept, age_ms) {
            (Some(kept), Some(0..FRESH_MS)) => Ok(kept.keys),
            (Some(kept), Some(0..HARD_MS)) if age_ms_since_try(&kept, now_ms) => Ok(kept.keys),
            (Some(kept), Some(0..HARD_MS)) => {
                self.stamp_try(declared, now_ms);
                self.fetch(declared, now_ms).await.or(Ok(kept.keys))
            }
            _ => self.fetch(declared, now_ms).await,
        }
    }

    /// Other keys than those that just failed to verify, if there are any and the last such question is [`FORCED_MS`] ago. While one
    /// request asks, others are not made to wait and do not ask too.
    pub async fn newer(&self, declared: &str, than: &Keyring, now_ms: i64) -> Option<Rc<Keyring>> {
        let kept = self.kept.borrow().get(declared).cloned()?;
        if !kept.keys.is_same_as(than) {
            return Some(kept.keys);
        }
        if (0..FORCED_MS).contains(&(now_ms - kept.tried_at_ms)) {
            return None;
        }
        self.stamp_try(declared, now_ms);
        self.fetch(declared, now_ms)
            .await
            .ok()
            .filter(|it| !it.is_same_as(than))
    }

    /// Before the fetch, so that whoever asks meanwhile does not fetch too.
    fn stamp_try(&self, declared: &str, now_ms: i64) {
        if let Some(kept) = self.kept.borrow_mut().get_mut(declared) {
            kept.tried_at_ms = now_ms;
        }
    }

    /// The physical name of the parameter that holds the secret.
    pub(crate) fn parameter_name(&self, declared: &str) -> Option<&str> {
        self.names.get(declared).map(String::as_str)
    }

    async fn fetch(&self, declared: &str, now_ms: i64) -> Result<Rc<Keyring>, Unavailable> {
        let name = self.parameter_name(declared);
        let name = name.ok_or_else(|| {
            Unavailable::new(
                "secret_unnamed",
                format!("no parameter is configured for {declared}"),
            )
        })?;
        let value = self.store.fetch(name).await?;
        let keys = if self.plain.contains(declared) {
            Ok(Keyring::of(value))
        } else {
            Keyring::read(value)
        };
        // A rotation that is written wrong must not become a key, nor wipe out the keys that are known to be good.
        let keys = keys.map_err(|why| {
            Unavailable::new("secret_malformed", format!("the parameter {name}: {why}"))
        })?;
        let keys = Rc::new(keys);
        let kept = Kept {
            keys: Rc::clone(&keys),
            fetched_at_ms: now_ms,
            tried_at_ms: now_ms,
        };
        self.kept.borrow_mut().insert(declared.to_owned(), kept);
        Ok(keys)
    }
}

/// A clock that went backwards makes a value old, not young.
fn age_ms(now_ms: i64, then_ms: i64) -> i64 {
    if now_ms < then_ms {
        i64::MAX
    } else {
        now_ms - then_ms
    }
}

/// True when the last try was so recent that another one would be a storm.
fn age_ms_since_try(kept: &Kept, now_ms: i64) -> bool {
    kept.tried_at_ms > kept.fetched_at_ms && age_ms(now_ms, kept.tried_at_ms) < FORCED_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[derive(Clone, Default)]
    struct Store {
        value: Rc<RefCell<Option<&'static str>>>,
        fetches: Rc<Cell<u32>>,
    }

    impl ParameterStore for Store {
        fn fetch<'a>(&'a self, _: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
            self.fetches.set(self.fetches.get() + 1);
            let value = *self.value.borrow();
            Box::pin(async move { value.map(Secret::new).ok_or(Unavailable::new("down", "")) })
        }
    }

    fn secrets() -> (Store, Secrets) {
        let store = Store::default();
        *store.value.borrow_mut() = Some("one");
        let names = BTreeMap::from([("key".to_owned(), "/p/dev/key".to_owned())]);
        (store.clone(), Secrets::new(Box::new(store), names))
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        match future
            .as_mut()
            .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        {
            std::task::Poll::Ready(it) => it,
            std::task::Poll::Pending => panic!("the test's store answers at once"),
        }
    }

    /// SEC-08: ages are those of the wall clock, so a process that was frozen for an hour asks anew.
    #[test]
    fn a_fresh_secret_is_fetched_once() {
        let (store, secrets) = secrets();
        for now_ms in [0, 1, FRESH_MS - 1] {
            assert!(now(secrets.get("key", now_ms)).is_ok());
        }
        assert_eq!(store.fetches.get(), 1);
        assert!(now(secrets.get("key", FRESH_MS)).is_ok());
        assert_eq!(store.fetches.get(), 2);
    }

    /// SEC-07
    #[test]
    fn an_outage_is_bridged_until_the_hard_limit_and_no_longer() {
        let (store, secrets) = secrets();
        assert!(now(secrets.get("key", 0)).is_ok());
        *store.value.borrow_mut() = None;
        assert!(now(secrets.get("key", FRESH_MS)).is_ok());
        assert!(now(secrets.get("key", FRESH_MS + 1)).is_ok());
        assert_eq!(store.fetches.get(), 2, "an outage is not hammered");
        assert!(now(secrets.get("key", HARD_MS - 1)).is_ok());
        assert!(now(secrets.get("key", HARD_MS)).is_err());
        assert!(now(secrets.get("other", 0)).is_err());
    }

    #[test]
    fn a_clock_that_went_backwards_makes_a_secret_old() {
        let (store, secrets) = secrets();
        assert!(now(secrets.get("key", 1_000)).is_ok());
        assert!(now(secrets.get("key", 0)).is_ok());
        assert_eq!(store.fetches.get(), 2);
    }

    /// SEC-05
    #[test]
    fn a_storm_of_bad_signatures_fetches_once_a_window_and_a_rotation_is_seen() {
        let (store, secrets) = secrets();
        let old = now(secrets.get("key", 0)).unwrap();
        for now_ms in 0..FORCED_MS {
            assert!(now(secrets.newer("key", &old, now_ms)).is_none());
        }
        assert_eq!(store.fetches.get(), 1);
        *store.value.borrow_mut() = Some("two");
        assert!(
            now(secrets.newer("key", &old, FORCED_MS))
                .is_some_and(|it| it.current().expose_secret() == b"two")
        );
        assert!(
            now(secrets.newer("key", &old, FORCED_MS + 1)).is_some(),
            "the newer one is there already"
        );
        assert_eq!(store.fetches.get(), 2);
    }

    /// SEC-05: while one request waits for the store, others that fail do not ask too.
    #[test]
    fn one_request_at_a_time_asks_for_newer_keys() {
        struct Slow(Rc<Cell<u32>>);
        impl ParameterStore for Slow {
            fn fetch<'a>(&'a self, _: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
                self.0.set(self.0.get() + 1);
                let first = self.0.get() == 1;
                Box::pin(async move {
                    if first {
                        return Ok(Secret::new("one"));
                    }
                    std::future::pending().await
                })
            }
        }
        let fetches = Rc::new(Cell::new(0));
        let names = BTreeMap::from([("key".to_owned(), "/p/dev/key".to_owned())]);
        let secrets = Secrets::new(Box::new(Slow(fetches.clone())), names);
        let old = now(secrets.get("key", 0)).unwrap();
        let mut asking = std::pin::pin!(secrets.newer("key", &old, FORCED_MS));
        let mut idle = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(asking.as_mut().poll(&mut idle).is_pending());
        assert!(now(secrets.newer("key", &old, FORCED_MS)).is_none());
        assert!(now(secrets.get("key", FORCED_MS)).is_ok());
        assert_eq!(fetches.get(), 2);
    }

    /// SEC-06: a rotation is one value, so nobody sees half of it; one that is written wrong leaves the keys that are known.
    #[test]
    fn a_rotation_written_wrong_is_no_key_and_the_keys_before_it_serve_on() {
        let (store, secrets) = secrets();
        let old = now(secrets.get("key", 0)).unwrap();
        *store.value.borrow_mut() = Some(r#"{"current": "two", "previous": "one"}"#);
        assert!(now(secrets.newer("key", &old, FORCED_MS)).is_none());
        let kept = now(secrets.get("key", FRESH_MS)).unwrap();
        assert_eq!(kept.current().expose_secret(), b"one");
        let why = now(secrets.get("key", HARD_MS)).unwrap_err();
        assert_eq!(why.reason, "secret_malformed");
        assert!(!why.detail.contains("two"), "{why}");
    }
}

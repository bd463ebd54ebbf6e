//! Secrets by name: fetched when first needed, kept for a while, never accepted when too old.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::event_log::{Local, Unavailable};
use crate::keyring::Keyring;
use crate::secret::Secret;

/// Age at which a secret is fetched again, in milliseconds.
pub const FRESH_MS: i64 = 5 * 60_000;
/// Age at which a secret is no longer used, even if no newer one can be fetched, in milliseconds.
pub const HARD_MS: i64 = 60 * 60_000;
/// Shortest time between two fetches of one secret, in milliseconds, whatever they are for: a rotation is noticed within it, so is a
/// secret that was missing or written wrong, and a storm of forgeries costs no more than one fetch in it.
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

/// What is known of one secret.
#[derive(Default)]
struct Slot {
    kept: Option<Kept>,
    /// When it was last asked for, with whatever success.
    tried_at_ms: Option<i64>,
    /// Why the last question brought no keys. An attempt that was given up half-way leaves nothing here.
    failure: Option<Unavailable>,
    /// True while somebody asks; these are woken afterwards.
    is_asked: bool,
    waiting: Vec<Waker>,
}

/// Keys that were fetched, and when.
struct Kept {
    keys: Rc<Keyring>,
    fetched_at_ms: i64,
}

/// What is to be done for whoever needs a secret.
enum Step {
    /// These keys serve.
    Use(Rc<Keyring>),
    /// Somebody asks already.
    Wait,
    /// Nothing serves, and the last question is too young for another one.
    Fail(Option<Unavailable>),
    Ask,
}

impl Slot {
    /// The keys, unless they are older than this.
    fn younger_than(&self, limit_ms: i64, now_ms: i64) -> Option<&Rc<Keyring>> {
        let kept = self.kept.as_ref()?;
        (age_ms(now_ms, kept.fetched_at_ms) < limit_ms).then_some(&kept.keys)
    }

    /// True when another question would be a storm.
    fn was_just_asked(&self, now_ms: i64) -> bool {
        let lately = |tried_at_ms| age_ms(now_ms, tried_at_ms) < FORCED_MS;
        self.is_asked || self.tried_at_ms.is_some_and(lately)
    }

    fn step(&self, asker: Asker, now_ms: i64) -> Step {
        let limit_ms = if self.was_just_asked(now_ms) {
            HARD_MS
        } else {
            FRESH_MS
        };
        match self.younger_than(limit_ms, now_ms) {
            Some(keys) => Step::Use(Rc::clone(keys)),
            None if self.is_asked => Step::Wait,
            None if asker == Asker::Anybody && self.was_just_asked(now_ms) => {
                Step::Fail(self.failure.clone())
            }
            None => Step::Ask,
        }
    }
}

/// On whose behalf something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Whoever can post, since nothing is proven yet: what is missing is asked for once in [`FORCED_MS`].
    Anybody,
    /// A handler, which is called for what was proven or sent from within: what is missing is asked for each time, so that an operator
    /// who has put it there need not wait.
    Handler,
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
    slots: RefCell<BTreeMap<String, Slot>>,
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
            slots: RefCell::default(),
        }
    }

    /// These of them, by declared name, are parameters and no keys.
    #[must_use]
    pub fn with_plain<'a>(mut self, declared: impl Iterator<Item = &'a String>) -> Self {
        self.plain.extend(declared.cloned());
        self
    }

    /// The secret's keys, from memory while they are fresh. When none can be fetched, the old ones serve until [`HARD_MS`]; where there
    /// are none, the failure is what everybody hears until [`FORCED_MS`] are over. Those who come while one asks wait for its answer.
    pub async fn get(&self, declared: &str, now_ms: i64) -> Result<Rc<Keyring>, Unavailable> {
        self.get_for(Asker::Anybody, declared, now_ms).await
    }

    /// The same on somebody's behalf.
    pub(crate) async fn get_for(
        &self,
        asker: Asker,
        declared: &str,
        now_ms: i64,
    ) -> Result<Rc<Keyring>, Unavailable> {
        let mut now_ms = now_ms;
        loop {
            match self.with_slot(declared, |it| it.step(asker, now_ms)) {
                Step::Use(keys) => return Ok(keys),
                Step::Fail(why) => return Err(why.unwrap_or_else(|| given_up(declared))),
                Step::Wait => {
                    poll_fn(|cx| self.poll_answered(declared, cx)).await;
                    // Who asked may have begun later, and its answer is still the one that was waited for.
                    let tried_at_ms = self.with_slot(declared, |it| it.tried_at_ms);
                    now_ms = tried_at_ms.map_or(now_ms, |it| it.max(now_ms));
                }
                Step::Ask => {
                    let fetched = self.fetch(declared, now_ms).await;
                    return fetched.or_else(|why| {
                        let kept = |it: &mut Slot| it.younger_than(HARD_MS, now_ms).cloned();
                        self.with_slot(declared, kept).ok_or(why)
                    });
                }
            }
        }
    }

    /// Other keys than those that just failed to verify, if there are any and the last question is [`FORCED_MS`] ago. While one request
    /// asks, others are not made to wait and do not ask too.
    pub async fn newer(&self, declared: &str, than: &Keyring, now_ms: i64) -> Option<Rc<Keyring>> {
        let (keys, was_just_asked) = self.with_slot(declared, |it| {
            let keys = it.kept.as_ref().map(|it| Rc::clone(&it.keys));
            (keys, it.was_just_asked(now_ms))
        });
        let keys = keys?;
        if !keys.is_same_as(than) {
            return Some(keys);
        }
        if was_just_asked {
            return None;
        }
        let fetched = self.fetch(declared, now_ms).await;
        fetched.ok().filter(|it| !it.is_same_as(than))
    }

    /// Nothing is awaited while a slot is borrowed.
    fn with_slot<T>(&self, declared: &str, look: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slots = self.slots.borrow_mut();
        match slots.get_mut(declared) {
            Some(slot) => look(slot),
            None => look(slots.entry(declared.to_owned()).or_default()),
        }
    }

    fn poll_answered(&self, declared: &str, cx: &mut Context<'_>) -> Poll<()> {
        self.with_slot(declared, |it| {
            if !it.is_asked {
                return Poll::Ready(());
            }
            it.waiting.push(cx.waker().clone());
            Poll::Pending
        })
    }

    /// The physical name of the parameter that holds the secret.
    pub(crate) fn parameter_name(&self, declared: &str) -> Option<&str> {
        self.names.get(declared).map(String::as_str)
    }

    /// Asks, and remembers the answer whatever it is.
    async fn fetch(&self, declared: &str, now_ms: i64) -> Result<Rc<Keyring>, Unavailable> {
        self.with_slot(declared, |it| {
            it.is_asked = true;
            it.tried_at_ms = Some(now_ms);
            it.failure = None;
        });
        // Also where the request that asks is given up, so that nobody waits for it.
        let _asking = Asking {
            secrets: self,
            declared,
        };
        let read = self.read(declared).await.map(Rc::new);
        self.with_slot(declared, |it| match &read {
            Ok(keys) => {
                it.kept = Some(Kept {
                    keys: Rc::clone(keys),
                    fetched_at_ms: now_ms,
                });
            }
            Err(why) => it.failure = Some(why.clone()),
        });
        read
    }

    async fn read(&self, declared: &str) -> Result<Keyring, Unavailable> {
        let name = self.parameter_name(declared);
        let name = name.ok_or_else(|| {
            Unavailable::new(
                "secret_unnamed",
                format!("no parameter is configured for {declared}"),
            )
        })?;
        let value = self.store.fetch(name).await?;
        if self.plain.contains(declared) {
            return Ok(Keyring::of(value));
        }
        // A rotation that is written wrong must not become a key, nor wipe out the keys that are known to be good.
        Keyring::read(value).map_err(|why| {
            Unavailable::new("secret_malformed", format!("the parameter {name}: {why}"))
        })
    }
}

/// Somebody asks, until this is dropped.
struct Asking<'a> {
    secrets: &'a Secrets,
    declared: &'a str,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let waiting = self.secrets.with_slot(self.declared, |it| {
            it.is_asked = false;
            std::mem::take(&mut it.waiting)
        });
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The request that asked ran out of time.
fn given_up(declared: &str) -> Unavailable {
    Unavailable::new(
        "secret_unreadable",
        format!("{declared} was asked for a moment ago, and no answer came in time"),
    )
}

/// A clock that went backwards makes a value old, not young.
fn age_ms(now_ms: i64, then_ms: i64) -> i64 {
    if now_ms < then_ms {
        i64::MAX
    } else {
        now_ms - then_ms
    }
}

#[cfg(test)]
mod tests;

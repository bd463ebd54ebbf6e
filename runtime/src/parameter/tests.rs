//! How often a store is asked, by a clock that the tests move.

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

/// SEC-05, SEC-07: whoever can post cannot make us ask.
#[test]
fn a_storm_while_there_is_no_secret_asks_once_a_window_and_a_secret_put_there_is_seen() {
    let (store, secrets) = secrets();
    *store.value.borrow_mut() = None;
    for now_ms in (0..60_000).step_by(60) {
        let why = now(secrets.get("key", now_ms)).unwrap_err();
        assert_eq!(why.reason, "down", "the failure is remembered: {now_ms}");
    }
    assert_eq!(store.fetches.get(), 2, "of 1,000 in a minute");
    *store.value.borrow_mut() = Some("one");
    assert!(now(secrets.get("key", 2 * FORCED_MS - 1)).is_err());
    assert!(now(secrets.get("key", 2 * FORCED_MS)).is_ok());
    assert_eq!(store.fetches.get(), 3);
}

/// Who is called for what was proven asks each time, and has what an operator has put there.
#[test]
fn a_handler_that_misses_something_asks_again() {
    let (store, secrets) = secrets();
    *store.value.borrow_mut() = None;
    for now_ms in [0, 1] {
        assert!(now(secrets.get_for(Asker::Handler, "key", now_ms)).is_err());
    }
    assert_eq!(store.fetches.get(), 2);
    *store.value.borrow_mut() = Some("one");
    assert!(now(secrets.get_for(Asker::Handler, "key", 2)).is_ok());
    assert!(now(secrets.get("key", 2)).is_ok(), "and so has everybody");
    assert_eq!(store.fetches.get(), 3);
}

/// SEC-07: nor when the known keys have become too old.
#[test]
fn a_storm_behind_the_hard_limit_asks_once_a_window() {
    let (store, secrets) = secrets();
    assert!(now(secrets.get("key", 0)).is_ok());
    *store.value.borrow_mut() = None;
    for now_ms in (HARD_MS..HARD_MS + 60_000).step_by(60) {
        assert!(now(secrets.get("key", now_ms)).is_err(), "{now_ms}");
    }
    assert_eq!(store.fetches.get(), 3, "the first, and two in the minute");
}

/// A store that answers when it is let.
#[derive(Clone, Default)]
struct Gate {
    fetches: Rc<Cell<u32>>,
    open: Rc<Cell<bool>>,
}

impl ParameterStore for Gate {
    fn fetch<'a>(&'a self, _: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        self.fetches.set(self.fetches.get() + 1);
        Box::pin(poll_fn(|_| match self.open.get() {
            true => Poll::Ready(Ok(Secret::new("one"))),
            false => Poll::Pending,
        }))
    }
}

/// Counts how often somebody is woken.
#[derive(Default)]
struct Woken(std::sync::atomic::AtomicU32);

impl std::task::Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

fn gated() -> (Gate, Secrets) {
    let gate = Gate::default();
    let names = BTreeMap::from([("key".to_owned(), "/p/dev/key".to_owned())]);
    (gate.clone(), Secrets::new(Box::new(gate), names))
}

/// SEC-05
#[test]
fn those_who_come_while_one_asks_share_its_answer() {
    // A request that began earlier may ask later.
    for (first_ms, second_ms) in [(5, 6), (6, 5)] {
        let (gate, secrets) = gated();
        let woken = std::sync::Arc::new(Woken::default());
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut first = std::pin::pin!(secrets.get("key", first_ms));
        let mut second = std::pin::pin!(secrets.get("key", second_ms));
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        gate.open.set(true);
        assert!(matches!(first.as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::Relaxed), 1);
        assert!(matches!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
        assert_eq!(gate.fetches.get(), 1);
    }
}

/// A request that ran out of time leaves nobody waiting, and the next window asks again.
#[test]
fn a_question_that_was_given_up_is_a_failure_for_those_who_waited() {
    let (gate, secrets) = gated();
    let mut cx = Context::from_waker(Waker::noop());
    let mut waiting = std::pin::pin!(secrets.get("key", 1));
    {
        let mut first = std::pin::pin!(secrets.get("key", 0));
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
    }
    let Poll::Ready(Err(why)) = waiting.as_mut().poll(&mut cx) else {
        panic!("nobody asks any more");
    };
    assert_eq!(why.reason, "secret_unreadable");
    gate.open.set(true);
    assert!(now(secrets.get("key", FORCED_MS)).is_ok());
    assert_eq!(gate.fetches.get(), 2);
}

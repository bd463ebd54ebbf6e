//! Threads that begin at once, each on a core of its own.

use std::thread::{Scope, ScopedJoinHandle};

/// Starts a thread for `work`, which begins beside the one that asks for it and not behind it.
///
/// Linux starts a thread on an idle core, but the schedulers of some virtual machines start it on the core of the thread that made it, and leave it
/// there for milliseconds so that other cores may sleep. That is longer than a compile takes, whose two halves then came one after the other.
pub(crate) fn beside<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let here = core();
    let thread = scope.spawn(move || {
        leave(here);
        work()
    });
    // So that it can leave, if it is here. Where it is not, this is one empty call.
    std::thread::yield_now();
    thread
}

/// The core that this thread runs on.
#[cfg(target_os = "linux")]
fn core() -> usize {
    rustix::thread::sched_getcpu()
}

/// Moves this thread to another core, if it runs on `core` and there is another. It is not bound to that one either.
#[cfg(target_os = "linux")]
fn leave(core: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
    // Where Linux does not tell the core, as in some sandboxes, it is none of the set.
    if sched_getcpu() != core || core >= CpuSet::MAX_CPU {
        return;
    }
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    let mut others = allowed;
    others.unset(core);
    // Where it may not be moved, the work is done all the same.
    if others.count() > 0 && sched_setaffinity(None, &others).is_ok() {
        let _ = sched_setaffinity(None, &allowed);
    }
}

#[cfg(not(target_os = "linux"))]
fn core() -> usize {
    0
}

#[cfg(not(target_os = "linux"))]
fn leave(_core: usize) {}

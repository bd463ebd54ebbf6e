//! The calls that policies allowed, each different one told once: which grants a pipeline uses.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::artifacts::Call;
use crate::core::Core;
use crate::core::input::Output;
use crate::observe::StepKind;

/// Nothing unless somebody wants to be told: every call passes here.
#[derive(Debug, Default)]
pub(in crate::core) struct Calls(Option<RefCell<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    known: BTreeSet<Call>,
    /// Known and not told yet.
    fresh: Vec<Call>,
}

impl Calls {
    pub(super) fn tell(&mut self) {
        self.0.get_or_insert_default();
    }

    pub(super) fn are_told(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn allowed(&self, call: Call) {
        if let Some(seen) = &self.0 {
            let mut seen = seen.borrow_mut();
            if seen.known.insert(call.clone()) {
                seen.fresh.push(call);
            }
        }
    }
}

impl Core {
    /// Tells what was allowed since the last time.
    pub(in crate::core) fn tell_fresh_calls(&mut self, now_ms: u64, out: &mut Output) {
        let Some(seen) = &mut self.calls.0 else {
            return;
        };
        for call in std::mem::take(&mut seen.get_mut().fresh) {
            self.observe(None, StepKind::Allowed { call }, now_ms, out);
        }
    }
}

//! Which timers of which executions are due when.

use std::collections::{BTreeMap, BTreeSet};

use crate::asl::TimerId;

/// Names a timer: the execution's number and its own id there.
pub(super) type TimerKey = (u64, TimerId);

/// All timers that are set.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(u64, TimerKey)>,
    by_key: BTreeMap<TimerKey, u64>,
}

impl Timers {
    pub(super) fn set(&mut self, key: TimerKey, at_ms: u64) {
        self.cancel(key);
        self.due.insert((at_ms, key));
        self.by_key.insert(key, at_ms);
    }

    pub(super) fn cancel(&mut self, key: TimerKey) {
        if let Some(at_ms) = self.by_key.remove(&key) {
            self.due.remove(&(at_ms, key));
        }
    }

    pub(super) fn next_ms(&self) -> Option<u64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    /// When the execution's next timer is due.
    pub(super) fn next_of(&self, number: u64) -> Option<u64> {
        let own = self
            .by_key
            .range((number, TimerId(0))..=(number, TimerId(u64::MAX)));
        own.map(|(_, at_ms)| *at_ms).min()
    }

    /// Takes the first timer whose time has come.
    pub(super) fn take_due(&mut self, now_ms: u64) -> Option<TimerKey> {
        let (at_ms, key) = *self.due.first()?;
        if at_ms > now_ms {
            return None;
        }
        self.cancel(key);
        Some(key)
    }
}

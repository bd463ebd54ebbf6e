//! How long something waits. `--time-scale` shortens waits, not work: limits are real time, and a workflow's call that found
//! no room in a function is tried again in real time, since what keeps it out takes real time and its attempts are counted.

use super::Core;
use super::input::Outcome;
use crate::asl::TimerKind;

/// What found no room and may be tried as often as need be is tried no oftener than this.
const REFUSED_MS_MIN: u64 = 100;

impl Core {
    /// A wait or retry interval after `--time-scale`.
    pub(super) fn scaled(&self, wait_ms: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a wait of at most some years, times a factor that is not negative"
        )]
        let scaled = (wait_ms as f64 * self.time_scale).round() as u64;
        scaled
    }

    /// The wait of a mapping or an asynchronous event after a call that ended so.
    pub(super) fn until_again(&self, outcome: &Outcome, wait_ms: u64) -> u64 {
        let scaled_ms = self.scaled(wait_ms);
        if outcome.not_run() {
            scaled_ms.max(REFUSED_MS_MIN.min(wait_ms))
        } else {
            scaled_ms
        }
    }

    /// When a timer of an execution is due; `refused` where the function that is to be retried was not called.
    pub(super) fn due_ms(&self, kind: TimerKind, refused: bool, at_ms: u64, now_ms: u64) -> u64 {
        match kind {
            TimerKind::Limit => at_ms,
            TimerKind::Retry if refused => at_ms,
            TimerKind::Retry | TimerKind::Wait => {
                now_ms.saturating_add(self.scaled(at_ms.saturating_sub(now_ms)))
            }
        }
    }
}

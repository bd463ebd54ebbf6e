//! `Retry` and `Catch`: what becomes of a failure.

use std::sync::Arc;

use super::{Current, Flow, Run};
use crate::asl::command::TimerKind;
use crate::asl::error::{Failure, names};
use crate::asl::execution::Wait;
use crate::asl::json::Json;
use crate::asl::machine::{Catcher, Retrier, Work};
use crate::asl::path::Environment;

impl Run<'_> {
    /// The state's own fields could not be evaluated.
    pub(super) fn evaluation_failed(&mut self, current: Current<'_>, failure: Failure) -> Flow {
        let place = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). ",
            current.state.name, current.branch.entered_event
        );
        let cause = Some(Arc::from(format!(
            "{place}{}",
            failure.cause.as_deref().unwrap_or("")
        )));
        self.fail(current, Failure { cause, ..failure })
    }

    /// The current state has failed: it is tried again, or the failure is caught, or the branch fails.
    pub(super) fn fail(&mut self, current: Current<'_>, failure: Failure) -> Flow {
        let Some(work) = current.state.kind.work() else {
            self.branch_failed(current.branch, failure);
            return Flow::Rest;
        };
        if let Some((index, retrier)) = applicable(&current, work, &failure) {
            return self.retry(current, index, retrier);
        }
        let catcher = work
            .catch
            .iter()
            .find(|catcher| catcher.errors.iter().any(|name| failure.is(name)));
        match catcher {
            Some(catcher) => self.catch(current, catcher, &failure),
            None => {
                self.branch_failed(current.branch, failure);
                Flow::Rest
            }
        }
    }

    fn retry(&mut self, mut current: Current<'_>, index: usize, retrier: &Retrier) -> Flow {
        let branch = &mut current.branch;
        if branch.retries.len() <= index {
            branch.retries.resize(index + 1, 0);
        }
        let attempt = match branch.retries.get_mut(index) {
            Some(attempts) => {
                *attempts += 1;
                *attempts
            }
            None => 1,
        };
        branch.retry_count += 1;
        let mut delay_ms = delay_ms(retrier, attempt);
        if retrier.full_jitter {
            let drawn = self.evaluate(&current, None, |scope| scope.random());
            // From nothing to the whole delay, both included.
            delay_ms = i64::try_from(drawn % delay_ms.unsigned_abs().saturating_add(1))
                .unwrap_or(delay_ms);
        }
        let timer = self.set_timer(self.now_ms.saturating_add(delay_ms), TimerKind::Retry);
        self.rest(current, Wait::Retry(timer))
    }

    fn catch(&mut self, current: Current<'_>, catcher: &Catcher, failure: &Failure) -> Flow {
        let error = error_output(failure);
        let assigned = self.assign(&current, catcher.assign.as_ref(), &error);
        let output = Self::place(&current, &catcher.place, error);
        match (assigned, output) {
            (Ok(assigned), Ok(output)) => self.leave(current, output, assigned, Some(catcher.next)),
            // What goes wrong in a catcher is not caught by it again.
            (Err(failure), _) | (_, Err(failure)) => {
                self.branch_failed(current.branch, failure);
                Flow::Rest
            }
        }
    }
}

/// The retrier that a failure is meant for, if it has attempts left.
fn applicable<'w>(
    current: &Current<'_>,
    work: &'w Work,
    failure: &Failure,
) -> Option<(usize, &'w Retrier)> {
    let mut retriers = work.retry.iter().enumerate();
    let (index, retrier) =
        retriers.find(|(_, retrier)| retrier.errors.iter().any(|name| failure.is(name)))?;
    let attempts = current.branch.retries.get(index).copied().unwrap_or(0);
    (attempts < retrier.attempts_max).then_some((index, retrier))
}

/// Milliseconds before attempt `attempt`, which is 1 for the first retry.
fn delay_ms(retrier: &Retrier, attempt: i64) -> i64 {
    let exponent = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
    #[expect(clippy::cast_precision_loss, reason = "at most 99,999,999 seconds")]
    let seconds = retrier.interval_s as f64 * retrier.backoff_rate.powi(exponent);
    #[expect(clippy::cast_precision_loss, reason = "at most a year of seconds")]
    let seconds = retrier
        .delay_max_s
        .map_or(seconds, |limit| seconds.min(limit as f64));
    // A delay beyond three years, the longest interval there is, is as good as for ever.
    #[expect(clippy::cast_possible_truncation, reason = "bounded on the same line")]
    let ms = (seconds.min(99_999_999.0) * 1000.0).round() as i64;
    ms
}

/// The value that a catcher hands on. A timeout has no cause, which Step Functions shows as an empty text.
fn error_output(failure: &Failure) -> Json {
    let text = |text: &Option<Arc<str>>| text.clone().map_or(Json::Null, Json::String);
    let cause = match (&failure.cause, failure.error.as_deref()) {
        (None, Some(names::TIMEOUT)) => Json::from(""),
        (cause, _) => text(cause),
    };
    Json::record([("Error", text(&failure.error)), ("Cause", cause)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_by_the_rate_up_to_their_limit() {
        let mut retrier = Retrier {
            errors: Vec::new(),
            interval_s: 2,
            attempts_max: 9,
            backoff_rate: 2.0,
            delay_max_s: Some(30),
            full_jitter: false,
        };
        let delays: Vec<i64> = (1..=6).map(|attempt| delay_ms(&retrier, attempt)).collect();
        assert_eq!(delays, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        retrier.delay_max_s = None;
        retrier.backoff_rate = 1.5;
        assert_eq!(delay_ms(&retrier, 3), 4_500);
        assert_eq!(delay_ms(&retrier, i64::MAX), 99_999_999_000);
    }
}

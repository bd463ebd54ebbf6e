//! What functions are at work on, and the metrics that come of it.

use std::collections::BTreeMap;

use super::Core;
use super::input::{Caller, InvocationId, Outcome};

/// One call of a function that has not come back.
#[derive(Debug, Clone)]
pub(super) struct AtWork {
    function: String,
    started_ms: u64,
    trace: String,
    about: About,
}

/// Which partition value a call of a function is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    /// Not known yet: the first fact that it records says it.
    Unknown,
    One(String),
    /// A batch: each step has to say for itself what it is about, or it is not known.
    Several,
}

/// All calls of functions that have not come back.
#[derive(Debug, Default)]
pub(super) struct Activity(BTreeMap<InvocationId, AtWork>);

impl Core {
    /// A function is called.
    pub(super) fn work_begins(
        &mut self,
        invocation: InvocationId,
        function: &str,
        trace: &str,
        now_ms: u64,
    ) {
        let at_work = AtWork {
            function: function.to_owned(),
            started_ms: now_ms,
            trace: trace.to_owned(),
            about: About::Unknown,
        };
        self.activity.0.insert(invocation, at_work);
        let same = self.activity.0.values();
        #[expect(clippy::cast_precision_loss, reason = "calls at one time are few")]
        let concurrent = same.filter(|it| it.function == function).count() as f64;
        self.measure_function(function, "ConcurrentExecutions", concurrent, now_ms);
    }

    /// A call has come back. One that was refused counts as no invocation.
    pub(super) fn work_ends(&mut self, invocation: InvocationId, outcome: &Outcome, now_ms: u64) {
        let Some(done) = self.activity.0.remove(&invocation) else {
            return;
        };
        let throttled = *outcome == Outcome::Throttled;
        let of = |truth: bool| if truth { 1.0 } else { 0.0 };
        self.measure_function(&done.function, "Throttles", of(throttled), now_ms);
        if outcome.not_run() {
            return;
        }
        let failed = matches!(outcome, Outcome::Failure(_));
        #[expect(clippy::cast_precision_loss, reason = "a duration of minutes at most")]
        let duration_ms = now_ms.saturating_sub(done.started_ms) as f64;
        self.measure_function(&done.function, "Invocations", 1.0, now_ms);
        self.measure_function(&done.function, "Errors", of(failed), now_ms);
        self.measure_function(&done.function, "Duration", duration_ms, now_ms);
    }

    fn measure_function(&mut self, function: &str, metric: &str, value: f64, now_ms: u64) {
        for dimensions in [&[("FunctionName", function)][..], &[]] {
            self.metrics
                .add("AWS/Lambda", metric, dimensions, value, now_ms);
        }
    }

    fn at_work(&self, caller: &Caller) -> Option<&AtWork> {
        match caller {
            Caller::Function {
                invocation: Some(invocation),
                ..
            } => self.activity.0.get(invocation),
            _ => None,
        }
    }

    /// What the caller is at work on is about this partition value.
    pub(super) fn work_is_about(&mut self, caller: &Caller, partition: &str) {
        if let Caller::Function {
            invocation: Some(invocation),
            ..
        } = caller
            && let Some(at_work) = self.activity.0.get_mut(invocation)
            && at_work.about == About::Unknown
        {
            at_work.about = About::One(partition.to_owned());
        }
    }

    /// What a function was called with: where it is not all about one and the same, nothing of it is about the first.
    pub(super) fn work_is_about_these(
        &mut self,
        invocation: InvocationId,
        subjects: impl IntoIterator<Item = Option<String>>,
    ) {
        let mut subjects = subjects.into_iter();
        let first = subjects.next().flatten();
        let is_several = subjects.any(|it| it.is_none() || it != first);
        if is_several && let Some(at_work) = self.activity.0.get_mut(&invocation) {
            at_work.about = About::Several;
        }
    }

    /// The X-Ray header of what the caller is at work on.
    pub(super) fn trace_of(&self, caller: &Caller) -> Option<String> {
        self.at_work(caller).map(|it| it.trace.clone())
    }

    /// What the caller is at work on.
    pub(super) fn subject_of_call(&self, caller: &Caller) -> Option<String> {
        match caller {
            Caller::Execution { number } => self.executions.names(*number).2,
            _ => self.at_work(caller).and_then(|it| match &it.about {
                About::One(subject) => Some(subject.clone()),
                About::Unknown | About::Several => None,
            }),
        }
    }
}

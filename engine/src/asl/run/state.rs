//! Runs the states that need nobody else: Pass, Choice, Wait, Succeed, Fail. The others begin here.

use std::sync::Arc;

use super::data::bare;
use super::{Current, Flow, Run};
use crate::asl::command::TimerKind;
use crate::asl::error::{Failure, FailureKind, names};
use crate::asl::execution::Wait;
use crate::asl::json::Json;
use crate::asl::machine::{Choice, Delay, Kind, ResultPlace, Text};
use crate::asl::template::Template;
use crate::asl::timestamp;

impl Run<'_> {
    /// Runs the state that the branch is in, for the first time or again.
    pub(super) fn perform(&mut self, current: Current<'_>) -> Flow {
        let state = current.state;
        let input = match &state.kind {
            Kind::Fail { error, cause } => {
                return self.fail_state(current, error.as_ref(), cause.as_ref());
            }
            _ => match self.effective_input(&current) {
                Ok(input) => input,
                Err(failure) => return self.evaluation_failed(current, failure),
            },
        };
        match &state.kind {
            Kind::Pass {
                parameters,
                result,
                place,
            } => self.pass(current, input, parameters.as_ref(), result.as_ref(), place),
            Kind::Succeed => {
                let output = self.select(&current, &state.output_path, input);
                match output {
                    Ok(output) => self.leave(current, output, Vec::new(), None),
                    Err(failure) => self.evaluation_failed(current, failure),
                }
            }
            Kind::Choice { choices, default } => self.choose(current, input, choices, *default),
            Kind::Wait(delay) => self.delay(current, input, delay),
            Kind::Task(task) => self.start_task(current, task, input),
            Kind::Parallel { branches, work } => {
                self.start_parallel(current, branches, work, input)
            }
            Kind::Map(map) => self.start_map(current, map, input),
            // Done above: a Fail state has no input to select.
            Kind::Fail { .. } => Flow::Rest,
        }
    }

    fn pass(
        &mut self,
        current: Current<'_>,
        input: Json,
        parameters: Option<&Template>,
        result: Option<&Json>,
        place: &ResultPlace,
    ) -> Flow {
        let value = match (result, parameters) {
            (Some(result), _) => Ok(result.clone()),
            (None, Some(parameters)) => self.fill(&current, parameters, &input),
            (None, None) => Ok(input),
        };
        let combined =
            value.and_then(|value| Ok((Self::place(&current, place, value.clone())?, value)));
        match combined {
            Ok((combined, value)) => self.finish(current, combined, &value),
            Err(failure) => self.evaluation_failed(current, failure),
        }
    }

    fn choose(
        &mut self,
        current: Current<'_>,
        input: Json,
        choices: &[Choice],
        default: Option<usize>,
    ) -> Flow {
        let decision = self.evaluate(&current, None, |scope| {
            for choice in choices {
                if choice.rule.holds(&input, scope)? {
                    return Ok(Some(choice));
                }
            }
            Ok(None)
        });
        let (next, assign) = match decision {
            Ok(Some(choice)) => (choice.next, choice.assign.as_ref()),
            Ok(None) => match default {
                Some(next) => (next, current.state.assign.as_ref()),
                None => {
                    let failure = Failure::new(
                        names::NO_CHOICE_MATCHED,
                        "Failed to transition out of the state. The state does not point to a next state.",
                    );
                    return self.evaluation_failed(current, failure);
                }
            },
            Err(failure) => return self.evaluation_failed(current, failure),
        };
        let assigned = self.assign(&current, assign, &input);
        let output = self.select(&current, &current.state.output_path, input);
        match (assigned, output) {
            (Ok(assigned), Ok(output)) => self.leave(current, output, assigned, Some(next)),
            (Err(failure), _) | (_, Err(failure)) => self.evaluation_failed(current, failure),
        }
    }

    fn delay(&mut self, current: Current<'_>, input: Json, delay: &Delay) -> Flow {
        let at_ms = match delay {
            Delay::Seconds(amount) => self
                .seconds(&current, amount, &input)
                .map(|seconds| self.now_ms.saturating_add(seconds.saturating_mul(1000))),
            Delay::Until(at_ms) => Ok(*at_ms),
            Delay::UntilPath(path) => self.find(&current, path, &input).and_then(|value| {
                value.as_str().and_then(timestamp::parse).map(timestamp::to_ms).ok_or_else(|| {
                    Failure::runtime(format!(
                        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {}",
                        path.text(),
                        bare(&value)
                    ))
                })
            }),
        };
        match at_ms {
            Ok(at_ms) if at_ms > self.now_ms => {
                let timer = self.set_timer(at_ms, TimerKind::Wait);
                self.rest(
                    current,
                    Wait::Delay {
                        timer,
                        output: input,
                    },
                )
            }
            Ok(_) => self.waited(current, input),
            Err(failure) => self.evaluation_failed(current, failure),
        }
    }

    /// A Wait state is over.
    pub(super) fn waited(&mut self, current: Current<'_>, output: Json) -> Flow {
        self.finish(current, output.clone(), &output)
    }

    fn fail_state(
        &mut self,
        current: Current<'_>,
        error: Option<&Text>,
        cause: Option<&Text>,
    ) -> Flow {
        let failure = self.text(&current, error).and_then(|error| {
            Ok(Failure {
                error,
                cause: self.text(&current, cause)?,
                kind: FailureKind::Ordinary,
            })
        });
        match failure {
            Ok(failure) => {
                self.branch_failed(current.branch, failure);
                Flow::Rest
            }
            Err(failure) => self.evaluation_failed(current, failure),
        }
    }

    /// The value of `Error`, `ErrorPath`, `Cause` or `CausePath`.
    fn text(
        &mut self,
        current: &Current<'_>,
        text: Option<&Text>,
    ) -> Result<Option<Arc<str>>, Failure> {
        let (field, expression) = match text {
            None => return Ok(None),
            Some(Text::Literal(literal)) => return Ok(Some(literal.clone())),
            Some(Text::Evaluated { field, expression }) => (field, expression),
        };
        let input = current.branch.input.clone();
        match self.evaluate(current, None, |scope| {
            expression.evaluate(field, &input, scope)
        })? {
            Json::String(text) => Ok(Some(text)),
            other => Err(Failure::runtime(format!(
                "The {field} field refers to value {other} which is not a string"
            ))),
        }
    }
}

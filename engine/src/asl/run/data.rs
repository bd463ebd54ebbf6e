//! The way of data through a state: `InputPath`, `ResultPath`, `OutputPath`, `Assign`, and the payload limit.

use std::sync::Arc;

use super::{Current, Flow, Run};
use crate::asl::error::{Failure, FailureKind, names};
use crate::asl::history::Detail;
use crate::asl::json::{Json, Object};
use crate::asl::machine::{Amount, ResultPlace, Selection};
use crate::asl::path::{Path, PathError};
use crate::asl::template::Template;
use crate::asl::{PAYLOAD_BYTES_MAX, PAYLOAD_LEVELS_MAX};

/// Variables that a state assigns.
pub(super) type Assigned = Vec<(Arc<str>, Json)>;

impl Run<'_> {
    /// Refuses a value that is too big for an input or output; `owner` is the state or resource that made it.
    pub(super) fn check_payload(owner: &str, value: &Json) -> Result<(), Failure> {
        // The text is longer than the number of its levels, so a short text is the usual and quick answer.
        let bytes = value.text_bytes();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(Failure::new(
                names::DATA_LIMIT_EXCEEDED,
                format!(
                    "The state/task '{owner}' returned a result with a size exceeding the maximum number of bytes service limit."
                ),
            ));
        }
        if bytes > PAYLOAD_LEVELS_MAX && value.depth_up_to(PAYLOAD_LEVELS_MAX) > PAYLOAD_LEVELS_MAX
        {
            return Err(Failure::new(
                names::DATA_LIMIT_EXCEEDED,
                format!(
                    "The state/task '{owner}' returned a result nested deeper than {PAYLOAD_LEVELS_MAX} levels."
                ),
            ));
        }
        Ok(())
    }

    /// The state's input after `InputPath`.
    pub(super) fn effective_input(&mut self, current: &Current<'_>) -> Result<Json, Failure> {
        let input = current.branch.input.clone();
        self.select(current, &current.state.input_path, input)
    }

    pub(super) fn select(
        &mut self,
        current: &Current<'_>,
        selection: &Selection,
        value: Json,
    ) -> Result<Json, Failure> {
        match selection {
            Selection::Everything => Ok(value),
            Selection::Nothing => Ok(Json::empty_object()),
            Selection::Path(path) => self.find(current, path, &value),
        }
    }

    /// The value at a path of the state's own fields.
    pub(super) fn find(
        &mut self,
        current: &Current<'_>,
        path: &Path,
        data: &Json,
    ) -> Result<Json, Failure> {
        self.evaluate(current, None, |scope| path.resolve(data, scope))
            .map_err(|error| invalid_path(path, &error))
    }

    pub(super) fn fill(
        &mut self,
        current: &Current<'_>,
        template: &Template,
        data: &Json,
    ) -> Result<Json, Failure> {
        self.evaluate(current, None, |scope| template.evaluate(data, scope))
    }

    /// Seconds in the definition or the data.
    pub(super) fn seconds(
        &mut self,
        current: &Current<'_>,
        amount: &Amount,
        data: &Json,
    ) -> Result<i64, Failure> {
        let (field, path, range) = match amount {
            Amount::Literal(literal) => return Ok(*literal),
            Amount::Path { field, path, range } => (field, path, range),
        };
        let value = self.find(current, path, data)?;
        let number = value
            .as_number()
            .and_then(|number| number.as_i64())
            .filter(|number| (range.0..=range.1).contains(number));
        number.ok_or_else(|| {
            let text = path.text();
            Failure::runtime(format!(
                "The {field} parameter references an invalid value: {text} == {}",
                bare(&value)
            ))
        })
    }

    /// A count in the definition or the data; also one that is written in a string, as Step Functions takes it.
    pub(super) fn count(
        &mut self,
        current: &Current<'_>,
        amount: &Amount,
        data: &Json,
    ) -> Result<i64, Failure> {
        let (field, path, range) = match amount {
            Amount::Literal(literal) => return Ok(*literal),
            Amount::Path { field, path, range } => (field, path, range),
        };
        let value = self.find(current, path, data)?;
        let number = match &value {
            Json::Number(number) => number.as_i64(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (range.0..=range.1).contains(number));
        number.ok_or_else(|| {
            Failure::runtime(format!(
                "The {field} field refers to value \"{}\" which is not a valid integer: {}",
                bare(&value),
                path.text()
            ))
        })
    }

    /// Puts the result in its place within the raw input.
    pub(super) fn place(
        current: &Current<'_>,
        place: &ResultPlace,
        result: Json,
    ) -> Result<Json, Failure> {
        match place {
            ResultPlace::Discarded => Ok(current.branch.input.clone()),
            ResultPlace::Everything => Ok(result),
            ResultPlace::At(path) => path.insert(&current.branch.input, result).map_err(|path| {
                let input = &current.branch.input;
                let cause = format!("Unable to apply ReferencePath {path} to input {input}");
                Failure::new(names::RESULT_PATH_MATCH_FAILURE, cause)
            }),
        }
    }

    /// The variables that a state assigns, where `$` is `data`; they see the values from before.
    pub(super) fn assign(
        &mut self,
        current: &Current<'_>,
        template: Option<&Template>,
        data: &Json,
    ) -> Result<Assigned, Failure> {
        match template {
            None => Ok(Assigned::new()),
            Some(template) => self.evaluate(current, None, |scope| template.members(data, scope)),
        }
    }

    /// `OutputPath` and `Assign`, then out of the state.
    pub(super) fn finish(&mut self, current: Current<'_>, combined: Json, assigns: &Json) -> Flow {
        let assigned = self.assign(&current, current.state.assign.as_ref(), assigns);
        let output = self.select(&current, &current.state.output_path, combined);
        match (assigned, output) {
            (Ok(assigned), Ok(output)) => {
                let next = current.state.next;
                self.leave(current, output, assigned, next)
            }
            (Err(failure), _) | (_, Err(failure)) => self.evaluation_failed(current, failure),
        }
    }

    /// Leaves the state for `next`, or ends the branch.
    pub(super) fn leave(
        &mut self,
        mut current: Current<'_>,
        output: Json,
        assigned: Assigned,
        next: Option<usize>,
    ) -> Flow {
        let state = current.state;
        // What came in within the limit and goes out unchanged is not measured again.
        if !output.same(&current.branch.input)
            && let Err(failure) = Self::check_payload(&state.name, &output)
        {
            return self.fail(
                current,
                Failure {
                    kind: FailureKind::Terminal,
                    ..failure
                },
            );
        }
        if let Some(failure) = assigned
            .iter()
            .find_map(|(name, value)| Self::check_payload(name, value).err())
        {
            return self.fail(
                current,
                Failure {
                    kind: FailureKind::Terminal,
                    ..failure
                },
            );
        }
        if !assigned.is_empty() {
            set_variables(&mut current.branch.variables, &assigned);
        }
        let (name, kind) = (state.name.clone(), state.kind.name());
        self.note(
            &mut current.branch,
            Detail::StateExited {
                kind,
                name,
                output: output.clone(),
                assigned,
            },
        );
        match next {
            Some(next) => {
                current.branch.state = next;
                current.branch.input = output;
                current.branch.wait = super::Wait::Nothing;
                Flow::Continue(current.branch)
            }
            None => {
                self.branch_succeeded(current.branch, output);
                Flow::Rest
            }
        }
    }
}

/// A value as messages show it: a string without its quotes.
pub(super) fn bare(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn set_variables(variables: &mut Json, assigned: &Assigned) {
    if let Json::Object(object) = variables {
        let object: &mut Object = Arc::make_mut(object);
        for (name, value) in assigned {
            object.insert(name.clone(), value.clone());
        }
    }
}

/// The failure that Step Functions reports for a path among the state's own fields.
fn invalid_path(path: &Path, error: &PathError) -> Failure {
    Failure::runtime(format!("Invalid path '{}' : {error}", path.text()))
}

//! The states that end an execution badly, and what they say of it.

use crate::emit::asl::payload::{Payload, is_plain};
use crate::emit::asl::{Fail, Next, Pass, ResultPath, State};
use crate::model::Expression;

use super::machine::{Machine, prefixed};
use super::value::payload;

impl Machine<'_> {
    /// The error's fields as JSON text are the cause, as a function's are. Constants are written down, data is made into text.
    /// Inside a group the cause looks as that of a function, so that a `catch` of the group reads both in one way.
    pub(super) fn fail(
        &mut self,
        error: &str,
        fields: &[(String, Expression)],
        entry: &str,
        branch: &str,
    ) {
        let members = fields
            .iter()
            .map(|(name, it)| (name.clone(), payload(&self.scope, it)))
            .collect();
        let cause = Payload::Object(members);
        let text = serde_json::to_string(&cause).unwrap_or_default();
        if cause.is_constant() && is_plain(&text) {
            let text = if self.inside {
                let as_function = Payload::object([
                    ("errorType", Payload::Constant(error.to_owned())),
                    ("errorMessage", Payload::Constant(text)),
                ]);
                serde_json::to_string(&as_function).unwrap_or_default()
            } else {
                text
            };
            let fail = Fail {
                error: error.to_owned(),
                cause: Some(text),
                cause_path: None,
            };
            self.states.push(entry.to_owned(), State::Fail(fail));
            return;
        }
        let end = self
            .names
            .take(&prefixed(branch, &format!("{error} with its cause")));
        let path = "States.JsonToString($._cause)".to_owned();
        let mut passes = vec![(entry.to_owned(), cause)];
        if self.inside {
            let name = self
                .names
                .take(&prefixed(branch, &format!("{error} as a function says it")));
            let as_function = Payload::object([
                ("errorType", Payload::Constant(error.to_owned())),
                ("errorMessage", Payload::computed(path.clone())),
            ]);
            passes.push((name, as_function));
        }
        let nexts: Vec<String> = passes
            .iter()
            .skip(1)
            .map(|(name, _)| name.clone())
            .chain([end.clone()])
            .collect();
        for ((name, parameters), next) in passes.into_iter().zip(nexts) {
            let pass = Pass {
                comment: None,
                parameters,
                result_path: Some(ResultPath::At("$._cause".to_owned())),
                next: Next::State(next),
            };
            self.states.push(name, State::Pass(pass));
        }
        self.states.push(
            end,
            State::Fail(Fail {
                error: error.to_owned(),
                cause: None,
                cause_path: Some(path),
            }),
        );
    }

    /// A state that ends the execution because of something that cannot be.
    pub(super) fn fault_at(&mut self, name: String, reason: &str) {
        let cause = Payload::object([("reason", Payload::Constant(reason.to_owned()))]);
        let cause = serde_json::to_string(&cause).unwrap_or_default();
        self.states.push(
            name,
            State::Fail(Fail {
                error: "Fault".to_owned(),
                cause: Some(cause),
                cause_path: None,
            }),
        );
    }
}

//! What a person wants to know after a deployment: addresses, names, ARNs. Never a secret, not even a key of a caller.

use std::borrow::Cow;

use crate::emit::cfn::template::Output;
use crate::emit::cfn::value::{Any, Id, Value};
use crate::emit::ordered::Ordered;
use crate::emit::piece::text_of;
use crate::kinds::route;

use super::{Stack, names};

/// The outputs of a template under construction.
pub(crate) struct Outputs(Ordered<Output>);

impl Outputs {
    /// An output of a declaration: its name in PascalCase, then what of it.
    pub(crate) fn add(
        &mut self,
        declared: &str,
        part: &str,
        description: String,
        value: Value<Any>,
    ) {
        self.push(names::id(declared, part), description, value);
    }

    /// An output of this name.
    pub(crate) fn push(
        &mut self,
        name: impl Into<Id>,
        description: impl Into<Cow<'static, str>>,
        value: Value<Any>,
    ) {
        let description = description.into();
        self.0.push(name, Output { description, value });
    }
}

/// The outputs, what comes in first.
pub(crate) fn outputs(stack: &Stack<'_>) -> Ordered<Output> {
    let mut outputs = Outputs(Ordered::default());
    endpoints(stack, &mut outputs);
    for declared in stack.pipeline.declared() {
        declared.outputs(stack, &mut outputs);
    }
    let key = stack.key();
    outputs.push(
        "KeyId",
        "Key of everything that is stored",
        key.name().any(),
    );
    outputs.push("KeyArn", "ARN of that key", key.arn().any());
    outputs.0
}

/// Where the routes of each stage begin.
fn endpoints(stack: &Stack<'_>, outputs: &mut Outputs) {
    let in_api = stack.pipeline.routes.iter().filter(|it| it.via.is_none());
    let mut stages: Vec<&str> = in_api.map(|it| it.stage.as_str()).collect();
    stages.sort_unstable();
    stages.dedup();
    for (index, stage) in stages.iter().enumerate() {
        // The usual pipeline has one stage, and its users look for this name.
        let name = if index == 0 {
            "ApiEndpoint".to_owned()
        } else {
            names::id(stage, "ApiEndpoint")
        };
        let description = text_of(("Base URL of the routes of stage ", stage));
        let url = route::lower::base_url(stage).done();
        outputs.push(name, description, url);
    }
}

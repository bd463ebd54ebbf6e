//! A function's environment: the names of what it was granted, and nothing else. A secret's value is never here.

use crate::emit::cfn::value::{Any, Value};
use crate::emit::ordered::Ordered;
use crate::model::Function;

use super::{Stack, grant, names};

/// The variables, in the order of the grant.
pub(crate) fn variables(stack: &Stack<'_>, function: &Function) -> Ordered<Value<Any>> {
    let mut variables = Ordered::default();
    for permission in grant::permissions(stack, &function.name) {
        let named = stack.pipeline.named(&permission.resource);
        let Some((kind, value)) = named.and_then(|it| it.variable(stack, permission)) else {
            continue;
        };
        let variable = names::variable(kind, &permission.resource);
        // Read and append on one table are two permissions and one name.
        if !variables.0.iter().any(|(it, _)| *it == variable) {
            variables.push(variable, value);
        }
    }
    variables
}

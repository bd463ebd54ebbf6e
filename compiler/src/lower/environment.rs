//! A function's environment: the names of what it was granted, and nothing else. A secret's value is never here.

use crate::emit::cfn::value::{Any, Value};
use crate::emit::ordered::Ordered;
use crate::kinds::{bucket, bus, param, queue, table, topic, workflow};
use crate::model::{Function, ParameterSource, Permission, Verb};

use super::{Stack, grant, names};

/// The variables, in the order of the grant.
pub(crate) fn variables(stack: &Stack<'_>, function: &Function) -> Ordered<Value<Any>> {
    let mut variables = Ordered::default();
    for permission in grant::permissions(stack, &function.name) {
        let Some((variable, value)) = variable(stack, permission) else {
            continue;
        };
        // Read and append on one table are two permissions and one name.
        if !variables.0.iter().any(|(it, _)| *it == variable) {
            variables.push(variable, value);
        }
    }
    variables
}

fn variable(stack: &Stack<'_>, permission: &Permission) -> Option<(String, Value<Any>)> {
    let pipeline = stack.pipeline;
    let name = &permission.resource;
    let (kind, value) = if pipeline.secrets.contains_key(name) {
        ("SECRET", names::ssm(&pipeline.name, name).done())
    } else if let Some(parameter) = pipeline.parameters.get(name) {
        let value = match parameter.source {
            ParameterSource::AtDeploy => param::lower::deploy_value(name).any(),
            ParameterSource::External | ParameterSource::Value(_) => {
                param::lower::physical(&pipeline.name, parameter).done()
            }
        };
        ("PARAM", value)
    } else if pipeline.tables.contains_key(name) {
        ("TABLE", table::lower::name(stack, name))
    } else if pipeline.buckets.contains_key(name) {
        ("BUCKET", bucket::lower::handle(name).name().any())
    } else if pipeline.queues.contains_key(name) {
        // `Ref` of a queue is its URL.
        ("QUEUE", queue::lower::handle(name).name().any())
    } else if pipeline.topics.contains_key(name) {
        ("TOPIC", topic::lower::handle(name).arn().any())
    } else if pipeline.buses.contains_key(name) {
        ("BUS", bus::lower::handle(name).arn().any())
    } else if pipeline.workflows.contains_key(name) && permission.verb == Verb::Start {
        ("WORKFLOW", workflow::lower::arn_by_name(name))
    } else {
        return None;
    };
    Some((names::variable(kind, name), value))
}

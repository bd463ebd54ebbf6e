//! Closes a stack: parameters, metadata, outputs around the resources.

use crate::emit::cfn::template::{
    Argument, Condition, ExternalParameter, MemberNote, Metadata, Parameter, Pipec, RouteNote,
    TableNote, Template, VerifyNote, WorkflowNote,
};
use crate::emit::cfn::value::{Id, Sub, Value};
use crate::emit::ordered::Ordered;
use crate::emit::piece::text_of;
use crate::kinds::{api_key, bucket, param, queue, route, workflow};
use crate::model::{self, Answer, Route, Verify};

use super::prose::readable;
use super::{Lowered, Stack, names, outputs};

/// CloudFormation's limit for a template's description, in bytes.
const DESCRIPTION_MAX: usize = 1024;

/// Makes the template of the stack's resources.
pub(crate) fn close(stack: Stack<'_>) -> Lowered {
    let metadata = Metadata {
        pipec: pipec(&stack),
    };
    let outputs = outputs::outputs(&stack);
    let mut conditions = Ordered::default();
    if !stack.pipeline.routes.is_empty() {
        conditions.push(
            route::lower::LOG_ROLE_CONDITION,
            Condition::Equals(Value::parameter("ApiGatewayLogRole"), Value::text("create")),
        );
    }
    if !stack.pipeline.buckets.is_empty() {
        let none = Condition::Equals(
            Value::parameter(bucket::lower::LOG_PARAMETER),
            Value::text(""),
        );
        conditions.push(
            bucket::lower::LOG_CONDITION,
            Condition::Not([Box::new(none)]),
        );
    }
    let template = Template {
        version: "2010-09-09",
        description: description(stack.pipeline),
        metadata,
        parameters: parameters(stack.pipeline),
        conditions,
        resources: stack.resources,
        outputs,
    };
    Lowered::new(template, stack.machines, stack.authorities)
}

fn description(pipeline: &model::Pipeline) -> String {
    let doc = readable(pipeline.doc.trim());
    let mut text = if doc.is_empty() {
        text_of(("The pipeline ", &pipeline.name))
    } else {
        doc
    };
    while text.len() > DESCRIPTION_MAX {
        text.pop();
    }
    text
}

fn parameters(pipeline: &model::Pipeline) -> Ordered<Parameter> {
    let text = |description: &'static str| Parameter {
        kind: "String",
        description: description.into(),
        default: None,
        allowed_pattern: None,
        allowed_values: Vec::new(),
        constraint_description: None,
    };
    let mut parameters = Ordered::default();
    parameters.push(
        names::SUFFIX,
        Parameter {
            default: Some("dev"),
            allowed_pattern: Some("^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$"),
            constraint_description: Some(
                "1 to 16 lower-case letters, digits and hyphens; no hyphen at either end",
            ),
            ..text("Ends every physical name, so that several environments share an account")
        },
    );
    if !pipeline.functions.is_empty() {
        let bucket = "Bucket that holds the handler package";
        parameters.push(
            "HandlerBucket",
            Parameter {
                allowed_pattern: Some("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
                ..text(bucket)
            },
        );
        let key =
            "Key of the handler package that pipec build made; another key is another version";
        parameters.push(
            "HandlerKey",
            Parameter {
                allowed_pattern: Some("^.{1,1024}$"),
                ..text(key)
            },
        );
    }
    if !pipeline.buckets.is_empty() {
        let bucket = "Bucket of this account and region that S3 access logs go to; empty for none. It lets logging.s3.amazonaws.com write";
        parameters.push(
            bucket::lower::LOG_PARAMETER,
            Parameter {
                default: Some(""),
                allowed_pattern: Some("^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$"),
                ..text(bucket)
            },
        );
    }
    for (name, parameter) in param::lower::at_deploy(pipeline) {
        parameters.push(name, parameter);
    }
    if !pipeline.routes.is_empty() {
        parameters.push(
            "ApiGatewayLogRole",
            Parameter {
                default: Some("create"),
                allowed_values: vec!["create", "exists"],
                ..text("API Gateway has one execution-log role per account and region: create it here, or it exists already")
            },
        );
    }
    parameters
}

fn pipec(stack: &Stack<'_>) -> Pipec {
    let pipeline = stack.pipeline;
    let tables = pipeline.tables.values().map(|table| TableNote {
        name: table.name.clone(),
        id: stack.table(&table.name).id,
        partition: table.partition.clone(),
        sort: table.sort.as_ref().map(|(name, _)| name.clone()),
        events: events(pipeline, table),
    });
    let workflows = pipeline.workflows.values().map(|it| WorkflowNote {
        name: it.name.clone(),
        id: workflow::lower::handle(&it.name).id,
        on: stack.table(it.table()).id,
        event: it.event.clone(),
        definition: workflow::lower::file(&it.name),
    });
    Pipec {
        pipeline: pipeline.name.clone(),
        spec: pipeline.file.clone(),
        routes: pipeline
            .routes
            .iter()
            .map(|it| route_note(stack, it))
            .collect(),
        external_parameters: external_parameters(pipeline),
        tables: tables.collect(),
        workflows: workflows.collect(),
        members: members(stack),
    }
}

/// Families leave no trace in a template but this: everything else is of their members.
fn members(stack: &Stack<'_>) -> Vec<MemberNote> {
    let note = |id: Id, it: &model::Member| MemberNote {
        id,
        family: it.family.clone(),
        provider: it.provider.clone(),
    };
    let functions = stack.pipeline.functions.values().filter_map(|it| {
        let member = it.member.as_ref()?;
        Some(note(stack.function(&it.name).id, member))
    });
    let queues = stack.pipeline.queues.values().filter_map(|it| {
        let member = it.member.as_ref()?;
        Some(note(queue::lower::handle(&it.name).id, member))
    });
    functions.chain(queues).collect()
}

/// Secrets, and parameters without a value: what must exist in SSM and the stack does not make.
fn external_parameters(pipeline: &model::Pipeline) -> Vec<ExternalParameter> {
    // Metadata holds no intrinsic functions: the suffix is named and not filled in.
    let readable = |name: Sub| {
        name.readable()
            .replace("${EnvironmentSuffix}", "<EnvironmentSuffix>")
    };
    let secrets = pipeline.secrets.values().map(|it| ExternalParameter {
        secret: Some(it.name.clone()),
        param: None,
        name: readable(names::ssm(&pipeline.name, &it.name)),
        kind: "SecureString",
        variable: names::variable("SECRET", &it.name),
    });
    let parameters = pipeline.parameters.values();
    let parameters = parameters
        .filter(|it| it.source == model::ParameterSource::External)
        .map(|it| ExternalParameter {
            secret: None,
            param: Some(it.name.clone()),
            name: readable(param::lower::physical(&pipeline.name, it)),
            kind: "String",
            variable: names::variable("PARAM", &it.name),
        });
    secrets.chain(parameters).collect()
}

fn events(pipeline: &model::Pipeline, table: &model::Table) -> Ordered<Vec<String>> {
    let mut events = Ordered::default();
    for name in &table.holds {
        let once = pipeline
            .events
            .get(name)
            .map(|it| it.once.clone())
            .unwrap_or_default();
        events.push(name.clone(), once);
    }
    events
}

fn route_note(stack: &Stack<'_>, route: &Route) -> RouteNote {
    let function = route.via.as_deref().or(route.handler());
    RouteNote {
        method: route.method.clone(),
        path: route.path.clone(),
        stage: route.stage.clone(),
        function: stack.function(function.unwrap_or_default()).id,
        via: route.via.as_ref().map(|_| "function_url"),
        reply: match route.answer {
            Answer::Reply(status) => Some(status),
            Answer::Handler(_) => None,
        },
        auth: route.auth.as_ref().map(|it| api_key::lower::handle(it).id),
        verify: verify_note(stack.pipeline, &route.verify),
        append: route.appends().map(|it| stack.table(it).id).collect(),
        body_bytes_max: route.body_bytes_max,
    }
}

fn verify_note(pipeline: &model::Pipeline, verify: &Verify) -> VerifyNote {
    match verify {
        Verify::Scheme {
            scheme, arguments, ..
        } => {
            let mut notes = Ordered::default();
            for (name, argument) in arguments {
                notes.push(name.clone(), argument_note(argument));
            }
            VerifyNote::Scheme {
                scheme: scheme.clone(),
                arguments: notes,
            }
        }
        Verify::PerProvider { .. } => {
            let mut providers = Ordered::default();
            for provider in pipeline.providers.values() {
                let note = verify_note(pipeline, &provider.verify);
                providers.push(provider.name.clone(), note);
            }
            VerifyNote::PerProvider { providers }
        }
        Verify::Off { because, .. } => VerifyNote::Off {
            off_because: readable(because),
        },
    }
}

fn argument_note(argument: &model::Argument) -> Argument {
    match argument {
        model::Argument::Text(text) => Argument::Text(readable(text)),
        model::Argument::Secret(secret) => Argument::Text(secret.clone()),
        model::Argument::Parameter(parameter) => Argument::Parameter {
            parameter: parameter.clone(),
        },
        model::Argument::DurationS(seconds) => Argument::DurationS(*seconds),
    }
}

//! `function`: a Lambda function with its role, log group and exactly the environment of its grant.

use crate::emit::cfn::iam::Role;
use crate::emit::cfn::lambda::{Code, Environment, Function, LoggingConfig, TracingConfig};
use crate::emit::cfn::template::{CheckovSkip, Resource};
use crate::emit::cfn::value::{Any, Handle, Sub, Value};
use crate::emit::ordered::Ordered;
use crate::model::{self, Permission, Trigger, Verb};

use super::policy::{self, Authority, Right, Trust};
use super::{Stack, log_group, names, network, table};

/// Adds the function.
pub(crate) fn lower(stack: &mut Stack<'_>, function: &model::Function) {
    let pipe = stack.at(&function.origin);
    let pascal = names::pascal(&function.name);
    let log = log_group::add(
        stack,
        &format!("{pascal}LogGroup"),
        names::named(Sub::default().text("/aws/lambda/"), &function.name),
        function.retention_days,
        &pipe,
    );

    let mut rights = granted(stack, function);
    rights.push(
        Right::new(
            "WriteLog",
            "write its log",
            &pipe,
            vec!["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![log.arn().any()],
        )
        .because("the group's ARN ends in `:*`, which stands for its streams"),
    );
    rights.push(policy::traces(&pipe));
    rights.extend(network::rights(function, &pipe));

    let role = Handle::<Role>::new(format!("{pascal}Role"));
    let description = format!("What the function {} may do", function.name);
    let mut resource = Resource::new(
        policy::role(
            description,
            "lambda.amazonaws.com",
            Trust::Unsaid,
            "function",
            &rights,
        ),
        pipe.clone(),
    );
    policy::sources(&mut resource, &rights);
    stack.resources.add(&role, resource);
    stack.authorities.push(Authority {
        role: role.id.clone(),
        actor: format!("function {}", function.name),
        asked_by: format!("grant {}", function.name),
        pipe: stack.grant_at(&function.name, &function.origin),
        rights,
    });

    let variables = environment(stack, function);
    let resource = Function {
        function_name: names::physical(&function.name),
        role: role.arn(),
        runtime: "provided.al2023",
        architectures: ["arm64"],
        handler: function.name.clone(),
        code: Code {
            s3_bucket: Value::parameter("HandlerBucket"),
            s3_key: Value::parameter("HandlerKey"),
        },
        memory_size: function.memory_mb,
        timeout: function.timeout_s,
        reserved_concurrent_executions: function.concurrency,
        environment: if variables.is_empty() {
            None
        } else {
            Some(Environment { variables })
        },
        kms_key_arn: stack.key().arn(),
        tracing_config: TracingConfig { mode: "Active" },
        logging_config: LoggingConfig {
            log_format: "JSON",
            log_group: log.name(),
        },
        vpc_config: network::config(stack, function),
    };
    let handle = stack.function(&function.name);
    let resource = not_met(Resource::new(resource, pipe), function);
    stack.resources.add(&handle, resource);
}

/// Controls of checkov that a function of a pipeline rightly does not meet.
fn not_met(resource: Resource, function: &model::Function) -> Resource {
    let dead_letters = match &function.trigger {
        Trigger::Route(_) => "a caller that waits is answered, and sends again what was not taken",
        Trigger::Workflows(_) | Trigger::Nothing => {
            "a workflow that waits hears of the failure and deals with it"
        }
        Trigger::Queue { .. } => {
            "what fails stays in its queue, and goes from there to the dead letters"
        }
        Trigger::Stream { .. } => "its mapping has the queue for what cannot be processed",
        Trigger::Topic(_) | Trigger::Rules(_) => {
            "its invoke configuration has the queue for what fails, which says more than a dead-letter queue"
        }
    };
    let resource = resource.skip(CheckovSkip::new("CKV_AWS_116", dead_letters));
    if function.network.is_some() {
        return resource;
    }
    resource.skip(CheckovSkip::new(
        "CKV_AWS_117",
        "it reaches AWS by TLS with its own role and nothing reaches it; a network is a word in the spec, and has its price",
    ))
}

fn permissions<'a>(stack: &Stack<'a>, function: &model::Function) -> &'a [Permission] {
    stack
        .pipeline
        .grants
        .get(&function.name)
        .map_or(&[], |it| &it.permissions)
}

/// What the grant says, and the key for it.
fn granted(stack: &Stack<'_>, function: &model::Function) -> Vec<Right> {
    let permissions = permissions(stack, function);
    let mut rights = Vec::new();
    let mut tables = false;
    for permission in permissions {
        let pipe = stack.at(&permission.origin);
        if stack.pipeline.secrets.contains_key(&permission.resource) {
            rights.extend(read_secret(stack, permission, &pipe));
        } else if stack.pipeline.tables.contains_key(&permission.resource) {
            tables = true;
            rights.push(use_table(stack, permission, &pipe));
        }
    }
    let pipe = stack.grant_at(&function.name, &function.origin);
    if tables {
        rights.push(table_key(stack, &pipe));
    }
    if !permissions.is_empty() {
        let arn = names::named(Sub::arn_of("lambda").text("function:"), &function.name).done();
        rights.push(
            Right::new(
                "DecryptEnvironment",
                "use the key for its environment",
                &pipe,
                vec!["kms:Decrypt"],
                vec![stack.key().arn().any()],
            )
            .when(
                "StringEquals",
                "kms:EncryptionContext:aws:lambda:FunctionArn",
                arn,
            ),
        );
    }
    rights
}

fn read_secret(stack: &Stack<'_>, permission: &Permission, pipe: &str) -> [Right; 2] {
    let secret = &permission.resource;
    let pascal = names::pascal(secret);
    let name = names::ssm(&stack.pipeline.name, secret);
    let arn: Value<Any> = Sub::arn_of("ssm")
        .text("parameter")
        .followed_by(name)
        .done();
    let read = Right::new(
        &format!("Read{pascal}"),
        format!("read {secret}"),
        pipe,
        vec!["ssm:GetParameter"],
        vec![arn.clone()],
    );
    let decrypt = policy::key_through(
        &format!("Decrypt{pascal}"),
        &format!("use the key for {secret}"),
        pipe,
        &stack.key().arn(),
        vec!["kms:Decrypt"],
        "ssm",
    )
    .when("StringEquals", "kms:EncryptionContext:PARAMETER_ARN", arn);
    [read.granted(), decrypt]
}

/// The right that a verb gives on a table. Recording is `PutItem` alone: a transaction has no action of its own, and
/// nothing in any role updates or deletes.
pub(crate) fn use_table(stack: &Stack<'_>, permission: &Permission, pipe: &str) -> Right {
    let (verb, words, action) = match permission.verb {
        Verb::Read => ("Read", "read", vec!["dynamodb:GetItem", "dynamodb:Query"]),
        Verb::Update => ("Update", "update", vec!["dynamodb:UpdateItem"]),
        // The checker refuses every other verb on a table.
        Verb::Append | Verb::Call | Verb::Receive | Verb::Send | Verb::Write | Verb::Start => {
            ("Append", "append to", vec!["dynamodb:PutItem"])
        }
    };
    Right::new(
        &format!("{verb}{}", names::pascal(&permission.resource)),
        format!("{words} {}", permission.resource),
        pipe,
        action,
        vec![stack.table(&permission.resource).arn().any()],
    )
    .granted()
}

/// The key as DynamoDB uses it for a caller.
pub(crate) fn table_key(stack: &Stack<'_>, pipe: &str) -> Right {
    policy::key_through(
        "UseTableKey",
        "use the key for its tables",
        pipe,
        &stack.key().arn(),
        vec!["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "dynamodb",
    )
}

/// Names of what was granted. A secret's value is never here.
fn environment(stack: &Stack<'_>, function: &model::Function) -> Ordered<Value<Any>> {
    let mut variables = Ordered::default();
    for permission in permissions(stack, function) {
        let name = &permission.resource;
        let (variable, value) = if stack.pipeline.secrets.contains_key(name) {
            (
                names::variable("SECRET", name),
                names::ssm(&stack.pipeline.name, name).done(),
            )
        } else if stack.pipeline.tables.contains_key(name) {
            (names::variable("TABLE", name), table::name(stack, name))
        } else {
            continue;
        };
        // Read and append on one table are two permissions and one name.
        if !variables.0.iter().any(|(it, _)| *it == variable) {
            variables.push(variable, value);
        }
    }
    variables
}

//! Permissions of a grant as statements of IAM: each verb on each kind of resource with its actions, and the key through each service.

use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::{Any, Sub, Value};
use crate::emit::piece::text_of;
use crate::kinds::{bucket, bus, param, queue, topic, workflow};
use crate::model::{
    Function, Parameter, ParameterSource, Permission, Piece, Sink, SinkTo, Table, Template, Verb,
};

use super::policy::{self, Right};
use super::{Stack, event_source, names};

/// What the runtime does with the key for a service.
#[derive(Clone, Copy, Default)]
struct KeyUse {
    read: bool,
    write: bool,
}

impl KeyUse {
    /// Writing needs both: a service that reuses a data key decrypts it again.
    fn actions(self) -> &'static [&'static str] {
        match (self.read, self.write) {
            (_, true) => &["kms:Decrypt", "kms:GenerateDataKey"],
            (true, false) => &["kms:Decrypt"],
            (false, false) => &[],
        }
    }
}

/// The services through which a function uses the key.
#[derive(Default)]
struct KeyUses {
    dynamodb: bool,
    stream: bool,
    sqs: KeyUse,
    sns: KeyUse,
    s3: KeyUse,
    states: bool,
}

/// The permissions of a function or workflow.
pub(crate) fn permissions<'a>(stack: &Stack<'a>, to: &str) -> &'a [Permission] {
    stack
        .pipeline
        .grants
        .get(to)
        .map_or(&[], |it| &it.permissions)
}

/// What the function's grant says, what its event source needs, and the key for both.
pub(crate) fn rights(stack: &Stack<'_>, function: &Function) -> Vec<Right> {
    let permissions = permissions(stack, &function.name);
    let mut uses = KeyUses::default();
    let mut rights = Vec::new();
    for permission in permissions {
        rights.extend(right(stack, function, permission, &mut uses));
    }
    rights.extend(event_source::rights(stack, function));
    if event_source::has_undelivered(function) {
        uses.sqs.write = true;
    }
    uses.stream = matches!(function.trigger, crate::model::Trigger::Stream { .. });
    let pipe = stack.grant_at(&function.name, &function.origin);
    rights.extend(keys(stack, &uses, &pipe));
    if has_environment(stack, &function.name) {
        let arn = names::named(Sub::arn_of("lambda").text("function:"), &function.name).done();
        rights.push(
            Right::new(
                "DecryptEnvironment",
                "use the key for its environment",
                &pipe,
                &["kms:Decrypt"],
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

/// True where the function has variables, which are encrypted with the key.
pub(crate) fn has_environment(stack: &Stack<'_>, function: &str) -> bool {
    permissions(stack, function)
        .iter()
        .any(|it| it.verb != Verb::Call)
}

fn right(
    stack: &Stack<'_>,
    function: &Function,
    permission: &Permission,
    uses: &mut KeyUses,
) -> Vec<Right> {
    let pipeline = stack.pipeline;
    let name = &permission.resource;
    let pipe = stack.at(&permission.origin);
    if pipeline.secrets.contains_key(name) {
        return read_secret(stack, permission, &pipe).to_vec();
    }
    if let Some(parameter) = pipeline.parameters.get(name) {
        return read_parameter(stack, parameter, &pipe)
            .into_iter()
            .collect();
    }
    if let Some(table) = pipeline.tables.get(name) {
        uses.dynamodb = true;
        let mut rights = vec![use_table(stack, permission, &pipe)];
        if permission.verb == Verb::Append && reads_back(stack, function, name) {
            rights.push(read_back(stack, table, &pipe));
        }
        if permission.verb == Verb::Read && !table.indexes.is_empty() {
            rights.push(read_indexes(stack, table, &pipe));
        }
        return rights;
    }
    if pipeline.queues.contains_key(name) {
        let receives = permission.verb == Verb::Receive;
        uses.sqs.read |= receives;
        uses.sqs.write |= !receives;
        return vec![use_queue(permission, &pipe)];
    }
    if pipeline.topics.contains_key(name) {
        uses.sns.write = true;
        let resource = topic::lower::handle(name).arn().any();
        return vec![one(
            permission,
            &pipe,
            "Send",
            "send to",
            &["sns:Publish"],
            resource,
        )];
    }
    if pipeline.buses.contains_key(name) {
        // EventBridge uses the key itself, for the bus.
        let resource = bus::lower::handle(name).arn().any();
        return vec![one(
            permission,
            &pipe,
            "Send",
            "send to",
            &["events:PutEvents"],
            resource,
        )];
    }
    if pipeline.buckets.contains_key(name) {
        let writes = permission.verb == Verb::Write;
        uses.s3.write |= writes;
        uses.s3.read |= !writes;
        return use_bucket(stack, function, permission, &pipe);
    }
    if pipeline.workflows.contains_key(name) {
        uses.states = true;
        return start(permission, &pipe).to_vec();
    }
    Vec::new()
}

/// One granted right over one resource.
fn one(
    permission: &Permission,
    pipe: &SpecLine,
    verb: &str,
    words: &str,
    actions: &'static [&'static str],
    resource: Value<Any>,
) -> Right {
    Right::new(
        names::sid(verb, &permission.resource),
        text_of((words, " ", &permission.resource)),
        pipe,
        actions,
        vec![resource],
    )
    .granted()
}

fn read_secret(stack: &Stack<'_>, permission: &Permission, pipe: &SpecLine) -> [Right; 2] {
    let secret = &permission.resource;
    let arn: Value<Any> = Sub::arn_of("ssm")
        .text("parameter")
        .followed_by(&names::ssm(&stack.pipeline.name, secret))
        .done();
    let read = one(
        permission,
        pipe,
        "Read",
        "read",
        &["ssm:GetParameter"],
        arn.clone(),
    );
    let decrypt = policy::key_through(
        names::sid("Decrypt", secret),
        text_of(("use the key for ", secret)),
        pipe,
        stack.key().arn(),
        &["kms:Decrypt"],
        "ssm",
    )
    .when("StringEquals", "kms:EncryptionContext:PARAMETER_ARN", arn);
    [read, decrypt]
}

/// A parameter that is set at deployment stands in the environment and needs no right.
fn read_parameter(stack: &Stack<'_>, parameter: &Parameter, pipe: &SpecLine) -> Option<Right> {
    if parameter.source == ParameterSource::AtDeploy {
        return None;
    }
    let right = Right::new(
        names::sid("Read", &parameter.name),
        text_of(("read ", &parameter.name)),
        pipe,
        &["ssm:GetParameter"],
        vec![param::lower::arn(&stack.pipeline.name, parameter)],
    );
    Some(right.granted())
}

/// The right that a verb gives on a table. Recording is `PutItem` alone: a transaction has no action of its own. No verb deletes.
pub(crate) fn use_table(stack: &Stack<'_>, permission: &Permission, pipe: &SpecLine) -> Right {
    let name = &permission.resource;
    let arn = stack.table(name).arn().any();
    match permission.verb {
        Verb::Read => {
            let actions = &["dynamodb:GetItem", "dynamodb:Query"];
            one(permission, pipe, "Read", "read", actions, arn)
        }
        Verb::Update => {
            let field = permission.field.as_deref().unwrap_or_default();
            let right = Right::new(
                names::sid("Update", name) + &names::pascal(field),
                text_of(("update ", name, ".", field)),
                pipe,
                &["dynamodb:UpdateItem"],
                vec![arn],
            );
            let named = stack
                .pipeline
                .tables
                .get(name)
                .map(|it| updated(it, field))
                .unwrap_or_default();
            // A set that is not there would pass the first condition.
            right
                .granted()
                .when_any("ForAllValues:StringEquals", "dynamodb:Attributes", named)
                .when("Null", "dynamodb:Attributes", Value::text("false").any())
        }
        // The checker refuses every other verb on a table.
        Verb::Append | Verb::Call | Verb::Receive | Verb::Send | Verb::Write | Verb::Start => one(
            permission,
            pipe,
            "Append",
            "append to",
            &["dynamodb:PutItem"],
            arn,
        ),
    }
}

/// The attributes that an update of this field names: the field and the key, which its condition asks for too.
fn updated(table: &Table, field: &str) -> Vec<Value<Any>> {
    let mut names = vec![table.partition.as_str()];
    names.extend(table.sort.iter().map(|(name, _)| name.as_str()));
    if !names.contains(&field) {
        names.push(field);
    }
    let names = names.into_iter().map(str::to_owned);
    names.map(|it| Value::text(it).any()).collect()
}

/// True where sinks after an `append` act on the event as it was recorded, and nothing else gives the right to read it.
fn reads_back(stack: &Stack<'_>, function: &Function, table: &str) -> bool {
    let granted = permissions(stack, &function.name)
        .iter()
        .any(|it| it.verb == Verb::Read && it.resource == table);
    !granted
        && sinks(stack, function).any(|sinks| {
            let at = sinks
                .iter()
                .position(|it| matches!(&it.to, SinkTo::Append(it) if it == table));
            at.is_some_and(|at| at + 1 < sinks.len())
        })
}

/// What is done with the function's output: its own sinks, and those of the routes that it handles.
fn sinks<'a>(stack: &Stack<'a>, function: &'a Function) -> impl Iterator<Item = &'a [Sink]> {
    let routes = stack.pipeline.routes.iter();
    let handled = routes.filter(|it| it.handler() == Some(&function.name));
    std::iter::once(function.sinks.as_slice()).chain(handled.map(|it| it.sinks.as_slice()))
}

fn read_back(stack: &Stack<'_>, table: &Table, pipe: &SpecLine) -> Right {
    Right::new(
        names::sid("ReadBack", &table.name),
        text_of(("read an event of ", &table.name, " back by its key")),
        pipe,
        &["dynamodb:GetItem"],
        vec![stack.table(&table.name).arn().any()],
    )
    .because("what follows an append acts on the event as it was recorded first, also when a duplicate arrives")
}

/// An index can be queried and nothing else.
fn read_indexes(stack: &Stack<'_>, table: &Table, pipe: &SpecLine) -> Right {
    let indexes = table.indexes.iter().map(|index| {
        let arn = Sub::default().arn(&stack.table(&table.name));
        arn.text("/index/").text(&index.name).done()
    });
    Right::new(
        names::sid("Read", &table.name) + "Indexes",
        text_of(("read ", &table.name, " by its indexes")),
        pipe,
        &["dynamodb:Query"],
        indexes.collect(),
    )
    .granted()
}

fn use_queue(permission: &Permission, pipe: &SpecLine) -> Right {
    let arn = queue::lower::handle(&permission.resource).arn().any();
    if permission.verb == Verb::Receive {
        let actions = &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ];
        one(permission, pipe, "Receive", "receive from", actions, arn)
    } else {
        one(
            permission,
            pipe,
            "Send",
            "send to",
            &["sqs:SendMessage"],
            arn,
        )
    }
}

/// Objects below the texts that the keys of `write:` begin with; all objects where a handler chooses the key.
fn use_bucket(
    stack: &Stack<'_>,
    function: &Function,
    permission: &Permission,
    pipe: &SpecLine,
) -> Vec<Right> {
    let name = &permission.resource;
    let handle = bucket::lower::handle(name);
    let below = |prefix: &str| -> Value<Any> {
        Sub::default()
            .arn(&handle)
            .text("/")
            .text(prefix)
            .text("*")
            .done()
    };
    let why = "the rest of an object's key is known when it is written";
    if permission.verb == Verb::Write {
        let mut prefixes: Vec<String> = sinks(stack, function)
            .flatten()
            .filter_map(|it| match &it.to {
                SinkTo::Write { bucket, key } if bucket == name => Some(beginning(key)),
                SinkTo::Write { .. } | SinkTo::Append(_) | SinkTo::Send(_) => None,
            })
            .collect();
        if prefixes.is_empty() || !permission.used_by_edge {
            prefixes = vec![String::new()];
        }
        prefixes.sort();
        prefixes.dedup();
        let mut right = one(
            permission,
            pipe,
            "Write",
            "write to",
            &["s3:PutObject"],
            below(""),
        );
        right.statement.resource = prefixes.iter().map(|it| below(it)).collect();
        return vec![right.because(why)];
    }
    let read = one(
        permission,
        pipe,
        "Read",
        "read",
        &["s3:GetObject"],
        below(""),
    );
    let list = Right::new(
        names::sid("List", name),
        text_of(("be told that ", name, " lacks an object")),
        pipe,
        &["s3:ListBucket"],
        vec![handle.arn().any()],
    )
    .because("without it S3 answers a missing object as a forbidden one");
    vec![read.because(why), list]
}

/// The text before the first value of a key.
fn beginning(key: &Template) -> String {
    match key.first() {
        Some(Piece::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// By name and not by reference: a workflow may call the very function that starts it.
fn start(permission: &Permission, pipe: &SpecLine) -> [Right; 2] {
    let name = &permission.resource;
    let start = one(
        permission,
        pipe,
        "Start",
        "start",
        &["states:StartExecution"],
        workflow::lower::arn_by_name(name),
    );
    let executions = names::named(Sub::arn_of("states").text("execution:"), name).text(":*");
    let compare = Right::new(
        names::sid("Compare", name),
        text_of(("see whether ", name, " was started with the same input")),
        pipe,
        &["states:DescribeExecution"],
        vec![executions.done()],
    )
    .because("an execution's name is known when it is started")
    .found(
        "RESOURCE_MISMATCH",
        "parliament wants an express execution named too; every workflow here is a standard one",
    );
    [start, compare]
}

/// The key through each service that is used.
fn keys(stack: &Stack<'_>, uses: &KeyUses, pipe: &SpecLine) -> Vec<Right> {
    let mut rights = Vec::new();
    if uses.dynamodb {
        rights.push(table_key(stack, pipe));
    } else if uses.stream {
        rights.push(through(
            stack,
            "DecryptStream",
            "its stream",
            pipe,
            &["kms:Decrypt"],
            "dynamodb",
        ));
    }
    let read = KeyUse {
        read: uses.states,
        write: false,
    };
    for (sid, what, service, used) in [
        ("UseQueueKey", "its queues", "sqs", uses.sqs),
        ("UseTopicKey", "its topics", "sns", uses.sns),
        ("UseBucketKey", "its buckets", "s3", uses.s3),
        ("UseWorkflowKey", "the input of executions", "states", read),
    ] {
        let actions = used.actions();
        if !actions.is_empty() {
            rights.push(through(stack, sid, what, pipe, actions, service));
        }
    }
    rights
}

fn through(
    stack: &Stack<'_>,
    sid: &'static str,
    what: &str,
    pipe: &SpecLine,
    actions: &'static [&'static str],
    service: &str,
) -> Right {
    let words = text_of(("use the key for ", what));
    policy::key_through(sid, words, pipe, stack.key().arn(), actions, service)
}

/// The key as DynamoDB uses it for a caller.
pub(crate) fn table_key(stack: &Stack<'_>, pipe: &SpecLine) -> Right {
    through(
        stack,
        "UseTableKey",
        "its tables",
        pipe,
        &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "dynamodb",
    )
}

//! Why a statement of a role is there: the permission of the spec that it stands for, or what AWS needs for one.

use pipe_compiler::model::{Permission, Pipeline, Verb};
use pipe_engine::artifacts::Deployment;

use crate::statement::Statement;

/// Verbs as statements are named after them, and the actions that they allow.
const VERBS: [(Verb, &str, &[&str]); 8] = [
    (
        Verb::Read,
        "Read",
        &[
            "ssm:GetParameter",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "s3:GetObject",
        ],
    ),
    (Verb::Append, "Append", &["dynamodb:PutItem"]),
    (Verb::Update, "Update", &["dynamodb:UpdateItem"]),
    (Verb::Write, "Write", &["s3:PutObject"]),
    (
        Verb::Send,
        "Send",
        &["sqs:SendMessage", "sns:Publish", "events:PutEvents"],
    ),
    (
        Verb::Receive,
        "Receive",
        &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ],
    ),
    (Verb::Call, "Call", &["lambda:InvokeFunction"]),
    (Verb::Start, "Start", &["states:StartExecution"]),
];

/// What every function or workflow needs that logs, is traced, is encrypted or lies in a network.
const OWN: [&str; 8] = [
    "WriteLog",
    "SendTraces",
    "ConnectToNetwork",
    "KeepCodeFromNetwork",
    "DecryptEnvironment",
    "SetUpLogDelivery",
    "EncryptExecutions",
    "EncryptExecutionLogs",
];

/// What the roles of pipes and of services that write logs hold; `on:` of a workflow and each event table give the pipes.
const OF_SERVICES: [(&str, &[&str]); 3] = [
    (
        "PipeRole",
        &[
            "Read",
            "DecryptStream",
            "Start",
            "WriteChanges",
            "SendUndelivered",
            "EncryptUndelivered",
        ],
    ),
    (
        "ApiGatewayLogRoleForAccount",
        &["WriteApiLogs", "FindLogGroups"],
    ),
    ("FlowLogRole", &["WriteFlowLog", "FindLogGroups"]),
];

/// The permission's words, or what AWS needs; nothing where neither explains the statement.
pub(crate) fn of(
    pipeline: &Pipeline,
    deployment: &Deployment,
    statement: &Statement,
) -> Option<String> {
    let owner = statement.owner.as_str();
    let mut services = OF_SERVICES.iter();
    if let Some((_, sids)) = services.find(|(role, _)| owner.ends_with(role)) {
        let known = sids.iter().any(|it| statement.sid.starts_with(it));
        return known.then(|| "a service's own".to_owned());
    }
    let mut grants = pipeline.grants.values();
    let grant = grants.find(|it| format!("{}Role", pascal(&it.to)) == owner);
    let granted = grant.map_or(&[][..], |it| &it.permissions);
    if let Some(it) = granted.iter().find(|it| sid(it) == statement.sid) {
        let to = grant.map_or("", |it| &it.to);
        return Some(format!("grant {to} {{ {:?}: {} }}", it.verb, it.resource));
    }
    if OWN.contains(&statement.sid.as_str()) {
        return Some("its own log, traces, network and environment".to_owned());
    }
    granted
        .iter()
        .any(|it| needs(pipeline, it, &statement.sid))
        .then(|| "what a permission needs".to_owned())
        .or_else(|| {
            // A function that nobody waits for hands over what it cannot take.
            let is_of = |arn: &str| arn.ends_with(&format!("-{owner}-local"));
            let mut functions = deployment.functions.iter();
            let own = functions.find(|it| is_of(&it.role_arn))?;
            own.asynchronous.on_failure_arn.as_ref()?;
            ["SendUndelivered", "UseQueueKey"]
                .contains(&statement.sid.as_str())
                .then(|| "what it could not take".to_owned())
        })
}

/// The action of a call that the statement of a permission allows, and no other.
pub(crate) fn is_action_of(statement: &Statement, action: &str) -> bool {
    let verb = VERBS.iter().find(|it| statement.sid.starts_with(it.1));
    verb.is_some_and(|it| it.2.contains(&action))
}

/// What AWS needs for the permission: keys, indexes, reading back what was recorded.
fn needs(pipeline: &Pipeline, it: &Permission, wanted: &str) -> bool {
    let name = pascal(&it.resource);
    let is_in = |kind: &str| match kind {
        "table" => pipeline.tables.contains_key(&it.resource),
        "queue" => pipeline.queues.contains_key(&it.resource),
        "topic" => pipeline.topics.contains_key(&it.resource),
        _ => pipeline.buckets.contains_key(&it.resource),
    };
    match wanted {
        "UseTableKey" => is_in("table"),
        "UseQueueKey" => is_in("queue"),
        "UseTopicKey" => is_in("topic"),
        "UseBucketKey" => is_in("bucket"),
        "UseWorkflowKey" => it.verb == Verb::Start,
        _ => {
            let read_back = it.verb == Verb::Append && wanted == format!("ReadBack{name}");
            let index = it.verb == Verb::Read && wanted == format!("Read{name}Indexes");
            let secret = it.verb == Verb::Read && wanted == format!("Decrypt{name}");
            let compare = it.verb == Verb::Start && wanted == format!("Compare{name}");
            read_back || index || secret || compare
        }
    }
}

/// `UpdateRefundsStage`
fn sid(it: &Permission) -> String {
    let verb = VERBS.iter().find(|known| known.0 == it.verb).unwrap().1;
    let field = it.field.as_deref().map(pascal).unwrap_or_default();
    format!("{verb}{}{field}", pascal(&it.resource))
}

/// `payment_events` as in logical ids: `PaymentEvents`.
fn pascal(name: &str) -> String {
    let upper = |it: &str| {
        let mut letters = it.chars();
        let first = letters.next().map(|it| it.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(upper).collect()
}

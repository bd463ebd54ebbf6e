//! What the policies of `template.json` allow, read back into the words of grants; what no grant says must have its reason here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::generator::Spec;
use super::{Kind, Permission, pascal};

/// A statement with its values as text: `OrdersTable.Arn`, `${PapersBucket.Arn}/*`.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: String,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) condition: String,
}

/// A role, and who acts with it.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) id: String,
    /// Declared name of the function or workflow; of another role its principal.
    pub(crate) actor: String,
    pub(crate) is_workflow: bool,
    pub(crate) statements: Vec<Statement>,
}

/// A value of CloudFormation as text.
pub(crate) fn text(value: &Value) -> String {
    if let Some(it) = value.as_str() {
        return it.to_owned();
    }
    match (&value["Fn::GetAtt"], &value["Fn::Sub"], &value["Ref"]) {
        (Value::Array(parts), _, _) => parts.iter().map(text).collect::<Vec<_>>().join("."),
        (_, Value::String(it), _) | (_, _, Value::String(it)) => it.clone(),
        _ => value.to_string(),
    }
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    }
}

/// The statements of a policy document.
pub(crate) fn statements(document: &Value) -> Vec<Statement> {
    let all = document["Statement"].as_array().unwrap().iter();
    all.map(|it| {
        let sid = it["Sid"].as_str().unwrap_or_default().to_owned();
        assert!(
            it.get("NotAction").is_none() && it.get("NotResource").is_none(),
            "{sid} says what it does not mean"
        );
        Statement {
            sid,
            actions: list(&it["Action"]),
            resources: list(&it["Resource"]),
            condition: it["Condition"].to_string(),
        }
    })
    .collect()
}

/// Every role of a template.
pub(crate) fn roles(template: &Value) -> Vec<Role> {
    let resources = template["Resources"].as_object().unwrap();
    let actor_of = |role: &str| {
        resources.values().find_map(|it| {
            let own = |value: &Value| text(value) == format!("{role}.Arn");
            let properties = &it["Properties"];
            match it["Type"].as_str().unwrap() {
                "AWS::Lambda::Function" if own(&properties["Role"]) => {
                    Some((properties["Handler"].as_str().unwrap().to_owned(), false))
                }
                "AWS::StepFunctions::StateMachine" if own(&properties["RoleArn"]) => {
                    let name = text(&properties["StateMachineName"]);
                    Some((
                        name.trim_end_matches("-${EnvironmentSuffix}")
                            .replace('-', "_"),
                        true,
                    ))
                }
                _ => None,
            }
        })
    };
    let mut roles = Vec::new();
    for (id, resource) in resources
        .iter()
        .filter(|(_, it)| it["Type"] == "AWS::IAM::Role")
    {
        let properties = &resource["Properties"];
        assert!(
            properties.get("ManagedPolicyArns").is_none(),
            "{id} has policies that stand elsewhere"
        );
        let principal =
            properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"].as_str();
        let (actor, is_workflow) =
            actor_of(id).unwrap_or_else(|| (principal.unwrap().to_owned(), false));
        let policies = properties["Policies"].as_array().into_iter().flatten();
        let statements = policies
            .flat_map(|it| statements(&it["PolicyDocument"]))
            .collect();
        let statements: Vec<Statement> = statements;
        let sids: BTreeSet<&str> = statements.iter().map(|it| it.sid.as_str()).collect();
        assert_eq!(
            sids.len(),
            statements.len(),
            "{id}: two statements of one name"
        );
        roles.push(Role {
            id: id.clone(),
            actor,
            is_workflow,
            statements,
        });
    }
    let others = resources.values().filter(|it| {
        [
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::RolePolicy",
        ]
        .iter()
        .any(|kind| it["Type"] == *kind)
    });
    assert_eq!(others.count(), 0, "rights stand in roles and nowhere else");
    roles
}

/// What a statement of a function's or workflow's role is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Granted(Permission),
    /// Not granted, with the reason why it is there.
    Needed(&'static str),
}

/// Services that log, trace and connect: these actions know no resource.
const UNSCOPED: &[(&[&str], &str)] = &[
    (
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ],
        "X-Ray knows no resources",
    ),
    (
        &[
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        "a machine sets up the delivery of its log",
    ),
    (
        &["dynamodb:ListStreams"],
        "Lambda looks for a function's stream",
    ),
];

const MACHINE: &str = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:";
const EXECUTION: &str = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:";
const PARAMETER: &str = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/sample/${EnvironmentSuffix}/";

/// Reads one statement; nothing where neither a grant nor a reason explains it.
pub(crate) fn meaning(
    spec: &Spec,
    role: &Role,
    statement: &Statement,
    granted: &BTreeSet<Permission>,
) -> Option<Meaning> {
    let actions: Vec<&str> = statement.actions.iter().map(String::as_str).collect();
    if let Some((verb, resource, field)) = permission(spec, statement, &actions) {
        let it = Permission {
            to: role.actor.clone(),
            verb: verb.to_owned(),
            resource,
            field,
        };
        // An execution begins once by a claim in the table whose stream begins it.
        let begins = role.actor == "settle" && it.verb == "append" && it.resource == "orders";
        if begins && !granted.contains(&it) {
            return Some(Meaning::Needed("the claim by which it begins once"));
        }
        return Some(Meaning::Granted(it));
    }
    let mine = |verb: &str, kind: Kind| {
        granted
            .iter()
            .any(|it| it.to == role.actor && it.verb == verb && spec.kind(&it.resource) == kind)
    };
    reason(spec, role, statement, &actions, &mine).map(Meaning::Needed)
}

/// The verb, resource and field that these actions on this resource stand for.
fn permission(
    spec: &Spec,
    statement: &Statement,
    actions: &[&str],
) -> Option<(&'static str, String, Option<String>)> {
    let [resource] = statement.resources.as_slice() else {
        return None;
    };
    let named = |suffix: &str| {
        let id = resource.strip_suffix(suffix)?;
        let is = |it: &String| pascal(it) == id;
        let mut names = spec.resources.iter().map(|it| &it.0);
        // Members of families only where nothing else has the name: to list them all takes time, and this is asked for every statement.
        names.find(|it| is(it)).cloned().or_else(|| {
            let mut members = spec.permissions().into_iter().map(|it| it.0.resource);
            members.find(is)
        })
    };
    let kebab = |prefix: &str, suffix: &str| {
        let name = resource
            .strip_prefix(prefix)?
            .strip_suffix(suffix)?
            .replace('-', "_");
        spec.resources.iter().any(|it| it.0 == name).then_some(name)
    };
    let below = |bucket: &str| {
        let (id, _) = resource.strip_prefix("${")?.split_once("Bucket.Arn}/")?;
        (pascal(bucket) == id && resource.ends_with('*')).then(|| bucket.to_owned())
    };
    let unconditional = statement.condition == "null";
    let plain =
        |verb, name: Option<String>| name.filter(|_| unconditional).map(|it| (verb, it, None));
    match actions {
        ["ssm:GetParameter"] => plain("read", kebab(PARAMETER, "")),
        ["dynamodb:GetItem", "dynamodb:Query"] => plain("read", named("Table.Arn")),
        ["dynamodb:PutItem"] => plain("append", named("Table.Arn")),
        ["dynamodb:UpdateItem"] => {
            let name = named("Table.Arn")?;
            let condition: Value = serde_json::from_str(&statement.condition).unwrap();
            let names = list(&condition["ForAllValues:StringEquals"]["dynamodb:Attributes"]);
            let (field, keys) = names.split_last()?;
            let exact = condition.as_object()?.len() == 2
                && condition["Null"]["dynamodb:Attributes"] == "false"
                && keys == ["id", "at"];
            exact.then(|| ("update", name, Some(field.clone())))
        }
        ["sqs:SendMessage"] => plain("send", named("Queue.Arn")),
        [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ] => plain("receive", named("Queue.Arn")),
        ["sns:Publish"] => plain("send", named("Topic")),
        ["events:PutEvents"] => plain("send", named("Bus.Arn")),
        ["s3:PutObject"] => plain("write", below("papers")),
        ["s3:GetObject"] => plain("read", below("papers")),
        ["lambda:InvokeFunction"] => plain("call", named("Function.Arn")),
        ["states:StartExecution"] => plain("start", kebab(MACHINE, "-${EnvironmentSuffix}")),
        _ => None,
    }
}

/// Why a statement that no grant names is there.
fn reason(
    spec: &Spec,
    role: &Role,
    statement: &Statement,
    actions: &[&str],
    mine: &dyn Fn(&str, Kind) -> bool,
) -> Option<&'static str> {
    let own = pascal(&role.actor);
    let resources: Vec<&str> = statement.resources.iter().map(String::as_str).collect();
    let follows = spec
        .flows
        .iter()
        .any(|(_, to, word)| *to == role.actor && word == "on");
    match (actions, resources.as_slice()) {
        (_, ["*"]) => UNSCOPED
            .iter()
            .find(|it| {
                it.0 == actions && (it.0 != ["dynamodb:ListStreams"] || role.actor == "follow")
            })
            .map(|it| it.1),
        (["logs:CreateLogStream", "logs:PutLogEvents"], [group])
            if *group == format!("{own}LogGroup.Arn") =>
        {
            Some("its own log")
        }
        (["sqs:SendMessage"], [queue]) if *queue == format!("{own}UndeliveredQueue.Arn") => {
            (follows || role.actor.starts_with("on_")).then_some("what it could not take")
        }
        (
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
            [stream],
        ) => (role.actor == "follow" && *stream == "ArchiveTable.StreamArn")
            .then_some("`on:` of a table"),
        (["dynamodb:GetItem"], [_]) => mine("append", Kind::Table)
            .then_some("what follows an append acts on what was recorded"),
        (["dynamodb:Query"], [index]) if *index == "${OrdersTable.Arn}/index/ByStage" => {
            mine("read", Kind::Table).then_some("an index of a table that is read")
        }
        (["s3:ListBucket"], ["PapersBucket.Arn"]) => {
            mine("read", Kind::Bucket).then_some("a missing object is told from a forbidden one")
        }
        (["states:DescribeExecution"], [executions]) if executions.starts_with(EXECUTION) => {
            mine("start", Kind::Workflow).then_some("whether it was started with the same input")
        }
        (_, ["PipelineKey.Arn"]) if actions.iter().all(|it| it.starts_with("kms:")) => {
            key_reason(role, statement, actions, mine)
        }
        _ => None,
    }
}

/// Why the role may use the key: through which service, or for which of its own things.
fn key_reason(
    role: &Role,
    statement: &Statement,
    actions: &[&str],
    mine: &dyn Fn(&str, Kind) -> bool,
) -> Option<&'static str> {
    let condition = &statement.condition;
    let via = |service: &str| {
        condition.contains(&format!("\"{service}.${{AWS::Region}}.amazonaws.com\""))
    };
    let tables = || {
        ["read", "append", "update"]
            .iter()
            .any(|it| mine(it, Kind::Table))
    };
    let writes = |kind| mine("send", kind) || mine("write", kind);
    let is_fed =
        ["listen", "follow"].contains(&role.actor.as_str()) || role.actor.starts_with("on_");
    let only_reads = actions == ["kms:Decrypt"];
    if condition.contains("PARAMETER_ARN") {
        return (via("ssm") && only_reads && mine("read", Kind::Secret))
            .then_some("a secret is encrypted");
    }
    if condition.contains("aws:lambda:FunctionArn") {
        return only_reads.then_some("its environment is encrypted");
    }
    if condition.contains("stateMachineArn") || condition.contains("EncryptionContext:SourceArn") {
        return role
            .is_workflow
            .then_some("its executions and their log are encrypted");
    }
    if via("dynamodb") {
        let decrypts_stream = only_reads && role.actor == "follow";
        return (tables() || role.actor == "settle" || decrypts_stream)
            .then_some("a table is encrypted");
    }
    if via("sqs") {
        let sends = mine("send", Kind::Queue) || is_fed;
        return (if only_reads {
            mine("receive", Kind::Queue)
        } else {
            sends
        })
        .then_some("a queue is encrypted");
    }
    if via("sns") {
        return mine("send", Kind::Topic).then_some("a topic is encrypted");
    }
    if via("s3") {
        return (if only_reads {
            mine("read", Kind::Bucket)
        } else {
            writes(Kind::Bucket)
        })
        .then_some("a bucket is encrypted");
    }
    (via("states") && only_reads && mine("start", Kind::Workflow))
        .then_some("an execution's input is encrypted")
}

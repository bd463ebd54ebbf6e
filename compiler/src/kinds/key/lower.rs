//! The one key of a pipeline and its policy: the account administers it, the services that encrypt with it use it, nobody else.

use std::collections::BTreeSet;

use crate::emit::cfn::iam::{Conditions, Effect, Policy, Principal, Statement};
use crate::emit::cfn::kms;
use crate::emit::cfn::sqs::Queue;
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::{Any, Resource as Kind, Sub, Value};
use crate::emit::piece::text_of;
use crate::kinds::{bus, rule, topic};
use crate::lower::{Stack, grant, names, policy};

/// What the account's administrators, by their own IAM policies, may do with the key. It gives no use of the key.
const ADMINISTER: [&str; 22] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// What a service does with the key for a caller.
const USE: [&str; 7] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

/// Adds the key, in front of everything that it encrypts. Comes last, when every log group is known.
pub(crate) fn lower(stack: &mut Stack<'_>) {
    let pipeline = stack.pipeline;
    let key = kms::Key {
        description: text_of(("Everything that the pipeline ", &pipeline.name, " stores")),
        enable_key_rotation: true,
        pending_window_in_days: 30,
        key_policy: Policy::new(statements(stack)),
    };
    let pipe = stack.at(&pipeline.key.origin);
    let handle = stack.key();
    let mut resource = Resource::new(key, pipe).on_delete(pipeline.key.retain);
    if !pipeline.key.retain {
        resource = resource.skip(
            "IAM-10",
            "it goes with the stack, slowly: the spec does not retain it",
        );
    }
    stack.resources.0.insert(0, (handle.id, resource));
}

fn statements(stack: &Stack<'_>) -> Vec<Statement> {
    let mut statements = vec![
        statement("Administer", account(), &ADMINISTER, Conditions::default()),
        through_services(stack),
        statement(
            "GrantToServices",
            account(),
            &["kms:CreateGrant"],
            Conditions::default()
                .with(
                    "Bool",
                    "kms:GrantIsForAWSResource",
                    vec![Value::text("true").any()],
                )
                .with("StringEquals", "kms:CallerAccount", vec![this_account()]),
        ),
    ];
    let functions: Vec<_> = functions_with_environment(stack);
    if !functions.is_empty() {
        let context = Conditions::default().with(
            "StringEquals",
            "kms:EncryptionContext:aws:lambda:FunctionArn",
            functions,
        );
        statements.push(statement(
            "DecryptEnvironments",
            account(),
            &["kms:Decrypt"],
            context,
        ));
    }
    if !stack.log_groups.is_empty() {
        statements.push(statement(
            "EncryptLogGroups",
            Principal::Service(policy::via("logs")),
            &USE,
            Conditions::default().with(
                "ArnEquals",
                "kms:EncryptionContext:aws:logs:arn",
                stack.log_groups.clone(),
            ),
        ));
    }
    statements.extend(bus_statements(stack));
    statements.extend(sender_statements(stack));
    if !stack.pipeline.workflows.is_empty() {
        statements.extend(workflow_statements(stack));
    }
    statements
}

/// AWS: "Authorizing EventBridge to use a customer managed key". Whether the look at the key says which bus it is for is not documented,
/// so its condition asks only where it does.
fn bus_statements(stack: &Stack<'_>) -> Vec<Statement> {
    let buses: Vec<Value<Any>> = stack
        .pipeline
        .buses
        .values()
        .map(bus::lower::arn_by_name)
        .collect();
    if buses.is_empty() {
        return Vec::new();
    }
    let events = || Principal::Service(Value::text("events.amazonaws.com").any());
    let encrypt = policy::acting_for(buses.clone()).with(
        "StringEquals",
        "kms:EncryptionContext:aws:events:event-bus:arn",
        buses.clone(),
    );
    let look = Conditions::default()
        .with("ArnEqualsIfExists", "aws:SourceArn", buses)
        .with("StringEquals", "aws:SourceAccount", vec![this_account()]);
    vec![
        statement("FindKeyForBuses", events(), &["kms:DescribeKey"], look),
        statement(
            "EncryptBuses",
            events(),
            &["kms:Decrypt", "kms:GenerateDataKey"],
            encrypt,
        ),
    ]
}

/// Services that send into encrypted queues and topics without a role: for rules and buses, for topics, for alarms of this stack.
fn sender_statements(stack: &Stack<'_>) -> Vec<Statement> {
    let pipeline = stack.pipeline;
    let buses = pipeline.buses.values().map(bus::lower::arn_by_name);
    let rules = pipeline.rules.values();
    let rules = rules.map(|it| rule::lower::arn_by_name(pipeline, it));
    let topics = pipeline
        .topics
        .keys()
        .filter(|it| topic::lower::has_subscriptions(pipeline, it));
    let senders = [
        (
            "DeliverEvents",
            "events.amazonaws.com",
            buses.chain(rules).collect(),
        ),
        (
            "DeliverMessages",
            "sns.amazonaws.com",
            topics.map(|it| topic::lower::arn_by_name(it)).collect(),
        ),
        (
            "TellOfAlarms",
            "cloudwatch.amazonaws.com",
            topic::lower::alarms(stack, |actions| !actions.is_empty()),
        ),
    ];
    senders
        .into_iter()
        .filter(|(_, _, sources): &(_, _, Vec<Value<Any>>)| !sources.is_empty())
        .map(|(sid, service, sources)| {
            statement(
                sid,
                Principal::Service(Value::text(service).any()),
                &["kms:Decrypt", "kms:GenerateDataKey"],
                policy::acting_for(sources),
            )
        })
        .collect()
}

/// Principals of this account that hold the right in their own policy may use the key, through the services of this stack only.
fn through_services(stack: &Stack<'_>) -> Statement {
    let declared = stack.pipeline.declared().into_iter();
    let services = declared.filter_map(|it| it.kind().service.filter(|it| it.uses_key));
    let mut services: BTreeSet<&str> = services.map(|it| it.actions).collect();
    // A queue for what could not be delivered is declared by nobody.
    let mut resources = stack.resources.0.iter();
    if resources.any(|(_, it)| it.kind == <Queue as Kind>::TYPE) {
        services.insert("sqs");
    }
    let services = services.into_iter().map(policy::via).collect();
    let condition = Conditions::default()
        .with("StringEquals", "kms:CallerAccount", vec![this_account()])
        .with("StringEquals", "kms:ViaService", services);
    statement("UseThroughServices", account(), &USE, condition)
}

fn workflow_statements(stack: &Stack<'_>) -> Vec<Statement> {
    let machines = stack.pipeline.workflows.keys();
    let machines = machines
        .map(|it| names::named(Sub::arn_of("states").text("stateMachine:"), it).done())
        .collect();
    let executions = statement(
        "EncryptExecutions",
        account(),
        &["kms:Decrypt", "kms:GenerateDataKey"],
        Conditions::default().with(
            "StringEquals",
            "kms:EncryptionContext:aws:states:stateMachineArn",
            machines,
        ),
    );
    // AWS: "Data at rest encryption in Step Functions", logs of a machine that has a key of its own.
    let delivery = statement(
        "DeliverExecutionLogs",
        Principal::Service(Value::text("delivery.logs.amazonaws.com").any()),
        &["kms:Decrypt"],
        Conditions::default().with(
            "StringEquals",
            "kms:EncryptionContext:SourceArn",
            vec![log_source()],
        ),
    );
    let encrypt = statement(
        "EncryptExecutionLogs",
        account(),
        &["kms:GenerateDataKey"],
        Conditions::default().with(
            "StringEquals",
            "kms:EncryptionContext:SourceArn",
            vec![log_source()],
        ),
    );
    vec![executions, encrypt, delivery]
}

/// What log delivery names as its source: literally this, with the star. It is a value that is compared, not a pattern.
pub(crate) fn log_source() -> Value<Any> {
    Sub::arn_of("logs").text("*").done()
}

fn statement(
    sid: &'static str,
    principal: Principal,
    action: &'static [&'static str],
    condition: Conditions,
) -> Statement {
    Statement {
        sid: sid.into(),
        effect: Effect::Allow,
        principal: Some(principal),
        action: action.into(),
        // In a key policy this means the key itself.
        resource: vec![Value::every_resource()],
        condition,
    }
}

fn account() -> Principal {
    Principal::Account(
        Sub::default()
            .text("arn:")
            .parameter("AWS::Partition")
            .text(":iam::")
            .parameter("AWS::AccountId")
            .text(":root")
            .done(),
    )
}

fn this_account() -> Value<Any> {
    Value::parameter("AWS::AccountId").any()
}

/// By name and not by reference: the functions refer to the key.
fn functions_with_environment(stack: &Stack<'_>) -> Vec<Value<Any>> {
    let functions = stack.pipeline.functions.keys();
    let functions = functions.filter(|it| grant::has_environment(stack, it));
    functions
        .map(|it| names::named(Sub::arn_of("lambda").text("function:"), it).done())
        .collect()
}

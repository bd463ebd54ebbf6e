//! Roles and their statements. A statement stands once, in the template, where the permissions report reads it too.

use std::borrow::Cow;

use crate::emit::cfn::iam::{Conditions, Effect, InlinePolicy, Policy, Principal, Role, Statement};
use crate::emit::cfn::kms;
use crate::emit::cfn::template::{Resource, Skip, Skips, SpecLine, StatementSource};
use crate::emit::cfn::value::{Any, Arn, Handle, Id, Sub, Value};
use crate::emit::ordered::Ordered;

use super::Stack;

/// One statement with who asked for it and what it means to a person.
#[derive(Clone, Debug)]
pub(crate) struct Right {
    /// The statement.
    pub(crate) statement: Statement,
    /// The grant or edge that asked, and why, where the words do not say it.
    source: StatementSource,
    told: Told,
}

/// What a right means to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// In words of the spec: `append to payment_events`.
    pub words: Cow<'static, str>,
    /// True when the spec grants it; false for what a granted thing needs to work (logs, traces, keys).
    pub granted: bool,
}

impl Right {
    /// A right over named resources.
    pub(crate) fn new(
        sid: impl Into<Cow<'static, str>>,
        words: impl Into<Cow<'static, str>>,
        pipe: &SpecLine,
        action: &'static [&'static str],
        resource: Vec<Value<Any>>,
    ) -> Self {
        Self {
            statement: Statement {
                sid: sid.into(),
                effect: Effect::Allow,
                principal: None,
                action: action.into(),
                resource,
                condition: Conditions::default(),
            },
            source: StatementSource {
                pipe: pipe.clone(),
                because: None,
                parliament: Skips::default(),
            },
            told: Told {
                words: words.into(),
                granted: false,
            },
        }
    }

    /// The spec grants it.
    pub(crate) fn granted(mut self) -> Self {
        self.told.granted = true;
        self
    }

    /// Says why it is there.
    pub(crate) fn because(mut self, reason: &'static str) -> Self {
        self.source.because = Some(reason.into());
        self
    }

    /// Says why what parliament finds in it, under this name, is rightly so.
    pub(crate) fn found(mut self, id: &'static str, reason: &'static str) -> Self {
        let comment = reason.into();
        self.source.parliament.skip.push(Skip { id, comment });
        self
    }

    /// Adds a condition.
    pub(crate) fn when(self, operator: &'static str, key: &'static str, value: Value<Any>) -> Self {
        self.when_any(operator, key, vec![value])
    }

    /// Adds a condition that several values meet.
    pub(crate) fn when_any(
        mut self,
        operator: &'static str,
        key: &'static str,
        values: Vec<Value<Any>>,
    ) -> Self {
        self.statement.condition = self.statement.condition.with(operator, key, values);
        self
    }
}

/// Everything that one role may do, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Authority {
    /// Logical id of the role.
    pub role: Id,
    /// What acts with it, in words: `function validate`.
    pub actor: Cow<'static, str>,
    /// What asked for it, in words: `grant validate`.
    pub asked_by: Cow<'static, str>,
    /// Line of that.
    pub pipe: SpecLine,
    /// What its rights mean, in the order of the role's statements.
    pub rights: Vec<Told>,
}

/// For whom a service may take a role.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// For exactly this resource of this account: the service says which one it acts for.
    For(Value<Any>),
    /// For these resources of this account, where the service says which one it acts for.
    IfSaid(Vec<Value<Any>>),
    /// The service says nothing. Lambda is one: a condition would keep the function from starting.
    Unsaid,
}

/// A role to be.
pub(crate) struct RolePlan {
    /// What the console shows.
    pub(crate) description: String,
    /// The service that takes it.
    pub(crate) service: &'static str,
    /// For whom.
    pub(crate) trust: Trust,
    /// Name of its policy.
    pub(crate) policy_name: &'static str,
    /// What it may do.
    pub(crate) rights: Vec<Right>,
    /// Made only when this holds.
    pub(crate) condition: Option<&'static str>,
    /// Line that it comes from.
    pub(crate) pipe: SpecLine,
    /// What acts with it, in words.
    pub(crate) actor: Cow<'static, str>,
    /// What asked for its rights, in words.
    pub(crate) asked_by: Cow<'static, str>,
    /// Line of that.
    pub(crate) asked_at: SpecLine,
}

/// Adds a role, and what is to be said of it.
pub(crate) fn add_role(stack: &mut Stack<'_>, handle: &Handle<Role>, plan: RolePlan) {
    let mut policies = Vec::new();
    let mut sources = Ordered::default();
    let mut rights = Vec::with_capacity(plan.rights.len());
    if !plan.rights.is_empty() {
        let mut statements = Vec::with_capacity(plan.rights.len());
        for right in plan.rights {
            sources.push(right.statement.sid.clone(), right.source);
            statements.push(right.statement);
            rights.push(right.told);
        }
        policies.push(InlinePolicy {
            policy_name: plan.policy_name,
            policy_document: Policy::new(statements),
        });
    }
    let role = Role {
        description: plan.description,
        assume_role_policy_document: take_role(plan.service, plan.trust),
        policies,
    };
    let mut resource = Resource::new(role, plan.pipe);
    resource.condition = plan.condition;
    resource.metadata.statements = sources;
    stack.resources.add(handle, resource);
    stack.authorities.push(Authority {
        role: handle.id.clone(),
        actor: plan.actor,
        asked_by: plan.asked_by,
        pipe: plan.asked_at,
        rights,
    });
}

/// A service acts for one of these resources, and for this account.
pub(crate) fn acting_for(sources: Vec<Value<Any>>) -> Conditions {
    Conditions::default()
        .with("ArnEquals", "aws:SourceArn", sources)
        .with(
            "StringEquals",
            "aws:SourceAccount",
            vec![Value::parameter("AWS::AccountId").any()],
        )
}

fn take_role(service: &'static str, trust: Trust) -> Policy {
    let account = vec![Value::parameter("AWS::AccountId").any()];
    let condition = match trust {
        Trust::For(source) => Conditions::default()
            .with("ArnLike", "aws:SourceArn", vec![source])
            .with("StringEquals", "aws:SourceAccount", account),
        Trust::IfSaid(sources) => Conditions::default()
            .with("ArnLikeIfExists", "aws:SourceArn", sources)
            .with("StringEqualsIfExists", "aws:SourceAccount", account),
        Trust::Unsaid => Conditions::default(),
    };
    Policy::new(vec![Statement {
        sid: "TakeRole".into(),
        effect: Effect::Allow,
        principal: Some(Principal::Service(Value::text(service).any())),
        action: (&["sts:AssumeRole"]).into(),
        resource: Vec::new(),
        condition,
    }])
}

/// X-Ray knows no resources.
pub(crate) fn traces(pipe: &SpecLine) -> Right {
    unscoped(
        "SendTraces",
        "send traces to X-Ray",
        pipe,
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ],
        "X-Ray has no resources to name",
    )
}

/// Step Functions sets up its log delivery with the machine's role, and CloudWatch's delivery actions know no resources.
pub(crate) fn log_delivery(pipe: &SpecLine) -> Right {
    unscoped(
        "SetUpLogDelivery",
        "set up delivery of its execution log",
        pipe,
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
        "CloudWatch Logs' delivery actions have no resources to name",
    )
}

/// A right over everything that the service has, for an action that cannot be limited.
pub(crate) fn unscoped(
    sid: &'static str,
    words: &'static str,
    pipe: &SpecLine,
    action: &'static [&'static str],
    why: &'static str,
) -> Right {
    Right::new(sid, words, pipe, action, vec![Value::every_resource()]).because(why)
}

/// The pipeline's key as `service` uses it on the role's behalf.
pub(crate) fn key_through(
    sid: impl Into<Cow<'static, str>>,
    words: impl Into<Cow<'static, str>>,
    pipe: &SpecLine,
    key: Value<Arn<kms::Key>>,
    action: &'static [&'static str],
    service: &str,
) -> Right {
    Right::new(sid, words, pipe, action, vec![key.any()]).when(
        "StringEquals",
        "kms:ViaService",
        via(service),
    )
}

/// `<service>.<region>.amazonaws.com`, as kms:ViaService names a service.
pub(crate) fn via(service: &str) -> Value<Any> {
    Sub::default()
        .text(service)
        .text(".")
        .parameter("AWS::Region")
        .text(".amazonaws.com")
        .done()
}

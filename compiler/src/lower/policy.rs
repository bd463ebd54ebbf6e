//! Roles and their statements. One list makes the policy in the template, its metadata and the permissions report.

use crate::emit::cfn::iam::{Conditions, Effect, InlinePolicy, Policy, Principal, Role, Statement};
use crate::emit::cfn::kms;
use crate::emit::cfn::template::{Resource, StatementSource};
use crate::emit::cfn::value::{Any, Arn, Sub, Value};

/// One statement with who asked for it and what it means to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Right {
    /// The statement.
    pub statement: Statement,
    /// The grant or edge that asked: `payments.pipe:88`.
    pub pipe: String,
    /// In words of the spec: `append to payment_events`.
    pub words: String,
    /// True when the spec grants it; false for what a granted thing needs to work (logs, traces, keys).
    pub granted: bool,
    /// Why, where the words do not say it; always for a wildcard.
    pub because: Option<String>,
}

impl Right {
    /// A right over named resources.
    pub(crate) fn new(
        sid: &str,
        words: impl Into<String>,
        pipe: &str,
        action: Vec<&'static str>,
        resource: Vec<Value<Any>>,
    ) -> Self {
        let statement = Statement {
            sid: sid.to_owned(),
            effect: Effect::Allow,
            principal: None,
            action,
            resource,
            condition: Conditions::default(),
        };
        Self {
            statement,
            pipe: pipe.to_owned(),
            words: words.into(),
            granted: false,
            because: None,
        }
    }

    /// The spec grants it.
    pub(crate) fn granted(mut self) -> Self {
        self.granted = true;
        self
    }

    /// Says why it is there.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.because = Some(reason.to_owned());
        self
    }

    /// Adds a condition.
    pub(crate) fn when(self, operator: &'static str, key: &str, value: Value<Any>) -> Self {
        self.when_any(operator, key, vec![value])
    }

    /// Adds a condition that several values meet.
    pub(crate) fn when_any(
        mut self,
        operator: &'static str,
        key: &str,
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
    pub role: String,
    /// What acts with it, in words: `function validate`.
    pub actor: String,
    /// What asked for it, in words: `grant validate`.
    pub asked_by: String,
    /// Line of that.
    pub pipe: String,
    /// Its rights.
    pub rights: Vec<Right>,
}

/// The `Metadata.statements` of a resource with these rights.
pub(crate) fn sources(resource: &mut Resource, rights: &[Right]) {
    for right in rights {
        let source = StatementSource {
            pipe: right.pipe.clone(),
            because: right.because.clone(),
        };
        resource
            .metadata
            .statements
            .push(right.statement.sid.clone(), source);
    }
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

/// A role for `service` with these rights.
pub(crate) fn role(
    description: String,
    service: &'static str,
    trust: Trust,
    policy_name: &str,
    rights: &[Right],
) -> Role {
    let statements = rights.iter().map(|it| it.statement.clone()).collect();
    let policies = vec![InlinePolicy {
        policy_name: policy_name.to_owned(),
        policy_document: Policy::new(statements),
    }];
    Role {
        description,
        assume_role_policy_document: take_role(service, trust),
        policies: if rights.is_empty() {
            Vec::new()
        } else {
            policies
        },
    }
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
        sid: "TakeRole".to_owned(),
        effect: Effect::Allow,
        principal: Some(Principal::Service(Value::text(service).any())),
        action: vec!["sts:AssumeRole"],
        resource: Vec::new(),
        condition,
    }])
}

/// X-Ray knows no resources.
pub(crate) fn traces(pipe: &str) -> Right {
    unscoped(
        "SendTraces",
        "send traces to X-Ray",
        pipe,
        vec![
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ],
        "X-Ray has no resources to name",
    )
}

/// Step Functions sets up its log delivery with the machine's role, and CloudWatch's delivery actions know no resources.
pub(crate) fn log_delivery(pipe: &str) -> Right {
    unscoped(
        "SetUpLogDelivery",
        "set up delivery of its execution log",
        pipe,
        vec![
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
    sid: &str,
    words: &str,
    pipe: &str,
    action: Vec<&'static str>,
    why: &str,
) -> Right {
    Right::new(sid, words, pipe, action, vec![Value::every_resource()]).because(why)
}

/// The pipeline's key as `service` uses it on the role's behalf.
pub(crate) fn key_through(
    sid: &str,
    words: &str,
    pipe: &str,
    key: Value<Arn<kms::Key>>,
    action: Vec<&'static str>,
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

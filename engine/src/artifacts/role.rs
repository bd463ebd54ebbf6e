//! `AWS::IAM::Role` and `AWS::IAM::Policy`: what each role may do, and whether the service that needs it may take it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ArtifactError, Deployment, Reading, Template, of_kind};
use crate::iam::{Decision, Policy, Request, decide};

/// A role and its identity policies.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    pub name: String,
    pub arn: String,
    pub policies: Vec<Policy>,
    trust: Policy,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Role, ArtifactError> {
    let known = [
        "RoleName",
        "Path",
        "Description",
        "AssumeRolePolicyDocument",
        "Policies",
        "ManagedPolicyArns",
        "MaxSessionDuration",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    // What is in them is not in the template, and guessing would allow or deny what AWS does not.
    for property in ["ManagedPolicyArns", "PermissionsBoundary"] {
        let given = cx.properties.get(property);
        if given.is_some_and(|it| it.as_array().is_none_or(|list| !list.is_empty())) {
            let message = "what a managed policy says is not in the template: write its statements in `Policies`";
            return Err(cx.fault(property, message));
        }
    }
    let nothing = Value::Null;
    let document = cx
        .properties
        .get("AssumeRolePolicyDocument")
        .unwrap_or(&nothing);
    let trust = Policy::parse(document)
        .map_err(|error| cx.fault("AssumeRolePolicyDocument", error.to_string()))?;
    let mut policies = Vec::new();
    for policy in cx
        .properties
        .get("Policies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let document = policy.get("PolicyDocument").unwrap_or(&nothing);
        policies.push(
            Policy::parse_identity(document)
                .map_err(|error| cx.fault("Policies", error.to_string()))?,
        );
    }
    let name = cx.template.name(cx.id)?;
    policies.extend(attached(cx.template, &name)?);
    let arn = cx
        .template
        .resolve(&serde_json::json!({ "Fn::GetAtt": [cx.id, "Arn"] }))?;
    Ok(Role {
        name,
        arn: super::template::text(&arn),
        policies,
        trust,
    })
}

/// The `AWS::IAM::Policy` resources that name the role.
fn attached(template: &Template, role: &str) -> Result<Vec<Policy>, ArtifactError> {
    let mut policies = Vec::new();
    for (id, resource) in of_kind(template, "AWS::IAM::Policy") {
        let properties = template.resolve(&resource.properties)?;
        let roles = properties.get("Roles").and_then(Value::as_array);
        if roles.is_some_and(|roles| roles.iter().any(|it| it.as_str() == Some(role))) {
            let document = properties.get("PolicyDocument").unwrap_or(&Value::Null);
            let policy = Policy::parse_identity(document).map_err(|error| {
                ArtifactError::at(
                    format!("Resources.{id}.Properties.PolicyDocument"),
                    error.to_string(),
                )
            })?;
            policies.push(policy);
        }
    }
    Ok(policies)
}

/// Who may call each function without a role of the template: the resource policies that `AWS::Lambda::Permission` makes.
pub(super) fn permissions(template: &Template) -> Result<BTreeMap<String, Policy>, ArtifactError> {
    let mut statements: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, resource) in of_kind(template, "AWS::Lambda::Permission") {
        let properties = template.resolve(&resource.properties)?;
        let text = |key: &str| properties.get(key).and_then(Value::as_str);
        let named = text("FunctionName").unwrap_or_default();
        let arn = if named.starts_with("arn:") {
            named.to_owned()
        } else {
            template.arn("lambda", &format!("function:{named}"))
        };
        let principal = text("Principal").unwrap_or_default();
        let principal = if principal.ends_with(".amazonaws.com") {
            serde_json::json!({ "Service": principal })
        } else {
            serde_json::json!({ "AWS": principal })
        };
        let mut statement = serde_json::json!({ "Sid": id, "Effect": "Allow", "Principal": principal, "Action": text("Action"), "Resource": arn });
        let source_arn =
            text("SourceArn").map(|arn| ("ArnLike", serde_json::json!({ "aws:SourceArn": arn })));
        let account = text("SourceAccount").map(|account| {
            (
                "StringEquals",
                serde_json::json!({ "aws:SourceAccount": account }),
            )
        });
        let mut conditions: serde_json::Map<String, Value> = source_arn
            .into_iter()
            .chain(account)
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        // What opens a function's own address opens nothing else. `StringLike`, since `StringEquals` may be taken above.
        if let Some(auth) = text("FunctionUrlAuthType") {
            conditions.insert(
                "StringLike".to_owned(),
                serde_json::json!({ "lambda:FunctionUrlAuthType": auth }),
            );
        }
        if properties.get("InvokedViaFunctionUrl") == Some(&Value::Bool(true)) {
            conditions.insert(
                "Bool".to_owned(),
                serde_json::json!({ "lambda:InvokedViaFunctionUrl": "true" }),
            );
        }
        if let (false, Some(statement)) = (conditions.is_empty(), statement.as_object_mut()) {
            statement.insert("Condition".to_owned(), Value::Object(conditions));
        }
        statements.entry(arn).or_default().push(statement);
    }
    let parse = |(arn, statements): (String, Vec<Value>)| {
        let document = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
        let policy =
            Policy::parse(&document).map_err(|error| ArtifactError::at(&arn, error.to_string()))?;
        Ok((arn, policy))
    };
    statements.into_iter().map(parse).collect()
}

/// Refuses a deployment in which a service may not take the role that it is given.
pub(super) fn check_trust(deployment: &Deployment) -> Result<(), ArtifactError> {
    let functions = deployment
        .functions
        .iter()
        .map(|it| (&it.role_arn, "lambda.amazonaws.com", &it.arn));
    let machines = deployment
        .machines
        .iter()
        .map(|it| (&it.role_arn, "states.amazonaws.com", &it.arn));
    let pipes = deployment
        .pipes
        .iter()
        .map(|it| (&it.role_arn, "pipes.amazonaws.com", &it.arn));
    let targets = deployment.rules.iter().flat_map(|rule| {
        let roles = rule.targets.iter().filter_map(|it| it.role_arn.as_ref());
        roles.map(|role_arn| (role_arn, "events.amazonaws.com", &rule.arn))
    });
    let writers = deployment
        .log_writers
        .iter()
        .map(|it| (&it.role_arn, it.service, &it.source_arn));
    let all = functions
        .chain(machines)
        .chain(pipes)
        .chain(targets)
        .chain(writers);
    for (role_arn, service, user) in all {
        let Some(role) = deployment.roles.iter().find(|role| role.arn == *role_arn) else {
            return Err(ArtifactError::at(
                user,
                format!(
                    "the role `{role_arn}` is not made by this template, so what it may do is not known"
                ),
            ));
        };
        let request = Request::new("sts:AssumeRole", role_arn)
            .by("Service", service)
            .with("aws:SourceArn", user)
            .with("aws:SourceAccount", &deployment.account);
        if !matches!(decide(&[], Some(&role.trust), &request), Decision::Allow(_)) {
            return Err(ArtifactError::at(
                user,
                format!(
                    "{service} may not take the role {}: its trust policy does not allow it",
                    role.name
                ),
            ));
        }
    }
    Ok(())
}

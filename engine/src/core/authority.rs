//! Who may do what: each call by a function, a machine or a pipe is checked against the policies of its role.
//!
//! A person at this machine is the account's administrator and may do everything.

use super::Core;
use super::input::{Caller, Service};
use crate::artifacts::{Api, Deployment, Route};
use crate::dynamodb::accesses;
use crate::iam::{Decision, Request, decide};
use serde_json::Value;

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// A person, or a program that uses no credentials of ours.
    Outside,
    /// A role of the template, and who has taken it: a function's name, an execution's.
    Role { arn: String, session: String },
}

/// A call that no policy allows, in AWS's words and with the grant that would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) message: String,
}

impl Core {
    /// The principal behind a call on the wire.
    pub(super) fn principal(&self, caller: &Caller) -> Principal {
        let Caller::Function { name, .. } = caller else {
            return Principal::Outside;
        };
        let function = self.deployment.functions.iter().find(|it| it.name == *name);
        function.map_or(Principal::Outside, |it| Principal::Role {
            arn: it.role_arn.clone(),
            session: name.clone(),
        })
    }

    /// Every operation passes here before it is done.
    pub(super) fn authorize(
        &self,
        principal: &Principal,
        action: &str,
        resource: &str,
        context: &[(&str, String)],
    ) -> Result<(), Denied> {
        let Principal::Role { arn, session } = principal else {
            return Ok(());
        };
        let deployment = &self.deployment;
        let role = deployment.roles.iter().find(|role| role.arn == *arn);
        let mut request = Request::new(action, resource)
            .with("aws:PrincipalArn", arn)
            .with("aws:RequestedRegion", &deployment.region)
            .with("aws:PrincipalAccount", &deployment.account);
        for (key, value) in context {
            request = request.with(key, value);
        }
        let policies: Vec<_> = role.into_iter().flat_map(|role| &role.policies).collect();
        let why = match decide(&policies, None, &request) {
            Decision::Allow(_) => return Ok(()),
            Decision::ImplicitDeny => {
                format!("because no identity-based policy allows the {action} action")
            }
            Decision::ExplicitDeny(_) => {
                "with an explicit deny in an identity-based policy".to_owned()
            }
        };
        let name = role.map_or(arn.as_str(), |role| role.name.as_str());
        let user = format!(
            "arn:aws:sts::{}:assumed-role/{name}/{session}",
            deployment.account
        );
        let mend = grant(deployment, arn, action, resource)
            .map(|grant| format!(" (the spec lacks: {grant})"))
            .unwrap_or_default();
        Err(Denied {
            message: format!(
                "User: {user} is not authorized to perform: {action} on resource: {resource} {why}{mend}"
            ),
        })
    }

    /// Every operation of an API passes here before it is done: all that it needs must be allowed.
    pub(super) fn authorize_call(
        &self,
        principal: &Principal,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<(), Denied> {
        if *principal == Principal::Outside {
            return Ok(());
        }
        for (action, resource, attributes) in self.needs(service, operation, body) {
            let attributes: Vec<_> = attributes
                .into_iter()
                .map(|name| ("dynamodb:Attributes", name))
                .collect();
            self.authorize(principal, &action, &resource, &attributes)?;
        }
        Ok(())
    }

    /// Actions, resources and the attributes of an update, which an operation needs.
    fn needs(
        &self,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Vec<(String, String, Vec<String>)> {
        let arn = |service: &str, rest: &str| {
            format!(
                "arn:aws:{service}:{}:{}:{rest}",
                self.deployment.region, self.deployment.account
            )
        };
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let one = |action: String, resource: String| vec![(action, resource, Vec::new())];
        match service {
            Service::DynamoDb => {
                let needed = accesses(operation, body, &arn("dynamodb", "table/"));
                needed
                    .into_iter()
                    .map(|it| (it.action, it.resource, it.attributes))
                    .collect()
            }
            Service::Ssm => {
                let names = body
                    .get("Names")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .chain(body.get("Name"));
                let named = |name: &str| {
                    let separator = if name.starts_with('/') { "" } else { "/" };
                    (
                        format!("ssm:{operation}"),
                        arn("ssm", &format!("parameter{separator}{name}")),
                        Vec::new(),
                    )
                };
                names.filter_map(Value::as_str).map(named).collect()
            }
            Service::StepFunctions => {
                let named = [text("executionArn"), text("stateMachineArn")]
                    .into_iter()
                    .find(|it| !it.is_empty());
                one(
                    format!("states:{operation}"),
                    named.unwrap_or("*").to_owned(),
                )
            }
            Service::Sqs => {
                let queue = text("QueueUrl")
                    .rsplit('/')
                    .next()
                    .filter(|it| !it.is_empty());
                // A batch needs what its entries need.
                let operation = operation.strip_suffix("Batch").unwrap_or(operation);
                one(
                    format!("sqs:{operation}"),
                    queue.map_or_else(|| "*".to_owned(), |queue| arn("sqs", queue)),
                )
            }
            Service::Lambda => {
                let given = text("FunctionName");
                let name = self
                    .function_named(given)
                    .unwrap_or_else(|| given.to_owned());
                let action = if operation == "Invoke" {
                    "InvokeFunction"
                } else {
                    operation
                };
                one(
                    format!("lambda:{action}"),
                    arn("lambda", &format!("function:{name}")),
                )
            }
        }
    }

    /// Whether API Gateway may call the function of a route.
    pub(super) fn authorize_route(&self, api: &Api, route: &Route) -> bool {
        let deployment = &self.deployment;
        let source = format!(
            "arn:aws:execute-api:{}:{}:{}/{}/{}{}",
            deployment.region, deployment.account, api.id, api.stage, route.method, route.path
        );
        let request = Request::new("lambda:InvokeFunction", &route.function_arn)
            .by("Service", "apigateway.amazonaws.com")
            .with("aws:SourceArn", source)
            .with("aws:SourceAccount", &deployment.account);
        let policy = deployment.permissions.get(&route.function_arn);
        matches!(decide(&[], policy, &request), Decision::Allow(_))
    }
}

/// `grant validate { append: payment_events }`: what the spec would say to allow it, where that can be said.
fn grant(deployment: &Deployment, role_arn: &str, action: &str, resource: &str) -> Option<String> {
    let verb = match action {
        "dynamodb:PutItem" => "append",
        "dynamodb:GetItem" | "dynamodb:Query" | "dynamodb:Scan" | "ssm:GetParameter"
        | "ssm:GetParameters" => "read",
        "dynamodb:UpdateItem" => "update",
        "lambda:InvokeFunction" => "call",
        "sqs:SendMessage" => "send",
        _ => return None,
    };
    let functions = deployment
        .functions
        .iter()
        .map(|it| (&it.role_arn, &it.arn));
    let machines = deployment.machines.iter().map(|it| (&it.role_arn, &it.arn));
    let (_, who) = functions
        .chain(machines)
        .find(|(role, _)| *role == role_arn)?;
    let declared = |arn: &str| deployment.declared.get(arn).map(String::as_str);
    Some(format!(
        "grant {} {{ {verb}: {} }}",
        declared(who)?,
        declared(resource)?
    ))
}

/// The role with this ARN, as the principal of a session.
pub(super) fn role(arn: &str, session: &str) -> Principal {
    Principal::Role {
        arn: arn.to_owned(),
        session: session.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_without_policies_may_do_nothing() {
        let deployment = Deployment::default();
        let core = Core::restore(std::sync::Arc::new(deployment), Vec::new(), 1.0)
            .expect("an empty deployment");
        let denied = core.authorize(
            &role("arn:aws:iam::1:role/r", "s"),
            "dynamodb:PutItem",
            "arn:aws:dynamodb:r:1:table/t",
            &[],
        );
        assert!(
            denied
                .expect_err("denied")
                .message
                .contains("is not authorized to perform: dynamodb:PutItem")
        );
        assert_eq!(
            core.authorize(&Principal::Outside, "dynamodb:PutItem", "*", &[]),
            Ok(())
        );
    }
}

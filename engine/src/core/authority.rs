//! Who may do what: each call by a function, a machine or a pipe is checked against the policies of its role.
//!
//! A person at this machine is the account's administrator and may do everything.

mod calls;
mod first_use;
mod keys;
mod known;
mod lacking;
mod needs;

use std::borrow::Cow;

use super::Core;
use super::input::Caller;
use crate::artifacts::{Api, Call, Route};
use crate::iam::{Policy, Request};
pub(super) use calls::Calls;
pub(super) use keys::{KeyUse, WRITE};
pub(super) use known::Known;
use known::Question;

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Principal {
    /// A person, or a program that uses no credentials of ours.
    Outside,
    /// A role of the template, and who has taken it: a function's name, an execution's.
    Role {
        arn: String,
        session: String,
        /// The function whose code calls; Lambda itself calls with the same role and without it.
        code_of: Option<String>,
    },
    /// A service of AWS that acts for one of the stack's resources: a rule, a topic, an alarm.
    Service {
        name: Cow<'static, str>,
        source_arn: String,
    },
}

/// A call that no policy allows, in AWS's words and with the grant that would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) message: String,
}

impl Core {
    /// The principal behind a call on the wire.
    pub(super) fn principal(&self, caller: &Caller) -> Principal {
        let name = match caller {
            Caller::Outside => return Principal::Outside,
            Caller::Execution { number } => return self.machine_principal(*number),
            Caller::Function { name, .. } => name,
        };
        let function = self.deployment.functions.iter().find(|it| it.name == *name);
        function.map_or(Principal::Outside, |it| Principal::Role {
            arn: it.role_arn.clone(),
            session: name.clone(),
            code_of: Some(it.arn.clone()),
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
        if *principal == Principal::Outside {
            return Ok(());
        }
        let question = Question {
            principal,
            action,
            resource,
            key_via: None,
            context,
        };
        self.unless_known(&question, || {
            let mut request = self.request_of(principal, action, resource);
            for (key, value) in context {
                request = request.with(key, value);
            }
            self.decide(principal, request)
        })
    }

    /// Asks, unless the same was allowed before. Where calls are told, each is asked for anew.
    fn unless_known<V: AsRef<str>>(
        &self,
        question: &Question<'_, V>,
        ask: impl FnOnce() -> Result<(), Denied>,
    ) -> Result<(), Denied> {
        if self.calls.are_told() {
            return ask();
        }
        if !self.known.holds(question) {
            ask()?;
            self.known.remember(question);
        }
        Ok(())
    }

    /// Asks the policies, and remembers the call where calls are told.
    fn decide(&self, principal: &Principal, request: Request) -> Result<(), Denied> {
        let role = match principal {
            Principal::Role { arn, .. } => Some(arn.clone()),
            Principal::Service { .. } | Principal::Outside => None,
        };
        let call = Call { role, request };
        if let Err(why) = self.deployment.decide(&call) {
            return Err(self.denied(principal, &call.request, &why));
        }
        self.calls.allowed(call);
        Ok(())
    }

    /// Whether somebody without credentials may do it.
    pub(super) fn decide_for_anyone(&self, request: Request) -> bool {
        self.decide(&Principal::Outside, request).is_ok()
    }

    /// From now on each different call that is allowed is told once.
    pub fn tell_calls(&mut self) {
        self.calls.tell();
    }

    /// The identity policies of a principal; services have none.
    fn identity(&self, principal: &Principal) -> Vec<&Policy> {
        let Principal::Role { arn, .. } = principal else {
            return Vec::new();
        };
        self.deployment.identity_policies(Some(arn))
    }

    /// The request with what IAM knows about every principal. A local run stands for one over TLS.
    fn request_of(&self, principal: &Principal, action: &str, resource: &str) -> Request {
        let deployment = &self.deployment;
        let request = Request::new(action, resource)
            .with("aws:RequestedRegion", &deployment.region)
            .with("aws:SecureTransport", "true");
        match principal {
            Principal::Outside => request,
            Principal::Role { arn, code_of, .. } => {
                let request = request
                    .by("AWS", arn)
                    .with("aws:PrincipalArn", arn)
                    .with("aws:PrincipalIsAWSService", "false")
                    .with("aws:PrincipalAccount", &deployment.account);
                match code_of {
                    Some(function) => request.with("lambda:SourceFunctionArn", function),
                    None => request,
                }
            }
            Principal::Service { name, source_arn } => request
                .by("Service", name.as_ref())
                .with("aws:PrincipalIsAWSService", "true")
                .with("aws:PrincipalServiceName", name.as_ref())
                .with("aws:SourceArn", source_arn)
                .with("aws:SourceAccount", &deployment.account),
        }
    }

    /// A denial in AWS's words, with what would mend it.
    fn denied(&self, principal: &Principal, request: &Request, why: &str) -> Denied {
        let deployment = &self.deployment;
        let Request {
            action, resource, ..
        } = request;
        let (user, mend) = match principal {
            Principal::Outside => (String::new(), None),
            Principal::Role { arn, session, .. } => {
                let role = deployment.roles.iter().find(|role| role.arn == *arn);
                let name = role.map_or(arn.as_str(), |role| role.name.as_str());
                let user = format!(
                    "User: arn:aws:sts::{}:assumed-role/{name}/{session}",
                    deployment.account
                );
                let mend = self
                    .lacking_grant(arn, request)
                    .map(|grant| format!(" (the spec lacks: {grant})"));
                (user, mend)
            }
            Principal::Service { name, source_arn } => (
                format!("User: {name}"),
                Some(format!(
                    " (the template has no policy by which {name} may do it for {source_arn})"
                )),
            ),
        };
        let mend = mend.unwrap_or_default();
        Denied {
            message: format!(
                "{user} is not authorized to perform: {action} on resource: {resource} {why}{mend}"
            ),
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
            .with("aws:SourceArn", &source)
            .with("aws:SourceAccount", &deployment.account);
        self.decide(&service("apigateway.amazonaws.com", &source), request)
            .is_ok()
    }
}

/// A service that acts for one of the stack's resources.
pub(super) fn service(name: &'static str, source_arn: &str) -> Principal {
    Principal::Service {
        name: Cow::Borrowed(name),
        source_arn: source_arn.to_owned(),
    }
}

/// The id of a role's session: the role's own is made up, since no role here has one.
pub(super) fn session_id(session: &str) -> String {
    format!("AROALOCAL:{session}")
}

/// The role with this ARN, as the principal of a session.
pub(super) fn role(arn: &str, session: &str) -> Principal {
    Principal::Role {
        arn: arn.to_owned(),
        session: session.to_owned(),
        code_of: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::Deployment;

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

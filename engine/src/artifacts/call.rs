//! What the policies of a deployment say about a call. Everything that the engine allows is decided here, so a call that was recorded
//! can be decided again by other policies.

use serde::Serialize;

use super::Deployment;
use crate::iam::{Decision, KeyDecision, Policy, Request, decide, decide_endpoint, decide_key};

/// A call as its policies are asked about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Call {
    /// ARN of the role whose identity policies have a say; a service that acts by itself has none.
    pub role: Option<String>,
    #[serde(flatten)]
    pub request: Request,
}

impl Deployment {
    /// Whether the policies allow the call.
    ///
    /// # Errors
    ///
    /// Why they do not, in AWS's words: `because no identity-based policy allows the sqs:SendMessage action`.
    pub fn decide(&self, call: &Call) -> Result<(), String> {
        let request = &call.request;
        let action = &request.action;
        let missing = |kind: &str| format!("because no {kind} policy allows the {action} action");
        let identity = self.identity_policies(call.role.as_deref());
        if action.starts_with("kms:") {
            return match decide_key(&identity, self.keys.get(&request.resource), request) {
                KeyDecision::Allow => Ok(()),
                KeyDecision::NoKeyPolicy => Err(missing("resource-based")),
                KeyDecision::NoIdentityPolicy => Err(missing("identity-based")),
                KeyDecision::ExplicitDeny => Err("with an explicit deny".to_owned()),
            };
        }
        let kind = if call.role.is_some() {
            "identity-based"
        } else {
            "resource-based"
        };
        match decide(&identity, self.resource_policy(&request.resource), request) {
            Decision::Allow(_) => {}
            Decision::ImplicitDeny => return Err(missing(kind)),
            Decision::ExplicitDeny(_) => {
                return Err(format!("with an explicit deny in a {kind} policy"));
            }
        }
        let Some(endpoint) = self.endpoint_policy(request) else {
            return Ok(());
        };
        match decide_endpoint(endpoint, request) {
            Decision::Allow(_) => Ok(()),
            Decision::ImplicitDeny => Err(missing("VPC endpoint")),
            Decision::ExplicitDeny(_) => {
                Err("with an explicit deny in a VPC endpoint policy".to_owned())
            }
        }
    }

    /// The identity policies of a role of the template.
    pub(crate) fn identity_policies(&self, role: Option<&str>) -> Vec<&Policy> {
        let mut roles = self.roles.iter();
        let found = role.and_then(|arn| roles.find(|it| it.arn == arn));
        found.into_iter().flat_map(|it| &it.policies).collect()
    }

    /// The policy of the endpoint that a request goes through: that of the service, where the code of a function in a network calls.
    fn endpoint_policy(&self, request: &Request) -> Option<&Policy> {
        let endpoint = self.endpoints.get(request.action.split(':').next()?)?;
        let caller = request.values("lambda:sourcefunctionarn")?.first()?;
        let function = self.functions.iter().find(|it| it.arn == *caller)?;
        function.in_network.then_some(endpoint)
    }
}

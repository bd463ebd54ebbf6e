//! STS: who a caller is.

use serde_json::json;

use super::Core;
use super::api::{ApiError, ApiResult};
use super::authority::{Principal, session_id};

impl Core {
    pub(super) fn sts(&self, operation: &str, caller: &Principal) -> ApiResult {
        if operation != "GetCallerIdentity" {
            return Err(ApiError::unknown(operation));
        }
        let account = &self.deployment.account;
        let (id, arn) = match caller {
            // A person at this machine is the administrator of the account.
            Principal::Outside => (account.clone(), format!("arn:aws:iam::{account}:root")),
            Principal::Role { arn, session, .. } => {
                let role = arn.rsplit('/').next().unwrap_or_default();
                let assumed = format!("arn:aws:sts::{account}:assumed-role/{role}/{session}");
                (session_id(session), assumed)
            }
            Principal::Service { name, source_arn } => (name.to_string(), source_arn.clone()),
        };
        Ok(json!({ "UserId": id, "Account": account, "Arn": arn }))
    }
}

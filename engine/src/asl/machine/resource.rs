//! What a Task state calls: reading its ARN, and which of the service integrations there are.

use std::sync::Arc;

/// Optimized integrations whose list is short and complete: service, actions, and patterns besides request and response.
const OPTIMIZED: [(&str, &[&str], &[Pattern]); 8] = [
    ("apigateway", &["invoke"], &[Pattern::Callback]),
    (
        "dynamodb",
        &["getItem", "putItem", "deleteItem", "updateItem"],
        &[],
    ),
    ("events", &["putEvents"], &[Pattern::Callback]),
    ("http", &["invoke"], &[]),
    ("lambda", &["invoke"], &[Pattern::Callback]),
    ("sns", &["publish"], &[Pattern::Callback]),
    ("sqs", &["sendMessage"], &[Pattern::Callback]),
    (
        "states",
        &["startExecution"],
        &[Pattern::Sync, Pattern::Callback],
    ),
];

/// What a Task state calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The ARN as the definition has it.
    pub arn: Arc<str>,
    pub kind: ResourceKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// `arn:aws:lambda:...:function:name`, invoked with the state's input as its payload.
    LambdaFunction,
    /// `arn:aws:states:...:activity:name`.
    Activity,
    /// `arn:aws:states:::service:action`, also with `aws-sdk:` in front of the service.
    Service {
        service: Arc<str>,
        action: Arc<str>,
        pattern: Pattern,
    },
    /// Anything else; whoever starts tasks decides what it means.
    Other,
}

/// When the task of a service integration is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// When the service has answered.
    RequestResponse,
    /// `.sync`: when the job is done.
    Sync,
    /// `.waitForTaskToken`: when somebody calls back with the token.
    Callback,
}

impl Resource {
    /// What this is that only a Standard state machine can wait for.
    pub(super) fn of_standard_only(&self) -> Option<&'static str> {
        match &self.kind {
            ResourceKind::Activity => Some("an activity"),
            ResourceKind::Service {
                pattern: Pattern::Sync,
                ..
            } => Some("a `.sync` service integration"),
            ResourceKind::Service {
                pattern: Pattern::Callback,
                ..
            } => Some("a `.waitForTaskToken` service integration"),
            _ => None,
        }
    }

    /// Refuses a service integration that Step Functions does not have, where all it has of a service is known.
    pub(super) fn check(&self) -> Result<(), String> {
        let ResourceKind::Service {
            service,
            action,
            pattern,
        } = &self.kind
        else {
            return Ok(());
        };
        let known = OPTIMIZED.iter().find(|(name, ..)| *name == &**service);
        let Some((_, actions, patterns)) = known else {
            return Ok(());
        };
        if !actions.contains(&&**action) {
            return Err(format!(
                "Step Functions has no integration `{service}:{action}`"
            ));
        }
        match *pattern == Pattern::RequestResponse || patterns.contains(pattern) {
            true => Ok(()),
            false => Err(format!(
                "Step Functions cannot wait so for `{service}:{action}`"
            )),
        }
    }

    pub(super) fn parse(arn: &str) -> Resource {
        let kind = if let Some(integration) = arn.strip_prefix("arn:aws:states:::") {
            service(integration)
        } else if arn.starts_with("arn:") && arn.contains(":lambda:") && arn.contains(":function:")
        {
            ResourceKind::LambdaFunction
        } else if arn.starts_with("arn:") && arn.contains(":states:") && arn.contains(":activity:")
        {
            ResourceKind::Activity
        } else {
            ResourceKind::Other
        };
        Resource {
            arn: Arc::from(arn),
            kind,
        }
    }
}

/// Reads `sqs:sendMessage.waitForTaskToken` and `aws-sdk:dynamodb:putItem`.
fn service(integration: &str) -> ResourceKind {
    let (name, pattern) = match integration.rsplit_once('.') {
        Some((name, "waitForTaskToken")) => (name, Pattern::Callback),
        Some((name, "sync" | "sync:2")) => (name, Pattern::Sync),
        _ => (integration, Pattern::RequestResponse),
    };
    match name.rsplit_once(':') {
        Some((service, action)) => ResourceKind::Service {
            service: Arc::from(service),
            action: Arc::from(action),
            pattern,
        },
        None => ResourceKind::Other,
    }
}

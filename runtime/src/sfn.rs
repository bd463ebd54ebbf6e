//! State machines of Step Functions: an execution is started under its name, and a name that is taken is looked at.
//!
//! AWS: `StartExecution`: the same name and input while it runs is the same execution; after its end, and with another input at any time,
//! the name is taken (`ExecutionAlreadyExists`) for 90 days.

use std::collections::BTreeMap;
use std::time::Instant;

use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;

use crate::aws_error::told;
use crate::event_log::{Local, Unavailable};
use crate::execution::{Executions, Started, is_same_input};
use crate::lambda::timeouts;

pub(crate) struct StepFunctions {
    client: Client,
    /// ARN by declared name.
    arns: BTreeMap<String, String>,
}

impl StepFunctions {
    pub(crate) fn new(config: &SdkConfig, arns: BTreeMap<String, String>) -> Self {
        let config = aws_sdk_sfn::config::Builder::from(config).timeout_config(timeouts());
        Self {
            client: Client::from_conf(config.build()),
            arns,
        }
    }

    async fn start_execution(
        &self,
        workflow: &str,
        name: &str,
        input: &str,
    ) -> Result<Started, Unavailable> {
        let arn = self.arns.get(workflow).ok_or_else(|| {
            let detail = format!("no state machine is configured for {workflow}");
            Unavailable::new("workflow_unnamed", detail)
        })?;
        let start = self.client.start_execution().state_machine_arn(arn);
        let error = match start.name(name).input(input).send().await {
            Ok(_) => return Ok(Started::Now),
            Err(error) => error,
        };
        let taken = error
            .as_service_error()
            .is_some_and(|it| it.is_execution_already_exists());
        if !taken {
            let detail = format!(
                "{workflow}: {}",
                told(&error, error.code(), error.message())
            );
            return Err(Unavailable::new("workflow", detail));
        }
        if is_same_input(&self.input_of(arn, name).await?, input) {
            Ok(Started::Before)
        } else {
            let detail = format!("{workflow}: {name} was started with another input");
            Err(Unavailable::new("execution_name_taken", detail))
        }
    }

    /// The input that an execution was started with.
    async fn input_of(&self, machine_arn: &str, name: &str) -> Result<String, Unavailable> {
        let arn = machine_arn.replacen(":stateMachine:", ":execution:", 1);
        let describe = self.client.describe_execution();
        let described = describe.execution_arn(format!("{arn}:{name}")).send().await;
        let described = described.map_err(|error| {
            Unavailable::new("workflow", told(&error, error.code(), error.message()))
        })?;
        Ok(described.input.unwrap_or_default())
    }
}

impl Executions for StepFunctions {
    fn start<'a>(
        &'a self,
        workflow: &'static str,
        name: &'a str,
        input: &'a str,
        deadline: Instant,
    ) -> Local<'a, Result<Started, Unavailable>> {
        Box::pin(async move {
            let left = deadline.saturating_duration_since(Instant::now());
            let late = || Unavailable::new("deadline", "Step Functions did not answer in time");
            let start = self.start_execution(workflow, name, input);
            tokio::time::timeout(left, start)
                .await
                .unwrap_or_else(|_| Err(late()))
        })
    }
}

#[cfg(all(test, feature = "dynamodb"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::scripted::{run, serve};
    use std::time::Duration;

    const ARN: &str = "arn:aws:states:eu-west-1:1:stateMachine:refund-payment-dev";

    /// What a start ends with when the name is taken by an execution with this input, and what was asked.
    fn taken_by(input: &str) -> (Result<Started, &'static str>, Vec<serde_json::Value>) {
        let exists = r#"{"__type":"ExecutionAlreadyExists","message":"m"}"#.to_owned();
        let described = serde_json::json!({
            "executionArn": "a", "stateMachineArn": ARN, "status": "SUCCEEDED", "startDate": 0.0, "input": input,
        });
        let (config, asked) = serve(vec![(400, exists), (200, described.to_string())]);
        let arns = BTreeMap::from([("refund_payment".to_owned(), ARN.to_owned())]);
        let machines = StepFunctions::new(&config, arns);
        let deadline = Instant::now() + Duration::from_secs(5);
        let started =
            run(machines.start("refund_payment", "Refund.1", r#"{"a":1,"b":2}"#, deadline));
        let asked = asked
            .try_iter()
            .map(|it| serde_json::from_str(&it.body).unwrap());
        (started.map_err(|it| it.reason), asked.collect())
    }

    #[test]
    fn a_name_that_is_taken_by_the_same_input_is_a_success_and_by_another_an_error() {
        let (started, asked) = taken_by(r#"{ "b": 2, "a": 1 }"#);
        assert_eq!(started, Ok(Started::Before));
        assert_eq!(
            (&asked[0]["name"], &asked[0]["stateMachineArn"]),
            (&"Refund.1".into(), &ARN.into())
        );
        assert_eq!(
            asked[1]["executionArn"],
            "arn:aws:states:eu-west-1:1:execution:refund-payment-dev:Refund.1"
        );
        assert_eq!(taken_by(r#"{"a":1,"b":3}"#).0, Err("execution_name_taken"));
    }
}

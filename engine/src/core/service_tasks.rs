//! Tasks that call a service whose state is here: they are done in the step that starts them, and answer at once.

use serde_json::{Value, json};

use super::api::ApiError;
use super::input::{Caller, Output, Service};
use super::integration::{self, Integration};
use super::tasks::Ended;
use super::{Core, states_api};
use crate::asl::Json;
use crate::observe::StepKind;

impl Core {
    /// Makes the call with the role of the execution's machine.
    pub(super) fn service_task(
        &mut self,
        number: u64,
        service: &str,
        action: &str,
        parameters: &Json,
        now_ms: u64,
        out: &mut Output,
    ) -> Ended {
        let request_id = self.ids.uuid();
        let Some(integration) = integration::find(service, action) else {
            let cause = format!("the local run does not offer the task `{service}:{action}`");
            return Err(("States.Runtime".to_owned(), cause));
        };
        let mut request = integration.request(parameters);
        if integration.service == Service::Events && integration.optimised {
            self.name_execution(number, &mut request);
        }
        let principal = self.machine_principal(number);
        let Integration {
            service, operation, ..
        } = integration;
        if let Err(denied) = self.authorize_call(&principal, service, operation, &request) {
            let step = StepKind::Notice {
                message: denied.message.clone(),
            };
            self.observe(self.executions.names(number).2, step, now_ms, out);
            return Err(integration.denied(&denied.message, &request_id));
        }
        let answer = self
            .call_service(number, integration, request, now_ms, out)
            .map_err(|it| integration.error(it.status, &it.kind, &it.message, &request_id))?;
        // Elsewhere whoever calls has to look for entries that were not taken.
        let failed = answer.get("FailedEntryCount").and_then(Value::as_u64);
        if integration.optimised && failed.is_some_and(|count| count > 0) {
            return Err(("EventBridge.FailedEntry".to_owned(), answer.to_string()));
        }
        Ok(integration.output(answer, &request_id))
    }

    fn call_service(
        &mut self,
        number: u64,
        integration: Integration,
        request: Value,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Value, ApiError> {
        let caller = Caller::Execution { number };
        let operation = integration.operation;
        match integration.service {
            Service::DynamoDb => {
                let execution = self.executions.names(number).1;
                self.dynamodb(operation, request, &caller, Some(&execution), now_ms, out)
                    .map_err(|failure| ApiError::new(failure.name(), failure.message.clone()))
            }
            Service::Ssm => self.ssm(operation, &request, now_ms, out),
            Service::Sqs => {
                let principal = self.machine_principal(number);
                self.sqs(operation, &request, &principal, now_ms, out)
            }
            Service::Sns => self.sns(operation, &request, &caller, now_ms, out),
            Service::Events => self.events(operation, &request, &caller, now_ms, out),
            Service::S3 => self.put_object_by_task(&request, &caller, now_ms, out),
            Service::StepFunctions => {
                let answer = self.start_by_task(&request, &caller, now_ms, out)?;
                Ok(states_api::task_output(&answer))
            }
            Service::Lambda
            | Service::CloudWatch
            | Service::Logs
            | Service::ApiGateway
            | Service::Sts => Err(ApiError::unknown(operation)),
        }
    }

    /// The optimised integration with EventBridge adds to each entry's resources who sends it.
    fn name_execution(&self, number: u64, request: &mut Value) {
        let Some(record) = self.executions.records.get(&number) else {
            return;
        };
        let own = [&record.execution.facts.id, &record.machine_arn];
        let entries = request.get_mut("Entries").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            let Some(entry) = entry.as_object_mut() else {
                continue;
            };
            let resources = entry.entry("Resources").or_insert_with(|| json!([]));
            if let Some(resources) = resources.as_array_mut() {
                resources.extend(own.iter().map(|arn| json!(arn)));
            }
        }
    }
}

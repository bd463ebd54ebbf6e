//! Parameters of AWS Systems Manager, decrypted on the way.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::ProvideErrorMetadata;

use crate::aws_error::told;
use crate::event_log::{Local, Unavailable};
use crate::parameter::ParameterStore;
use crate::secret::Secret;

/// Longest wait for one answer, and for all of them.
const ATTEMPT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);

pub(crate) struct Ssm {
    client: Client,
}

impl Ssm {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(TOTAL)
            .build();
        Self {
            client: Client::from_conf(
                aws_sdk_ssm::config::Builder::from(config)
                    .timeout_config(timeouts)
                    .build(),
            ),
        }
    }
}

impl ParameterStore for Ssm {
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        Box::pin(async move {
            let answer = self
                .client
                .get_parameter()
                .name(name)
                .with_decryption(true)
                .send()
                .await;
            let answer = answer.map_err(|error| match error.code() {
                Some("ParameterNotFound") => Unavailable::new(
                    "secret_missing",
                    format!("the parameter {name} does not exist"),
                ),
                _ => Unavailable::new(
                    "secret_unreadable",
                    format!("{name}: {}", told(&error, error.code(), error.message())),
                ),
            })?;
            let value = answer.parameter.and_then(|it| it.value);
            value.map(Secret::new).ok_or_else(|| {
                Unavailable::new(
                    "secret_missing",
                    format!("the parameter {name} has no value"),
                )
            })
        })
    }
}

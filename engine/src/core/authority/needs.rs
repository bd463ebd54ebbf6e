//! What each operation of an API needs: actions on resources with their condition keys, and the use of keys that encrypt them.

use serde_json::Value;

use super::{Denied, Principal};
use crate::core::Core;
use crate::core::input::Service;
use crate::core::objects::CopySource;
use crate::dynamodb::accesses;

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core) struct Need {
    pub(in crate::core) action: String,
    pub(in crate::core) resource: String,
    /// Condition keys of the service and their values.
    pub(in crate::core) context: Vec<(&'static str, String)>,
}

impl Need {
    pub(in crate::core) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            context: Vec::new(),
        }
    }

    /// The same with one more value under a condition key.
    pub(in crate::core) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.context.push((key, value.into()));
        self
    }
}

fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Core {
    /// Every operation of an API passes here before it is done: all that it needs must be allowed.
    pub(in crate::core) fn authorize_call(
        &self,
        principal: &Principal,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<(), Denied> {
        if *principal == Principal::Outside {
            return Ok(());
        }
        let detailed = self
            .identity(principal)
            .iter()
            .any(|policy| policy.mentions("dynamodb:"));
        let ask = |detailed: bool| {
            let needs = self.needs(service, operation, body, detailed);
            needs.into_iter().try_for_each(|need| {
                self.authorize(principal, &need.action, &need.resource, &need.context)
            })
        };
        ask(detailed).or_else(|denied| {
            // The same is denied once more, for the fields in it: they are what a grant to update names.
            let of_fields = !detailed && service == Service::DynamoDb;
            if of_fields { ask(true) } else { Err(denied) }
        })?;
        self.authorize_keys_of(principal, service, operation, body)
    }

    /// An ARN of this account and region.
    pub(in crate::core) fn arn(&self, service: &str, rest: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{rest}",
            self.deployment.region, self.deployment.account
        )
    }

    /// What an operation needs; of DynamoDB with its condition keys only where it is `detailed`.
    fn needs(&self, service: Service, operation: &str, body: &Value, detailed: bool) -> Vec<Need> {
        match service {
            Service::DynamoDb => {
                let partition = |table: &str| self.tables.partition_name(table).map(str::to_owned);
                let partition = detailed.then_some(&partition as _);
                accesses(operation, body, &self.arn("dynamodb", "table/"), partition)
                    .into_iter()
                    .map(|it| Need {
                        action: it.action,
                        resource: it.resource,
                        context: it
                            .context
                            .into_iter()
                            .flat_map(|(key, values)| values.into_iter().map(move |it| (key, it)))
                            .collect(),
                    })
                    .collect()
            }
            Service::Ssm => self.needs_of_parameters(operation, body),
            Service::StepFunctions => {
                let named = [text(body, "executionArn"), text(body, "stateMachineArn")]
                    .into_iter()
                    .find(|it| !it.is_empty());
                vec![Need::new(
                    format!("states:{operation}"),
                    named.unwrap_or("*"),
                )]
            }
            // Whoever can sign may ask who he is.
            Service::Sts => Vec::new(),
            Service::Sqs if operation == "StartMessageMoveTask" => self.needs_of_move(body),
            Service::Sqs => {
                let queue = text(body, "QueueUrl")
                    .rsplit('/')
                    .next()
                    .filter(|it| !it.is_empty());
                // A batch needs what its single operation needs.
                let action = operation.strip_suffix("Batch").unwrap_or(operation);
                let named = text(body, "SourceArn");
                let resource = match queue {
                    Some(queue) => self.arn("sqs", queue),
                    None if named.is_empty() => "*".to_owned(),
                    None => named.to_owned(),
                };
                vec![Need::new(format!("sqs:{action}"), resource)]
            }
            Service::Lambda => vec![self.need_of_function(operation, body)],
            Service::S3 => needs_of_objects(operation, body),
            Service::ApiGateway => {
                let region = &self.deployment.region;
                let resource = format!("arn:aws:apigateway:{region}::/*");
                vec![Need::new("apigateway:GET", resource)]
            }
            Service::Sns => needs_of_topics(operation, body),
            Service::Events => self.needs_of_buses(operation, body),
            Service::CloudWatch => self.needs_of_metrics(operation, body),
            Service::Logs => {
                let group = text(body, "logGroupName");
                let resource = if group.is_empty() {
                    "*".to_owned()
                } else {
                    self.arn("logs", &format!("log-group:{group}:*"))
                };
                vec![Need::new(format!("logs:{operation}"), resource)]
            }
        }
    }

    /// Who moves messages must be allowed to take them from the one queue and to send them to the other.
    fn needs_of_move(&self, body: &Value) -> Vec<Need> {
        let source = text(body, "SourceArn");
        let of_source = [
            "StartMessageMoveTask",
            "ReceiveMessage",
            "DeleteMessage",
            "GetQueueAttributes",
        ];
        let mut needs: Vec<Need> = of_source
            .iter()
            .map(|action| Need::new(format!("sqs:{action}"), source))
            .collect();
        let send = |arn: &str| Need::new("sqs:SendMessage", arn);
        match text(body, "DestinationArn") {
            "" => needs.extend(self.queues.sources_of(source).map(|it| send(&it.spec.arn))),
            arn => needs.push(send(arn)),
        }
        needs
    }

    fn need_of_function(&self, operation: &str, body: &Value) -> Need {
        let action = match operation {
            "Invoke" => "InvokeFunction",
            other => other,
        };
        let resource = match operation {
            "ListFunctions" | "ListEventSourceMappings" => "*".to_owned(),
            "GetEventSourceMapping" => {
                let id = text(body, "UUID");
                self.arn("lambda", &format!("event-source-mapping:{id}"))
            }
            _ => {
                let given = text(body, "FunctionName");
                let name = self.function_named(given);
                let name = name.as_deref().unwrap_or(given);
                self.arn("lambda", &format!("function:{name}"))
            }
        };
        Need::new(format!("lambda:{action}"), resource)
    }

    fn needs_of_parameters(&self, operation: &str, body: &Value) -> Vec<Need> {
        let names = body
            .get("Names")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .chain(body.get("Name"));
        let named = |name: &str| {
            let separator = if name.starts_with('/') { "" } else { "/" };
            Need::new(
                format!("ssm:{operation}"),
                self.arn("ssm", &format!("parameter{separator}{name}")),
            )
        };
        names.filter_map(Value::as_str).map(named).collect()
    }

    /// Each entry of `PutEvents` with its source and detail-type; of the rest, the bus or rule that is named.
    fn needs_of_buses(&self, operation: &str, body: &Value) -> Vec<Need> {
        if operation == "PutEvents" {
            let entries = body.get("Entries").and_then(Value::as_array);
            let mut needs: Vec<Need> = Vec::new();
            for entry in entries.into_iter().flatten() {
                let need = Need::new(
                    "events:PutEvents",
                    self.bus_arn(text(entry, "EventBusName")),
                )
                .with("events:source", text(entry, "Source"))
                .with("events:detail-type", text(entry, "DetailType"));
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
            return needs;
        }
        let action = format!("events:{operation}");
        let resource = match operation {
            "DescribeRule" | "ListTargetsByRule" => {
                let name = [text(body, "Name"), text(body, "Rule")].concat();
                let bus = text(body, "EventBusName").rsplit('/').next().unwrap_or("");
                let rule = match bus {
                    "" | "default" => format!("rule/{name}"),
                    bus => format!("rule/{bus}/{name}"),
                };
                self.arn("events", &rule)
            }
            "DescribeEventBus" => self.bus_arn(text(body, "Name")),
            _ => "*".to_owned(),
        };
        vec![Need::new(action, resource)]
    }

    fn needs_of_metrics(&self, operation: &str, body: &Value) -> Vec<Need> {
        let action = format!("cloudwatch:{operation}");
        match operation {
            "PutMetricData" => {
                vec![Need::new(action, "*").with("cloudwatch:namespace", text(body, "Namespace"))]
            }
            "SetAlarmState" => {
                let alarm = format!("alarm:{}", text(body, "AlarmName"));
                vec![Need::new(action, self.arn("cloudwatch", &alarm))]
            }
            _ => vec![Need::new(action, "*")],
        }
    }
}

/// What an operation of S3 needs: the names of its actions are not those of the operations.
fn needs_of_objects(operation: &str, body: &Value) -> Vec<Need> {
    if operation == "CopyObject" {
        return needs_of_copy(body);
    }
    let of_version = body.pointer("/query/versionId").is_some();
    let action = match operation {
        "GetObject" | "HeadObject" if of_version => "GetObjectVersion",
        "GetObject" | "HeadObject" => "GetObject",
        "ListObjectsV2" | "HeadBucket" => "ListBucket",
        "ListObjectVersions" => "ListBucketVersions",
        "ListBuckets" => "ListAllMyBuckets",
        other => other,
    };
    // The policy of a bucket is found by the bucket's ARN, which is what an object's begins with.
    let resource = match (text(body, "Bucket"), text(body, "Key")) {
        ("", _) => "*".to_owned(),
        (bucket, "") => format!("arn:aws:s3:::{bucket}"),
        (bucket, key) => format!("arn:aws:s3:::{bucket}/{key}"),
    };
    vec![Need::new(format!("s3:{action}"), resource)]
}

/// A copy is a reading of its source and a writing.
fn needs_of_copy(body: &Value) -> Vec<Need> {
    let target = [text(body, "Bucket"), text(body, "Key")].join("/");
    let write = Need::new("s3:PutObject", format!("arn:aws:s3:::{target}"));
    let Some(source) = copy_source(body) else {
        return vec![write];
    };
    let action = if source.version.is_some() {
        "s3:GetObjectVersion"
    } else {
        "s3:GetObject"
    };
    let read = format!("arn:aws:s3:::{}/{}", source.bucket, source.key);
    vec![Need::new(action, read), write]
}

/// What a copy is made of; nothing where the request says it in no way that is understood, and is refused later.
pub(super) fn copy_source(body: &Value) -> Option<CopySource> {
    let header = body.pointer("/headers/x-amz-copy-source")?;
    CopySource::read(header.as_str()?)
}

/// `sns:PublishBatch` is allowed by `sns:Publish`.
fn needs_of_topics(operation: &str, body: &Value) -> Vec<Need> {
    let action = if operation == "PublishBatch" {
        "Publish"
    } else {
        operation
    };
    let topic = [text(body, "TopicArn"), text(body, "TargetArn")]
        .into_iter()
        .find(|it| !it.is_empty());
    vec![Need::new(format!("sns:{action}"), topic.unwrap_or("*"))]
}

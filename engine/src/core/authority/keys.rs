//! Keys of KMS, modelled as authorisation only: whoever uses something encrypted must be allowed to use its key, or fails as on AWS.
//!
//! Sources: "Key policies in AWS KMS"; the pages "Encryption at rest" or "Key management" of DynamoDB, SQS, SNS, Systems Manager,
//! Step Functions, EventBridge and CloudWatch Logs for what each service asks for.

use serde_json::Value;

use super::needs::copy_source;
use super::{Denied, Principal, Question, role};
use crate::artifacts::Machine;
use crate::core::Core;
use crate::core::input::Service;

/// What reading something encrypted needs.
const READ: &[&str] = &["kms:Decrypt"];
/// What encrypting something needs: a new data key is checked by decrypting it.
pub(in crate::core) const WRITE: &[&str] = &["kms:GenerateDataKey", "kms:Decrypt"];

/// A use of a key.
#[derive(Debug, Clone, Copy)]
pub(in crate::core) struct KeyUse<'a> {
    /// As a template refers to it: an ARN, an id or an alias.
    pub(in crate::core) key: &'a str,
    pub(in crate::core) actions: &'a [&'a str],
    /// `sqs` where the service uses the key on the caller's behalf, for `kms:ViaService`.
    pub(in crate::core) via: Option<&'a str>,
    /// Encryption context.
    pub(in crate::core) context: &'a [(&'a str, &'a str)],
}

impl Core {
    /// The ARN of a key that a template names by ARN, id or alias; nothing for a key that this template does not make.
    fn key_arn(&self, given: &str) -> Option<&str> {
        let deployment = &self.deployment;
        let alias = given
            .rsplit_once(":alias/")
            .map_or_else(|| given.to_owned(), |(_, name)| format!("alias/{name}"));
        let named = |arn: &&String| arn.as_str() == given || arn.rsplit('/').next() == Some(given);
        deployment
            .aliases
            .get(&alias)
            .or_else(|| deployment.keys.keys().find(named))
            .map(String::as_str)
    }

    /// Whether the principal may use the key. A key that AWS manages serves everyone in the account and no other service.
    pub(in crate::core) fn authorize_key(
        &self,
        principal: &Principal,
        used: KeyUse<'_>,
    ) -> Result<(), Denied> {
        if *principal == Principal::Outside {
            return Ok(());
        }
        for action in used.actions {
            let question = Question {
                principal,
                action,
                resource: used.key,
                key_via: Some(used.via),
                context: used.context,
            };
            self.unless_known(&question, || self.ask_key(principal, action, used))?;
        }
        Ok(())
    }

    fn ask_key(&self, principal: &Principal, action: &str, used: KeyUse<'_>) -> Result<(), Denied> {
        let Some(arn) = self.key_arn(used.key) else {
            return self.authorize_managed_key(principal, used);
        };
        let mut request = self
            .request_of(principal, action, arn)
            .with("kms:CallerAccount", &self.deployment.account);
        if let Some(service) = used.via {
            let via = format!("{service}.{}.amazonaws.com", self.deployment.region);
            request = request.with("kms:ViaService", via);
        }
        for (key, value) in used.context {
            request = request
                .with(&format!("kms:EncryptionContext:{key}"), *value)
                .with("kms:EncryptionContextKeys", *key);
        }
        self.decide(principal, request)
    }

    fn authorize_managed_key(&self, principal: &Principal, used: KeyUse<'_>) -> Result<(), Denied> {
        let (Principal::Service { .. }, Some(action)) = (principal, used.actions.first()) else {
            return Ok(());
        };
        let why = "because the policy of a key that AWS manages lets no other service use it";
        let request = self.request_of(principal, action, used.key);
        Err(self.denied(principal, &request, why))
    }

    /// The keys behind what an operation touches.
    pub(super) fn authorize_keys_of(
        &self,
        principal: &Principal,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<(), Denied> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        match service {
            Service::DynamoDb => self.authorize_table_keys(principal, body),
            Service::Sqs => {
                let name = text("QueueUrl").rsplit('/').next().unwrap_or_default();
                match operation.strip_suffix("Batch").unwrap_or(operation) {
                    "SendMessage" => self.authorize_queue_key(principal, name, WRITE),
                    "ReceiveMessage" => self.authorize_queue_key(principal, name, READ),
                    _ => Ok(()),
                }
            }
            Service::Sns if operation.starts_with("Publish") => {
                let arn = [text("TopicArn"), text("TargetArn")].concat();
                self.authorize_topic_key(principal, &arn)
            }
            Service::StepFunctions if operation == "DescribeExecution" => {
                self.authorize_execution_key(principal, text("executionArn"))
            }
            Service::S3 if operation == "CopyObject" => {
                if let Some(source) = copy_source(body) {
                    self.authorize_bucket_key(principal, "GetObject", &source.bucket)?;
                }
                self.authorize_bucket_key(principal, "PutObject", text("Bucket"))
            }
            Service::S3 => self.authorize_bucket_key(principal, operation, text("Bucket")),
            Service::Ssm if operation.starts_with("GetParameter") => {
                self.authorize_parameter_keys(principal, body)
            }
            _ => Ok(()),
        }
    }

    /// DynamoDB proves each caller's right to the key of its table by having it decrypt the table's own key.
    fn authorize_table_keys(&self, principal: &Principal, body: &Value) -> Result<(), Denied> {
        let mut keys: Vec<&str> = Vec::new();
        for table in &self.deployment.tables {
            let Some(key) = table.kms_key() else { continue };
            if !keys.contains(&key) && names_table(body, &table.name, &table.arn) {
                keys.push(key);
            }
        }
        keys.into_iter().try_for_each(|key| {
            let used = KeyUse {
                key,
                actions: READ,
                via: Some("dynamodb"),
                context: &[],
            };
            self.authorize_key(principal, used)
        })
    }

    /// An execution's input is encrypted with its machine's key, and who reads it must be allowed to decrypt it.
    fn authorize_execution_key(
        &self,
        principal: &Principal,
        execution_arn: &str,
    ) -> Result<(), Denied> {
        let name = execution_arn.split(':').nth(6).unwrap_or_default();
        let mut machines = self.deployment.machines.iter();
        machines
            .find(|it| it.name == name)
            .map_or(Ok(()), |it| self.authorize_key_of(it, principal, READ))
    }

    /// Each execution is encrypted with the machine's key, by the machine's role.
    pub(in crate::core) fn authorize_machine_key(&self, arn: &str) -> Result<(), Denied> {
        let mut machines = self.deployment.machines.iter();
        machines.find(|it| it.arn == arn).map_or(Ok(()), |it| {
            self.authorize_key_of(it, &role(&it.role_arn, &it.name), WRITE)
        })
    }

    fn authorize_key_of(
        &self,
        machine: &Machine,
        principal: &Principal,
        actions: &[&str],
    ) -> Result<(), Denied> {
        let Some(key) = &machine.key else {
            return Ok(());
        };
        let used = KeyUse {
            key,
            actions,
            via: Some("states"),
            context: &[("aws:states:stateMachineArn", &machine.arn)],
        };
        self.authorize_key(principal, used)
    }

    /// The key that a bucket encrypts with. With bucket keys, which every compiled bucket has, the context is the bucket.
    fn authorize_bucket_key(
        &self,
        principal: &Principal,
        operation: &str,
        bucket: &str,
    ) -> Result<(), Denied> {
        let mut buckets = self.deployment.buckets.iter();
        let bucket = buckets.find(|it| it.name == bucket);
        let actions: &[&str] = match operation {
            "PutObject" => &["kms:GenerateDataKey"],
            "GetObject" | "HeadObject" => READ,
            _ => return Ok(()),
        };
        let Some((bucket, key)) = bucket.and_then(|it| Some((it, it.encryption.key.as_deref()?)))
        else {
            return Ok(());
        };
        let used = KeyUse {
            key,
            actions,
            via: Some("s3"),
            context: &[("aws:s3:arn", &bucket.arn)],
        };
        self.authorize_key(principal, used)
    }

    fn authorize_queue_key(
        &self,
        principal: &Principal,
        queue: &str,
        actions: &[&str],
    ) -> Result<(), Denied> {
        let queue = self.deployment.queues.iter().find(|it| it.name == queue);
        let Some((queue, key)) = queue.and_then(|it| Some((it, it.key.as_deref()?))) else {
            return Ok(());
        };
        let used = KeyUse {
            key,
            actions,
            via: Some("sqs"),
            context: &[("aws:sqs:arn", &queue.arn)],
        };
        self.authorize_key(principal, used)
    }

    pub(in crate::core) fn authorize_topic_key(
        &self,
        principal: &Principal,
        topic_arn: &str,
    ) -> Result<(), Denied> {
        let topic = self.deployment.topics.iter().find(|it| it.arn == topic_arn);
        let Some(key) = topic.and_then(|it| it.kms_key.as_deref()) else {
            return Ok(());
        };
        let used = KeyUse {
            key,
            actions: WRITE,
            via: Some("sns"),
            context: &[("aws:sns:topicArn", topic_arn)],
        };
        self.authorize_key(principal, used)
    }

    /// A secret that the stack reads lies under the stack's key, which is how the documentation has people put it there.
    fn authorize_parameter_keys(&self, principal: &Principal, body: &Value) -> Result<(), Denied> {
        if body.get("WithDecryption").and_then(Value::as_bool) != Some(true) {
            return Ok(());
        }
        let Some(key) = self.deployment.keys.keys().next() else {
            return Ok(());
        };
        let names = body
            .get("Names")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .chain(body.get("Name"))
            .filter_map(Value::as_str);
        for name in names {
            let mut externals = self.deployment.externals.iter();
            if !externals.any(|it| it.secret && it.name == name) {
                continue;
            }
            let separator = if name.starts_with('/') { "" } else { "/" };
            let arn = self.arn("ssm", &format!("parameter{separator}{name}"));
            let used = KeyUse {
                key,
                actions: READ,
                via: Some("ssm"),
                context: &[("PARAMETER_ARN", &arn)],
            };
            self.authorize_key(principal, used)?;
        }
        Ok(())
    }

    /// The key of a queue or stream that a mapping or pipe reads.
    pub(in crate::core) fn authorize_source_key(
        &self,
        principal: &Principal,
        arn: &str,
    ) -> Result<(), Denied> {
        let mut tables = self.deployment.tables.iter();
        let Some(table) = tables.find(|it| it.stream_arn.as_deref() == Some(arn)) else {
            let name = arn.rsplit(':').next().unwrap_or_default();
            return self.authorize_queue_key(principal, name, READ);
        };
        let Some(key) = table.kms_key() else {
            return Ok(());
        };
        let used = KeyUse {
            key,
            actions: READ,
            via: Some("dynamodb"),
            context: &[],
        };
        self.authorize_key(principal, used)
    }

    /// Whether a principal may put a message into the queue with this ARN: the action, and the queue's key.
    pub(in crate::core) fn authorize_send(
        &self,
        principal: &Principal,
        queue_arn: &str,
    ) -> Result<(), Denied> {
        self.authorize(principal, "sqs:SendMessage", queue_arn, &[])?;
        let name = queue_arn.rsplit(':').next().unwrap_or_default();
        self.authorize_queue_key(principal, name, WRITE)
    }
}

/// Whether a DynamoDB request names the table, alone, in a batch or in a transaction.
fn names_table(body: &Value, name: &str, arn: &str) -> bool {
    let is = |given: &str| given == name || given == arn;
    let single = body.get("TableName").and_then(Value::as_str);
    if single.is_some_and(is) {
        return true;
    }
    let batch = body.get("RequestItems").and_then(Value::as_object);
    if batch.is_some_and(|tables| tables.keys().any(|it| is(it))) {
        return true;
    }
    let items = body.get("TransactItems").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(|item| item.values())
        .filter_map(|part| part.get("TableName").and_then(Value::as_str))
        .any(is)
}

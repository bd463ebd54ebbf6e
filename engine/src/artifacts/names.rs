//! What CloudFormation and the services call a resource: names, physical ids, ARNs and other attributes.

use serde_json::Value;

use super::ArtifactError;
use super::template::Template;

/// How deep references between resources may nest; a cycle ends here.
const MAX_DEPTH: usize = 64;

impl Template {
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{rest}",
            self.place.region, self.place.account
        )
    }

    /// The resource's own name: what its name property says, else one generated from the stack and the logical id.
    pub(crate) fn name(&self, id: &str) -> Result<String, ArtifactError> {
        let resource = self
            .resources
            .get(id)
            .ok_or_else(|| ArtifactError::at(id, "no such resource, parameter or condition"))?;
        if self.open.borrow().len() > MAX_DEPTH || self.open.borrow().iter().any(|it| it == id) {
            return Err(ArtifactError::at(
                format!("Resources.{id}"),
                "resources refer to each other in a circle",
            ));
        }
        let property = match resource.kind.as_str() {
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::Lambda::Function" => "FunctionName",
            "AWS::StepFunctions::StateMachine" => "StateMachineName",
            "AWS::SQS::Queue" => "QueueName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::ApiGateway::UsagePlan" => "UsagePlanName",
            "AWS::IAM::Role" => "RoleName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            "AWS::ApiGateway::Stage" => "StageName",
            "AWS::KMS::Alias" => "AliasName",
            "AWS::SNS::Topic" => "TopicName",
            "AWS::CloudWatch::Alarm" => "AlarmName",
            "AWS::CloudWatch::Dashboard" => "DashboardName",
            _ => "Name",
        };
        self.open.borrow_mut().push(id.to_owned());
        let given = resource
            .properties
            .get(property)
            .map(|value| self.resolve(value))
            .transpose();
        self.open.borrow_mut().pop();
        Ok(match given? {
            Some(Value::String(name)) => name,
            // The only names without capitals.
            _ if resource.kind == "AWS::S3::Bucket" => {
                format!("{}-{id}-local", self.stack).to_lowercase()
            }
            _ => format!("{}-{id}-local", self.stack),
        })
    }

    /// A property as text; nothing when it is not written.
    fn property(&self, id: &str, property: &str) -> Result<String, ArtifactError> {
        let resource = self.resources.get(id);
        let given = resource.and_then(|it| it.properties.get(property));
        let value = given.map(|value| self.resolve(value)).transpose()?;
        Ok(value
            .as_ref()
            .map(super::template::text)
            .unwrap_or_default())
    }

    /// The name of the bus that a rule is on.
    fn rule_bus(&self, id: &str) -> Result<String, ArtifactError> {
        let given = self.property(id, "EventBusName")?;
        Ok(super::bus_name(&given).to_owned())
    }

    /// What `Ref` gives for the resource `id`.
    pub(crate) fn physical_id(&self, id: &str) -> Result<String, ArtifactError> {
        let name = self.name(id)?;
        let kind = self
            .resources
            .get(id)
            .map(|it| it.kind.as_str())
            .unwrap_or_default();
        Ok(match kind {
            "AWS::StepFunctions::StateMachine" => {
                self.arn("states", &format!("stateMachine:{name}"))
            }
            "AWS::SQS::Queue" => format!(
                "https://sqs.{}.amazonaws.com/{}/{name}",
                self.place.region, self.place.account
            ),
            "AWS::SNS::Topic" => self.arn("sns", &name),
            "AWS::SNS::Subscription" => {
                let topic = self.property(id, "TopicArn")?;
                format!("{topic}:{}", uuid(id))
            }
            "AWS::Events::Rule" => match self.rule_bus(id)?.as_str() {
                "default" => name,
                bus => format!("{bus}|{name}"),
            },
            "AWS::KMS::Key"
            | "AWS::Lambda::EventSourceMapping"
            | "AWS::ApiGateway::RestApi"
            | "AWS::ApiGateway::ApiKey"
            | "AWS::ApiGateway::UsagePlan"
            | "AWS::ApiGateway::Resource"
            | "AWS::ApiGateway::Deployment" => short_id(id),
            _ => name,
        })
    }

    /// What stands before `.lambda-url` in a function's own address.
    pub(super) fn url_id(&self, id: &str) -> String {
        short_id(&format!("{}{id}", self.stack))
    }

    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Result<String, ArtifactError> {
        let name = self.name(id)?;
        let kind = self
            .resources
            .get(id)
            .map(|it| it.kind.as_str())
            .unwrap_or_default();
        Ok(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => self.arn("dynamodb", &format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => self.arn(
                "dynamodb",
                &format!("table/{name}/stream/2000-01-01T00:00:00.000"),
            ),
            ("AWS::Lambda::Function", "Arn") => self.arn("lambda", &format!("function:{name}")),
            ("AWS::StepFunctions::StateMachine", "Arn") => {
                self.arn("states", &format!("stateMachine:{name}"))
            }
            ("AWS::Lambda::Url", "FunctionUrl") => format!(
                "https://{}.lambda-url.{}.on.aws/",
                self.url_id(id),
                self.place.region
            ),
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            ("AWS::S3::Bucket", "DomainName") => format!("{name}.s3.amazonaws.com"),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                format!("{name}.s3.{}.amazonaws.com", self.place.region)
            }
            (kind, _) if kind.starts_with("AWS::EC2::") => short_id(&format!("{id}{attribute}")),
            ("AWS::ApiGateway::ApiKey", "APIKeyId") | ("AWS::ApiGateway::UsagePlan", "Id") => {
                short_id(id)
            }
            ("AWS::Lambda::EventSourceMapping", "Id") => short_id(id),
            ("AWS::SQS::Queue", "Arn") => self.arn("sqs", &name),
            ("AWS::SQS::Queue", "QueueUrl") => self.physical_id(id)?,
            ("AWS::SQS::Queue", "QueueName") | ("AWS::StepFunctions::StateMachine", "Name") => name,
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{}:role/{name}", self.place.account),
            ("AWS::IAM::Role", "RoleId") | ("AWS::KMS::Key", "KeyId") => short_id(id),
            ("AWS::KMS::Key", "Arn") => self.arn("kms", &format!("key/{}", short_id(id))),
            ("AWS::Logs::LogGroup", "Arn") => self.arn("logs", &format!("log-group:{name}:*")),
            ("AWS::SNS::Topic", "TopicArn") | ("AWS::SNS::Subscription", "Arn") => {
                self.physical_id(id)?
            }
            ("AWS::SNS::Topic", "TopicName") | ("AWS::Events::EventBus", "Name") => name,
            ("AWS::Events::EventBus", "Arn") => self.arn("events", &format!("event-bus/{name}")),
            ("AWS::Events::Rule", "Arn") => match self.rule_bus(id)?.as_str() {
                "default" => self.arn("events", &format!("rule/{name}")),
                bus => self.arn("events", &format!("rule/{bus}/{name}")),
            },
            ("AWS::CloudWatch::Alarm", "Arn") => self.arn("cloudwatch", &format!("alarm:{name}")),
            ("AWS::Pipes::Pipe", "Arn") => self.arn("pipes", &format!("pipe/{name}")),
            ("AWS::ApiGateway::RestApi", "RootResourceId" | "RestApiId") => {
                short_id(&format!("{id}{attribute}"))
            }
            (kind, attribute) => {
                return Err(ArtifactError::at(
                    format!("Resources.{id}"),
                    format!("the local run does not know the attribute `{attribute}` of `{kind}`"),
                ));
            }
        })
    }
}

/// In the form of a UUID, always the same for one logical id.
fn uuid(id: &str) -> String {
    use sha2::Digest as _;
    let hex = hex::encode(sha2::Sha256::digest(id.as_bytes()));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// Ten characters that are always the same for one logical id, in the manner of API Gateway's identifiers.
fn short_id(id: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(id.as_bytes());
    digest
        .iter()
        .take(10)
        .map(|byte| char::from(b'a' + byte % 26))
        .collect()
}

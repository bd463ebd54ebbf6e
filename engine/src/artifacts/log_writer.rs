//! Services that write a log with a role of the template: API Gateway its execution log, a network its flow log.
//! Modelled as authorisation only.

use serde_json::Value;

use super::{Api, ArtifactError, Template, of_kind};

/// A service that writes into log groups, and the role that it takes for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWriter {
    /// What the log is of: an API's stage, a flow log.
    pub name: String,
    /// `vpc-flow-logs.amazonaws.com`
    pub service: &'static str,
    pub role_arn: String,
    /// For which resource the service takes the role.
    pub source_arn: String,
    /// Name of the log group.
    pub group: String,
    /// Needed on the group's streams; `logs:DescribeLogGroups`, which knows no resource, comes on top.
    pub actions: &'static [&'static str],
}

/// What the managed policy `AmazonAPIGatewayPushToCloudWatchLogs` allows, without which API Gateway refuses the role.
const API: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
];
/// Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
const FLOW: &[&str] = &[
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
];

/// The stages that write an execution log, and the flow logs that go to a log group.
pub(super) fn read(template: &Template, apis: &[Api]) -> Result<Vec<LogWriter>, ArtifactError> {
    let mut writers = Vec::new();
    for (_, resource) in of_kind(template, "AWS::ApiGateway::Account") {
        let properties = template.resolve(&resource.properties)?;
        let Some(role) = properties.get("CloudWatchRoleArn").and_then(Value::as_str) else {
            continue;
        };
        writers.extend(apis.iter().map(|api| LogWriter {
            name: format!("{}/{}", api.name, api.stage),
            service: "apigateway.amazonaws.com",
            role_arn: role.to_owned(),
            source_arn: template.arn("execute-api", &format!("{}/{}", api.id, api.stage)),
            group: format!("API-Gateway-Execution-Logs_{}/{}", api.id, api.stage),
            actions: API,
        }));
    }
    for (id, resource) in of_kind(template, "AWS::EC2::FlowLog") {
        let properties = template.resolve(&resource.properties)?;
        let text = |key: &str| properties.get(key).and_then(Value::as_str);
        if let (Some(role), Some(group)) = (text("DeliverLogsPermissionArn"), text("LogGroupName"))
        {
            writers.push(LogWriter {
                name: id.clone(),
                service: "vpc-flow-logs.amazonaws.com",
                role_arn: role.to_owned(),
                source_arn: template.arn("ec2", &format!("vpc-flow-log/{id}")),
                group: group.to_owned(),
                actions: FLOW,
            });
        }
    }
    Ok(writers)
}

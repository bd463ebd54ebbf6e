//! CloudFormation, typed: the resource types that are emitted, and the template that holds them.

pub mod apigateway;
pub mod cloudwatch;
pub mod dynamodb;
pub mod ec2;
pub mod events;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod lambda_url;
pub mod logs;
pub mod pipes;
mod policy_text;
pub mod s3;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod states;
pub mod template;
pub mod value;

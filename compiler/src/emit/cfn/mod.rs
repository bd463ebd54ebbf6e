//! CloudFormation, typed: the resource types that are emitted, and the template that holds them.

pub mod apigateway;
pub mod cloudwatch;
pub mod dynamodb;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod pipes;
pub mod sqs;
pub mod states;
pub mod template;
pub mod value;

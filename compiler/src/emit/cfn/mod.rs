//! CloudFormation, typed: the list of the resource types that are emitted. What a type says of itself stands in its own file.

use self::properties::properties;

// The types, a file for each service.
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
pub mod s3;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod states;

// What they are made of, and the template that holds them.
mod policy_text;
mod properties;
pub mod size;
pub mod template;
pub mod value;

// Each type, and what it is called among the others. What else is asked of it, rustc asks for where it stands.
properties! {
    RestApi = apigateway::RestApi,
    PathPart = apigateway::PathPart,
    Method = apigateway::Method,
    GatewayResponse = apigateway::GatewayResponse,
    Deployment = apigateway::Deployment,
    Stage = apigateway::Stage,
    Account = apigateway::Account,
    ApiKey = apigateway::ApiKey,
    UsagePlan = apigateway::UsagePlan,
    UsagePlanKey = apigateway::UsagePlanKey,
    Alarm = cloudwatch::Alarm,
    Dashboard = cloudwatch::Dashboard,
    Table = dynamodb::Table,
    Vpc = ec2::Vpc,
    Subnet = ec2::Subnet,
    RouteTable = ec2::RouteTable,
    SubnetRouteTableAssociation = ec2::SubnetRouteTableAssociation,
    Route = ec2::Route,
    InternetGateway = ec2::InternetGateway,
    VpcGatewayAttachment = ec2::VpcGatewayAttachment,
    Eip = ec2::Eip,
    NatGateway = ec2::NatGateway,
    SecurityGroup = ec2::SecurityGroup,
    VpcEndpoint = ec2::VpcEndpoint,
    FlowLog = ec2::FlowLog,
    EventBus = events::EventBus,
    Rule = events::Rule,
    Role = iam::Role,
    Key = kms::Key,
    Function = lambda::Function,
    Permission = lambda::Permission,
    EventSourceMapping = lambda::EventSourceMapping,
    EventInvokeConfig = lambda::EventInvokeConfig,
    Url = lambda_url::Url,
    UrlPermission = lambda_url::UrlPermission,
    LogGroup = logs::LogGroup,
    LogStream = logs::LogStream,
    LogResourcePolicy = logs::ResourcePolicy,
    Pipe = pipes::Pipe,
    Bucket = s3::Bucket,
    BucketPolicy = s3::BucketPolicy,
    Topic = sns::Topic,
    TopicPolicy = sns::TopicPolicy,
    Subscription = sns::Subscription,
    Queue = sqs::Queue,
    QueuePolicy = sqs::QueuePolicy,
    SsmParameter = ssm::Parameter,
    StateMachine = states::StateMachine,
}
